//! How much room text takes in the drawing, and what is shown where there is not enough.
//!
//! The server does not know the reader's fonts. It reckons with the widest of the usual ones, in whole pixels.

/// A name at 12 pixels in a monospaced font; the widest of the usual ones take 0.603 of their size.
pub(super) fn mono(text: &str) -> i32 {
    cells(text) * 29 / 4 + 1
}

/// A duration at 12 pixels, or a bold title at 13, in a proportional font.
pub(super) fn sans(text: &str) -> i32 {
    cells(text) * 8
}

/// The text, cut to this many cells with an ellipsis in its middle: names differ at both ends.
pub(super) fn cut(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let head = most.saturating_sub(1) / 2;
    let tail = most.saturating_sub(1) - head;
    text.chars().take(head).chain(['…']).chain(text.chars().skip(count - tail)).collect()
}

/// Characters, those of scripts that may be written wide counted twice.
fn cells(text: &str) -> i32 {
    text.chars().map(|character| if character < '\u{1100}' { 1 } else { 2 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_loses_its_middle() {
        assert_eq!(cut("fedora-43-x86_64", 16), "fedora-43-x86_64");
        assert_eq!(cut("fedora-rawhide-aarch64", 11), "fedor…rch64");
        assert_eq!(cut("žluťoučký", 4), "ž…ký");
        assert_eq!(cut("ab", 1), "…");
    }

    #[test]
    fn wide_scripts_take_twice_the_room() {
        assert_eq!(mono("한국"), mono("abcd"));
        assert!(mono("fedora") >= 6 * 7);
    }
}
