//! The proof that a delivery comes from the forge: a signature over it, or a token (`docs/contracts.md` 1.4, 2.1, 2.2).

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The secrets that a delivery may be signed with: one, or two while the old one is being replaced.
#[derive(Debug)]
pub struct WebhookSecrets(Vec<SecretString>);

/// Webhook secrets that would not protect anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWebhookSecrets {
    /// There is none.
    #[error(
        "no webhook secret is set; make one with `openssl rand -hex 32` and give it to the forge and to Packflow"
    )]
    None,
    /// One is empty: everybody could sign with it.
    #[error(
        "a webhook secret is empty; make one with `openssl rand -hex 32` and give it to the forge and to Packflow"
    )]
    Empty,
    /// There are more than two.
    #[error(
        "{0} webhook secrets are set; at most two are accepted, the new one and the one that it replaces"
    )]
    TooMany(usize),
}

/// Why a delivery is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// It is not signed.
    #[error("the header X-Hub-Signature-256 is missing; set a secret in the webhook's settings")]
    Missing,
    /// It is signed in another way.
    #[error("X-Hub-Signature-256 does not start with `sha256=`")]
    Prefix,
    /// The signature is no SHA-256 sum.
    #[error("X-Hub-Signature-256 is not `sha256=` and 64 hexadecimal digits")]
    Digits,
    /// It was signed with another secret, or changed on its way.
    #[error(
        "X-Hub-Signature-256 does not match the body; the secret here and in the webhook's settings differ"
    )]
    Mismatch,
    /// There is no token.
    #[error("the header X-Gitlab-Token is missing; set a secret token in the webhook's settings")]
    NoToken,
    /// The token is another one.
    #[error("X-Gitlab-Token is not the token that is configured here for this GitLab")]
    WrongToken,
}

impl WebhookSecrets {
    /// One secret, or two during a rotation; white space is part of a secret.
    pub fn new(secrets: Vec<SecretString>) -> Result<Self, InvalidWebhookSecrets> {
        match secrets.len() {
            0 => Err(InvalidWebhookSecrets::None),
            _ if secrets.iter().any(|secret| secret.expose_secret().is_empty()) => {
                Err(InvalidWebhookSecrets::Empty)
            }
            1 | 2 => Ok(Self(secrets)),
            more => Err(InvalidWebhookSecrets::TooMany(more)),
        }
    }

    /// Checks a delivery's signature over its body as it was received, byte by byte, in a time that tells nothing of
    /// where they differ.
    pub fn verify(&self, header: Option<&str>, raw_body: &[u8]) -> Result<(), SignatureError> {
        let header = header.ok_or(SignatureError::Missing)?;
        let digits = header.strip_prefix("sha256=").ok_or(SignatureError::Prefix)?;
        let signature = from_hex(digits).ok_or(SignatureError::Digits)?;
        let signed_with = |secret: &SecretString| {
            Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
                .is_ok_and(|mac| mac.chain_update(raw_body).verify_slice(&signature).is_ok())
        };
        if self.0.iter().any(signed_with) { Ok(()) } else { Err(SignatureError::Mismatch) }
    }

    /// Checks a delivery that carries the secret itself (GitLab), in a time that tells nothing of where they differ.
    pub fn verify_token(&self, header: Option<&str>) -> Result<(), SignatureError> {
        let token = header.ok_or(SignatureError::NoToken)?;
        // What is compared are sums, of the same length whatever the secret's.
        let sum = |text: &str| Hmac::<Sha256>::new_from_slice(b"token").map(|mac| mac.chain_update(text));
        let is = |secret: &SecretString| match (sum(secret.expose_secret()), sum(token)) {
            (Ok(own), Ok(given)) => own.verify(&given.finalize().into_bytes()).is_ok(),
            _ => false,
        };
        if self.0.iter().any(is) { Ok(()) } else { Err(SignatureError::WrongToken) }
    }
}

