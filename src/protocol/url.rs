//! The raw text of a URL. URLs that decide something are parsed by the browser's own `URL`, before they come here.

/// A URL's raw text as (everything before the query, query, fragment).
#[must_use]
pub fn split(url: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, fragment) = cut(url, b'#');
    let (path, query) = cut(rest, b'?');
    (path, query, fragment)
}

/// `text` before and after the first `mark`.
#[must_use]
pub fn cut(text: &str, mark: u8) -> (&str, Option<&str>) {
    let place = text.bytes().position(|byte| byte == mark);
    match place.and_then(|place| text.split_at_checked(place)) {
        Some((before, marked)) => (before, marked.get(1..)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_text_splits_at_the_first_marks() {
        assert_eq!(split("https://a/b?c?d#e#f?g"), ("https://a/b", Some("c?d"), Some("e#f?g")));
        assert_eq!(split("https://a/b#c?d"), ("https://a/b", None, Some("c?d")));
        assert_eq!(split("https://a/b"), ("https://a/b", None, None));
    }
}
