//! Kerberos tickets, through the system's GSSAPI library.
//!
//! There is no server and no ticket that this could be tried with here: it is built, and follows what Koji's own client does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libgssapi::context::{ClientCtx, CtxFlags};
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_SPNEGO, GSS_NT_HOSTBASED_SERVICE};

use crate::{BuilderError, http};

/// The header `Authorization` for the `HTTP` service of a host, with the first token from the ticket that the environment
/// names. Asking for it may wait for the network.
pub(crate) async fn header(host: &str) -> Result<String, BuilderError> {
    let service = format!("HTTP@{host}");
    let asked = tokio::task::spawn_blocking(move || {
        let service = Name::new(service.as_bytes(), Some(GSS_NT_HOSTBASED_SERVICE))?;
        let mut context = ClientCtx::new(None, service, CtxFlags::GSS_C_MUTUAL_FLAG, Some(GSS_MECH_SPNEGO));
        context.step(None, None).map(|token| token.map(|token| STANDARD.encode(&*token)))
    });
    let none = |why: String| http::unavailable(format!("Kerberos gave no token for {host}{why}"), None);
    match asked.await {
        Ok(Ok(Some(token))) => Ok(format!("Negotiate {token}")),
        Ok(Ok(None)) => Err(none(String::new())),
        Ok(Err(error)) => Err(none(format!(": {error}"))),
        Err(error) => Err(none(format!(": {error}"))),
    }
}
