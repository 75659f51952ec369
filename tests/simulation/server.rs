//! The authorization server: it rotates refresh tokens, and revokes a whole family when one comes a second time
//! (RFC 9700 section 4.14.2).

use space_auth_wasm::protocol::http::HttpResponse;

/// All tokens that descend from one sign-in.
pub struct Family {
    pub key: usize,
    /// The number of the newest refresh token.
    pub newest: u64,
    pub is_revoked: bool,
}

#[derive(Default)]
pub struct Server {
    pub families: Vec<Family>,
    /// How long access tokens live, in seconds.
    pub life: u32,
}

/// What a token says of itself: the family and the number.
pub fn parse(token: &str) -> Option<(usize, u64)> {
    let (family, number) = token.get(2..)?.split_once('-')?;
    Some((family.parse().ok()?, number.parse().ok()?))
}

pub fn access_token(family: usize, number: u64) -> String {
    format!("a-{family}-{number}")
}

pub fn refresh_token(family: usize, number: u64) -> String {
    format!("r-{family}-{number}")
}

impl Server {
    pub fn sign_in(&mut self, key: usize) -> usize {
        self.families.push(Family { key, newest: 1, is_revoked: false });
        self.families.len() - 1
    }

    /// The answer to a refresh, and whether it tells of a reuse.
    pub fn refresh(&mut self, family: usize, number: u64) -> (HttpResponse, bool) {
        let life = self.life;
        let known = &mut self.families[family];
        let is_reused = number != known.newest;
        known.is_revoked |= is_reused;
        if known.is_revoked {
            return (
                json(400, r#"{"error":"invalid_grant","error_description":"The token is not active"}"#),
                is_reused,
            );
        }
        known.newest += 1;
        let (access, refresh) = (access_token(family, known.newest), refresh_token(family, known.newest));
        let body = format!(
            r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":{life},"refresh_token":"{refresh}"}}"#
        );
        (json(200, &body), false)
    }
}

pub fn json(status: u16, body: &str) -> HttpResponse {
    HttpResponse { status, content_type: "application/json".to_owned(), body: body.to_owned() }
}

pub fn html(status: u16) -> HttpResponse {
    HttpResponse { status, content_type: "text/html".to_owned(), body: "<html>Sign in to the Wi-Fi</html>".to_owned() }
}
