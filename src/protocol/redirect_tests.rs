#![allow(clippy::unwrap_used)] // A test may fail by panicking.

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
        let mut encoded = String::new();
        form::encode(&mut encoded, iss);
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
    let known = Expected { issuer: Some("https://as.example"), ..strict };
    assert_eq!(read("https://app/?code=c&state=s1", known).unwrap_err().code, Code::IssuerMismatch);
    assert!(read("https://app/?code=c&state=s1&iss=any", strict).is_ok(), "there is nothing to compare it with");
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
    let own = |count: usize| (0..count).map(|number| format!("p{number}=1&")).collect::<Vec<_>>().concat();
    let few = own(5_000);
    assert_eq!(code(&format!("https://app/?{few}code=c&state=s1")).as_deref(), Ok("c"));
    let many = own(10_000);
    assert_eq!(code(&format!("https://app/?{many}code=c&state=s1")).unwrap_err(), "invalid_response");
    let long = "a".repeat(MAX_VALUE + 1);
    assert_eq!(code(&format!("https://app/?code={long}&state=s1")).unwrap_err(), "invalid_response");
    let huge = "%".repeat(5 << 20);
    assert_eq!(token(&format!("https://app/#state=s1&access_token={huge}")).unwrap_err(), "invalid_response");
    assert!(super::state(&format!("state={huge}")).is_none());
    assert!(super::state(&format!("state={long}")).is_none());
    assert!(super::state(&format!("state={}", "a".repeat(MAX_VALUE))).is_some());
}

#[test]
fn b11_an_implicit_answer_needs_a_type_and_brings_no_refresh_token() {
    assert_eq!(token("https://app/#access_token=t&state=s1").unwrap_err(), "invalid_response");
    assert_eq!(token("https://app/#access_token=t&token_type=mac&state=s1").unwrap_err(), "invalid_response");
    assert_eq!(
        token("https://app/#access_token=t&token_type=bearer&expires_in=1e3&state=s1").unwrap_err(),
        "invalid_response"
    );
    let token = token("https://app/#access_token=t&token_type=Bearer&refresh_token=r&id_token=i&state=s1").unwrap();
    assert!(token.refresh_token.is_none() && token.id_token.is_some_and(|token| token.matches("i")));
    assert_eq!((token.expires_in, token.scope), (None, None), "what is not said is not known");
}

#[test]
fn d05_an_implicit_answer_has_its_lifetime_by_the_same_grammar() {
    for (text, seconds) in [("3600", Some(3_600)), ("0", None), ("-1", None), ("2147483648", None), ("0060", Some(60))]
    {
        let url = format!("https://app/#access_token=t&token_type=bearer&expires_in={text}&state=s1");
        assert_eq!(token(&url).unwrap().expires_in, seconds, "{text}");
    }
    for text in ["", "%2B60", "60s", "3600.0", "%D9%A3", "99999999999", "-"] {
        let url = format!("https://app/#access_token=t&token_type=bearer&expires_in={text}&state=s1");
        assert_eq!(token(&url).unwrap_err(), "invalid_response", "{text}");
    }
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
fn b13_cleaning_keeps_the_apps_own_text_as_it_was_written() {
    for text in ["", "a", "a&", "&a", "&&", "a&&b=", "=x", "=", "a=b=c&%", "a+b=%20"] {
        for (part, mark) in [(Part::Query, '?'), (Part::Fragment, '#')] {
            let kept = if text.is_empty() { String::new() } else { format!("{mark}{text}") };
            assert_eq!(clean(&format!("https://app/{mark}{text}"), part), format!("https://app/{kept}"), "{text}");
        }
        let other = format!("https://app/?{text}#code=c");
        assert_eq!(clean(&other, Part::Query), if text.is_empty() { "https://app/#code=c" } else { &other }, "{text}");
    }
    assert_eq!(clean("https://app/?&code=c&&state=s&", Part::Query), "https://app/?&&");
}

/// The state that an address brings, and the address without the answer: all that is needed before anything is read.
fn found(url: &str, flow: Flow) -> Option<(String, String)> {
    let (part, text) = part(url, flow)?;
    Some((state(text)?.expose().to_owned(), clean(url, part)))
}

#[test]
fn b13_an_answer_is_found_by_its_state_and_leaves_a_clean_address() {
    for (flow, url, state, cleaned) in [
        (Flow::Code, "https://app/cb?own=1&code=c&state=s1#/route", "s1", "https://app/cb?own=1#/route"),
        (Flow::Code, "https://app/cb?error=access_denied&st%61te=a%2Bb", "a+b", "https://app/cb"),
        (Flow::Code, "https://app/cb?state=s1&code=c&state=s2", "s1", "https://app/cb"),
        (Flow::Implicit, "https://app/cb?code=own#access_token=t&state=s1", "s1", "https://app/cb?code=own"),
        (Flow::Implicit, "https://app/cb?error=x&state=s1#/route", "s1", "https://app/cb#/route"),
        (
            Flow::Implicit,
            "https://app/cb?error=x&state=s2#access_token=t&state=s1",
            "s1",
            "https://app/cb?error=x&state=s2",
        ),
    ] {
        assert_eq!(found(url, flow), Some((state.to_owned(), cleaned.to_owned())), "{url}");
    }
}

#[test]
fn b08_where_no_answer_to_the_flow_can_stand_none_is_found() {
    for (flow, url) in [
        (Flow::Code, "https://app/cb"),
        (Flow::Code, "https://app/cb?code=c"),
        (Flow::Code, "https://app/cb?code=c&State=s1"),
        (Flow::Code, "https://app/cb?code=c&state=%zz&state=s1"),
        (Flow::Code, "https://app/cb#code=c&state=s1"),
        (Flow::Code, "https://app/cb#?code=c&state=s1"),
        (Flow::Implicit, "https://app/cb"),
        (Flow::Implicit, "https://app/cb?access_token=t&state=s1"),
        (Flow::Implicit, "https://app/cb?access_token=t&state=s1#/route"),
        (Flow::Implicit, "https://app/cb?error=x#access_token=t"),
    ] {
        assert_eq!(found(url, flow), None, "{url}");
    }
}

#[test]
fn h01_an_error_does_not_repeat_the_state() {
    let state = Secret::new("SENTINEL+1".to_owned());
    let expected = Expected { flow: Flow::Code, state: &state, issuer: None, iss_required: false };
    for parameters in
        ["error=x&error_description=for+SENTINEL%2B1", "error=x&error_uri=https%3A%2F%2Fas%2FSENTINEL%2B1"]
    {
        let error = read(&format!("https://app/?{parameters}&state=SENTINEL%2B1"), expected).unwrap_err();
        assert_eq!((error.code.as_str(), &error.description, &error.uri), ("x", &None, &None));
    }
    let error = read("https://app/?error=SENTINEL%2B1&state=SENTINEL%2B1", expected).unwrap_err();
    assert_eq!(error.code, Code::InvalidResponse);
}

#[test]
fn b18_names_of_javascript_are_plain_data() {
    let token =
        token("https://app/#__proto__=x&constructor=y&toString=z&access_token=t&token_type=bearer&state=s1").unwrap();
    assert_eq!(token.access_token.expose(), "t");
}
