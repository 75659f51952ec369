use super::*;

fn read_as(flow: Flow, url: &str) -> Result<Answer, AuthError> {
    let state = Secret::new("s1".to_owned());
    read(url, Expected { flow, state: &state, issuer: Some("https://as.example"), iss_required: false })
}

fn code(url: &str) -> Result<String, String> {
    match read_as(Flow::Code, url) {
        Ok(Answer::Code(code)) => Ok(code.expose().to_owned()),
        Ok(Answer::Token(_)) => Err("token".to_owned()),
        Err(error) => Err(error.code.as_str().to_owned()),
    }
}

fn token(url: &str) -> Result<TokenResponse, String> {
    match read_as(Flow::Implicit, url) {
        Ok(Answer::Token(token)) => Ok(token),
        Ok(Answer::Code(_)) => Err("code".to_owned()),
        Err(error) => Err(error.code.as_str().to_owned()),
    }
}

#[test]
fn a_code_is_read_from_the_query() {
    assert_eq!(code("https://app/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=s1").as_deref(), Ok("SplxlOBeZQQYbYS6WxSbIA"));
    assert_eq!(code("https://app/cb?own=1&state=s1&code=c&unknown=2#/route").as_deref(), Ok("c"));
}

#[test]
fn a_token_is_read_from_the_fragment() {
    let token = token("https://app/cb#access_token=t&token_type=bearer&expires_in=600&scope=a+b&state=s1").unwrap();
    assert_eq!(token.access_token.expose(), "t");
    assert_eq!(token.expires_in, Some(600));
    assert_eq!(token.scope.as_deref(), Some("a b"));
}

#[test]
fn b01_no_state_or_a_wrong_one_is_refused() {
    for query in [
        "code=x",
        "code=x&state=",
        "code=x&state=S1",
        "code=x&state=s1%00",
        "code=x&state=s1+",
        "",
        "error=access_denied",
        "error=access_denied&state=s2",
    ] {
        assert_eq!(code(&format!("https://app/?{query}")).unwrap_err(), "state_mismatch", "{query}");
    }
    assert_eq!(code("https://app/").unwrap_err(), "state_mismatch");
    assert_eq!(token("https://app/#access_token=t&token_type=bearer").unwrap_err(), "state_mismatch");
}

#[test]
fn b02_iss_is_compared_byte_by_byte() {
    assert_eq!(code("https://app/?code=c&state=s1&iss=https%3A%2F%2Fas.example").as_deref(), Ok("c"));
    for iss in ["https://as.example/", "https://AS.example", "https://evil.example", ""] {
        let encoded = form::encode(iss);
        assert_eq!(
            code(&format!("https://app/?code=c&state=s1&iss={encoded}")).unwrap_err(),
            "issuer_mismatch",
            "{iss}"
        );
        assert_eq!(
            code(&format!("https://app/?error=x&state=s1&iss={encoded}")).unwrap_err(),
            "issuer_mismatch",
            "{iss}"
        );
    }
    let state = Secret::new("s1".to_owned());
    let strict = Expected { flow: Flow::Code, state: &state, issuer: None, iss_required: true };
    assert_eq!(read("https://app/?code=c&state=s1", strict).unwrap_err().code, Code::IssuerMismatch);
}

#[test]
fn b04_a_repeated_parameter_is_refused() {
    for query in [
        "code=a&code=a&state=s1",
        "code=a&state=s1&state=s1",
        "code=a&state=s1&st%61te=s1",
        "code=a&state=s1&iss=x&iss=x",
    ] {
        assert_eq!(code(&format!("https://app/?{query}")).unwrap_err(), "invalid_response", "{query}");
    }
    assert_eq!(
        token("https://app/#access_token=good&access_token=evil&token_type=bearer&state=s1").unwrap_err(),
        "invalid_response"
    );
    assert_eq!(code("https://app/?tag=1&tag=2&code=c&state=s1").as_deref(), Ok("c"), "the app's own may repeat");
}

#[test]
fn b05_an_encoded_ampersand_makes_no_parameter() {
    let state = Secret::new("abc&access_token=evil".to_owned());
    let expected = Expected { flow: Flow::Implicit, state: &state, issuer: None, iss_required: false };
    let error = read("https://app/#state=abc%26access_token%3Devil&token_type=bearer", expected).unwrap_err();
    assert_eq!(error.code, Code::InvalidResponse, "there is no access token");
    assert_eq!(super::state("state=%25").unwrap().expose(), "%");
}

#[test]
fn b06_malformed_escapes_are_typed_errors() {
    for value in ["%E0%A4%A", "%", "%zz", "%C0%AF", "a%00b", "%EF%BB%BFa"] {
        assert_eq!(code(&format!("https://app/?code={value}&state=s1")).unwrap_err(), "invalid_response", "{value}");
        let fragment = format!("https://app/#access_token={value}&token_type=bearer&state=s1");
        assert_eq!(token(&fragment).unwrap_err(), "invalid_response", "{value}");
    }
    assert_eq!(code("https://app/?own=%zz&%zz=1&code=c&state=s1").as_deref(), Ok("c"), "the app's own are not decoded");
}

