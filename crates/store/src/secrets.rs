//! Secrets that are given out here: random, and kept as hashes alone.
//!
//! They hold 256 random bits, so a plain SHA-256 sum is enough: there is nothing to guess, and how long the look-up of a sum
//! takes tells nothing of the secret behind it.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// Random bytes of a secret.
const BYTES: usize = 32;

/// A new secret that begins with `prefix`, in letters that need no quoting in headers, cookies and shells.
pub(crate) fn generate(prefix: &str) -> Result<SecretString> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Error::NoRandomness(error.to_string()))?;
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)).into())
}

/// What is stored of it: the SHA-256 sum in hexadecimal digits.
pub(crate) fn hash(secret: &SecretString) -> String {
    Sha256::digest(secret.expose_secret().as_bytes()).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
