//! Values that are more than text: what is wrong with one is told before anything is opened.

use domain::ids::TargetId;

/// The longest idempotency key, as with the API.
const LONGEST_KEY: usize = 200;
/// The longest reason, in characters, as with the API.
const LONGEST_REASON: usize = 1000;

/// A target, by its id or as it is called elsewhere: `25` or `target/25`.
pub(crate) fn target(text: &str) -> Result<TargetId, String> {
    let id = text.strip_prefix("target/").unwrap_or(text).parse();
    id.map_err(|_| "it names no target; write 25 or target/25".to_owned())
}

/// The name of a request among those of one caller.
pub(super) fn key(text: &str) -> Result<String, String> {
    let key = text.trim();
    let is_visible = key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if is_visible && (1..=LONGEST_KEY).contains(&key.len()) {
        return Ok(key.to_owned());
    }
    Err(format!("a key is 1 to {LONGEST_KEY} visible ASCII characters"))
}

/// Why something is done.
pub(super) fn reason(text: &str) -> Result<String, String> {
    if !text.trim().is_empty() && text.chars().count() <= LONGEST_REASON {
        return Ok(text.to_owned());
    }
    Err(format!("a reason is 1 to {LONGEST_REASON} characters; leave the option out to give none"))
}

/// A name in a list of them.
pub(super) fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() {
        return Err("a name is empty; write them like fedora-stable,epel-9".to_owned());
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use domain::ids::TargetId;

    use super::{key, reason, target};

    #[test]
    fn a_target_is_named_in_two_ways() {
        assert_eq!(target("25"), Ok(TargetId(25)));
        assert_eq!(target("target/25"), Ok(TargetId(25)));
        assert!(target("event/25").is_err() && target("").is_err());
    }

    #[test]
    fn keys_and_reasons_are_as_long_as_the_api_takes_them() {
        assert!(key(&"x".repeat(200)).is_ok() && key(&"x".repeat(201)).is_err());
        assert!(key(" ").is_err() && key("ž").is_err() && key("a\nb").is_err());
        assert!(reason(&"ž".repeat(1000)).is_ok() && reason(&"ž".repeat(1001)).is_err());
        assert!(reason("").is_err());
    }
}
