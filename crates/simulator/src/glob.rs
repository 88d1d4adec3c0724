//! Texts with `*` and `?`, as rules and Copr's allowed forge projects are written.

/// Whether the pattern fits the whole text: `*` any characters, `?` exactly one.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from) = (0, 0);
    // Where the last star stands and how far it has reached: widened by one whenever the rest does not fit.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(one) if *one == '?' || *one == text[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((place, reached)) => {
                    star = Some((place, reached + 1));
                    at = place + 1;
                    from = reached + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

/// Whether a field of a rule fits; one that is not given does.
pub(crate) fn fits_if_given(pattern: Option<&str>, text: &str) -> bool {
    pattern.is_none_or(|pattern| fits(pattern, text))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_and_question_marks_stand_for_anything() {
        for (pattern, text, expected) in [
            ("fedora-*-x86_64", "fedora-43-x86_64", true),
            ("fedora-*-x86_64", "fedora-43-aarch64", false),
            ("*", "", true),
            ("epel-?", "epel-9", true),
            ("epel-?", "epel-10", false),
            ("a*b*c", "axbxbxc", true),
            ("a*b*c", "axbxbx", false),
            ("", "x", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
