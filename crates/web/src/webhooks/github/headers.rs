//! The headers that every delivery of GitHub's has.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};

use crate::problem::Problem;

const KIND: &str = "X-GitHub-Event";
const DELIVERY: &str = "X-GitHub-Delivery";
const SIGNATURE: &str = "X-Hub-Signature-256";

const LONGEST_KIND: usize = 64;
const LONGEST_DELIVERY: usize = 128;

/// A delivery that was turned away, and what it is counted as.
pub(super) struct TurnedAway(pub(super) &'static str, pub(super) Problem);

impl TurnedAway {
    /// Nothing proves that it is GitHub's.
    pub(super) fn unsigned(detail: String) -> Self {
        Self("unsigned", Problem::new(StatusCode::UNAUTHORIZED, detail).at(SIGNATURE))
    }
}

/// What a delivery says of itself outside its body.
#[derive(Clone)]
pub(super) struct Headers {
    /// GitHub's name for what it is.
    pub(super) kind: String,
    /// GitHub's key of it.
    pub(super) delivery_id: String,
    /// As it was received; whether it proves anything is for the door to say.
    pub(super) signature: String,
    /// Whether the body is called a form. What it really is, it shows itself: many a client sends JSON under that name.
    pub(super) is_form: bool,
}

impl Headers {
    /// Reads them, or says which one is at fault. Without a signature nothing else is looked at.
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, TurnedAway> {
        let form = b"application/x-www-form-urlencoded";
        Ok(Self {
            signature: read_signature(headers)?,
            kind: read_kind(headers)?,
            delivery_id: read_delivery_id(headers)?,
            is_form: headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(form)),
        })
    }
}

fn read_signature(headers: &HeaderMap) -> Result<String, TurnedAway> {
    let missing = "The header X-Hub-Signature-256 is missing; set a secret in the webhook's settings.";
    let value = headers.get(SIGNATURE).ok_or_else(|| TurnedAway::unsigned(missing.to_owned()))?;
    let text = value
        .to_str()
        .map_err(|_| TurnedAway::unsigned(format!("The header {SIGNATURE} is not plain text.")))?;
    Ok(text.to_owned())
}

fn read_kind(headers: &HeaderMap) -> Result<String, TurnedAway> {
    let known = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    required(headers, KIND, LONGEST_KIND, known, "lower-case letters and underscores")
}

fn read_delivery_id(headers: &HeaderMap) -> Result<String, TurnedAway> {
    let printable = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    required(headers, DELIVERY, LONGEST_DELIVERY, printable, "printable characters without spaces")
}

fn required(
    headers: &HeaderMap,
    name: &'static str,
    longest: usize,
    is_sound: impl Fn(&str) -> bool,
    sound: &str,
) -> Result<String, TurnedAway> {
    let malformed = |detail| TurnedAway("malformed", Problem::new(StatusCode::BAD_REQUEST, detail).at(name));
    let value = headers.get(name).ok_or_else(|| malformed(format!("The header {name} is missing.")))?;
    match value.to_str() {
        Ok(text) if (1..=longest).contains(&text.len()) && is_sound(text) => Ok(text.to_owned()),
        _ => Err(malformed(format!("The header {name} is not 1 to {longest} {sound}."))),
    }
}
