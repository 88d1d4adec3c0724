//! Text from outside, made fit to stand in Markdown that a forge shows: it means nothing there but itself.

/// What has a meaning in GitHub's Markdown wherever it stands.
const SPECIAL: &str = r"\`*_{}[]()<>#|~&!$";

/// A text as Markdown that shows it in one line and does nothing else: no formatting, no link, no mention of an account,
/// no list or heading, and no command of ours or of anybody who reads lines that begin with a slash.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = line.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        let next = rest.peek().map(|(_, next)| *next);
        let begins_block = at == 0 && matches!(character, '/' | '-' | '+' | '=');
        // `1.` and `1)` begin a list; a scheme, `www.` and an address would become links.
        let ends_number =
            at > 0 && matches!(character, '.' | ')') && line[..at].bytes().all(|byte| byte.is_ascii_digit());
        let links = (character == ':' && next == Some('/'))
            || (character == '.' && line[..at].to_ascii_lowercase().ends_with("www"));
        if character.is_control() {
            escaped.push('\u{fffd}');
            continue;
        }
        if SPECIAL.contains(character) || begins_block || ends_number || links {
            escaped.push('\\');
        }
        escaped.push(character);
        if character == '@' {
            // A backslash does not stop a mention; a space without width does.
            escaped.push('\u{200b}');
        }
    }
    escaped
}

/// A text as Markdown code: shown letter by letter.
pub fn code(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'");
    if line.is_empty() { String::new() } else { format!("`{line}`") }
}

/// A link to an address, or the escaped text alone where the address is none that may be linked to.
pub fn link(text: &str, url: &str) -> String {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let bad = |character: char| {
        character.is_whitespace() || character.is_control() || matches!(character, '<' | '>' | '\\')
    };
    if is_web && !url.contains(bad) { format!("[{}](<{url}>)", escape(text)) } else { escape(text) }
}

/// A text of which no line begins with `mark`: behind a backslash Markdown shows the same, and whoever reads lines that begin so
/// takes them for nothing.
pub fn no_line_begins_with(mark: char, text: &str) -> String {
    let line = |line: &str| {
        let begun = line.trim_start();
        if begun.starts_with(mark) {
            format!("{}\\{begun}", &line[..line.len() - begun.len()])
        } else {
            line.to_owned()
        }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_mean_something_by_their_beginning_mean_nothing() {
        assert_eq!(no_line_begins_with('/', "/a\n \u{a0}/b /c\nd /e"), "\\/a\n \u{a0}\\/b /c\nd /e");
        assert_eq!(no_line_begins_with('|', "/a\n| b |"), "/a\n\\| b |");
    }

    #[test]
    fn text_means_nothing_but_itself() {
        for (text, expected) in [
            ("the build failed", "the build failed"),
            ("@everyone, see", "@\u{200b}everyone, see"),
            ("/packit build", "\\/packit build"),
            ("  /packit build", "\\/packit build"),
            ("so\n/packit build", "so /packit build"),
            ("# title", "\\# title"),
            ("- item", "\\- item"),
            ("1. item", "1\\. item"),
            ("12) item", "12\\) item"),
            ("version 1.2", "version 1.2"),
            ("**b** _i_ `c`", "\\*\\*b\\*\\* \\_i\\_ \\`c\\`"),
            ("[x](https://evil)", "\\[x\\]\\(https\\://evil\\)"),
            ("www.evil.example", "www\\.evil.example"),
            ("<img src=x>", "\\<img src=x\\>"),
            ("a\u{7}b", "a\u{fffd}b"),
            (".packit.yaml: bad", ".packit.yaml: bad"),
            ("", ""),
        ] {
            assert_eq!(escape(text), expected, "{text}");
        }
    }

    #[test]
    fn code_and_links_are_closed() {
        assert_eq!(code("a`b\nc"), "`a'b c`");
        assert_eq!(link("log [1]", "https://a/b(c)"), "[log \\[1\\]](<https://a/b(c)>)");
        for bad in ["javascript:alert(1)", "https://a> [x](y", "https://a b", "//a"] {
            assert_eq!(link("log", bad), "log", "{bad}");
        }
    }
}
