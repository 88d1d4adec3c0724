/// What a message says, for a reason: one line without control characters, of at most `most` characters.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let mut line: String =
        text.chars().take(most).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if text.chars().nth(most).is_some() {
        line.push('…');
    }
    line
}
