//! TLS beneath AMQP, with a certificate of ours where we have one (`docs/contracts.md` 7).
//!
//! lapin is not asked for it. As it is built here its own `amqps` would not be encrypted at all, and with the features that
//! change this it would trust everybody whom the operating system trusts, not the broker's authority alone. So lapin is given a
//! connection that is encrypted already.

use std::fmt::{self, Debug};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_rs::TokioRuntime;
use async_rs::traits::Reactor;
use futures_io::{AsyncRead, AsyncWrite};
use futures_rustls::TlsConnector;
use futures_rustls::client::TlsStream;
use futures_util::Stream;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret, SecretString};

use crate::EndpointError;
use crate::text::one_line;

/// How many characters of what is wrong with a certificate are told.
const SHOWN: usize = 200;

/// How a broker is talked to that nobody else may listen to.
#[derive(Clone)]
pub(crate) struct Encryption {
    connector: TlsConnector,
    broker: ServerName<'static>,
}

impl Encryption {
    /// With the broker of this name, whose certificate comes from one of `authorities`, and showing `client` if there is one: a
    /// certificate and its key. All are PEM.
    ///
    /// # Errors
    /// If something of it cannot be read, or the key is not the certificate's.
    pub(crate) fn new(
        broker: &str,
        authorities: &str,
        client: Option<(&[u8], &SecretString)>,
    ) -> Result<Self, EndpointError> {
        let broker = ServerName::try_from(broker.to_owned()).map_err(|_| EndpointError::Url)?;
        let fault = |error: &dyn fmt::Display| one_line(&error.to_string(), SHOWN);
        let mut roots = RootCertStore::empty();
        for certificate in certificates(authorities.as_bytes()).map_err(EndpointError::Ca)? {
            roots.add(certificate).map_err(|error| EndpointError::Ca(fault(&error)))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| EndpointError::Ca(fault(&error)))?
            .with_root_certificates(roots);
        let config = match client {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = certificates(certificate).map_err(EndpointError::Certificate)?;
                // What is wrong with a key is told without any of it.
                let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes())
                    .map_err(|_| EndpointError::Certificate("the key is no private key in PEM".to_owned()))?;
                config
                    .with_client_auth_cert(chain, key)
                    .map_err(|error| EndpointError::Certificate(fault(&error)))?
            }
        };
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), broker })
    }

    /// What makes encrypted connections on this runtime.
    pub(crate) fn on(&self, runtime: TokioRuntime) -> Encrypted {
        Encrypted { encryption: self.clone(), runtime }
    }
}

/// Certificates of a PEM text, at least one.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(certificates) if certificates.is_empty() => Err("there is no certificate in it".to_owned()),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(one_line(&error.to_string(), SHOWN)),
    }
}

/// Makes connections that are encrypted when they are handed out; all else is the runtime's.
#[derive(Clone)]
pub(crate) struct Encrypted {
    encryption: Encryption,
    runtime: TokioRuntime,
}

impl Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encrypted")
    }
}

impl Reactor for Encrypted {
    type TcpStream = TlsStream<<TokioRuntime as Reactor>::TcpStream>;
    type Sleep = <TokioRuntime as Reactor>::Sleep;

    fn register<H: Read + Write + AsFd + AsRawFd + Send + 'static>(
        &self,
        socket: H,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        self.runtime.register(socket)
    }

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.runtime.sleep(duration)
    }

    fn interval(&self, duration: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.runtime.interval(duration)
    }

    fn tcp_connect_addr(
        &self,
        address: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::TcpStream>> + Send + 'static {
        let connecting = self.runtime.tcp_connect_addr(address);
        let Encryption { connector, broker } = self.encryption.clone();
        async move { connector.connect(broker, connecting.await?).await }
    }
}
