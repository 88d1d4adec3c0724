//! Recorded deliveries: the files, and what is known of who sent them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bus::{Address, Message};
use forges::BUS_SOURCE;
use forges::bus::BusForge;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::configuration::ForgeKind;

/// A recorded delivery.
pub(super) struct Recording {
    /// Where it was read.
    pub(super) file: PathBuf,
    /// The raw body; of a message that was recorded with what the bus says of it, its own.
    pub(super) body: Vec<u8>,
    /// Who sent it; none if nobody can tell.
    pub(super) sender: Option<Sender>,
    /// The host of the forge that it tells of and what speaks there, if it is not GitHub.
    pub(super) forge: Option<(String, ForgeKind)>,
}

/// Who sent a delivery, in the inbox's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sender {
    /// The forge's host, or the name of another source.
    pub(super) source: String,
    /// The sender's name for what it is.
    pub(super) kind: String,
    /// The sender's key of it, if it was recorded.
    pub(super) delivery_id: Option<String>,
}

impl Recording {
    /// The key by which a repeated delivery is known: the recorded one, else the SHA-256 of source and body.
    pub(super) fn delivery_id(&self, sender: &Sender) -> String {
        sender.delivery_id.clone().unwrap_or_else(|| {
            let mut hash = Sha256::new();
            hash.update(sender.source.as_bytes());
            hash.update([0]);
            hash.update(&self.body);
            hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
        })
    }
}

/// The files to replay: those that are named, and all `.json` files below folders that are named, in the order of their
/// names. What only tells about deliveries is left out.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut found = Vec::new();
            collect(path, &mut found).with_context(|| format!("cannot read {}", path.display()))?;
            found.sort();
            files.extend(found);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.to_string_lossy().ends_with(".json")
            && !path.to_string_lossy().ends_with(".headers.json")
        {
            found.push(path);
        }
    }
    Ok(())
}

/// Reads the files one after another.
pub(super) fn recordings(files: &[PathBuf]) -> impl Iterator<Item = Result<Recording>> + '_ {
    files.iter().map(|file| {
        let body = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let (mut sender, body) = sender(file, body)?;
        let is_message = sender.as_ref().is_some_and(|sender| sender.source == BUS_SOURCE);
        let forge = sender.as_ref().and_then(|sender| forge(sender, &body));
        if let (Some(sender), Some((host, _)), false) = (&mut sender, &forge, is_message) {
            // The inbox knows what webhooks deliver by the forge's host.
            host.clone_into(&mut sender.source);
        }
        Ok(Recording { file: file.clone(), body, sender, forge })
    })
}

/// The forge that a delivery tells of; none if it does not say, or if it is a GitHub.
fn forge(sender: &Sender, body: &[u8]) -> Option<(String, ForgeKind)> {
    match sender.source.as_str() {
        "gitlab" => forges::gitlab::delivery::host(body).map(|host| (host, ForgeKind::Gitlab)),
        "forgejo" => forges::forgejo::delivery::host(body).map(|host| (host, ForgeKind::Forgejo)),
        BUS_SOURCE => {
            let forge = BusForge::of_topic(&sender.kind)?;
            let kind = match forge {
                BusForge::Pagure => ForgeKind::Pagure,
                BusForge::Forgejo => ForgeKind::Forgejo,
            };
            forge.host(body).ok().map(|host| (host, kind))
        }
        _ => None,
    }
}

/// Who sent a delivery, and its body: by the headers recorded beside it, else by the folder's index, else, if it is no message of
/// the bus, by what it says itself, else by the names of its file and folder.
fn sender(file: &Path, body: Vec<u8>) -> Result<(Option<Sender>, Vec<u8>)> {
    let by_headers = by_headers(&recorded_headers(file)?).or_else(|| by_headers(&indexed_header(file)));
    if by_headers.is_none()
        && let Some(message) = Message::recorded(&body)
    {
        let Address { source, kind, delivery_id, body } = message.address();
        return Ok((Some(Sender { source, kind, delivery_id: Some(delivery_id) }), body));
    }
    let sender = by_headers
        .or_else(|| serde_json::from_slice::<Value>(&body).ok().and_then(|body| by_content(&body)))
        .or_else(|| by_file_name(file));
    Ok((sender, body))
}

fn by_headers(headers: &BTreeMap<String, String>) -> Option<Sender> {
    let value = |name: &str| headers.get(name).cloned();
    let sender = |source: &str, kind: String, delivery_id: Option<String>| Sender {
        source: source.to_owned(),
        kind,
        delivery_id,
    };
    // Forgejo sends GitHub's headers too.
    if let Some(kind) = value("x-forgejo-event") {
        return Some(sender("forgejo", kind, value("x-forgejo-delivery")));
    }
    if let Some(kind) = value("x-gitlab-event") {
        return Some(sender("gitlab", kind, value("x-gitlab-event-uuid")));
    }
    value("x-github-event").map(|kind| sender("github.com", kind, value("x-github-delivery")))
}

