//! Text from outside, made fit to be shown in a reason or a status.

/// The text in at most `limit` characters; what is cut off is told by an ellipsis.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept = limit.saturating_sub(1);
    text.chars().take(kept).chain(['…']).collect()
}

/// The text in at most `limit` bytes, cut between characters; what is cut off is told by an ellipsis.
pub(crate) fn cut_bytes(text: &str, limit: usize) -> String {
    const ELLIPSIS: &str = "…";
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(limit.saturating_sub(ELLIPSIS.len()));
    format!("{}{ELLIPSIS}", &text[..end])
}

/// The text in one line of at most `limit` characters, with control characters made visible.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    let mut line = String::new();
    // A character is at most ten when it is made visible; more than `limit` of them are never needed.
    for character in text.chars().take(limit.saturating_add(1)) {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    cut(&line, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("žluťoučký", 9), "žluťoučký");
        assert_eq!(cut("žluťoučký kůň", 5), "žluť…");
        assert_eq!(cut("any", 0), "…");
        assert_eq!(cut_bytes("žluťoučký", 13), "žluťoučký");
        assert_eq!(cut_bytes("žluťoučký", 9), "žluť…");
    }

    #[test]
    fn a_reason_is_one_line_without_control_characters() {
        assert_eq!(one_line("a\0b\nc", 80), "a\\u{0}b\\nc");
        assert_eq!(one_line(&"x".repeat(1000), 4), "xxx…");
    }
}
