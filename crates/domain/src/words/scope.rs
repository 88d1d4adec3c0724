use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::text_enum::{UnknownWord, text_enum};

text_enum! {
    /// What a token of the API may be used for.
    pub enum Scope("scope of a token") {
        /// Reads what everybody may read, also where reading is not open.
        Read = "read",
        /// Reads every project, also those that are not public.
        ReadAll = "read_all",
        /// Asks for reruns.
        Rerun = "rerun",
        /// Cancels what has not ended.
        Cancel = "cancel",
        /// All of it.
        Admin = "admin",
    }
}

/// The scopes of one token. It is written as its words, divided by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Whether this may be done: whoever may do anything may read, and `admin` may do all.
    pub fn allow(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
            || self.0.contains(&Scope::Admin)
            || (scope == Scope::Read && !self.0.is_empty())
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.0.iter().map(|scope| scope.as_str()).collect();
        f.write_str(&words.join(","))
    }
}

impl FromStr for Scopes {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        text.split(',').filter(|word| !word.is_empty()).map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<String> for Scopes {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, UnknownWord> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_may_do_what_its_scopes_say() {
        let scopes = |text: &str| text.parse::<Scopes>().unwrap();
        for (text, allowed) in [
            ("", &[][..]),
            ("read", &[Scope::Read]),
            ("cancel", &[Scope::Read, Scope::Cancel]),
            ("rerun,read_all", &[Scope::Read, Scope::ReadAll, Scope::Rerun]),
            ("admin", Scope::ALL),
        ] {
            let found: Vec<Scope> =
                Scope::ALL.iter().copied().filter(|scope| scopes(text).allow(*scope)).collect();
            assert_eq!(found, allowed, "{text}");
        }
        assert_eq!(scopes("rerun,read").to_string(), "read,rerun");
        assert!("root".parse::<Scopes>().is_err());
    }
}
