//! One macro for the words that stand in a text column, a JSON field and a page alike.

/// Text that is none of a closed set of words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a known {what}; known are: {known}")]
pub struct UnknownWord {
    /// What the word should have named, for example `target status`.
    pub what: &'static str,
    /// What was found.
    pub found: String,
    /// The known words, separated by commas.
    pub known: String,
}

/// Declares an enum whose variants each have exactly one written form, the same in SQL, JSON and on pages.
macro_rules! text_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident ($what:literal) {
        $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $vis enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            /// Every variant, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The one written form.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text_enum::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    other => Err($crate::text_enum::UnknownWord {
                        what: $what,
                        found: other.to_owned(),
                        known: [$($text),+].join(", "),
                    }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::text_enum::UnknownWord;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    use crate::words::TargetStatus;

    #[test]
    fn a_word_is_read_back_as_it_is_written() {
        for status in TargetStatus::ALL {
            assert_eq!(status.as_str().parse::<TargetStatus>(), Ok(*status));
            let json = serde_json::to_string(status).unwrap();
            assert_eq!(serde_json::from_str::<TargetStatus>(&json).unwrap(), *status);
        }
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let error = "done".parse::<TargetStatus>().unwrap_err().to_string();
        assert!(
            error.starts_with("`done` is not a known target status; known are: waiting, ready"),
            "{error}"
        );
    }
}
