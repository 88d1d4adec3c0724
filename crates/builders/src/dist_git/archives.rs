//! Archives that a package names by address. The sandbox has no network, so the program says which it lacks, and they are
//! fetched here, from configured origins alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::LOCATION;
use reqwest::{Response, redirect};
use serde::Deserialize;
use sha2::{Digest, Sha512};
use tokio::io::AsyncWriteExt;
use url::Url;

use super::DistGit;
use super::stop::Stop;
use crate::{hex, http};

/// Where the program says what it lacks, in the folder that it was started in; see `packit-offline.py`.
pub(super) const WANTED: &str = "wanted.json";
/// The largest such file that is read, in bytes, and the most archives that one run gets.
const LARGEST_LIST: u64 = 64 * 1024;
const MOST: usize = 64;
/// How much is fetched for one run, in bytes.
const LARGEST: u64 = 2 << 30;
/// How long one may take.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// How often it may be sent elsewhere.
const REDIRECTS: usize = 5;

/// An archive that the program lacks.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    url: String,
    name: String,
}

/// An archive that was fetched.
#[derive(Debug)]
pub(super) struct Archive {
    /// As the package names it.
    pub(super) name: String,
    /// Where it is.
    pub(super) path: PathBuf,
    /// In lower-case hexadecimal.
    pub(super) sha512: String,
}

impl Archive {
    /// As `sources` names it.
    pub(super) fn line(&self) -> String {
        format!("SHA512 ({}) = {}", self.name, self.sha512)
    }
}

/// What the program said that it lacks. It is a program that nobody has checked: what it wrote may be anything.
pub(super) fn wanted(checkouts: &Path) -> Result<Vec<Wanted>, Stop> {
    let file = checkouts.join(WANTED);
    let Ok(metadata) = file.symlink_metadata() else { return Ok(Vec::new()) };
    if !metadata.is_file() || metadata.len() > LARGEST_LIST {
        return Err(Stop::failed(format!("`{WANTED}` is no list of archives")));
    }
    let wanted: Vec<Wanted> = serde_json::from_slice(&std::fs::read(&file)?)
        .map_err(|error| Stop::failed(format!("`{WANTED}` is no list of archives: {error}")))?;
    if wanted.len() > MOST {
        return Err(Stop::failed(format!("it lacks {} archives; {MOST} are fetched at most", wanted.len())));
    }
    let mut by_name: BTreeMap<String, String> = BTreeMap::new();
    for Wanted { url, name } in wanted {
        if !is_file_name(&name) {
            return Err(Stop::failed(format!("`{name}` is no name of an archive that can be fetched")));
        }
        let known = by_name.insert(name, url.clone());
        if known.is_some_and(|known| known != url) {
            return Err(Stop::failed(format!("`{url}` has the name of another archive")));
        }
    }
    Ok(by_name.into_iter().map(|(name, url)| Wanted { url, name }).collect())
}

/// A name that stays in its folder, and in one line of the file `sources`.
pub(super) fn is_file_name(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-+~^%@,=:".contains(letter);
    !name.is_empty() && name.len() <= 255 && !name.starts_with('.') && name.chars().all(is_plain)
}

impl DistGit {
    /// Fetches what the program lacks into a folder.
    pub(super) async fn fetch_archives(
        &self,
        wanted: &[Wanted],
        into: &Path,
        log: &mut String,
    ) -> Result<Vec<Archive>, Stop> {
        // Where an answer leads is looked at before it is followed.
        let client = http::build(http::builder(TIMEOUT).redirect(redirect::Policy::none()))?;
        let mut archives = Vec::new();
        let mut room = LARGEST;
        for Wanted { url, name } in wanted {
            let path = into.join(name);
            let response = self.open_archive(&client, url).await?;
            let (sha512, size) = save(response, &path, url, room).await?;
            room -= size;
            log.push_str(&format!("fetched {url}: {size} bytes, SHA-512 {sha512}\n"));
            archives.push(Archive { name: name.clone(), path, sha512 });
        }
        Ok(archives)
    }

    /// The answer that has the archive, after redirects to configured origins.
    async fn open_archive(&self, client: &reqwest::Client, url: &str) -> Result<Response, Stop> {
        let mut at = Url::parse(url).map_err(|_| Stop::failed(format!("`{url}` is no address")))?;
        for _ in 0..=REDIRECTS {
            let address =
                self.allowed(&at).map_err(|why| Stop::failed(format!("`{at}` is not fetched: {why}")))?;
            let response = client
                .get(address)
                .send()
                .await
                .map_err(|error| http::unavailable(format!("`{at}`: {}", http::chain(&error)), None))?;
            let status = response.status();
            if status.is_success() {
                return Ok(response);
            }
            let to = response.headers().get(LOCATION).filter(|_| status.is_redirection());
            let Some(to) = to else {
                let may_come = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
                return Err(if may_come {
                    Stop::Broken(http::unavailable(format!("`{at}` answers {status}"), None))
                } else {
                    Stop::failed(format!("`{at}` answers {status}"))
                });
            };
            let to = to.to_str().ok().and_then(|to| at.join(to).ok());
            at = to.ok_or_else(|| Stop::failed(format!("`{at}` leads nowhere")))?;
        }
        Err(Stop::failed(format!("`{url}` leads on and on")))
    }
}

/// Writes an answer to a file, if there is room; its hash and size.
async fn save(mut response: Response, path: &Path, url: &str, room: u64) -> Result<(String, u64), Stop> {
    let too_large = || Stop::failed(format!("`{url}` is too large: one run fetches {LARGEST} bytes at most"));
    if response.content_length().is_some_and(|length| length > room) {
        return Err(too_large());
    }
    let mut file = tokio::fs::File::create(path).await?;
    let (mut hash, mut size) = (Sha512::new(), 0);
    loop {
        let chunk = response.chunk().await;
        let chunk =
            chunk.map_err(|error| http::unavailable(format!("`{url}`: {}", http::chain(&error)), None))?;
        let Some(chunk) = chunk else { break };
        size += chunk.len() as u64;
        if size > room {
            return Err(too_large());
        }
        hash.update(&chunk);
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    Ok((hex(hash.finalize()), size))
}

#[cfg(test)]
mod tests {
    use super::{WANTED, is_file_name, wanted};

    #[test]
    fn a_name_stays_in_its_folder() {
        for name in ["hello-2.0.tar.gz", "v1.0~rc1+git^5.zip"] {
            assert!(is_file_name(name), "{name}");
        }
        for name in ["", ".", "..", ".git", "../x", "a/b", "a b", "a)\nb", "-\0", &"x".repeat(256)] {
            assert!(!is_file_name(name), "{name}");
        }
    }

    #[test]
    fn what_nobody_checked_is_read_with_care() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(WANTED);
        assert!(wanted(folder.path()).is_ok_and(|wanted| wanted.is_empty()));
        for text in [
            "",
            "{}",
            "[{\"url\": 1, \"name\": \"x\"}]",
            "[{\"url\": \"x\", \"name\": \"../x\"}]",
            "[{\"url\": \"x\", \"name\": \"x\"}, {\"url\": \"y\", \"name\": \"x\"}]",
        ] {
            std::fs::write(&file, text).unwrap();
            assert!(wanted(folder.path()).is_err(), "{text}");
        }
        std::fs::write(&file, format!("[{}]", vec!["{\"url\": \"x\", \"name\": \"x\"}"; 65].join(",")))
            .unwrap();
        assert!(wanted(folder.path()).is_err());
        std::fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &file).unwrap();
        assert!(wanted(folder.path()).is_err());
    }
}
