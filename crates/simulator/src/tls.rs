//! A second address with TLS, where callers may show a certificate: that is how programs log in at Koji.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::cut::{Cut, CuttableListener, CuttableStream};

/// How long a caller may take to say hello.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);

/// What a simulator shows and asks for where it speaks TLS; all of it PEM.
#[derive(Clone)]
pub struct Tls {
    /// Its certificate.
    pub certificate: String,
    /// The key of that.
    pub key: String,
    /// Who signs the certificates that callers show.
    pub clients: String,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl Tls {
    fn acceptor(&self) -> io::Result<TlsAcceptor> {
        let certificates = |pem: &str| {
            CertificateDer::pem_slice_iter(pem.as_bytes())
                .collect::<Result<Vec<_>, _>>()
                .map_err(io::Error::other)
        };
        let mut clients = RootCertStore::empty();
        clients.add_parsable_certificates(certificates(&self.clients)?);
        let verifier = WebPkiClientVerifier::builder(Arc::new(clients))
            .allow_unauthenticated()
            .build()
            .map_err(io::Error::other)?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(io::Error::other)?;
        let config = ServerConfig::builder()
            .with_client_cert_verifier(verifier)
            .with_single_cert(certificates(&self.certificate)?, key)
            .map_err(io::Error::other)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// Accepts connections with TLS that can be cut.
pub(crate) struct TlsListener {
    inner: CuttableListener,
    acceptor: TlsAcceptor,
}

impl TlsListener {
    pub(crate) fn new(inner: CuttableListener, tls: &Tls) -> io::Result<Self> {
        Ok(Self { inner, acceptor: tls.acceptor()? })
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<CuttableStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, address) = self.inner.accept().await;
            match tokio::time::timeout(HANDSHAKE_TIMEOUT, self.acceptor.accept(stream)).await {
                Ok(Ok(stream)) => return (stream, address),
                Ok(Err(error)) => tracing::debug!(%error, "a caller does not agree on TLS"),
                Err(_) => tracing::debug!("a caller says nothing"),
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Cut {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        let (inner, session) = stream.io().get_ref();
        let mut cut = inner.cut();
        cut.has_certificate = session.peer_certificates().is_some();
        cut
    }
}
