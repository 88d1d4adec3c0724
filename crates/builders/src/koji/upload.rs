//! SRPMs for scratch builds: fetched where Copr keeps them, and sent on in pieces. Only one piece is held at a time, and what
//! was broken off goes on where it was.

use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Koji;
use super::hub::Piece;
use crate::{BuilderError, Work, hex, http};

/// How much is sent in one call, in bytes.
const PIECE: usize = 4 * 1024 * 1024;
/// The largest SRPM that is sent on, in bytes.
const LARGEST_SRPM: u64 = 4 * 1024 * 1024 * 1024;
/// How often a piece is sent that does not arrive as it was.
const TRIES: usize = 3;
/// What every package begins with.
const MAGIC: [u8; 4] = [0xed, 0xab, 0xee, 0xdb];

/// Sends the SRPM at this address to the hub; the name by which a build finds it there.
pub(super) async fn upload(koji: &Koji, work: &Work, address: &str) -> Result<String, BuilderError> {
    let name = name_of(address, &koji.config.srpm_origins)?;
    let folder = folder_of(work, address);
    let (response, mut offset) = open(koji, address, sent_before(koji, &folder, name).await?).await?;
    let mut srpm = Srpm { response, piece: Vec::new() };
    while let Some(bytes) = srpm.next().await? {
        if offset == 0 && !bytes.starts_with(&MAGIC) {
            return Err(BuilderError::Refused(format!("what is at {address} is no SRPM")));
        }
        send(koji, &Piece { folder: &folder, name, offset, bytes: &bytes }).await?;
        offset += bytes.len() as u64;
        if offset > LARGEST_SRPM {
            return Err(BuilderError::Refused(format!("the SRPM at {address} is too large for Koji")));
        }
    }
    if size_of(koji, &folder, name).await? != offset {
        return Err(http::unavailable(format!("{name} did not reach Koji in full"), None));
    }
    Ok(format!("{folder}/{name}"))
}

/// Where an SRPM is put: what nobody asks for is cleaned away where Koji's own command line uploads to. The address keeps
/// apart what several services with one account send.
fn folder_of(work: &Work, address: &str) -> String {
    format!("cli-build/packflow-{}-{}", work.submission, &hex(Sha256::digest(address))[..12])
}

/// From where on a file is to be sent: its pieces come in order, and of the last one it is not known whether it is whole.
async fn sent_before(koji: &Koji, folder: &str, name: &str) -> Result<u64, BuilderError> {
    let size = size_of(koji, folder, name).await?;
    Ok(size.saturating_sub(1) / PIECE as u64 * PIECE as u64)
}

/// How much of a file the hub has.
async fn size_of(koji: &Koji, folder: &str, name: &str) -> Result<u64, BuilderError> {
    let known = koji.hub.read_as_us("checkUpload", &[json!(folder), json!(name)]).await?;
    let size = &known["size"];
    Ok(size.as_u64().or_else(|| size.as_str()?.parse().ok()).unwrap_or(0))
}

/// The file's name, if it may be fetched from there.
fn name_of<'a>(address: &'a str, origins: &[String]) -> Result<&'a str, BuilderError> {
    let origin = url::Url::parse(address).ok().map(|url| url.origin().ascii_serialization());
    if !origin.is_some_and(|origin| origins.contains(&origin)) {
        return Err(BuilderError::Refused(format!(
            "the SRPM at {address} is not on a host that is configured"
        )));
    }
    let name = address.rsplit('/').next().unwrap_or_default();
    let is_plain = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '+' | '~' | '^' | '-'));
    if !name.ends_with(".src.rpm") || !is_plain {
        return Err(BuilderError::Refused(format!("what is at {address} is no SRPM")));
    }
    Ok(name)
}

/// Fetches from a place on, or from the beginning if that cannot be had; with the place.
async fn open(koji: &Koji, address: &str, from: u64) -> Result<(Response, u64), BuilderError> {
    let mut request = koji.files.get(address);
    if from > 0 {
        request = request.header(header::RANGE, format!("bytes={from}-"));
    }
    let response = request.send().await.map_err(|error| {
        http::unavailable(format!("the SRPM cannot be fetched: {}", http::chain(&error)), None)
    })?;
    let status = response.status();
    if status.is_success() {
        let from = if status == StatusCode::PARTIAL_CONTENT { from } else { 0 };
        return Ok((response, from));
    }
    let reason = format!("the SRPM at {address} cannot be fetched: {status}");
    if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
        return Err(BuilderError::Refused(reason));
    }
    Err(http::unavailable(reason, None))
}

/// An SRPM that is being fetched.
struct Srpm {
    response: Response,
    piece: Vec<u8>,
}

impl Srpm {
    /// The next piece; none after the last.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BuilderError> {
        while self.piece.len() < PIECE {
            let chunk = self.response.chunk().await.map_err(|error| {
                http::unavailable(format!("the SRPM did not come in full: {}", http::chain(&error)), None)
            })?;
            let Some(chunk) = chunk else {
                let last = std::mem::take(&mut self.piece);
                return Ok((!last.is_empty()).then_some(last));
            };
            self.piece.extend_from_slice(&chunk);
        }
        let rest = self.piece.split_off(PIECE);
        Ok(Some(std::mem::replace(&mut self.piece, rest)))
    }
}

async fn send(koji: &Koji, piece: &Piece<'_>) -> Result<(), BuilderError> {
    let checksum = hex(Sha256::digest(piece.bytes));
    for _ in 0..TRIES {
        if koji.hub.upload(piece).await? == checksum {
            return Ok(());
        }
    }
    Err(http::unavailable(format!("{} did not reach Koji as it was", piece.name), None))
}

/// Whether a build's source is what [`upload`] has sent for a submission.
pub(super) fn is_of(source: &Value, work: &Work, address: &str) -> bool {
    let name = address.rsplit('/').next().unwrap_or_default();
    *source == json!(format!("{}/{name}", folder_of(work, address)))
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn only_an_srpm_on_a_configured_host_is_fetched() {
        let origins = ["https://download.example.org".to_owned()];
        let name = |address| name_of(address, &origins).ok();
        assert_eq!(name("https://download.example.org/results/a/b-1-2.src.rpm"), Some("b-1-2.src.rpm"));
        for address in [
            "https://download.example.org:8443/b-1-2.src.rpm",
            "http://download.example.org/b-1-2.src.rpm",
            "https://download.example.org.evil.example/b-1-2.src.rpm",
            "https://user@evil.example/download.example.org/b-1-2.src.rpm",
            "https://download.example.org/b-1-2.x86_64.rpm",
            "https://download.example.org/b-1-2.src.rpm?a=..%2Fb.src.rpm",
            "file:///etc/passwd.src.rpm",
        ] {
            assert_eq!(name(address), None, "{address}");
        }
    }
}
