//! Requests to the token and revocation endpoints (RFC 6749 sections 4.1.3, 4.3.2, 4.4.2, 6 and 2.3.1, RFC 7009).

use super::http::HttpRequest;
use super::secret::Secret;
use super::sent::Sent;
use super::{base64, form};

/// Who asks.
#[derive(Clone, Debug)]
pub struct Client {
    /// RFC 6749 section 2.2.
    pub id: String,
    /// Only confidential clients have one.
    pub secret: Option<Secret>,
    /// Whether the secret goes into the body; else it goes by HTTP Basic (RFC 6749 section 2.3.1).
    pub in_body: bool,
    /// Space and Hub do not decode the two halves of HTTP Basic: there they are sent raw.
    pub is_raw: bool,
}

/// The parameters that no answer may repeat.
const SECRET: [&str; 5] = ["code", "code_verifier", "refresh_token", "password", "token"];

/// Builds the request to `url`: `POST`, form-encoded, with one method of client authentication and nothing secret in
/// the URL. A public client names itself in the body (RFC 6749 section 3.2.1).
#[must_use]
pub fn request(url: &str, client: &Client, parameters: &[(&str, &str)]) -> HttpRequest {
    let mut body = String::new();
    let mut sent = Sent::default();
    for (name, value) in parameters {
        if SECRET.contains(name) {
            sent.add(value);
        }
        form::append(&mut body, name, value);
    }
    if let Some(secret) = &client.secret {
        sent.add(secret.expose());
    }
    let mut authorization = None;
    match &client.secret {
        Some(secret) if !client.in_body => authorization = Some(basic(client, secret)),
        secret => {
            form::append(&mut body, "client_id", &client.id);
            if let Some(secret) = secret {
                form::append(&mut body, "client_secret", secret.expose());
            }
        }
    }
    let body = Secret::new(body);
    HttpRequest { url: url.to_owned(), authorization, sent, body, keepalive: false, is_repeatable: true }
}

/// Form-encodes both halves before base64, as RFC 6749 section 2.3.1 demands, but for servers that are known not to
/// decode them.
fn basic(client: &Client, secret: &Secret) -> Secret {
    let mut pair = String::new();
    for &(mark, half) in &[("", client.id.as_str()), (":", secret.expose())] {
        pair.push_str(mark);
        if client.is_raw {
            pair.push_str(half);
        } else {
            form::encode(&mut pair, half);
        }
    }
    let mut header = "Basic ".to_owned();
    header.push_str(Secret::new(base64::standard(Secret::new(pair).expose().as_bytes())).expose());
    Secret::new(header)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test may fail by panicking.

    use super::*;

    const TOKEN_ENDPOINT: &str = "https://as.example/token";
    const CODE: [(&str, &str); 4] = [
        ("grant_type", "authorization_code"),
        ("code", "SplxlOBeZQQYbYS6WxSbIA"),
        ("redirect_uri", "https://client.example.com/cb"),
        ("code_verifier", "v"),
    ];

    fn public() -> Client {
        Client { id: "spa".to_owned(), secret: None, in_body: false, is_raw: false }
    }

    fn confidential(id: &str, secret: &str) -> Client {
        Client { id: id.to_owned(), secret: Some(Secret::new(secret.to_owned())), in_body: false, is_raw: false }
    }

    #[test]
    fn c06_a_public_client_names_itself_in_the_body() {
        for in_body in [false, true] {
            let request = request(TOKEN_ENDPOINT, &Client { in_body, ..public() }, &CODE);
            assert_eq!(request.url, TOKEN_ENDPOINT);
            assert!(request.authorization.is_none());
            assert_eq!(
                request.body.expose(),
                "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA\
                 &redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb&code_verifier=v&client_id=spa"
            );
        }
    }

    #[test]
    fn c07_one_method_of_authentication_per_request() {
        let client = confidential("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw");
        let basic = request(TOKEN_ENDPOINT, &client, &CODE);
        let header = basic.authorization.clone().unwrap();
        assert_eq!(header.expose(), "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3", "RFC 6749 section 2.3.1");
        assert!(!basic.body.expose().contains("client_"));

        let body = request(TOKEN_ENDPOINT, &Client { in_body: true, ..client }, &CODE);
        assert!(body.authorization.is_none());
        assert!(body.body.expose().ends_with("&client_id=s6BhdRkqt3&client_secret=7Fjfp0ZBr1KtDRbnfVdmIw"));
        for request in [basic, body] {
            assert!(request.sent.is_repeated_in("7Fjfp0ZBr1KtDRbnfVdmIw"), "an answer must not repeat it");
        }
    }

    #[test]
    fn c08_basic_credentials_are_form_encoded_before_base64() {
        let header = request(TOKEN_ENDPOINT, &confidential("a:b+c%", "é "), &CODE).authorization.unwrap();
        assert_eq!(header.expose(), format!("Basic {}", base64::standard(b"a%3Ab%2Bc%25:%C3%A9+")));
    }

    #[test]
    fn c01_nothing_secret_stands_in_the_url() {
        let parameters = [("grant_type", "refresh_token"), ("refresh_token", "sentinel"), ("scope", "a b")];
        let request = request(TOKEN_ENDPOINT, &confidential("spa", "sentinel"), &parameters);
        assert_eq!(request.url, TOKEN_ENDPOINT);
        assert_eq!(request.body.expose(), "grant_type=refresh_token&refresh_token=sentinel&scope=a+b");
        assert!(!format!("{request:?}").contains("sentinel"));
    }

    #[test]
    fn h01_no_answer_may_repeat_a_secret_of_any_request() {
        for name in SECRET {
            let request = request(TOKEN_ENDPOINT, &public(), &[("grant_type", "x"), (name, "&sentinel é")]);
            assert!(request.sent.is_repeated_in("bad: &sentinel é!"), "{name}");
            assert!(!request.sent.is_repeated_in("bad: x spa"), "{name}");
        }
    }

    #[test]
    fn rfc_7009_a_revocation_is_the_same_to_another_endpoint() {
        let parameters = [("token", "45ghiukldjahdnhzdauz"), ("token_type_hint", "refresh_token")];
        let request = request("https://as.example/revoke?tenant=1", &public(), &parameters);
        assert_eq!(request.url, "https://as.example/revoke?tenant=1");
        assert_eq!(request.body.expose(), "token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token&client_id=spa");
    }

    #[test]
    fn parameters_are_sent_in_their_order_and_as_they_are() {
        let parameters = [("b", ""), ("a", "&client_id=evil"), ("b c", "\u{0}é")];
        let request = request(TOKEN_ENDPOINT, &public(), &parameters);
        assert_eq!(request.body.expose(), "b=&a=%26client_id%3Devil&b+c=%00%C3%A9&client_id=spa");
        assert!(!request.keepalive, "an answer would be lost");
    }
}