/// The bytes of a SHA-256 sum written as hexadecimal digits of either case.
fn from_hex(digits: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = digits.as_bytes().try_into().ok()?;
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GitHub's documented example.
    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn secrets(secrets: &[&str]) -> Result<WebhookSecrets, InvalidWebhookSecrets> {
        WebhookSecrets::new(secrets.iter().map(|secret| SecretString::from(*secret)).collect())
    }

    #[test]
    fn the_documented_example_is_believed() {
        let secrets = secrets(&[SECRET]).unwrap();
        assert_eq!(secrets.verify(Some(SIGNATURE), BODY), Ok(()));
        assert_eq!(secrets.verify(Some(&SIGNATURE.to_uppercase().replace("SHA", "sha")), BODY), Ok(()));
    }

    #[test]
    fn both_secrets_count_while_one_replaces_the_other() {
        assert_eq!(secrets(&["new", SECRET]).unwrap().verify(Some(SIGNATURE), BODY), Ok(()));
        assert_eq!(secrets(&[SECRET, "new"]).unwrap().verify(Some(SIGNATURE), BODY), Ok(()));
        assert_eq!(secrets(&["new"]).unwrap().verify(Some(SIGNATURE), BODY), Err(SignatureError::Mismatch));
    }

    #[test]
    fn each_fault_of_a_signature_is_named() {
        let secrets = secrets(&[SECRET]).unwrap();
        let half = &SIGNATURE[..40];
        let not_hex = format!("sha256={}", "g".repeat(64));
        let longer = format!("{SIGNATURE}00");
        let not_ascii = format!("sha256={}", "é".repeat(32));
        let cases = [
            (None, BODY, SignatureError::Missing),
            (Some(""), BODY, SignatureError::Prefix),
            (Some("sha1=7571"), BODY, SignatureError::Prefix),
            (Some(&SIGNATURE[7..]), BODY, SignatureError::Prefix),
            (Some("sha256="), BODY, SignatureError::Digits),
            (Some(half), BODY, SignatureError::Digits),
            (Some(&longer), BODY, SignatureError::Digits),
            (Some(&not_hex), BODY, SignatureError::Digits),
            (Some(&not_ascii), BODY, SignatureError::Digits),
            (Some(SIGNATURE), b"Hello, World! ", SignatureError::Mismatch),
            (Some(SIGNATURE), b"", SignatureError::Mismatch),
        ];
        for (header, body, expected) in cases {
            assert_eq!(secrets.verify(header, body), Err(expected), "{header:?}");
        }
    }

    #[test]
    fn a_token_is_believed_if_it_is_one_of_the_secrets() {
        let secrets = secrets(&["new", SECRET]).unwrap();
        assert_eq!(secrets.verify_token(Some(SECRET)), Ok(()));
        assert_eq!(secrets.verify_token(Some("new")), Ok(()));
        assert_eq!(secrets.verify_token(None), Err(SignatureError::NoToken));
        for wrong in ["", "ne", "new ", "New"] {
            assert_eq!(secrets.verify_token(Some(wrong)), Err(SignatureError::WrongToken), "{wrong}");
        }
    }

    #[test]
    fn secrets_that_protect_nothing_are_refused() {
        assert_eq!(secrets(&[]).unwrap_err(), InvalidWebhookSecrets::None);
        assert_eq!(secrets(&[""]).unwrap_err(), InvalidWebhookSecrets::Empty);
        assert_eq!(secrets(&["new", ""]).unwrap_err(), InvalidWebhookSecrets::Empty);
        assert_eq!(secrets(&["a", "b", "c"]).unwrap_err(), InvalidWebhookSecrets::TooMany(3));
    }

    #[test]
    fn a_secret_is_never_shown() {
        let shown = format!("{:?}", secrets(&[SECRET]).unwrap());
        assert!(!shown.contains("Everybody"), "{shown}");
    }
}
