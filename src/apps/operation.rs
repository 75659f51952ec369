//! What can be asked of Space's HTTP API, by the names of the package's functions.

use super::identifier::{application, context, is_name, push_segment, user};
use super::settings;
use super::ssh_key;
use super::structured::{object, text_of};
use super::unfit;
use crate::protocol::error::AuthError;
use crate::protocol::form;
use crate::protocol::json::Json;

/// A request to the API.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// HTTP method.
    pub method: &'static str,
    /// Path and query, behind the base of the API.
    pub path: String,
    /// What is sent as JSON, if anything.
    pub body: Option<Json>,
}

/// The largest page that may be asked for.
const LARGEST_PAGE: u64 = 1_000;

/// What the arguments of a call, by their names, ask for. Whatever is wrong with them is `invalid_configuration`.
pub fn request(operation: &str, arguments: &Json) -> Result<Request, AuthError> {
    let request = Call { arguments, nothing: Json::Null }.request(operation)?;
    // Whoever reads the answer looks for the secrets in the body, and so must be able to read that.
    let is_readable = request.body.as_ref().is_none_or(|body| Json::parse(&text_of(body)).is_some());
    if is_readable { Ok(request) } else { Err(unfit("document", "have at most 512 members, and not so many levels")) }
}

struct Call<'a> {
    arguments: &'a Json,
    nothing: Json,
}

