//! How the App proves who it is: a short-lived token signed with its private key (`docs/contracts.md` 1.1).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};

/// How far GitHub's clock may be behind ours, in seconds.
const CLOCK_SKEW: i64 = 60;
/// How long a token is good for, in seconds from now; with the skew just GitHub's ten minutes.
const VALIDITY: i64 = 540;

/// An App's private key, able to sign and never shown.
pub struct AppKey(Box<RsaKeyPair>);

/// A text that is no usable private key. It says nothing of the key itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAppKey {
    /// It holds no private key in PEM form.
    #[error(
        "no private key found; it must be the PEM file that GitHub made for the App, \
         which starts with `-----BEGIN RSA PRIVATE KEY-----`"
    )]
    NoKey,
    /// It holds a key, but none that RS256 can sign with.
    #[error(
        "the private key is not an RSA key of 2048 to 8192 bits; GitHub makes such a one on the App's page"
    )]
    NotRsa,
}

impl AppKey {
    /// Reads an RSA key in PEM form: PKCS#1 as GitHub makes it, or PKCS#8 as OpenSSL converts it.
    pub fn from_pem(pem: &SecretString) -> Result<Self, InvalidAppKey> {
        let key = PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes())
            .map_err(|_| InvalidAppKey::NoKey)?;
        let pair = match &key {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            _ => return Err(InvalidAppKey::NotRsa),
        };
        pair.map(|pair| Self(Box::new(pair))).map_err(|_| InvalidAppKey::NotRsa)
    }

    /// A JSON web token (RS256) that speaks for the App `issuer` from a minute ago until nine minutes from now.
    pub(super) fn token(&self, issuer: &str, now: DateTime<Utc>) -> Result<SecretString, SigningFailed> {
        let now = now.timestamp();
        let header = serde_json::json!({"alg": "RS256", "typ": "JWT"});
        let claims = serde_json::json!({"iss": issuer, "iat": now - CLOCK_SKEW, "exp": now + VALIDITY});
        let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| SigningFailed)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppKey(hidden)")
    }
}

/// The system gave no random numbers, or the key is damaged.
#[derive(Debug, thiserror::Error)]
#[error("the App's token could not be signed")]
pub(super) struct SigningFailed;

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    const PKCS1: &str = include_str!("../../tests/forges/keys/test-only-app-key.pkcs1.pem");
    const PKCS8: &str = include_str!("../../tests/forges/keys/test-only-app-key.pkcs8.pem");
    const ELLIPTIC: &str = include_str!("../../tests/forges/keys/test-only-elliptic-key.pem");

    fn key(pem: &str) -> Result<AppKey, InvalidAppKey> {
        AppKey::from_pem(&SecretString::from(pem))
    }

    #[test]
    fn a_token_is_signed_and_good_for_ten_minutes_at_most() {
        for pem in [PKCS1, PKCS8] {
            let key = key(pem).unwrap();
            let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
            let token = key.token("4711", now).unwrap();
            let (signed, signature) = token.expose_secret().rsplit_once('.').unwrap();
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.0.public());
            public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();

            let (header, claims) = signed.split_once('.').unwrap();
            let json = |part: &str| -> serde_json::Value {
                serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
            };
            assert_eq!(json(header), serde_json::json!({"alg": "RS256", "typ": "JWT"}));
            let expected = serde_json::json!({"iss": "4711", "iat": 1_699_999_940, "exp": 1_700_000_540});
            assert_eq!(json(claims), expected);
        }
    }

    #[test]
    fn what_is_no_rsa_key_is_refused_without_being_shown() {
        assert_eq!(key("").unwrap_err(), InvalidAppKey::NoKey);
        assert_eq!(key("secret").unwrap_err(), InvalidAppKey::NoKey);
        assert_eq!(key(&PKCS1[..200]).unwrap_err(), InvalidAppKey::NoKey);
        assert_eq!(key(ELLIPTIC).unwrap_err(), InvalidAppKey::NotRsa);
        assert_eq!(format!("{:?}", key(PKCS1).unwrap()), "AppKey(hidden)");
    }
}
