//! The headers that every delivery of a forge has.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

const LONGEST_KIND: usize = 64;
const LONGEST_DELIVERY: usize = 128;

/// A kind of forge, by how it delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    Github,
    Gitlab,
    Forgejo,
}

impl Sender {
    /// As people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Github => "GitHub",
            Self::Gitlab => "GitLab",
            Self::Forgejo => "Forgejo",
        }
    }

    /// The header with the name for what it is.
    fn kind(self) -> &'static str {
        match self {
            Self::Github => "X-GitHub-Event",
            Self::Gitlab => "X-Gitlab-Event",
            Self::Forgejo => "X-Forgejo-Event",
        }
    }

    /// The headers with the key of it, the best first. GitLab's second one is shared by what a delivery brings about, and old
    /// servers send neither.
    fn delivery(self) -> &'static [&'static str] {
        match self {
            Self::Github => &["X-GitHub-Delivery"],
            Self::Gitlab => &["Idempotency-Key", "X-Gitlab-Event-UUID"],
            Self::Forgejo => &["X-Forgejo-Delivery"],
        }
    }

    /// The header with what proves it.
    fn signature(self) -> &'static str {
        match self {
            Self::Github | Self::Forgejo => "X-Hub-Signature-256",
            Self::Gitlab => "X-Gitlab-Token",
        }
    }
}

/// A delivery that was turned away, and what it is counted as.
pub(super) struct TurnedAway(pub(super) &'static str, pub(super) Problem);

impl TurnedAway {
    /// Nothing proves that it is the forge's.
    pub(super) fn unsigned(sender: Sender, detail: String) -> Self {
        Self("unsigned", Problem::new(StatusCode::UNAUTHORIZED, detail).at(sender.signature()))
    }
}

/// What a delivery says of itself outside its body.
#[derive(Clone)]
pub(super) struct Headers {
    sender: Sender,
    /// The forge's name for what it is.
    pub(super) kind: String,
    /// The forge's key of it.
    pub(super) delivery_id: String,
    /// As it was received; whether it proves anything is for the door to say.
    pub(super) signature: String,
    /// Whether the body is called a form. What it really is, it shows itself: many a client sends JSON under that name.
    pub(super) is_form: bool,
    /// Whether the key is that of this delivery alone.
    is_key_its_own: bool,
}

impl Headers {
    /// Reads them, or says which one is at fault. Without a signature nothing else is looked at.
    pub(super) fn read(sender: Sender, headers: &HeaderMap) -> Result<Self, TurnedAway> {
        let form = b"application/x-www-form-urlencoded";
        let signature = read_signature(sender, headers)?;
        let kind = read_kind(sender, headers)?;
        let (delivery_id, is_key_its_own) = read_delivery_id(sender, headers)?;
        Ok(Self {
            sender,
            signature,
            kind,
            delivery_id,
            is_form: headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(form)),
            is_key_its_own,
        })
    }

    /// Makes the key one of this delivery alone, where the forge gave none: by what it says.
    pub(super) fn key_by_content(&mut self, body: &[u8]) {
        if self.sender == Sender::Gitlab && !self.is_key_its_own {
            let mut sum = Sha256::new();
            sum.update(self.delivery_id.as_bytes());
            sum.update([0]);
            sum.update(body);
            self.delivery_id = sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        }
    }
}

fn read_signature(sender: Sender, headers: &HeaderMap) -> Result<String, TurnedAway> {
    let name = sender.signature();
    let plain = |value: &axum::http::HeaderValue| {
        let detail = || TurnedAway::unsigned(sender, format!("The header {name} is not plain text."));
        value.to_str().map(str::to_owned).map_err(|_| detail())
    };
    if let Some(value) = headers.get(name) {
        return plain(value);
    }
    // Forgejo's own header has the sum alone.
    if let (Sender::Forgejo, Some(value)) = (sender, headers.get("X-Forgejo-Signature")) {
        return plain(value).map(|sum| format!("sha256={sum}"));
    }
    let missing = format!("The header {name} is missing; set a secret in the webhook's settings.");
    Err(TurnedAway::unsigned(sender, missing))
}

fn read_kind(sender: Sender, headers: &HeaderMap) -> Result<String, TurnedAway> {
    let name = sender.kind();
    if sender == Sender::Gitlab {
        // `Merge Request Hook`
        let known = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b' ');
        return required(headers, name, LONGEST_KIND, known, "letters and spaces");
    }
    let known = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    required(headers, name, LONGEST_KIND, known, "lower-case letters and underscores")
}

/// The key, and whether it is that of this delivery alone.
fn read_delivery_id(sender: Sender, headers: &HeaderMap) -> Result<(String, bool), TurnedAway> {
    let printable = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    let names = sender.delivery();
    let name = names.iter().find(|name| headers.contains_key(**name)).copied();
    match (sender, name) {
        (Sender::Gitlab, None) => Ok((String::new(), false)),
        _ => {
            let name = name.unwrap_or(names[0]);
            let sound = "printable characters without spaces";
            let id = required(headers, name, LONGEST_DELIVERY, printable, sound)?;
            Ok((id, name == names[0]))
        }
    }
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
