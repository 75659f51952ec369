//! Token revocation (RFC 7009).

use super::error::{AuthError, Code, Phase};
use super::form;
use super::http::{HttpRequest, HttpResponse};
use super::secret::Secret;
use super::server::Server;
use super::token_request::{self, Client};

/// Which token is revoked (RFC 7009 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `access_token`
    AccessToken,
    /// `refresh_token`
    RefreshToken,
}

/// Builds the request, or says that the server has no revocation endpoint.
pub fn revocation_request(
    server: &Server,
    client: &Client,
    token: &Secret,
    kind: Option<Kind>,
) -> Result<HttpRequest, AuthError> {
    let endpoint = server
        .revocation_endpoint
        .as_deref()
        .ok_or_else(|| AuthError::configuration(&["`server` has no `revocationEndpoint`."]))?;
    let mut body = String::new();
    form::append(&mut body, "token", token.expose());
    match kind {
        Some(Kind::AccessToken) => form::append(&mut body, "token_type_hint", "access_token"),
        Some(Kind::RefreshToken) => form::append(&mut body, "token_type_hint", "refresh_token"),
        None => {}
    }
    Ok(HttpRequest { keepalive: true, ..token_request::authenticated(endpoint, server, client, body) })
}

/// Any 2xx is success, whatever its body (RFC 7009 section 2.2).
pub fn revocation_response(server: &Server, request: &HttpRequest, response: &HttpResponse) -> Result<(), AuthError> {
    if (200..300).contains(&response.status) {
        return Ok(());
    }
    match super::token_response::TokenResponse::from_http(server, request, response, Phase::Token) {
        Err(error) => Err(error),
        Ok(_) => Err(AuthError::new(Code::InvalidResponse, Phase::Token)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::server::tests::{server, strict};

    fn client() -> Client {
        Client { id: "spa".to_owned(), secret: None }
    }

    #[test]
    fn rfc_7009_request_and_answers() {
        let server = server(Server { revocation_endpoint: Some("https://as.example/revoke".into()), ..strict() });
        let token = Secret::new("45ghiukldjahdnhzdauz".to_owned());
        let request = revocation_request(&server, &client(), &token, Some(Kind::RefreshToken)).unwrap();
        assert_eq!(request.url, "https://as.example/revoke");
        assert_eq!(request.body.expose(), "token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token&client_id=spa");

        let answer = |status, body: &str| {
            let response = HttpResponse { status, content_type: "application/json".into(), body: body.into() };
            revocation_response(&server, &request, &response).map_err(|error| error.code.as_str().to_owned())
        };
        assert_eq!(answer(200, ""), Ok(()));
        assert_eq!(answer(503, ""), Err("server_error".to_owned()));
        assert_eq!(answer(400, r#"{"error":"unsupported_token_type"}"#), Err("unsupported_token_type".to_owned()));
    }

    #[test]
    fn without_an_endpoint_there_is_nothing_to_send() {
        let token = Secret::new("t".to_owned());
        let error = revocation_request(&strict(), &client(), &token, None).unwrap_err();
        assert_eq!(error.code, Code::InvalidConfiguration);
    }
}
