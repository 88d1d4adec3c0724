//! The lookaside cache: where a package's archives lie, beside dist-git. The protocol is that of the CGI program that Fedora's
//! and CentOS's run, as `rpkg`'s client speaks it (`docs/contracts.md` 8.6).

use std::fmt;
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};

use super::archives::Archive;
use crate::{BuilderError, http};

/// What it is called in reasons.
const SYSTEM: &str = "the lookaside cache";
/// How long an upload may take, and an answer to a question.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);
const QUESTION_TIMEOUT: Duration = Duration::from_secs(60);

/// How we log in.
#[derive(Debug, Clone)]
pub enum LookasideLogin {
    /// Not at all: whoever reaches it may.
    None,
    /// With a Kerberos ticket, found as Kerberos' own programs find it.
    #[cfg(feature = "gssapi")]
    Kerberos,
}

/// A lookaside cache that archives are uploaded to.
#[derive(Clone)]
pub struct Lookaside {
    url: String,
    namespace: String,
    #[cfg_attr(not(feature = "gssapi"), allow(dead_code, reason = "there is one way without the feature"))]
    login: LookasideLogin,
    http: reqwest::Client,
}

impl fmt::Debug for Lookaside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookaside").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Lookaside {
    /// At the address of its upload program (`https://src.fedoraproject.org/repo/pkgs/upload.cgi`), for the packages of a
    /// namespace of dist-git.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new(url: &str, namespace: &str, login: LookasideLogin) -> Result<Self, BuilderError> {
        let http = http::client(TIMEOUT)?;
        Ok(Self { url: url.to_owned(), namespace: namespace.to_owned(), login, http })
    }

    /// Uploads an archive, unless it is there.
    pub(super) async fn keep(&self, package: &str, archive: &Archive) -> Result<(), BuilderError> {
        let form = || {
            let name = format!("{}/{package}", self.namespace);
            Form::new().text("name", name).text("sha512sum", archive.sha512.clone())
        };
        let question = form().text("filename", archive.name.clone());
        let question = self.http.post(&self.url).timeout(QUESTION_TIMEOUT).multipart(question);
        let answer = self.ask(question).await?;
        if answer == b"Available" {
            return Ok(());
        }
        let part = Part::file(&archive.path).await;
        let part = part.map_err(|error| http::unavailable(format!("{}: {error}", archive.name), None))?;
        self.ask(self.http.post(&self.url).multipart(form().part("file", part))).await.map(|_| ())
    }

    /// Asks whether it lets us ask; says so, in one line.
    pub(super) async fn check(&self) -> Result<String, BuilderError> {
        let question = Form::new().text("name", format!("{}/packflow", self.namespace));
        let question = question.text("sha512sum", "0".repeat(128)).text("filename", "packflow.tar.gz");
        let question = self.http.post(&self.url).timeout(QUESTION_TIMEOUT).multipart(question);
        match self.ask(question).await {
            // Fedora's looks for the package first: there is no such one, and we were let in.
            Ok(_) | Err(BuilderError::Refused(_)) => Ok("the lookaside cache answers".to_owned()),
            Err(error) => Err(error),
        }
    }

    /// The body of a successful answer. Uploads can be repeated: an archive is named by its hash.
    async fn ask(&self, request: RequestBuilder) -> Result<Vec<u8>, BuilderError> {
        let request = self.signed(request).await?;
        let answer = http::send(SYSTEM, request, http::Effect::Repeatable).await?;
        if answer.status.is_success() {
            return Ok(answer.body.trim_ascii().to_vec());
        }
        // Not the archive's fault: it waits for a new ticket.
        if answer.status.is_client_error() && !matches!(answer.status.as_u16(), 401 | 403 | 429) {
            return Err(BuilderError::Refused(format!("{SYSTEM}: {}", answer.told())));
        }
        Err(answer.trouble(SYSTEM, http::Effect::Repeatable))
    }

    #[cfg(not(feature = "gssapi"))]
    #[allow(clippy::unused_async, reason = "a ticket is waited for")]
    async fn signed(&self, request: RequestBuilder) -> Result<RequestBuilder, BuilderError> {
        Ok(request)
    }

    #[cfg(feature = "gssapi")]
    async fn signed(&self, request: RequestBuilder) -> Result<RequestBuilder, BuilderError> {
        match self.login {
            LookasideLogin::None => Ok(request),
            LookasideLogin::Kerberos => {
                let url = url::Url::parse(&self.url).ok();
                let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default();
                Ok(request.header(reqwest::header::AUTHORIZATION, crate::gssapi::header(host).await?))
            }
        }
    }
}
