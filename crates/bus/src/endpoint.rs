//! The broker as it is configured, and a connection to it.

use std::fmt::{self, Debug, Display};
use std::time::Duration;

use lapin::tcp::{OwnedIdentity, OwnedTLSConfig};
use lapin::uri::{AMQPScheme, AMQPUri, SASLMechanism};
use lapin::{Connection, ConnectionProperties};
use secrecy::{ExposeSecret, SecretString};

use crate::BusError;
use crate::text::one_line;

/// How long connecting may take in all. Nothing waits longer for a broker that does not answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// A broker that is silent for two of these is gone.
const HEARTBEAT_SECONDS: u16 = 30;

/// A broker and how we show who we are. Shown without anything secret.
#[derive(Clone)]
pub struct Endpoint {
    uri: AMQPUri,
    tls: OwnedTLSConfig,
}

/// Why a broker's address or certificates cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The address is none of a broker.
    #[error("is no address of a broker, such as amqps://fedora:@rabbitmq.fedoraproject.org/%2Fpublic_pubsub")]
    Url,
    /// There is nothing by which the broker's certificate could be checked.
    #[error("is amqps, so a ca_file has to say whose certificates are trusted")]
    NoCa,
    /// Certificates belong to encrypted connections.
    #[error("is amqp, which is not encrypted: certificates belong to amqps")]
    NotEncrypted,
}

/// Certificates, PEM.
#[derive(Clone, Default)]
pub struct Certificates {
    /// Whom the broker's certificate must come from.
    pub ca: Option<String>,
    /// Our certificate, and its private key. With it the broker is not asked for a password.
    pub client: Option<(Vec<u8>, SecretString)>,
}

impl Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificates")
    }
}

impl Endpoint {
    /// The broker at `url`: `amqps://USER@HOST:PORT/VHOST`; `password` is taken instead of the one in the address.
    ///
    /// # Errors
    /// If the address is none, or does not fit the certificates.
    pub fn new(
        url: &str,
        password: Option<&SecretString>,
        certificates: Certificates,
    ) -> Result<Self, EndpointError> {
        let mut uri: AMQPUri = url.parse().map_err(|_| EndpointError::Url)?;
        let is_encrypted = uri.scheme == AMQPScheme::AMQPS;
        if is_encrypted && certificates.ca.is_none() {
            return Err(EndpointError::NoCa);
        }
        if !is_encrypted && (certificates.ca.is_some() || certificates.client.is_some()) {
            return Err(EndpointError::NotEncrypted);
        }
        if let Some(password) = password {
            password.expose_secret().clone_into(&mut uri.authority.userinfo.password);
        }
        if certificates.client.is_some() {
            uri.query.auth_mechanism = Some(SASLMechanism::External);
        }
        uri.query.heartbeat = uri.query.heartbeat.or(Some(HEARTBEAT_SECONDS));
        uri.query.connection_timeout = u64::try_from(PATIENCE.as_millis()).ok();
        let identity = certificates
            .client
            .map(|(pem, key)| OwnedIdentity::PKCS8 { pem, key: key.expose_secret().as_bytes().to_vec() });
        Ok(Self { uri, tls: OwnedTLSConfig { identity, cert_chain: certificates.ca } })
    }

    /// Connects. Nothing is tried again, and it ends in any case.
    pub(crate) async fn connect(&self) -> Result<Connection, BusError> {
        let name = format!("packflow {}", env!("CARGO_PKG_VERSION"));
        let properties = ConnectionProperties::default()
            .with_connection_name(name.into())
            .with_client_property("app".into(), "Packflow".into());
        let runtime = lapin::runtime::default_runtime()?;
        let connecting =
            Connection::connect_uri_with_config(self.uri.clone(), properties, self.tls.clone(), runtime);
        match tokio::time::timeout(PATIENCE, connecting).await {
            Ok(connected) => Ok(connected?),
            Err(_) => Err(BusError::Silent(PATIENCE.as_secs())),
        }
    }
}

impl Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.uri.scheme == AMQPScheme::AMQPS { "amqps" } else { "amqp" };
        let authority = &self.uri.authority;
        let vhost = one_line(&self.uri.vhost, 80).replace('/', "%2F");
        write!(f, "{scheme}://{}:{}/{vhost}", authority.host, authority.port)
    }
}

impl Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::{Certificates, Endpoint, EndpointError};

    fn ca() -> Certificates {
        Certificates { ca: Some("a certificate".to_owned()), client: None }
    }

    #[test]
    fn an_encrypted_connection_needs_somebody_to_trust() {
        let new = |url: &str, certificates: Certificates| Endpoint::new(url, None, certificates).err();
        let url = "amqps://fedora:@rabbitmq.example.org/%2Fpublic_pubsub";
        assert_eq!(new(url, Certificates::default()), Some(EndpointError::NoCa));
        assert_eq!(new(url, ca()), None);
        assert_eq!(new("amqp://localhost", ca()), Some(EndpointError::NotEncrypted));
        assert_eq!(new("amqp://localhost", Certificates::default()), None);
        assert_eq!(new("https://localhost", Certificates::default()), Some(EndpointError::Url));
        assert_eq!(new("localhost:5672", Certificates::default()), Some(EndpointError::Url));
    }

    #[test]
    fn nothing_secret_is_shown() {
        let password = SecretString::from("hidden-too");
        let url = "amqp://guest:hidden@localhost:5673/%2Fpublic";
        for password in [None, Some(&password)] {
            let endpoint = Endpoint::new(url, password, Certificates::default()).unwrap();
            assert_eq!(endpoint.to_string(), "amqp://localhost:5673/%2Fpublic");
            assert_eq!(format!("{endpoint:?}"), endpoint.to_string());
        }
    }
}
