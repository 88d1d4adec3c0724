//! Text from outside in what forges show as Markdown: it is shown as it is, calls nobody, and is no command.

/// Characters that mean something in Markdown.
const SPECIAL: &str = "\\`*_{}[]()<>#+-.!|~&/:=";

/// Text as one line of Markdown that shows exactly that text: nothing in it is markup, a link, a mention or, at the beginning of
/// a line, a command.
pub fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            // Nobody is called by a name that is not whole.
            '@' => escaped.push_str("@\u{200b}"),
            '\n' | '\r' | '\t' => escaped.push(' '),
            control if control.is_control() => escaped.push('\u{fffd}'),
            special if SPECIAL.contains(special) => escaped.extend(['\\', special]),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Text in a code span, on one line.
pub fn code(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // The fence is longer than any run of back-ticks inside.
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if line.starts_with('`') || line.ends_with('`') || line.trim().is_empty() { " " } else { "" };
    format!("{fence}{space}{line}{space}{fence}")
}

#[cfg(test)]
mod tests {
    use super::{code, plain};
    use crate::comments::{Parsed, parse};

    #[test]
    fn nothing_in_a_plain_text_is_markup_or_calls_somebody() {
        assert_eq!(
            plain("**bold** @packit [x](y) #12"),
            "\\*\\*bold\\*\\* @\u{200b}packit \\[x\\]\\(y\\) \\#12"
        );
        assert_eq!(plain("a\n/packit build"), "a \\/packit build");
        assert_eq!(plain("<!-- x -->"), "\\<\\!\\-\\- x \\-\\-\\>");
    }

    #[test]
    fn no_text_is_a_command_once_it_is_plain() {
        for text in ["/packit build", "\n/packit build", "x\r\n/packit test\n", " /packit help"] {
            assert_eq!(parse("/packit", &plain(text)), Parsed::NoCommand, "{text:?}");
            assert_eq!(parse("/packit", &code(text)), Parsed::NoCommand, "{text:?}");
        }
    }

    #[test]
    fn a_code_span_ends_where_its_text_does() {
        assert_eq!(code("fedora-43"), "`fedora-43`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("``"), "``` `` ```");
        assert_eq!(code("a\nb"), "`a b`");
        assert_eq!(code(""), "`  `");
    }
}
