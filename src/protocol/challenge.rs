//! What an API says with a 401 (RFC 6750 section 3, RFC 9110 section 11.6.1).

use super::json::Json;

/// Whether a `WWW-Authenticate` header holds a Bearer challenge whose `error` is `invalid_token`.
#[must_use]
pub fn says_invalid_token(header: &str) -> bool {
    let mut bearer = false;
    for item in items(header) {
        let (scheme, parameter) = match item.split_once(' ') {
            Some((scheme, parameter)) if !scheme.contains('=') && !parameter.trim_start().starts_with('=') => {
                (Some(scheme), parameter)
            }
            _ if item.contains('=') => (None, item),
            _ => (Some(item), ""),
        };
        if let Some(scheme) = scheme {
            bearer = scheme.eq_ignore_ascii_case("bearer");
        }
        let (name, value) = parameter.split_once('=').unwrap_or_default();
        if bearer && name.trim().eq_ignore_ascii_case("error") && value.trim().trim_matches('"') == "invalid_token" {
            return true;
        }
    }
    false
}

/// Whether the JSON body of a 401 says the same: a server of another origin may not expose its header. Space
/// says it in words of its own.
#[must_use]
pub fn body_says_invalid_token(body: &str) -> bool {
    let Some(json) = Json::parse(body) else { return false };
    let member = |name| json.member(name).and_then(Json::text);
    member("error") == Some("invalid_token") || member("error_description") == Some("Access token has expired")
}

/// The comma-separated items of the header; commas inside quotes separate nothing.
fn items(header: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    header
        .split(move |character| {
            let separates = character == ',' && !quoted;
            match character {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                _ => {}
            }
            separates
        })
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e11_only_a_bearer_challenge_with_invalid_token_counts() {
        for header in [
            r#"Bearer error="invalid_token""#,
            r#"bearer realm="a", error="invalid_token", error_description="expired""#,
            r#"Basic realm="x", Bearer realm="a,b\"", error=invalid_token"#,
            r#"Bearer realm="a" , ERROR = "invalid_token""#,
        ] {
            assert!(says_invalid_token(header), "{header}");
        }
        for header in [
            "",
            "Bearer",
            r#"Bearer error="insufficient_scope""#,
            r#"Basic error="invalid_token""#,
            r#"Bearer realm="x", Digest error="invalid_token""#,
            r#"Bearer error_description="error=\"invalid_token\"""#,
            r#"Bearer realm="error=invalid_token""#,
            r#"Bearer realm=", error="invalid_token"#,
            "\"\"\"\"====,,,",
        ] {
            assert!(!says_invalid_token(header), "{header}");
        }
    }

    #[test]
    fn e11_bodies_of_a_401() {
        assert!(body_says_invalid_token(
            r#"{"error":"authentication-required","error_description":"Access token has expired"}"#
        ));
        assert!(body_says_invalid_token(r#"{"error":"invalid_token"}"#));
        for body in
            ["", "<html>", r#"{"error":{"code":401,"message":"Unauthorized"}}"#, r#"{"error":"insufficient_scope"}"#]
        {
            assert!(!body_says_invalid_token(body), "{body}");
        }
    }
}
