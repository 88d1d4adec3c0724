//! A lookaside cache: the CGI program that takes archives, and where they are fetched from (`docs/contracts.md` 8.6).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use sha2::{Digest, Sha512};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The largest archive, in bytes.
const LARGEST: usize = 64 * 1024 * 1024;

/// By name and SHA-512, the archives of each package that there is (`rpms/hello`).
type Kept = Arc<Mutex<BTreeMap<String, BTreeMap<(String, String), Vec<u8>>>>>;

/// A server that keeps archives. Dropped, it stops and is empty.
#[derive(Debug)]
pub struct Lookaside {
    url: String,
    kept: Kept,
    server: JoinHandle<()>,
}

impl Lookaside {
    /// Serves these packages on a free port of loopback. Whoever reaches it may upload.
    ///
    /// # Errors
    /// If it cannot listen.
    pub async fn start(packages: &[&str]) -> std::io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let none = packages.iter().map(|package| ((*package).to_owned(), BTreeMap::new())).collect();
        let kept: Kept = Arc::new(Mutex::new(none));
        let router = Router::new()
            .route("/repo/pkgs/upload.cgi", post(upload))
            .route("/repo/pkgs/{namespace}/{package}/{name}/sha512/{hash}/{file}", get(download))
            .layer(DefaultBodyLimit::max(LARGEST))
            .with_state(Arc::clone(&kept));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the lookaside cache stopped");
            }
        });
        Ok(Self { url, kept, server })
    }

    /// Where archives are fetched from.
    pub fn download_url(&self) -> String {
        format!("{}/repo/pkgs", self.url)
    }

    /// Where they are uploaded to.
    pub fn upload_url(&self) -> String {
        format!("{}/repo/pkgs/upload.cgi", self.url)
    }

    /// The archives of a package (`rpms/hello`): names and contents.
    pub fn archives(&self, package: &str) -> Vec<(String, Vec<u8>)> {
        let kept = held(&self.kept);
        let archives = kept.get(package).into_iter().flatten();
        archives.map(|((name, _), content)| (name.clone(), content.clone())).collect()
    }
}

impl Drop for Lookaside {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn held<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bad(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, why.to_owned()).into_response()
}

/// Says whether an archive is there (`filename`), or takes one (`file`).
async fn upload(State(kept): State<Kept>, mut form: Multipart) -> Response {
    let mut texts = BTreeMap::new();
    let mut file = None;
    while let Ok(Some(field)) = form.next_field().await {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let Ok(content) = field.bytes().await else { return bad("the form is broken off") };
        match file_name {
            Some(file_name) if name == "file" => file = Some((file_name, content.to_vec())),
            _ => {
                texts.insert(name, String::from_utf8_lossy(&content).into_owned());
            }
        }
    }
    let Some(package) = texts.remove("name") else { return bad("Required field \"name\" is not present.") };
    let Some(hash) = texts.remove("sha512sum") else { return bad("Required checksum is not present") };
    let mut kept = held(&kept);
    let Some(archives) = kept.get_mut(&package) else {
        return (StatusCode::NOT_FOUND, format!("Module \"{package}\" does not exist!")).into_response();
    };
    if let Some(name) = texts.remove("filename") {
        let is_there = archives.contains_key(&(name, hash));
        return if is_there { "Available" } else { "Missing" }.into_response();
    }
    let Some((name, content)) = file else { return bad("Required field \"file\" is not present.") };
    let found = crate::hex(Sha512::digest(&content));
    if found != hash {
        return bad(&format!("SHA512 check failed. Received {found} instead of {hash}"));
    }
    archives.insert((name, hash), content);
    "File stored OK".into_response()
}

async fn download(
    State(kept): State<Kept>,
    Path((namespace, package, name, hash, _)): Path<(String, String, String, String, String)>,
) -> Response {
    match held(&kept).get(&format!("{namespace}/{package}")).and_then(|archives| archives.get(&(name, hash)))
    {
        Some(content) => content.clone().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
