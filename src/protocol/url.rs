//! URLs that decide something are parsed by one parser only: in the browser its own `URL`, the very parser
//! that `fetch` uses; natively the `url` crate. This layer names what it needs of a parsed URL.

use super::error::AuthError;

/// The parts of a parsed, absolute URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// The whole URL as the parser serialises it.
    pub href: String,
    /// Without the colon, lower case.
    pub scheme: String,
    /// `scheme://host[:port]`, or `null` for schemes without one.
    pub origin: String,
    /// Host without port; IPv6 in brackets.
    pub host: String,
    /// Path, beginning with `/` for http and https.
    pub path: String,
    /// Whether it holds a user name or password.
    pub has_credentials: bool,
}

/// Parses a URL, against a base where given; `None` when it is not valid.
pub type Parse = fn(url: &str, base: Option<&str>) -> Option<Url>;

/// What the rules for a kind of URL are called in hints.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The `url` parser.
    pub parse: Parse,
    /// Whether plain http is allowed beyond loopback.
    pub allow_http: bool,
}

impl Rules {
    /// A URL that may receive a secret: https, or http to loopback, or any http when allowed; no user name,
    /// password or fragment. `option` is named in the hint when it is refused.
    pub fn endpoint(&self, url: &str, option: &str) -> Result<Url, AuthError> {
        let refuse = |why: &str| Err(AuthError::configuration(&["`", option, "` ", why]));
        let Some(parsed) = (self.parse)(url, None) else {
            return refuse("must be an absolute URL.");
        };
        if parsed.has_credentials {
            return refuse("must not hold a user name or password.");
        }
        if parsed.href.contains('#') {
            return refuse("must not have a fragment.");
        }
        match parsed.scheme.as_str() {
            "https" => Ok(parsed),
            "http" if self.allow_http || parsed.is_loopback() => Ok(parsed),
            "http" => refuse("must be https; `allowHttp: true` permits http on an intranet."),
            _ => refuse("must be an https URL."),
        }
    }
}

impl Url {
    /// Whether the host is this very machine, where plain http is no risk.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host.as_str();
        host == "localhost"
            || host.ends_with(".localhost")
            || host == "[::1]"
            || (host.starts_with("127.") && host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
    }

    /// The raw query, without `?`.
    #[must_use]
    pub fn query(&self) -> &str {
        split(&self.href).1.unwrap_or_default()
    }
}

/// A URL's raw text as (everything before the query, query, fragment).
#[must_use]
pub fn split(url: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, fragment) = url.split_once('#').map_or((url, None), |(rest, fragment)| (rest, Some(fragment)));
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    (path, query, fragment)
}

/// The `url` crate in the shape of [`Parse`].
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn native(text: &str, base: Option<&str>) -> Option<Url> {
    let base = match base {
        Some(base) => Some(url::Url::parse(base).ok()?),
        None => None,
    };
    let parsed = url::Url::options().base_url(base.as_ref()).parse(text).ok()?;
    Some(Url {
        href: parsed.as_str().to_owned(),
        scheme: parsed.scheme().to_owned(),
        origin: parsed.origin().ascii_serialization(),
        host: parsed.host_str().unwrap_or_default().to_owned(),
        path: parsed.path().to_owned(),
        has_credentials: !parsed.username().is_empty() || parsed.password().is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::error::Code;

    const STRICT: Rules = Rules { parse: native, allow_http: false };
    const INTRANET: Rules = Rules { parse: native, allow_http: true };

    #[test]
    fn a10_only_https_and_loopback_http_may_receive_secrets() {
        for good in [
            "https://as.example/t",
            "http://localhost:8080/t",
            "http://127.0.0.1/t",
            "http://[::1]:1/t",
            "http://a.localhost/",
        ] {
            assert!(STRICT.endpoint(good, "tokenEndpoint").is_ok(), "{good}");
        }
        for bad in [
            "javascript:alert(1)//",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "\tjavascript:alert(1)",
            "data:text/html,x",
            "blob:https://as.example/1",
            "vbscript:x",
            "file:///etc/passwd",
            "ws://as.example/",
            "http://as.example/t",
            "http://127.evil.example/",
            "http://localhost.evil.example/",
            "https://user:pass@as.example/",
            "https://as.example/#x",
            "/relative",
            "",
        ] {
            let error = STRICT.endpoint(bad, "tokenEndpoint").unwrap_err();
            assert_eq!(error.code, Code::InvalidConfiguration, "{bad}");
            assert!(error.hint.contains("`tokenEndpoint`"), "{bad}: {}", error.hint);
        }
    }

    #[test]
    fn a10_plain_http_needs_its_flag() {
        assert!(INTRANET.endpoint("http://intranet.test/t", "x").is_ok());
        assert!(STRICT.endpoint("http://intranet.test/t", "x").unwrap_err().hint.contains("allowHttp"));
        assert!(INTRANET.endpoint("ftp://intranet.test/t", "x").is_err());
    }

    #[test]
    fn raw_text_splits_at_the_first_marks() {
        assert_eq!(split("https://a/b?c?d#e#f?g"), ("https://a/b", Some("c?d"), Some("e#f?g")));
        assert_eq!(split("https://a/b#c?d"), ("https://a/b", None, Some("c?d")));
        assert_eq!(split("https://a/b"), ("https://a/b", None, None));
    }
}
