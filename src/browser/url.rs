//! The browser's own URL parser.

use crate::protocol::url::Url;

/// Parses as `fetch` does.
#[must_use]
pub fn parse(text: &str, base: Option<&str>) -> Option<Url> {
    let url = match base {
        Some(base) => web_sys::Url::new_with_base(text, base),
        None => web_sys::Url::new(text),
    }
    .ok()?;
    let scheme = url.protocol();
    Some(Url {
        href: url.href(),
        scheme: scheme.trim_end_matches(':').to_owned(),
        origin: url.origin(),
        host: url.hostname(),
        path: url.pathname(),
        has_credentials: !url.username().is_empty() || !url.password().is_empty(),
    })
}
