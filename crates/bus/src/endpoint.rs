//! The broker as it is configured, and a connection to it.

use std::fmt::{self, Debug, Display};
use std::time::Duration;

use async_rs::Runtime;
use async_rs::util::RuntimeParts;
use lapin::uri::{AMQPScheme, AMQPUri, SASLMechanism};
use lapin::{Connection, ConnectionProperties};
use secrecy::{ExposeSecret, SecretString};

use crate::BusError;
use crate::encryption::Encryption;
use crate::text::one_line;

/// How long connecting may take in all. Nothing waits longer for a broker that does not answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// A broker that is silent for two of these is gone.
const HEARTBEAT_SECONDS: u16 = 30;

/// A broker and how we show who we are. Shown without anything secret.
#[derive(Clone)]
pub struct Endpoint {
    uri: AMQPUri,
    /// There is one if the address is `amqps`.
    encryption: Option<Encryption>,
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
    /// Whom the broker's certificate must come from cannot be read.
    #[error("cannot be used: {0}")]
    Ca(String),
    /// Our certificate cannot be read, or its key is another's.
    #[error("cannot be shown with its key: {0}")]
    Certificate(String),
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
        let Certificates { ca, client } = certificates;
        let encryption = match (&uri.scheme, &ca) {
            (AMQPScheme::AMQPS, None) => return Err(EndpointError::NoCa),
            (AMQPScheme::AMQPS, Some(ca)) => {
                let client = client.as_ref().map(|(certificate, key)| (certificate.as_slice(), key));
                Some(Encryption::new(&uri.authority.host, ca, client)?)
            }
            (AMQPScheme::AMQP, None) if client.is_none() => None,
            (AMQPScheme::AMQP, _) => return Err(EndpointError::NotEncrypted),
        };
        if let Some(password) = password {
            password.expose_secret().clone_into(&mut uri.authority.userinfo.password);
        }
        if client.is_some() {
            uri.query.auth_mechanism = Some(SASLMechanism::External);
        }
        uri.query.heartbeat = uri.query.heartbeat.or(Some(HEARTBEAT_SECONDS));
        Ok(Self { uri, encryption })
    }

    /// Connects. Nothing is tried again, and it ends in any case.
    pub(crate) async fn connect(&self) -> Result<Connection, BusError> {
        let name = format!("packflow {}", env!("CARGO_PKG_VERSION"));
        let properties = ConnectionProperties::default()
            .with_connection_name(name.into())
            .with_client_property("app".into(), "Packflow".into());
        let connecting = async {
            let runtime = lapin::runtime::default_runtime()?;
            match &self.encryption {
                None => Connection::connect_uri_with_runtime(self.uri.clone(), properties, runtime).await,
                Some(encryption) => {
                    // For lapin it is a connection like any other: what is beneath is encrypted already.
                    let uri = AMQPUri { scheme: AMQPScheme::AMQP, ..self.uri.clone() };
                    let encrypted = RuntimeParts::new(runtime.clone(), encryption.on(runtime));
                    Connection::connect_uri_with_runtime(uri, properties, Runtime::new(encrypted)).await
                }
            }
        };
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
        let unreadable = new(url, ca()).unwrap().to_string();
        assert!(unreadable.contains("there is no certificate in it"), "{unreadable}");
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
