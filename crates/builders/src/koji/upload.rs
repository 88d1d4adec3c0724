//! SRPMs for scratch builds: fetched where Copr keeps them, and sent on in pieces. Only one piece is held at a time.

use reqwest::Response;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Koji;
use super::hub::Hub;
use crate::{BuilderError, Work, http};

/// How much is sent in one call, in bytes: hubs take 4 MiB of XML unless told otherwise.
const PIECE: usize = 1024 * 1024;
/// The largest SRPM that is sent on, in bytes.
const LARGEST_SRPM: u64 = 4 * 1024 * 1024 * 1024;
/// How often a piece is sent that does not arrive as it was.
const TRIES: usize = 3;
/// What every package begins with.
const MAGIC: [u8; 4] = [0xed, 0xab, 0xee, 0xdb];

/// Sends the SRPM at this address to the hub; the name by which a build finds it there.
pub(super) async fn upload(koji: &Koji, work: &Work, address: &str) -> Result<String, BuilderError> {
    let name = name_of(address, &koji.config.srpm_origins)?;
    // What nobody asks for is cleaned away where Koji's own command line uploads to.
    let folder = format!("cli-build/packflow-{}", work.submission);
    let mut srpm = Srpm { response: open(koji, address).await?, piece: Vec::new() };
    let (mut offset, mut whole) = (0, Sha256::new());
    while let Some(piece) = srpm.next().await? {
        if offset == 0 && !piece.starts_with(&MAGIC) {
            return Err(BuilderError::Refused(format!("what is at {address} is no SRPM")));
        }
        whole.update(&piece);
        send(&koji.hub, (&folder, name), piece.len(), &hex(Sha256::digest(&piece)), signed(offset), &piece)
            .await?;
        offset += piece.len();
        if u64::try_from(offset).unwrap_or(u64::MAX) > LARGEST_SRPM {
            return Err(BuilderError::Refused(format!("the SRPM at {address} is too large for Koji")));
        }
    }
    send(&koji.hub, (&folder, name), offset, &hex(whole.finalize()), -1, &[]).await?;
    Ok(format!("{folder}/{name}"))
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

async fn open(koji: &Koji, address: &str) -> Result<Response, BuilderError> {
    let response = koji.files.get(address).send().await.map_err(|error| {
        http::unavailable(format!("the SRPM cannot be fetched: {}", http::chain(&error)), None)
    })?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let reason = format!("the SRPM at {address} cannot be fetched: {status}");
    if status.is_client_error() && status != reqwest::StatusCode::TOO_MANY_REQUESTS {
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

async fn send(
    hub: &Hub,
    file: (&str, &str),
    size: usize,
    sha256: &str,
    offset: i64,
    data: &[u8],
) -> Result<(), BuilderError> {
    for _ in 0..TRIES {
        if hub.upload(file, size, sha256, offset, data).await? {
            return Ok(());
        }
    }
    Err(http::unavailable(format!("{} did not reach Koji as it was", file.1), None))
}

fn signed(offset: usize) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}

fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a build's source is what [`upload`] has sent for a submission.
pub(super) fn is_of(source: &Value, work: &Work, address: &str) -> bool {
    let name = address.rsplit('/').next().unwrap_or_default();
    *source == json!(format!("cli-build/packflow-{}/{name}", work.submission))
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
