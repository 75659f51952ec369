//! Token requests (RFC 6749 sections 4.1.3, 4.3.2, 4.4.2, 6 and 2.3.1).

use super::http::HttpRequest;
use super::secret::Secret;
use super::server::{ClientAuthentication, Server};
use super::{base64, form};

/// Who asks.
#[derive(Clone, Debug)]
pub struct Client {
    /// RFC 6749 section 2.2.
    pub id: String,
    /// Only confidential clients have one.
    pub secret: Option<Secret>,
}

/// What is presented for a token.
#[derive(Debug)]
pub enum Grant<'a> {
    /// RFC 6749 section 4.1.3.
    AuthorizationCode {
        /// Sent once.
        code: &'a Secret,
        /// Byte for byte as in the authorization request.
        redirect_uri: &'a str,
        /// RFC 7636 section 4.5.
        code_verifier: Option<&'a Secret>,
    },
    /// RFC 6749 section 6.
    RefreshToken {
        /// The newest one.
        refresh_token: &'a Secret,
        /// Never more than was granted; servers that do not need it get none.
        scope: Option<&'a str>,
    },
}

/// Builds the request: `POST`, form-encoded, with one method of client authentication and nothing secret in
/// the URL.
#[must_use]
pub fn token_request(server: &Server, client: &Client, grant: &Grant<'_>) -> HttpRequest {
    let mut body = String::new();
    match grant {
        Grant::AuthorizationCode { code, redirect_uri, code_verifier } => {
            form::append(&mut body, "grant_type", "authorization_code");
            form::append(&mut body, "code", code.expose());
            form::append(&mut body, "redirect_uri", redirect_uri);
            if let Some(verifier) = code_verifier {
                form::append(&mut body, "code_verifier", verifier.expose());
            }
        }
        Grant::RefreshToken { refresh_token, scope } => {
            form::append(&mut body, "grant_type", "refresh_token");
            form::append(&mut body, "refresh_token", refresh_token.expose());
            if let Some(scope) = scope {
                form::append(&mut body, "scope", scope);
            }
        }
    }
    authenticated(&server.token_endpoint, server, client, body)
}

/// A form request to `url` in which the client authenticates by the server's one method. A public client names
/// itself in the body (RFC 6749 section 3.2.1).
#[must_use]
pub fn authenticated(url: &str, server: &Server, client: &Client, mut body: String) -> HttpRequest {
    let mut authorization = None;
    match (&client.secret, server.client_authentication) {
        (Some(secret), ClientAuthentication::Basic) => authorization = Some(basic(&client.id, secret)),
        (Some(secret), ClientAuthentication::Body) => {
            form::append(&mut body, "client_id", &client.id);
            form::append(&mut body, "client_secret", secret.expose());
        }
        (None, _) => form::append(&mut body, "client_id", &client.id),
    }
    HttpRequest {
        url: url.to_owned(),
        authorization,
        client_secret: client.secret.clone(),
        body: Secret::new(body),
        keepalive: false,
    }
}

/// Form-encodes both halves before base64, as RFC 6749 section 2.3.1 demands.
fn basic(id: &str, secret: &Secret) -> Secret {
    let pair = Secret::new([&form::encode(id), ":", &form::encode(secret.expose())].concat());
    Secret::new(["Basic ", &base64::standard(pair.expose().as_bytes())].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::server::tests::{server, space, strict};

    fn secret(value: &str) -> Secret {
        Secret::new(value.to_owned())
    }

    fn public() -> Client {
        Client { id: "spa".to_owned(), secret: None }
    }

    fn code_request(server: &Server, client: &Client) -> HttpRequest {
        let grant = Grant::AuthorizationCode {
            code: &secret("SplxlOBeZQQYbYS6WxSbIA"),
            redirect_uri: "https://client.example.com/cb",
            code_verifier: Some(&secret("v")),
        };
        token_request(server, client, &grant)
    }

    #[test]
    fn c06_a_public_client_names_itself_in_the_body() {
        let request = code_request(&space(), &public());
        assert_eq!(request.url, "https://acme.jetbrains.space/oauth/token");
        assert!(request.authorization.is_none());
        assert_eq!(
            request.body.expose(),
            "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA\
             &redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb&code_verifier=v&client_id=spa"
        );
    }

    #[test]
    fn c07_one_method_of_authentication_per_request() {
        let client = Client { id: "s6BhdRkqt3".to_owned(), secret: Some(secret("7Fjfp0ZBr1KtDRbnfVdmIw")) };
        let basic = code_request(&strict(), &client);
        let header = basic.authorization.unwrap();
        assert_eq!(header.expose(), "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3", "RFC 6749 section 4.1.3");
        assert!(!basic.body.expose().contains("client_"));

        let by_body = server(Server { client_authentication: ClientAuthentication::Body, ..strict() });
        let body = code_request(&by_body, &client);
        assert!(body.authorization.is_none());
        assert!(body.body.expose().ends_with("&client_id=s6BhdRkqt3&client_secret=7Fjfp0ZBr1KtDRbnfVdmIw"));
    }

    #[test]
    fn c08_basic_credentials_are_form_encoded_before_base64() {
        let client = Client { id: "a:b+c%".to_owned(), secret: Some(secret("é ")) };
        let header = code_request(&strict(), &client).authorization.unwrap();
        assert_eq!(header.expose(), format!("Basic {}", base64::standard(b"a%3Ab%2Bc%25:%C3%A9+")));
    }

    #[test]
    fn c01_nothing_secret_stands_in_the_url() {
        let grant = Grant::RefreshToken { refresh_token: &secret("sentinel"), scope: Some("a b") };
        let request = token_request(&strict(), &public(), &grant);
        assert_eq!(request.url, "https://as.example/token");
        assert_eq!(request.body.expose(), "grant_type=refresh_token&refresh_token=sentinel&scope=a+b&client_id=spa");
        assert!(!format!("{request:?}").contains("sentinel"));
    }
}
