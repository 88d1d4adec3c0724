//! The kinds of text that a delivery holds, checked as they are read: what passes here may be stored, put into a URL
//! and shown.

use serde::Deserialize;

/// Declares text that is read only if its check finds nothing wrong.
macro_rules! checked_text {
    ($($(#[$meta:meta])* $name:ident: $check:expr;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Deserialize)]
        #[serde(try_from = "String")]
        pub(crate) struct $name(pub(crate) String);

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, &'static str> {
                let check: fn(&str) -> Result<(), &'static str> = $check;
                check(&text).map(|()| Self(text))
            }
        }
    )+};
}

checked_text! {
    /// Free text.
    Text: without_nul;
    /// A commit's full hash, SHA-1 or SHA-256.
    Hash: |text| {
        let is_hash = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash { Ok(()) } else { Err("not a commit hash (40 or 64 hexadecimal digits)") }
    };
    /// A branch's, a tag's or a git reference's name.
    ReferenceName: |text| {
        let bad = |character: char| character.is_control() || character == ' ';
        if text.is_empty() || text.len() > 1024 || text.contains(bad) {
            return Err("not a git reference (1 to 1024 bytes without spaces and control characters)");
        }
        Ok(())
    };
    /// An account's login; an App's ends in `[bot]`.
    Login: |text| {
        let bad = |character: char| character.is_control() || character.is_whitespace() || character == '/';
        if text.is_empty() || text.len() > 100 || text.contains(bad) {
            return Err("not a login (1 to 100 bytes without white space, slashes and control characters)");
        }
        Ok(())
    };
}

/// PostgreSQL stores no NUL in text, and nobody means one.
fn without_nul(text: &str) -> Result<(), &'static str> {
    if text.contains('\0') { Err("holds a NUL character, which cannot be stored") } else { Ok(()) }
}

impl Hash {
    /// Git's way to say "no commit": forty or sixty-four zeros.
    pub(crate) fn is_none(&self) -> bool {
        self.0.bytes().all(|byte| byte == b'0')
    }

    /// The hash as git writes it.
    pub(crate) fn into_lower_case(self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// A repository's owner and name, written `owner/name`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct FullName {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl TryFrom<String> for FullName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        // GitHub lets nothing else into these names, and they go into URLs, folders and scripts.
        let fits = |part: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
            (1..=100).contains(&part.len()) && part != "." && part != ".." && part.bytes().all(plain)
        };
        match text.split_once('/') {
            Some((namespace, name)) if fits(namespace) && fits(name) => {
                Ok(Self { namespace: namespace.to_owned(), name: name.to_owned() })
            }
            _ => Err("not owner/name (each 1 to 100 letters, digits, dots, dashes and underscores)"),
        }
    }
}
