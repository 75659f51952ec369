//! Links by which an administrator adds an application to a Space, with the parameters that Space's SDKs use.

use super::settings::{uris, word};
use super::unfit;
use super::uri::checked;
use crate::protocol::error::AuthError;
use crate::protocol::form;
use crate::protocol::json::Json;

/// Where the administrator chooses the organisation first.
const ANYWHERE: &str = "https://jetbrains.com/space/app/install-app";

/// The link that installs an application that is described by its own query.
pub fn install_url(options: &Json) -> Result<String, AuthError> {
    let mut url = start(options)?;
    form::append(&mut url, "name", word(options, "name")?);
    if let Some(endpoint) = text(options, "endpointUri")? {
        // The two will know each other by what Space then sends to the endpoint.
        form::append(&mut url, "pair", "true");
        form::append(&mut url, "endpoint", &checked("endpointUri", endpoint)?);
    }
    if flag(options, "clientCredentialsFlowEnabled")? {
        form::append(&mut url, "client-credentials-flow-enabled", "true");
    }
    let has_code_flow = flag(options, "codeFlowEnabled")?;
    let redirect_uris = match options.member("codeFlowRedirectURIs") {
        None => None,
        Some(Json::List(items)) if items.iter().all(|item| item.text().is_some()) => {
            Some(uris("codeFlowRedirectURIs", items)?)
        }
        Some(_) => return Err(unfit("codeFlowRedirectURIs", "be a list of URIs")),
    };
    let is_pkce_required = flag(options, "pkceRequired")?;
    match redirect_uris.as_ref().and_then(Json::text).filter(|uris| !uris.is_empty()) {
        Some(uris) if has_code_flow => {
            form::append(&mut url, "code-flow-enabled", "true");
            form::append(&mut url, "code-flow-redirect-uris", uris);
            if is_pkce_required {
                form::append(&mut url, "pkce-required", "true");
            }
        }
        None if has_code_flow => {
            return Err(unfit("codeFlowRedirectURIs", "be given: the code flow needs one at least"));
        }
        Some(_) => return Err(unfit("codeFlowEnabled", "be true for redirect URIs to be of use")),
        None => {}
    }
    if let Some(state) = text(options, "state")? {
        form::append(&mut url, "state", state);
    }
    for (name, parameter) in
        [("hasPublicKeySignature", "has-public-key-signature"), ("hasSigningKey", "has-signing-key")]
    {
        if flag(options, name)? {
            form::append(&mut url, parameter, "true");
        }
    }
    Ok(url)
}

/// The link that installs an application of the Marketplace.
pub fn marketplace_url(options: &Json) -> Result<String, AuthError> {
    let mut url = start(options)?;
    form::append(&mut url, "marketplace-app", word(options, "marketplaceApp")?);
    form::append(&mut url, "name", word(options, "name")?);
    Ok(url)
}

fn start(options: &Json) -> Result<String, AuthError> {
    if !matches!(options, Json::Object(_)) {
        return Err(AuthError::configuration(&["The options must be an object."]));
    }
    let Some(server) = text(options, "server")? else { return Ok([ANYWHERE, "?"].concat()) };
    if server.contains('?') {
        return Err(unfit("server", "have no query"));
    }
    let base = checked("server", server)?;
    Ok([base.trim_end_matches('/'), "/extensions/installedApplications/new?"].concat())
}

fn text<'a>(options: &'a Json, name: &str) -> Result<Option<&'a str>, AuthError> {
    match options.member(name) {
        None => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text)),
        Some(_) => Err(unfit(name, "be a text")),
    }
}

fn flag(options: &Json, name: &str) -> Result<bool, AuthError> {
    match options.member(name) {
        None => Ok(false),
        Some(Json::Boolean(is_on)) => Ok(*is_on),
        Some(_) => Err(unfit(name, "be true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Result<String, AuthError> {
        install_url(&Json::parse(text).unwrap())
    }

    #[test]
    fn all_that_an_application_says_of_itself() {
        let options = r#"{"server":"https://acme.jetbrains.space/","name":"Orbit bot","endpointUri":"https://bot.example/space",
            "clientCredentialsFlowEnabled":true,"codeFlowEnabled":true,"pkceRequired":true,"state":"a b","hasPublicKeySignature":true,
            "codeFlowRedirectURIs":["https://bot.example/a","https://bot.example/b"]}"#;
        assert_eq!(
            url(options).unwrap(),
            "https://acme.jetbrains.space/extensions/installedApplications/new?name=Orbit+bot&pair=true\
             &endpoint=https%3A%2F%2Fbot.example%2Fspace&client-credentials-flow-enabled=true&code-flow-enabled=true\
             &code-flow-redirect-uris=https%3A%2F%2Fbot.example%2Fa%0Ahttps%3A%2F%2Fbot.example%2Fb&pkce-required=true\
             &state=a+b&has-public-key-signature=true"
        );
        assert_eq!(
            url(r#"{"name":"Bot","hasSigningKey":true}"#).unwrap(),
            [ANYWHERE, "?name=Bot&has-signing-key=true"].concat()
        );
    }

    #[test]
    fn a_link_to_the_marketplace() {
        let options = Json::parse(r#"{"marketplaceApp":"slack.channel.tunnel","name":"Slack & more"}"#).unwrap();
        let query = "?marketplace-app=slack.channel.tunnel&name=Slack+%26+more";
        assert_eq!(marketplace_url(&options).unwrap(), [ANYWHERE, query].concat());
        let options = Json::parse(r#"{"server":"http://localhost:8081","marketplaceApp":"x","name":"y"}"#).unwrap();
        let url = "http://localhost:8081/extensions/installedApplications/new?marketplace-app=x&name=y";
        assert_eq!(marketplace_url(&options).unwrap(), url);
        assert!(marketplace_url(&Json::parse(r#"{"name":"y"}"#).unwrap()).is_err());
    }

    #[test]
    fn what_makes_no_link() {
        for text in [
            "null",
            "{}",
            r#"{"name":""}"#,
            r#"{"name":"x","server":"acme"}"#,
            r#"{"name":"x","server":"https://acme/?a"}"#,
            r#"{"name":"x","server":"http://acme"}"#,
            r#"{"name":"x","endpointUri":"http://bot.example"}"#,
            r#"{"name":"x","codeFlowEnabled":true}"#,
            r#"{"name":"x","codeFlowEnabled":true,"codeFlowRedirectURIs":[]}"#,
            r#"{"name":"x","codeFlowRedirectURIs":["https://a/"]}"#,
            r#"{"name":"x","codeFlowEnabled":true,"codeFlowRedirectURIs":["https://a/#"]}"#,
            r#"{"name":"x","codeFlowEnabled":true,"codeFlowRedirectURIs":"https://a/"}"#,
            r#"{"name":"x","hasSigningKey":"yes"}"#,
            r#"{"name":"x","state":5}"#,
        ] {
            assert!(url(text).is_err(), "{text}");
        }
    }
}
