//! Where a token may be sent: origins, optionally with a path. Both sides come from the one URL parser.

use crate::protocol::error::AuthError;
use crate::protocol::url::{Rules, Url};

/// The allowed origins and paths. Empty means nowhere.
#[derive(Clone, Debug, Default)]
pub struct AllowList(Vec<(String, String)>);

impl AllowList {
    /// Adds an entry: an absolute https URL (or http where `rules` allow it), without query.
    pub fn add(&mut self, entry: &str, rules: Rules) -> Result<(), AuthError> {
        let url = rules.endpoint(entry, "api")?;
        if url.href.contains('?') {
            return Err(AuthError::configuration(&["`api` must not hold a query."]));
        }
        self.0.push((url.origin, url.path.strip_suffix('/').unwrap_or(&url.path).to_owned()));
        Ok(())
    }

    /// Whether `url` has an allowed origin and stands at or below its path, on whole segments.
    #[must_use]
    pub fn allows(&self, url: &Url) -> bool {
        let below =
            |prefix: &str| url.path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        // A blob: URL has the origin of its maker, but is no request to it.
        let travels = matches!(url.scheme.as_str(), "https" | "http");
        travels && self.0.iter().any(|(origin, path)| *origin == url.origin && below(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::url::native;

    fn list(entries: &[&str]) -> AllowList {
        let mut list = AllowList::default();
        for entry in entries {
            list.add(entry, Rules { parse: native, allow_http: false }).unwrap();
        }
        list
    }

    fn allows(list: &AllowList, url: &str) -> bool {
        native(url, None).is_some_and(|url| list.allows(&url))
    }

    #[test]
    fn f01_an_empty_list_is_nowhere() {
        assert!(!allows(&list(&[]), "https://api.example.com/"));
    }

    #[test]
    fn f02_origins_are_compared_whole() {
        let list = list(&["https://api.example.com"]);
        for url in [
            "https://api.example.com/x",
            "https:\\\\api.example.com/x",
            "HTTPS://API.EXAMPLE.COM:443/",
            "https:api.example.com",
            "\thttps://api.exa\nmple.com/x",
        ] {
            assert!(allows(&list, url), "{url}");
        }
        for url in [
            "https://api.example.com.evil.test/x",
            "https://api.example.com@evil.test/x",
            "https://api.example.com:8443/x",
            "https://apiXexample.com/x",
            "https://api.example.com./x",
            "http://api.example.com/x",
            "wss://api.example.com/x",
            "blob:https://api.example.com/x",
            "data:,https://api.example.com/",
            "javascript:https://api.example.com/",
            "file:///api.example.com",
            "about:blank",
        ] {
            assert!(!allows(&list, url), "{url}");
        }
    }

    #[test]
    fn f01_paths_match_on_whole_segments() {
        for entry in ["https://a.example/api", "https://a.example/api/"] {
            let list = list(&[entry]);
            for url in [
                "https://a.example/api",
                "https://a.example/api/",
                "https://a.example/api/x?y",
                "https://a.example/b/../api/x",
            ] {
                assert!(allows(&list, url), "{entry} {url}");
            }
            for url in [
                "https://a.example/",
                "https://a.example/apiary",
                "https://a.example/api/../x",
                "https://a.example/api/%2e%2e/x",
                "https://a.example/API/",
            ] {
                assert!(!allows(&list, url), "{entry} {url}");
            }
        }
    }

    #[test]
    fn f01_entries_are_checked() {
        for entry in ["", "api.example.com", "*", "http://api.example.com", "ftp://a", "https://a/?q", "https://u@a/"] {
            let error = AllowList::default().add(entry, Rules { parse: native, allow_http: false }).unwrap_err();
            assert!(error.hint.contains("`api`"), "{entry}: {}", error.hint);
        }
    }
}
