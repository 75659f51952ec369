//! What each call asks of Space, and what it refuses to ask.

use super::*;
use crate::protocol::error::{Code, Phase};

fn read(text: &str) -> Json {
    Json::parse(text).unwrap()
}

/// Method and path, with the query decoded, and the body as a text.
fn asked(operation: &str, arguments: &str) -> (String, Option<String>) {
    let Request { method, path, body } = request(operation, &read(arguments)).unwrap();
    assert!(!path.contains(' ') && !path.starts_with('/'), "{path}");
    let path = path.replace("%24", "$").replace("%28", "(").replace("%29", ")").replace("%2C", ",").replace("%3A", ":");
    (format!("{method} {path}"), body.as_ref().map(text_of))
}

fn hint(operation: &str, arguments: &str) -> String {
    let error = request(operation, &read(arguments)).unwrap_err();
    assert_eq!((&error.code, error.phase, error.retryable), (&Code::InvalidConfiguration, Phase::Configure, false));
    assert_eq!((&error.description, error.status), (&None, None));
    error.hint.clone()
}

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJa5mfhmEgXu4LDBqsWefTNotyHrqV+N5Mo3XTfc2CU";

#[test]
fn every_call_without_a_body() {
    for (operation, arguments, request) in [
        ("get", r#"{"application":"me"}"#, "GET applications/me?$fields=*,settings(*)"),
        ("list", "{}", "GET applications/paged?$fields=next,totalCount,data(*,settings(*))"),
        ("archive", r#"{"application":"id:1"}"#, "DELETE applications/id:1"),
        ("restore", r#"{"application":"id:1"}"#, "POST applications/id:1/restore"),
        ("clientSecret", r#"{"application":"id:1"}"#, "GET applications/id:1/client-secret"),
        ("regenerateClientSecret", r#"{"application":"id:1"}"#, "POST applications/id:1/client-secret/regenerate"),
        ("signingKey", r#"{"application":"id:1"}"#, "GET applications/id:1/signing-key"),
        ("regenerateSigningKey", r#"{"application":"id:1"}"#, "POST applications/id:1/signing-key/regenerate"),
        ("verificationToken", r#"{"application":"id:1"}"#, "GET applications/id:1/verification-token"),
        (
            "regenerateVerificationToken",
            r#"{"application":"id:1"}"#,
            "POST applications/id:1/verification-token/regenerate",
        ),
        ("publicKeys", r#"{"application":{"clientId":"c"}}"#, "GET applications/clientId:c/public-keys"),
        (
            "requiredRights",
            r#"{"application":"id:1"}"#,
            "GET applications/id:1/authorizations/required-rights?$fields=*",
        ),
        (
            "rights",
            r#"{"application":"id:1"}"#,
            "GET applications/id:1/authorizations/authorized-rights?$fields=*&contextIdentifier=global",
        ),
        (
            "rights",
            r#"{"application":"id:1","context":{"project":"ORBIT"}}"#,
            "GET applications/id:1/authorizations/authorized-rights?$fields=*&contextIdentifier=project:key:ORBIT",
        ),
        (
            "removeAuthorization",
            r#"{"application":"id:1","context":"channel:c1"}"#,
            "DELETE applications/id:1/authorizations/authorized-rights?contextIdentifier=channel:c1",
        ),
        (
            "authorizedContexts",
            r#"{"application":"id:1"}"#,
            "GET applications/id:1/authorizations/authorized-contexts?$fields=className,*,project(id,key(key),name),projectId,\
             channel(id),channelId,repository(id,name),taskId",
        ),
        ("sshKeys", r#"{"application":"id:1"}"#, "GET applications/id:1/ssh-keys?$fields=*"),
        (
            "removeSshKey",
            r#"{"application":"id:1","key":"SHA256:a+b/c="}"#,
            "DELETE applications/id:1/ssh-keys/SHA256:a%2Bb%2Fc%3D",
        ),
        (
            "removeSshKey",
            r#"{"application":"id:1","key":{"fingerprint":"00:ff","comment":"x"}}"#,
            "DELETE applications/id:1/ssh-keys/00:ff",
        ),
        (
            "permanentTokens",
            r#"{"application":"id:1"}"#,
            "GET applications/id:1/permanent-tokens?$fields=next,totalCount,data(*)",
        ),
        (
            "revokePermanentToken",
            r#"{"application":"me","token":"current"}"#,
            "DELETE applications/me/permanent-tokens/current",
        ),
        (
            "revokePermanentToken",
            r#"{"application":"me","token":{"id":"t1"}}"#,
            "DELETE applications/me/permanent-tokens/t1",
        ),
        (
            "consents",
            "{}",
            "GET team-directory/profiles/oauth-consents/me?$fields=*,\
             clientApplication(className,*,name,clientId,app(id,clientId,name)),\
             approvedScopes(*,scope(className,*,grants(*,context(className,*,project(id,key(key),name),projectId,\
             channel(id),channelId,repository(id,name),taskId),right(rightCode,name)))),\
             refreshTokens(*,scope(className,*,grants(*,context(className,*,project(id,key(key),name),projectId,\
             channel(id),channelId,repository(id,name),taskId),right(rightCode,name))),lastAccess(*))",
        ),
        (
            "consents",
            r#"{"user":"username:bob","fields":"id"}"#,
            "GET team-directory/profiles/oauth-consents/username:bob?$fields=id",
        ),
        ("revokeOwnRefreshToken", "{}", "DELETE team-directory/profiles/oauth-consents/me/refresh-tokens/self"),
        (
            "revokeConsent",
            r#"{"application":"id:1"}"#,
            "DELETE team-directory/profiles/oauth-consents/me/applications/id:1",
        ),
        (
            "revokeConsent",
            r#"{"application":"id:1","user":"id:u"}"#,
            "DELETE team-directory/profiles/oauth-consents/id:u/applications/id:1",
        ),
        (
            "revokeConsent",
            r#"{"application":{"className":"ES_OAuthUserApp","app":{"id":"1","name":"Bot"}}}"#,
            "DELETE team-directory/profiles/oauth-consents/me/applications/id:1",
        ),
        (
            "revokeConsent",
            r#"{"application":{"className":"ES_OAuthInternalApp","name":"Android","clientId":"a/b"},"user":"id:u"}"#,
            "DELETE team-directory/profiles/oauth-consents/id:u/internal-applications/a%2Fb",
        ),
    ] {
        assert_eq!(asked(operation, arguments), (request.to_owned(), None), "{operation} {arguments}");
    }
}

#[test]
fn every_call_with_a_body() {
    const RIGHTS: &str = "PATCH applications/id:1/authorizations/authorized-rights";
    for (operation, arguments, request, body) in [
        ("register", r#"{"document":{"name":"Bot"}}"#, "POST applications?$fields=*,settings(*)", r#"{"name":"Bot"}"#),
        (
            "update",
            r#"{"application":"id:1","document":{"pkceRequired":true},"fields":"id"}"#,
            "PATCH applications/id:1?$fields=id",
            r#"{"pkceRequired":true}"#,
        ),
        (
            "update",
            r#"{"application":"id:1","document":{"pkceRequired":true}}"#,
            "PATCH applications/id:1?$fields=*,settings(*)",
            r#"{"pkceRequired":true}"#,
        ),
        (
            "requireRights",
            r#"{"application":"id:1","document":{"add":["A.View"],"remove":[]}}"#,
            "PATCH applications/id:1/authorizations/required-rights",
            r#"{"rightCodesToAdd":["A.View"],"rightCodesToRemove":[],"requestRightsInAuthorizedContexts":false}"#,
        ),
        (
            "requireRights",
            r#"{"application":"id:1","document":{"remove":["A.View","B"],"requestInAuthorizedContexts":true}}"#,
            "PATCH applications/id:1/authorizations/required-rights",
            r#"{"rightCodesToAdd":[],"rightCodesToRemove":["A.View","B"],"requestRightsInAuthorizedContexts":true}"#,
        ),
        (
            "requestRights",
            r#"{"application":"id:1","rights":["A.View"],"context":"project:id:p","comment":"please"}"#,
            &[RIGHTS, "/request-rights"].concat(),
            r#"{"contextIdentifier":"project:id:p","rightCodes":["A.View"],"comment":"please"}"#,
        ),
        (
            "authorizeRights",
            r#"{"application":"id:1","rights":["A","B"]}"#,
            RIGHTS,
            r#"{"contextIdentifier":"global","updates":[{"rightCode":"A","status":"GRANTED"},{"rightCode":"B","status":"GRANTED"}]}"#,
        ),
        (
            "rejectRights",
            r#"{"application":"id:1","rights":["A"],"context":{"channel":"c"},"comment":""}"#,
            RIGHTS,
            r#"{"contextIdentifier":"channel:c","updates":[{"rightCode":"A","status":"REJECTED"}],"comment":""}"#,
        ),
        (
            "setEndpoint",
            r#"{"application":"id:1","document":{"uri":"https://a.example/","signingKey":true}}"#,
            "PATCH applications/id:1",
            r#"{"endpointUri":"https://a.example/","hasSigningKey":true}"#,
        ),
        (
            "setEndpoint",
            r#"{"application":"id:1","document":null}"#,
            "PATCH applications/id:1",
            r#"{"endpointUri":null}"#,
        ),
        (
            "createPermanentToken",
            r#"{"application":"id:1","document":{"name":"CI","scope":["a","b"]}}"#,
            "POST applications/id:1/permanent-tokens?$fields=first(*),second",
            r#"{"name":"CI","scope":"a b"}"#,
        ),
        (
            "createPermanentToken",
            r#"{"application":"id:1","document":{"name":"CI","scope":"a"},"fields":"id"}"#,
            "POST applications/id:1/permanent-tokens?$fields=first(id),second",
            r#"{"name":"CI","scope":"a"}"#,
        ),
    ] {
        assert_eq!(asked(operation, arguments), (request.to_owned(), Some(body.to_owned())), "{operation} {arguments}");
    }
}

#[test]
fn a_key_is_sent_without_what_stands_around_it() {
    for (arguments, comment) in [
        (format!(r#"{{"application":"me","publicKey":"{KEY} build agent\n"}}"#), "build agent"),
        (format!(r#"{{"application":"me","publicKey":" {KEY}"}}"#), ""),
        (format!(r#"{{"application":"me","publicKey":"{KEY} build agent","comment":"CI"}}"#), "CI"),
    ] {
        let body = format!(r#"{{"publicKey":"{KEY}","comment":"{comment}"}}"#);
        assert_eq!(asked("addSshKey", &arguments), ("POST applications/me/ssh-keys".to_owned(), Some(body)));
    }
}

#[test]
fn a_page_is_asked_for_by_size_place_and_filter() {
    let all = r#"{"pageSize":50,"skip":"100&$top=1","name":"ro ver","withArchived":true,"fields":"id,name"}"#;
    let path = "GET applications/paged?$fields=next,totalCount,data(id,name)&$top=50&$skip=100%26$top%3D1\
                &name=ro+ver&withArchived=true";
    assert_eq!(asked("list", all).0, path);
    let no_archived = "GET applications/paged?$fields=next,totalCount,data(*,settings(*))&$top=1000&withArchived=false";
    assert_eq!(asked("list", r#"{"pageSize":1000,"withArchived":false,"name":null,"skip":null}"#).0, no_archived);
    let tokens = r#"{"application":"id:1","pageSize":1,"skip":"7"}"#;
    let path = "GET applications/id:1/permanent-tokens?$fields=next,totalCount,data(*)&$top=1&$skip=7";
    assert_eq!(asked("permanentTokens", tokens).0, path);
}

#[test]
fn every_argument_that_is_wrong_is_named() {
    let rights = r#""application":"me","rights":["A"]"#;
    let token = r#""application":"me","document":{"name":"CI","scope":"a"#;
    for (operation, arguments, name) in [
        ("get", "{}", "application"),
        ("get", r#"{"application":"x"}"#, "application"),
        ("get", r#"{"application":"me","fields":""}"#, "fields"),
        ("get", r#"{"application":"me","fields":5}"#, "fields"),
        ("list", r#"{"fields":["id"]}"#, "fields"),
        ("list", r#"{"pageSize":0}"#, "pageSize"),
        ("list", r#"{"pageSize":1001}"#, "pageSize"),
        ("list", r#"{"pageSize":-1}"#, "pageSize"),
        ("list", r#"{"pageSize":1.5}"#, "pageSize"),
        ("list", r#"{"pageSize":1e2}"#, "pageSize"),
        ("list", r#"{"pageSize":"10"}"#, "pageSize"),
        ("list", r#"{"name":5}"#, "name"),
        ("list", r#"{"withArchived":"yes"}"#, "withArchived"),
        ("register", "{}", "application"),
        ("register", r#"{"document":[]}"#, "application"),
        ("register", r#"{"document":{}}"#, "name"),
        ("register", r#"{"document":{"name":"a"},"fields":""}"#, "fields"),
        ("update", r#"{"application":"me"}"#, "changes"),
        ("update", r#"{"application":"me","document":{}}"#, "changes"),
        ("update", r#"{"application":"no","document":{"name":"a"}}"#, "application"),
        ("setEndpoint", r#"{"application":"me"}"#, "endpoint"),
        ("setEndpoint", r#"{"application":"me","document":5}"#, "uri"),
        ("setEndpoint", r#"{"application":"me","document":{"uri":"x"}}"#, "uri"),
        ("requireRights", r#"{"application":"me"}"#, "rights"),
        ("requireRights", r#"{"application":"me","document":{}}"#, "rights"),
        ("requireRights", r#"{"application":"me","document":{"add":[],"remove":[]}}"#, "rights"),
        ("requireRights", r#"{"application":"me","document":{"add":"A"}}"#, "add"),
        ("requireRights", r#"{"application":"me","document":{"add":["A"],"remove":["A b"]}}"#, "remove"),
        (
            "requireRights",
            r#"{"application":"me","document":{"add":["A"],"requestInAuthorizedContexts":1}}"#,
            "requestInAuthorizedContexts",
        ),
        ("requestRights", r#"{"application":"me"}"#, "rights"),
        ("requestRights", r#"{"application":"me","rights":[]}"#, "rights"),
        ("requestRights", &format!(r#"{{{rights},"context":"ORBIT"}}"#), "context"),
        ("requestRights", &format!(r#"{{{rights},"comment":5}}"#), "comment"),
        ("authorizeRights", r#"{"application":"me","rights":["A","A"]}"#, "rights"),
        ("rejectRights", &format!(r#"{{{rights},"comment":{{}}}}"#), "comment"),
        ("rights", r#"{"application":"me","context":"everywhere"}"#, "context"),
        ("removeAuthorization", r#"{"application":"me"}"#, "context"),
        ("removeAuthorization", r#"{"application":"me","context":null}"#, "context"),
        ("removeAuthorization", r#"{"application":"me","context":{}}"#, "context"),
        ("addSshKey", r#"{"application":"me"}"#, "publicKey"),
        ("addSshKey", r#"{"application":"me","publicKey":5}"#, "publicKey"),
        ("addSshKey", r#"{"application":"me","publicKey":" "}"#, "publicKey"),
        ("addSshKey", &format!(r#"{{"application":"me","publicKey":"{KEY}","comment":5}}"#), "comment"),
        ("removeSshKey", r#"{"application":"me"}"#, "key"),
        ("removeSshKey", r#"{"application":"me","key":""}"#, "key"),
        ("removeSshKey", r#"{"application":"me","key":".."}"#, "key"),
        ("removeSshKey", r#"{"application":"me","key":{"id":"x"}}"#, "key"),
        ("createPermanentToken", &format!(r#"{{{token}"}},"fields":""}}"#), "fields"),
        ("createPermanentToken", &format!(r#"{{{token}","expires":"soon"}}}}"#), "expires"),
        ("createPermanentToken", &format!(r#"{{{token}","expires":"2027-01-01T00:00:00Z"}}}}"#), "expires"),
        ("createPermanentToken", &format!(r#"{{{token}","expires":"2027-01-01T00:00:00.000+"}}}}"#), "expires"),
        ("revokePermanentToken", r#"{"application":"me","token":"."}"#, "token"),
        ("revokePermanentToken", r#"{"application":"me","token":"t1"}"#, "token"),
        ("revokePermanentToken", r#"{"application":"me","token":"Current"}"#, "token"),
        ("revokePermanentToken", r#"{"application":"me","token":{"id":"a b"}}"#, "token"),
        ("consents", r#"{"user":"bob"}"#, "user"),
        ("revokeConsent", r#"{"application":"me","user":5}"#, "user"),
        ("revokeConsent", "{}", "application"),
        ("revokeConsent", r#"{"application":{"className":"ES_OAuthInternalApp"}}"#, "application"),
        ("revokeConsent", r#"{"application":{"className":"ES_OAuthInternalApp","clientId":".."}}"#, "application"),
    ] {
        let hint = hint(operation, arguments);
        assert!(hint.starts_with(&format!("`{name}` must ")), "{operation} {arguments}: {hint}");
    }
}

#[test]
fn what_is_no_operation_or_has_no_arguments_is_refused() {
    for operation in ["", "Get", "toString", "__proto__", "request"] {
        assert!(hint(operation, r#"{"application":"me"}"#).contains("no such operation"));
    }
    for arguments in ["null", "5", "[]", r#""me""#] {
        assert!(hint("get", arguments).contains("`application`"));
    }
}

#[test]
fn h01_a_body_that_nobody_could_look_through_is_not_sent() {
    // Not as a text: the reader itself would refuse it.
    let many = |count| {
        let mut all = vec![("name".to_owned(), Json::Text("a".to_owned()))];
        all.extend((0..count).map(|number| (format!("m{number}"), Json::Null)));
        object([("document", Json::Object(all))])
    };
    assert!(request("register", &many(511)).is_ok());
    assert!(request("register", &many(512)).unwrap_err().hint.starts_with("`document` must "));
    let deep = (0..40).fold(Json::Null, |inner, _| Json::List(vec![inner]));
    let document = object([("name", Json::Text("a".to_owned())), ("state", deep)]);
    assert!(request("register", &object([("document", document)])).is_err());
    let twice = Json::Object(vec![("name".to_owned(), Json::Text("a".to_owned())); 2]);
    assert!(request("register", &object([("document", twice)])).is_err());
}

#[test]
fn h01_no_hint_repeats_a_value() {
    for (operation, arguments) in [
        ("register", r#"{"document":{"name":"a","clientId":"sentinel sentinel"}}"#),
        ("register", r#"{"document":{"name":"a","clientSecret":["sentinel"]}}"#),
        ("register", r#"{"document":{"name":"a","codeFlowRedirectURIs":["https://sentinel@a.example/"]}}"#),
        ("setEndpoint", r#"{"application":"me","document":{"uri":"sentinel"}}"#),
        ("addSshKey", r#"{"application":"me","publicKey":"ssh-ed25519 sentinel"}"#),
        ("get", r#"{"application":"sentinel"}"#),
        ("requestRights", r#"{"application":"me","rights":["sentinel "]}"#),
        ("rights", r#"{"application":"me","context":"sentinel"}"#),
        ("revokePermanentToken", r#"{"application":"me","token":"sentinel"}"#),
    ] {
        assert!(!hint(operation, arguments).contains("sentinel"), "{operation} {arguments}");
    }
}