#[test]
fn b07_a_plus_is_a_space_and_no_token_has_one() {
    assert_eq!(token("https://app/#access_token=a+b&token_type=bearer&state=s1").unwrap_err(), "invalid_response");
    let token = token("https://app/#access_token=a%2Bb&token_type=bearer&state=s1").unwrap();
    assert_eq!(token.access_token.expose(), "a+b");
}

#[test]
fn b08_only_the_flows_own_part_is_read() {
    assert_eq!(code("https://app/?state=attacker#code=c&state=s1").unwrap_err(), "state_mismatch");
    assert_eq!(token("https://app/?access_token=t&token_type=bearer&state=s1").unwrap_err(), "state_mismatch");
    assert!(token("https://app/?state=attacker&error=x#access_token=t&token_type=bearer&state=s1").is_ok());
}

#[test]
fn b08_an_implicit_error_may_stand_in_the_query() {
    assert_eq!(token("https://app/?error=access_denied&state=s1").unwrap_err(), "access_denied");
    assert_eq!(token("https://app/?error=access_denied&state=s1#/route").unwrap_err(), "access_denied");
    assert_eq!(token("https://app/?error=access_denied&state=other").unwrap_err(), "state_mismatch");
}

#[test]
fn b09_the_response_type_is_enforced() {
    for query in [
        "code=c&state=s1&access_token=evil",
        "code=c&state=s1&id_token=evil",
        "access_token=evil&token_type=bearer&state=s1",
        "state=s1",
        "code=&state=s1",
    ] {
        assert_eq!(code(&format!("https://app/?{query}")).unwrap_err(), "invalid_response", "{query}");
    }
    assert_eq!(token("https://app/#code=c&access_token=t&token_type=bearer&state=s1").unwrap_err(), "invalid_response");
}

#[test]
fn b10_oversize_answers_are_refused_cheaply_and_unknown_parameters_ignored() {
    let few: String = (0..5_000).map(|number| format!("p{number}=1&")).collect();
    assert_eq!(code(&format!("https://app/?{few}code=c&state=s1")).as_deref(), Ok("c"));
    let many: String = (0..10_000).map(|number| format!("p{number}=1&")).collect();
    assert_eq!(code(&format!("https://app/?{many}code=c&state=s1")).unwrap_err(), "invalid_response");
    let long = "a".repeat(MAX_VALUE + 1);
    assert_eq!(code(&format!("https://app/?code={long}&state=s1")).unwrap_err(), "invalid_response");
    let huge = "%".repeat(5 << 20);
    assert_eq!(token(&format!("https://app/#state=s1&access_token={huge}")).unwrap_err(), "invalid_response");
    assert!(super::state(&format!("state={huge}")).is_none());
}

#[test]
fn b11_an_implicit_answer_needs_a_type_and_brings_no_refresh_token() {
    assert_eq!(token("https://app/#access_token=t&state=s1").unwrap_err(), "invalid_response");
    assert_eq!(token("https://app/#access_token=t&token_type=mac&state=s1").unwrap_err(), "invalid_response");
    assert_eq!(
        token("https://app/#access_token=t&token_type=bearer&expires_in=1e3&state=s1").unwrap_err(),
        "invalid_response"
    );
    let token = token("https://app/#access_token=t&token_type=Bearer&refresh_token=r&state=s1").unwrap();
    assert!(token.refresh_token.is_none());
}

#[test]
fn b12_the_servers_error_passes_through() {
    let error = read_as(
        Flow::Code,
        "https://app/?error=access_denied&error_description=no%1B%5B31m+way&error_uri=javascript%3Ax&state=s1",
    )
    .unwrap_err();
    assert_eq!(error.code.as_str(), "access_denied");
    assert_eq!(error.phase, Phase::Redirect);
    assert_eq!(error.description.as_deref(), Some("no[31m way"));
    assert_eq!(error.uri, None);
}

#[test]
fn b13_only_the_answers_own_parameters_are_cleaned_away() {
    for (part, url, cleaned) in [
        (Part::Query, "https://app/cb?code=c&state=s&iss=i&session_state=x", "https://app/cb"),
        (Part::Query, "https://app/cb?utm=1&code=c&state=s#/route?code=mine", "https://app/cb?utm=1#/route?code=mine"),
        (
            Part::Query,
            "https://app/cb?a=%zz&st%61te=s&b&error=x&error_description=y&error_uri=z",
            "https://app/cb?a=%zz&b",
        ),
        (Part::Query, "https://app/cb?code=c#", "https://app/cb#"),
        (
            Part::Fragment,
            "https://app/cb?code=mine#access_token=t&token_type=b&expires_in=1&scope=x&state=s&id_token=i",
            "https://app/cb?code=mine",
        ),
        (Part::Fragment, "https://app/cb#/route&access_token=t&state=s", "https://app/cb#/route"),
    ] {
        assert_eq!(clean(url, part), cleaned);
    }
}

#[test]
fn b18_names_of_javascript_are_plain_data() {
    let token =
        token("https://app/#__proto__=x&constructor=y&toString=z&access_token=t&token_type=bearer&state=s1").unwrap();
    assert_eq!(token.access_token.expose(), "t");
}
