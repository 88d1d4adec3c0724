//! Kerberos tickets, through the system's GSSAPI library.
//!
//! There is no hub and no ticket that this could be tried with here: it is built, and follows what Koji's own client does.

use libgssapi::context::{ClientCtx, CtxFlags};
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_SPNEGO, GSS_NT_HOSTBASED_SERVICE};

use crate::{BuilderError, http};

/// The first token for the `HTTP` service of a host, from the ticket that the environment names. Asking for it may wait for
/// the network.
pub(super) async fn token(host: String) -> Result<Vec<u8>, BuilderError> {
    let asked = tokio::task::spawn_blocking(move || {
        let service = Name::new(format!("HTTP@{host}").as_bytes(), Some(GSS_NT_HOSTBASED_SERVICE))?;
        let mut context = ClientCtx::new(None, service, CtxFlags::GSS_C_MUTUAL_FLAG, Some(GSS_MECH_SPNEGO));
        context.step(None, None).map(|token| token.map(|token| token.to_vec()))
    });
    match asked.await {
        Ok(Ok(Some(token))) => Ok(token),
        Ok(Ok(None)) => Err(http::unavailable("Kerberos gave no token for Koji".to_owned(), None)),
        Ok(Err(error)) => Err(http::unavailable(format!("Kerberos gave no token for Koji: {error}"), None)),
        Err(error) => Err(http::unavailable(format!("Kerberos gave no token for Koji: {error}"), None)),
    }
}
