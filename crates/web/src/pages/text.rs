//! Text, addresses and times as templates may show them.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

/// Text from outside with every character made visible that could hide or reorder what stands around it. The template
/// escapes it for HTML as it escapes everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text(String);

impl Text {
    pub(super) fn new(text: impl AsRef<str>) -> Self {
        let mut shown = String::with_capacity(text.as_ref().len());
        for character in text.as_ref().chars() {
            if is_deceptive(character) {
                shown.extend(character.escape_unicode());
            } else {
                shown.push(character);
            }
        }
        Self(shown)
    }

    pub(super) fn opt(text: Option<impl AsRef<str>>) -> Option<Self> {
        text.map(Self::new)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Control characters, marks of the bidirectional algorithm, characters without width that no script needs, and tags.
fn is_deceptive(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' => true,
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    }
}

/// An address that may stand in a link: of a page, never of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Href(String);

impl Href {
    /// This address, if it begins as a web address and holds nothing that a web address cannot.
    pub(super) fn new(url: &str) -> Option<Self> {
        let is_web = ["https://", "http://"].iter().any(|scheme| {
            url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
                && url.len() > scheme.len()
        });
        let is_plain = url.chars().all(|character| !character.is_whitespace() && !is_deceptive(character));
        (is_web && is_plain).then(|| Self(url.to_owned()))
    }
}

impl fmt::Display for Href {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A moment, shown in UTC to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(pub(super) DateTime<Utc>);

impl Moment {
    /// For programs that read the page.
    pub(super) fn machine(&self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// To the microsecond, as the database keeps it.
    pub(super) fn exact(&self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    pub(super) fn date(&self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }

    pub(super) fn clock(&self) -> String {
        self.0.format("%H:%M:%S").to_string()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} UTC", self.date(), self.clock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_hide_or_reorder_text_is_made_visible() {
        let shown = |text: &str| Text::new(text).to_string();
        assert_eq!(shown("release\u{202e}gnp.exe"), "release\\u{202e}gnp.exe");
        assert_eq!(
            shown("a\0b\u{7f}c\u{200b}d\u{2066}e\u{feff}"),
            "a\\u{0}b\\u{7f}c\\u{200b}d\\u{2066}e\\u{feff}"
        );
        assert_eq!(
            shown("žluťoučký kůň 한국어 שלום 👩\u{200d}🔧\n"),
            "žluťoučký kůň 한국어 שלום 👩\u{200d}🔧\n"
        );
    }

    #[test]
    fn only_web_addresses_become_links() {
        for url in ["https://copr.example/build/1", "http://127.0.0.1:8080/", "HTTPS://Example.org/ž?a=\"b\""]
        {
            assert_eq!(Href::new(url).unwrap().to_string(), url);
        }
        for url in [
            "javascript:alert(1)",
            " https://example.org",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "//example.org",
            "/events/1",
            "https://",
            "https://example.org/\u{202e}gnp",
            "https://example.org/a b",
            "",
        ] {
            assert_eq!(Href::new(url), None, "{url}");
        }
    }
}