impl Call<'_> {
    #[allow(clippy::too_many_lines)] // A table, really: one line or two for each call.
    fn request(&self, operation: &str) -> Result<Request, AuthError> {
        let get = |path| Ok(Request { method: "GET", path, body: None });
        let delete = |path| Ok(Request { method: "DELETE", path, body: None });
        let post = |path, body| Ok(Request { method: "POST", path, body });
        let change = |path, body| Ok(Request { method: "PATCH", path, body: Some(body) });
        match operation {
            "register" => {
                let document = settings::registration(self.argument("document"))?;
                post(self.with_fields("applications".to_owned(), APPLICATION)?, Some(document))
            }
            "get" => get(self.with_fields(self.of_application("")?, APPLICATION)?),
            "list" => get(self.page("applications/paged".to_owned(), APPLICATION)?),
            "update" => {
                let changes = settings::changes(self.argument("document"))?;
                change(self.with_fields(self.of_application("")?, APPLICATION)?, changes)
            }
            "archive" => delete(self.of_application("")?),
            "restore" => post(self.of_application("/restore")?, None),

            "clientSecret" => get(self.of_application("/client-secret")?),
            "regenerateClientSecret" => post(self.of_application("/client-secret/regenerate")?, None),
            "signingKey" => get(self.of_application("/signing-key")?),
            "regenerateSigningKey" => post(self.of_application("/signing-key/regenerate")?, None),
            "verificationToken" => get(self.of_application("/verification-token")?),
            "regenerateVerificationToken" => post(self.of_application("/verification-token/regenerate")?, None),
            "publicKeys" => get(self.of_application("/public-keys")?),

            "requireRights" => change(self.of_application("/authorizations/required-rights")?, self.required_rights()?),
            "requiredRights" => get(self.with_fields(self.of_application("/authorizations/required-rights")?, "*")?),
            "requestRights" => {
                let rights = settings::rights(Some(self.argument("rights")), "rights")?;
                change(
                    self.of_application("/authorizations/authorized-rights/request-rights")?,
                    self.in_context("rightCodes", rights)?,
                )
            }
            "rights" => {
                let mut path = self.with_fields(self.of_application(RIGHTS)?, "*")?;
                form::append(&mut path, "contextIdentifier", &self.context()?);
                get(path)
            }
            "authorizeRights" => change(self.of_application(RIGHTS)?, self.updates("GRANTED")?),
            "rejectRights" => change(self.of_application(RIGHTS)?, self.updates("REJECTED")?),
            "removeAuthorization" => {
                if *self.argument("context") == Json::Null {
                    return Err(unfit("context", "be given: what is taken back is not guessed"));
                }
                let mut path = self.of_application(RIGHTS)? + "?";
                form::append(&mut path, "contextIdentifier", &self.context()?);
                delete(path)
            }
            "authorizedContexts" => {
                let path = self.of_application("/authorizations/authorized-contexts")?;
                get(self.with_fields(path, CONTEXT)?)
            }

            "setEndpoint" => {
                // Nothing is taken away that was not meant to be.
                if !matches!(self.arguments, Json::Object(given) if given.iter().any(|(name, _)| name == "document")) {
                    return Err(unfit("endpoint", "be given; null takes it away"));
                }
                change(self.of_application("")?, settings::endpoint(self.argument("document"))?)
            }

            "sshKeys" => get(self.with_fields(self.of_application("/ssh-keys")?, "*")?),
            "addSshKey" => post(self.of_application("/ssh-keys")?, Some(self.ssh_key()?)),
            "removeSshKey" => delete(self.of_application("/ssh-keys")? + &self.segment("fingerprint", "key")?),

            "permanentTokens" => get(self.page(self.of_application("/permanent-tokens")?, "*")?),
            "createPermanentToken" => {
                let token = settings::permanent_token(self.argument("document"))?;
                // A pair of the record, of which the caller may choose the members, and of the token itself.
                let mut path = self.of_application("/permanent-tokens")? + "?";
                form::append(&mut path, "$fields", &["first(", self.fields("*")?, "),second"].concat());
                post(path, Some(token))
            }
            // Any other text may be the token itself, and addresses end up in logs.
            "revokePermanentToken" if self.argument("token").text().is_some_and(|text| text != "current") => {
                Err(unfit("token", "be \"current\", or an object with the `id` that Space has told of"))
            }
            "revokePermanentToken" => delete(self.of_application("/permanent-tokens")? + &self.segment("id", "token")?),

            "consents" => {
                let scope = ["scope(className,*,grants(*,context(", CONTEXT, "),right(rightCode,name)))"].concat();
                let fields = [
                    "*,clientApplication(className,*,name,clientId,app(id,clientId,name)),approvedScopes(*,",
                    &scope,
                    "),refreshTokens(*,",
                    &scope,
                    ",lastAccess(*))",
                ];
                get(self.with_fields(self.of_user("")?, &fields.concat())?)
            }
            "revokeOwnRefreshToken" => delete([CONSENTS, "/me/refresh-tokens/self"].concat()),
            "revokeConsent" => {
                let given = self.argument("application");
                let (place, named) = match (given.text_of("className"), given.text_of("clientId")) {
                    // Those of Space itself have an address of their own, with the bare client id.
                    (Some("ES_OAuthInternalApp"), Some(id)) if is_name(id) => ("/internal-applications", id.to_owned()),
                    _ => ("/applications", application(given)?),
                };
                let mut path = self.of_user(place)?;
                push_segment(&mut path, &named);
                delete(path)
            }
            _ => Err(AuthError::configuration(&["There is no such operation."])),
        }
    }

    fn argument(&self, name: &str) -> &Json {
        self.arguments.member(name).unwrap_or(&self.nothing)
    }

    /// The address of an application, or of something that it has.
    fn of_application(&self, rest: &str) -> Result<String, AuthError> {
        let mut path = "applications".to_owned();
        push_segment(&mut path, &application(self.argument("application"))?);
        path.push_str(rest);
        Ok(path)
    }

    /// The address of a user's consents, or of some of them.
    fn of_user(&self, rest: &str) -> Result<String, AuthError> {
        let mut path = CONSENTS.to_owned();
        push_segment(&mut path, &user(self.argument("user"))?);
        path.push_str(rest);
        Ok(path)
    }

    /// The address, with the members that the answer is to have.
    fn with_fields(&self, path: String, default: &str) -> Result<String, AuthError> {
        let mut path = path + "?";
        form::append(&mut path, "$fields", self.fields(default)?);
        Ok(path)
    }

    fn fields<'a>(&'a self, default: &'a str) -> Result<&'a str, AuthError> {
        match self.argument("fields") {
            Json::Null => Ok(default),
            Json::Text(fields) if !fields.is_empty() => Ok(fields),
            _ => Err(unfit("fields", "be a text that is not empty")),
        }
    }

    /// The address of one page of a list.
    fn page(&self, path: String, default: &str) -> Result<String, AuthError> {
        let mut path = path + "?";
        form::append(&mut path, "$fields", &["next,totalCount,data(", self.fields(default)?, ")"].concat());
        match self.argument("pageSize") {
            Json::Null => {}
            Json::Number(digits) if self.page_size().is_some() => form::append(&mut path, "$top", digits),
            _ => return Err(unfit("pageSize", "be a whole number from 1 to 1000")),
        }
        if let Some(skip) = self.arguments.text_of("skip") {
            form::append(&mut path, "$skip", skip);
        }
        match self.argument("name") {
            Json::Null => {}
            Json::Text(name) => form::append(&mut path, "name", name),
            _ => return Err(unfit("name", "be a text")),
        }
        match self.argument("withArchived") {
            Json::Null => {}
            Json::Boolean(is_on) => form::append(&mut path, "withArchived", if *is_on { "true" } else { "false" }),
            _ => return Err(unfit("withArchived", "be true or false")),
        }
        Ok(path)
    }

    fn page_size(&self) -> Option<u64> {
        self.argument("pageSize").integer().filter(|size| (1..=LARGEST_PAGE).contains(size))
    }

    fn context(&self) -> Result<String, AuthError> {
        context(self.argument("context"))
    }

    /// `name` with a value, in a context, with a comment if there is one.
    fn in_context(&self, name: &str, value: Json) -> Result<Json, AuthError> {
        let context = Json::Text(self.context()?);
        Ok(match self.argument("comment") {
            Json::Null => object([("contextIdentifier", context), (name, value)]),
            comment @ Json::Text(_) => {
                object([("contextIdentifier", context), (name, value), ("comment", comment.clone())])
            }
            _ => return Err(unfit("comment", "be a text")),
        })
    }

    fn required_rights(&self) -> Result<Json, AuthError> {
        let document = self.argument("document");
        let none = Json::List(Vec::new());
        let list = |name| match document.member(name) {
            Some(rights) if *rights != none => settings::rights(Some(rights), name),
            _ => Ok(none.clone()),
        };
        let (added, removed) = (list("add")?, list("remove")?);
        if added == none && removed == none {
            return Err(unfit("rights", "name what to `add` or to `remove`"));
        }
        let also = match document.member("requestInAuthorizedContexts") {
            None => false,
            Some(Json::Boolean(also)) => *also,
            Some(_) => return Err(unfit("requestInAuthorizedContexts", "be true or false")),
        };
        Ok(object([
            ("rightCodesToAdd", added),
            ("rightCodesToRemove", removed),
            ("requestRightsInAuthorizedContexts", Json::Boolean(also)),
        ]))
    }

    fn updates(&self, status: &str) -> Result<Json, AuthError> {
        let mut updates = Vec::new();
        if let Json::List(codes) = settings::rights(Some(self.argument("rights")), "rights")? {
            for code in codes {
                updates.push(object([("rightCode", code), ("status", Json::Text(status.to_owned()))]));
            }
        }
        self.in_context("updates", Json::List(updates))
    }

    fn ssh_key(&self) -> Result<Json, AuthError> {
        let key = ssh_key::read(settings::word(self.arguments, "publicKey")?)?;
        let comment = match self.argument("comment") {
            Json::Null => key.comment,
            Json::Text(comment) => comment,
            _ => return Err(unfit("comment", "be a text")),
        };
        Ok(object([("publicKey", Json::Text(key.line)), ("comment", Json::Text(comment.to_owned()))]))
    }

    /// `name` itself or that member of it, as a segment of a path.
    fn segment(&self, member: &str, name: &str) -> Result<String, AuthError> {
        let given = self.argument(name);
        let text = given.text().or_else(|| given.text_of(member)).filter(|text| is_name(text));
        let Some(text) = text else { return Err(unfit(name, "be one that Space has told of")) };
        let mut segment = String::new();
        push_segment(&mut segment, text);
        Ok(segment)
    }
}

const RIGHTS: &str = "/authorizations/authorized-rights";
/// A `*` is of one level, and `publicClientsAllowed` is on the second one only.
const APPLICATION: &str = "*,settings(*)";
/// What makes up each kind of context is asked for by its name: a `*` is of what all of them have in common.
const CONTEXT: &str =
    "className,*,project(id,key(key),name),projectId,channel(id),channelId,repository(id,name),taskId";
const CONSENTS: &str = "team-directory/profiles/oauth-consents";

#[cfg(test)]
#[path = "operation_tests.rs"]
mod tests;
