//! Redirect URIs and endpoint URIs (RFC 3986, RFC 6749 section 3.1.2), as Space is to store them.

use url::{Host, Url};

use super::unfit;
use crate::protocol::error::AuthError;

/// Gives the URI back, as it was written, if a browser or Space can be sent there: absolute, https, or http on loopback;
/// no fragment, no user name or password. `member` names it in the hint.
///
/// What is stored is compared letter by letter, and several are joined by line feeds. So nothing is taken that a parser
/// would mend or pass over.
pub fn checked(member: &str, text: &str) -> Result<String, AuthError> {
    problem(text).map_or_else(|| Ok(text.to_owned()), |must| Err(unfit(member, must)))
}

/// What the URI must do or be, but does not or is not.
fn problem(text: &str) -> Option<&'static str> {
    if !text.bytes().all(may_stand_in_a_uri) {
        return Some(
            "hold only characters that a URI may have (RFC 3986); write others as percent escapes, names in Punycode",
        );
    }
    if !text.split('%').skip(1).all(begins_with_an_escape) {
        return Some("write a percent sign itself as %25");
    }
    if authority(text).contains('%') {
        return Some("have a host without percent escapes; write names in Punycode");
    }
    let Ok(url) = Url::parse(text) else { return Some("be an absolute URI, such as https://app.example/callback") };
    if !has_an_authority(&url, text) {
        return Some("have `//` and a host after its scheme");
    }
    if text.contains('#') {
        return Some("have no fragment");
    }
    if authority(text).contains('@') {
        return Some("hold no user name or password");
    }
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    (!is_safe).then_some("be https, or http on loopback")
}

/// Unreserved and reserved characters, and the sign of an escape (RFC 3986 section 2).
fn may_stand_in_a_uri(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

fn begins_with_an_escape(rest: &str) -> bool {
    matches!(rest.as_bytes(), [first, second, ..] if first.is_ascii_hexdigit() && second.is_ascii_hexdigit())
}

/// Where a parser looks for the host, and what may stand around it.
fn authority(text: &str) -> &str {
    let (_, rest) = text.split_once(':').unwrap_or_default();
    rest.trim_start_matches('/').split(['/', '?', '#']).next().unwrap_or_default()
}

/// A parser takes `https:host` and `https:///host` for `https://host`; whoever compares letters does not.
fn has_an_authority(url: &Url, text: &str) -> bool {
    let rest = text.get(url.scheme().len()..).and_then(|rest| rest.strip_prefix("://"));
    rest.is_some_and(|rest| !rest.starts_with('/')) && url.has_host()
}

/// The names and addresses of this very machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_sent_to_is_taken_as_it_is_written() {
        for text in [
            "https://app.example",
            "https://app.example/",
            "https://APP.example:8443/callback?a=b&c=%20d",
            "https://xn--bcher-kva.example/",
            "https://[2001:db8::1]/x",
            "http://localhost",
            "http://localhost:8080/callback",
            "http://app.localhost/",
            "http://127.0.0.1:1/",
            "http://127.1.2.3/",
            "http://[::1]:8080/",
            "https://app.example/path@with:signs",
        ] {
            assert_eq!(checked("x", text).as_deref(), Ok(text), "{text}");
        }
    }

    #[test]
    fn a_malformed_one_is_refused_with_a_reason() {
        for (text, reason) in [
            ("", "absolute"),
            ("callback", "absolute"),
            ("/callback", "absolute"),
            ("//app.example/callback", "absolute"),
            ("https://", "absolute"),
            ("https://app.example:99999/", "absolute"),
            ("https://[::1/", "absolute"),
            ("https://256.256.256.256/", "absolute"),
            ("https://a%00b/", "percent escapes"),
            ("https:app.example", "//"),
            ("https:/app.example", "//"),
            ("https:///app.example", "//"),
            ("mailto:someone@app.example", "//"),
            ("javascript:alert(1)", "//"),
            ("data:text/html,x", "//"),
            ("https://app.example/#", "fragment"),
            ("https://app.example/#top", "fragment"),
            ("https://user@app.example/", "user name"),
            ("https://user:word@app.example/", "user name"),
            ("https://@app.example/", "user name"),
            ("https://:@app.example/", "user name"),
            ("http://app.example/", "https"),
            ("http://localhost.evil.example/", "https"),
            ("http://128.0.0.1/", "https"),
            ("http://[::2]/", "https"),
            ("ftp://localhost/", "https"),
            ("myapp://callback", "https"),
            (" https://app.example/", "characters"),
            ("https://app.example/ ", "characters"),
            ("https://app.example/\nhttps://evil.example/", "characters"),
            ("https://app.exa\tmple/", "characters"),
            ("https://app.example\\callback", "characters"),
            ("https://bücher.example/", "characters"),
            ("https://app.example/\u{202e}", "characters"),
            ("https://app.example/<script>", "characters"),
            ("https://app%2Eexample/", "percent escapes"),
            ("https:APP%C3%BC.example/", "percent escapes"),
            ("https://user%40app.example/", "percent escapes"),
            ("https://app.example/%", "%25"),
            ("https://app.example/%2", "%25"),
            ("https://app.example/100%zz", "%25"),
        ] {
            let hint = &checked("uri", text).unwrap_err().hint;
            assert!(hint.starts_with("`uri` must ") && hint.contains(reason), "{text}: {hint}");
        }
    }
}