/// `FILE.headers.json` beside `FILE.json`, if it is there.
fn recorded_headers(file: &Path) -> Result<BTreeMap<String, String>> {
    let path = file.with_extension("headers.json");
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let what = || format!("{} does not hold the headers of {}", path.display(), file.display());
    let read = std::fs::read_to_string(&path).with_context(what)?;
    let headers: BTreeMap<String, String> = serde_json::from_str(&read).with_context(what)?;
    Ok(headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect())
}

/// The file's row of `INDEX.tsv` in its folder, whose second column is named after a header.
fn indexed_header(file: &Path) -> BTreeMap<String, String> {
    let index = file.with_file_name("INDEX.tsv");
    let read = std::fs::read_to_string(index).unwrap_or_default();
    let mut rows = read.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let header = rows.next().and_then(|row| row.get(1).map(|name| name.to_ascii_lowercase()));
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let kind = rows.find(|row| row.first() == Some(&name.as_str())).and_then(|row| row.get(1).copied());
    header.zip(kind).map(|(header, kind)| (header, kind.to_owned())).into_iter().collect()
}

fn by_content(body: &Value) -> Option<Sender> {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    if let Some(kind) = text("object_kind") {
        return Some(Sender { source: "gitlab".to_owned(), kind: kind.to_owned(), delivery_id: None });
    }
    let is_testing_farm = text("request_id").is_some()
        || (text("state").is_some() && body.get("environments_requested").is_some());
    is_testing_farm.then(|| Sender {
        source: "testing-farm".to_owned(),
        kind: "request".to_owned(),
        delivery_id: None,
    })
}

/// `pull_request.opened.hello.json`, or any file in a folder that is named after its sender.
fn by_file_name(file: &Path) -> Option<Sender> {
    let name = file.file_name()?.to_string_lossy().into_owned();
    let kind = name.split('.').next()?.to_owned();
    let folder = file.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let source = match folder.as_deref() {
        Some(source @ ("gitlab" | "forgejo" | "pagure" | "testing_farm")) => source.replace('_', "-"),
        _ if is_github_event(&kind) => "github.com".to_owned(),
        _ => return None,
    };
    Some(Sender { source, kind, delivery_id: None })
}

/// GitHub's names of events are lower case words joined by underscores; a file is taken to be named after one only where it
/// has further parts.
fn is_github_event(kind: &str) -> bool {
    !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::{by_content, by_file_name, files, sender};

    #[test]
    fn headers_beside_a_file_tell_more_than_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("push.json");
        std::fs::write(&file, "{\"object_kind\": \"push\"}").unwrap();
        let headers = json!({ "X-GitHub-Event": "push", "X-GitHub-Delivery": "d-1" });
        std::fs::write(folder.path().join("push.headers.json"), headers.to_string()).unwrap();
        let told = sender(&file, b"{}".to_vec()).unwrap().0.unwrap();
        assert_eq!((told.source.as_str(), told.delivery_id.as_deref()), ("github.com", Some("d-1")));
        assert_eq!(files(&[folder.path().to_owned()]).unwrap(), std::slice::from_ref(&file));
        std::fs::write(folder.path().join("push.headers.json"), "X-GitHub-Event: push").unwrap();
        let wrong = sender(&file, b"{}".to_vec()).unwrap_err().to_string();
        assert!(wrong.contains("push.headers.json does not hold the headers of"), "{wrong}");
    }

    #[test]
    fn an_index_names_the_kind() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        std::fs::write(&file, "{}").unwrap();
        std::fs::write(folder.path().join("INDEX.tsv"), "file\tX-GitHub-Event\taction\na.json\tpush\t\n")
            .unwrap();
        let told = sender(&file, b"{}".to_vec()).unwrap().0.unwrap();
        assert_eq!(told.kind, "push");
    }

    #[test]
    fn a_message_of_the_bus_is_known_by_its_topic() {
        let message = json!({ "routing_key": "org.fedoraproject.prod.copr.build.end",
            "properties": { "message_id": "m-1" }, "body": { "build": 1 } });
        let (told, body) = sender(Path::new("x/Any.json"), message.to_string().into_bytes()).unwrap();
        let told = told.unwrap();
        assert_eq!((told.source.as_str(), told.kind.as_str()), ("fedora-messaging", "copr.build.end"));
        assert_eq!(
            (told.delivery_id.as_deref(), body.as_slice()),
            (Some("m-1"), b"{\"build\":1}".as_slice())
        );
        assert_eq!(by_content(&json!({ "a": 1 })), None);
    }

    #[test]
    fn a_file_may_be_named_after_its_kind() {
        let told = by_file_name(Path::new("x/pull_request.opened.hello.json")).unwrap();
        assert_eq!((told.source.as_str(), told.kind.as_str()), ("github.com", "pull_request"));
        assert_eq!(by_file_name(Path::new("x/Hello.json")), None);
    }
}
