//! Git repositories over HTTP, as a forge serves them: git's own `http-backend` behind a door that wants an account for pushes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::task::JoinHandle;

/// The largest push, in bytes.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// A server of git repositories in a temporary folder. Dropped, it stops and is gone.
#[derive(Debug)]
pub struct GitServer {
    url: String,
    folder: tempfile::TempDir,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Served {
    folder: PathBuf,
    /// `user:password` in Base64.
    account: String,
}

impl GitServer {
    /// Serves on a free port of loopback; who pushes shows this name and password.
    ///
    /// # Errors
    /// If it cannot listen, or has no temporary folder.
    pub async fn start(name: &str, password: &str) -> std::io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let account = STANDARD.encode(format!("{name}:{password}"));
        let served = Arc::new(Served { folder: folder.path().to_owned(), account });
        let router =
            Router::new().fallback(serve).layer(DefaultBodyLimit::max(LARGEST_BODY)).with_state(served);
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the git server stopped");
            }
        });
        Ok(Self { url, folder, server })
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Commits files onto a branch of a repository, which is made if there is none: `rpms/hello`. The commit's hash.
    ///
    /// # Errors
    /// If git says no.
    pub async fn commit(
        &self,
        repository: &str,
        branch: &str,
        files: &BTreeMap<String, String>,
    ) -> std::io::Result<String> {
        let bare = self.path(repository);
        if !bare.exists() {
            std::fs::create_dir_all(&bare)?;
            git(&bare, &["init", "--quiet", "--bare", "--initial-branch", branch]).await?;
            git(&bare, &["config", "http.receivepack", "true"]).await?;
        }
        let work = tempfile::tempdir()?;
        git(work.path(), &["init", "--quiet", "--initial-branch", branch]).await?;
        let origin = bare.to_string_lossy().into_owned();
        if git(work.path(), &["fetch", "--quiet", &origin, branch]).await.is_ok() {
            git(work.path(), &["reset", "--quiet", "--hard", "FETCH_HEAD"]).await?;
        }
        for (path, text) in files {
            let path = work.path().join(path);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(path, text)?;
        }
        git(work.path(), &["add", "--all"]).await?;
        git(work.path(), &["commit", "--quiet", "--allow-empty", "--message", "A commit"]).await?;
        git(work.path(), &["push", "--quiet", &origin, &format!("HEAD:refs/heads/{branch}")]).await?;
        git(work.path(), &["rev-parse", "HEAD"]).await
    }

    /// Tags where a branch of a repository stands.
    ///
    /// # Errors
    /// If git says no.
    pub async fn tag(&self, repository: &str, tag: &str, branch: &str) -> std::io::Result<()> {
        git(&self.path(repository), &["tag", tag, &format!("refs/heads/{branch}")]).await.map(|_| ())
    }

    /// Makes an empty repository that can be pushed to; there may be one.
    ///
    /// # Errors
    /// If git says no.
    pub async fn create(&self, repository: &str) -> std::io::Result<()> {
        let bare = self.path(repository);
        std::fs::create_dir_all(&bare)?;
        git(&bare, &["init", "--quiet", "--bare"]).await?;
        git(&bare, &["config", "http.receivepack", "true"]).await.map(|_| ())
    }

    /// The commit that a branch stands at; none if there is none.
    pub async fn head(&self, repository: &str, branch: &str) -> Option<String> {
        git(&self.path(repository), &["rev-parse", "--verify", "--quiet", &format!("refs/heads/{branch}")])
            .await
            .ok()
    }

    /// A file at a branch; none if there is none.
    pub async fn file(&self, repository: &str, branch: &str, path: &str) -> Option<String> {
        git(&self.path(repository), &["show", &format!("refs/heads/{branch}:{path}")]).await.ok()
    }

    /// Moves a branch to where a branch of another repository stands, as the merge of a pull request that can be moved
    /// forward does; the commit.
    ///
    /// # Errors
    /// If git says no.
    pub async fn merge(&self, from: (&str, &str), to: (&str, &str)) -> std::io::Result<String> {
        let source = self.path(from.0).to_string_lossy().into_owned();
        let refs = format!("refs/heads/{}:refs/heads/{}", from.1, to.1);
        git(&self.path(to.0), &["fetch", "--quiet", &source, &refs]).await?;
        git(&self.path(to.0), &["rev-parse", &format!("refs/heads/{}", to.1)]).await
    }

    fn path(&self, repository: &str) -> PathBuf {
        self.folder.path().join(format!("{repository}.git"))
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn git(folder: &Path, arguments: &[&str]) -> std::io::Result<String> {
    let output = Command::new("git")
        .args(["-c", "user.name=Simulator", "-c", "user.email=simulator@example.org"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::null())
        .output()
        .await?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(std::io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

/// One request, handed to git as a CGI program.
async fn serve(State(served): State<Arc<Served>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let header =
        |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_push = parts.uri.path().ends_with("/git-receive-pack") || query.contains("git-receive-pack");
    if is_push && header(&header::AUTHORIZATION) != format!("Basic {}", served.account) {
        let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"git\"")];
        return (StatusCode::UNAUTHORIZED, challenge, "an account is needed to push").into_response();
    }
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    // Git fetches with the addresses that it shows people, which have no ending.
    let path = parts.uri.path();
    let path = if path.contains(".git/") {
        path.to_owned()
    } else {
        match path.find("/info/refs").or_else(|| path.find("/git-")) {
            Some(at) => format!("{}.git{}", &path[..at], &path[at..]),
            None => path.to_owned(),
        }
    };
    let mut backend = Command::new("git");
    backend
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", &served.folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", header(&header::CONTENT_TYPE))
        .env("HTTP_CONTENT_ENCODING", header(&header::CONTENT_ENCODING))
        .env("GIT_PROTOCOL", header(&HeaderName::from_static("git-protocol")))
        .env("REMOTE_USER", if is_push { "packflow" } else { "" })
        .env("REMOTE_ADDR", "127.0.0.1")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    match answer(backend, body).await {
        Ok(answer) => answer,
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn answer(mut backend: Command, body: Bytes) -> std::io::Result<Response> {
    let mut child = backend.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take();
    let write = async move {
        if let Some(mut stdin) = stdin {
            // It may have seen enough before the end.
            let _ = stdin.write_all(&body).await;
        }
    };
    let ((), output) = tokio::join!(write, child.wait_with_output());
    let output = output?.stdout;
    let end = output.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or_else(|| std::io::Error::other("git's answer has no head"))?;
    let mut response = Response::new(Body::from(output[end + 4..].to_vec()));
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().and_then(|code| code.parse().ok());
            *response.status_mut() = code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        } else if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}
