//! Koji, by its XML-RPC hub (`docs/contracts.md` section 5).
//!
//! A submission is one task with one target: a build of a dist-git commit, a scratch build (of an SRPM or of a commit), or a
//! build that is put into a sidetag. A build is found again by a mark in its options, a tag request by what it asks for.

mod certificate;
mod hub;
mod look_up;
mod order;
mod poll;
mod rpc;
mod sidetags;
mod submit;
mod upload;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::words::BuildSystem;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::{Builder, BuilderError, Observation, Sidetags, Submitted, Work, http};
use hub::Hub;

/// How long the fetching of one SRPM may take, with all that is sent on meanwhile.
const LONGEST_FETCH: Duration = Duration::from_secs(60 * 60);

/// How Koji is reached.
#[derive(Debug, Clone)]
pub struct KojiConfig {
    /// The hub: `https://koji.fedoraproject.org/kojihub`.
    pub hub: String,
    /// Its pages, which are linked to: `https://koji.fedoraproject.org/koji`.
    pub web: String,
    /// Where its files are, which are linked to: `https://kojipkgs.fedoraproject.org`.
    pub files: String,
    /// How we log in. Reading needs no login, all else does.
    pub login: KojiLogin,
    /// The authorities that may have signed the hub's certificate, as PEM; none means those of the operating system.
    pub authorities: Option<Vec<u8>>,
    /// Schemes, hosts and ports that an SRPM may be fetched from for a scratch build: `https://download.example.org`.
    pub srpm_origins: Vec<String>,
    /// How long one call may take.
    pub timeout: Duration,
}

/// How we log in.
#[derive(Clone)]
pub enum KojiLogin {
    /// With a client certificate.
    Certificate {
        /// The certificate and its key, one after the other.
        pem: SecretString,
        /// When the certificate ends; none if that cannot be read.
        expires_at: Option<DateTime<Utc>>,
    },
    /// With a password, where a hub takes such.
    Password {
        /// The account.
        user: String,
        /// Its password.
        password: SecretString,
    },
    /// With a Kerberos ticket of this account, found as Kerberos' own programs find it.
    #[cfg(feature = "gssapi")]
    Kerberos {
        /// The hub's host, whose `HTTP` service the ticket is for.
        service: String,
    },
}

impl KojiLogin {
    /// A client certificate and its key, both as PEM.
    pub fn certificate(certificate: &SecretString, key: &SecretString) -> Self {
        let expires_at = certificate::expires_at(certificate.expose_secret().as_bytes());
        let pem = format!("{}\n{}\n", certificate.expose_secret(), key.expose_secret());
        Self::Certificate { pem: pem.into(), expires_at }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Certificate { .. } => "certificate",
            Self::Password { .. } => "password",
            #[cfg(feature = "gssapi")]
            Self::Kerberos { .. } => "Kerberos ticket",
        }
    }
}

impl fmt::Debug for KojiLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KojiLogin").field(&self.name()).finish()
    }
}

impl KojiConfig {
    /// Fedora's Koji, with the SRPMs of Fedora's Copr.
    pub fn new(login: KojiLogin) -> Self {
        Self {
            hub: "https://koji.fedoraproject.org/kojihub".to_owned(),
            web: "https://koji.fedoraproject.org/koji".to_owned(),
            files: "https://kojipkgs.fedoraproject.org".to_owned(),
            login,
            authorities: None,
            srpm_origins: srpm_origins("https://copr.fedorainfracloud.org"),
            timeout: Duration::from_secs(60),
        }
    }
}

/// Where a Copr at this address keeps its SRPMs: at the address itself, or on a host of their own (`docs/contracts.md` 3.1).
pub fn srpm_origins(copr: &str) -> Vec<String> {
    let Ok(url) = url::Url::parse(copr) else { return Vec::new() };
    let mut origins = vec![url.origin().ascii_serialization()];
    let mut download = url.clone();
    if let Some(url::Host::Domain(domain)) = url.host()
        && download.set_host(Some(&format!("download.{domain}"))).is_ok()
    {
        origins.push(download.origin().ascii_serialization());
    }
    origins
}

/// Koji.
#[derive(Debug)]
pub struct Koji {
    config: KojiConfig,
    hub: Hub,
    /// For SRPMs, which lie elsewhere: it shows no certificate.
    files: reqwest::Client,
}

impl Koji {
    /// A client. Nothing is asked yet.
    ///
    /// # Errors
    /// [`BuilderError::Refused`] if no HTTP client can be made, of the certificate for instance.
    pub fn new(mut config: KojiConfig) -> Result<Self, BuilderError> {
        for url in [&mut config.hub, &mut config.web, &mut config.files] {
            url.truncate(url.trim_end_matches('/').len());
        }
        let files = http::builder(config.timeout).read_timeout(config.timeout).timeout(LONGEST_FETCH);
        Ok(Self { hub: Hub::new(&config)?, files: http::build(files)?, config })
    }
}

#[async_trait]
impl Builder for Koji {
    fn system(&self) -> BuildSystem {
        BuildSystem::Koji
    }

    async fn submit(&self, work: &Work) -> Result<Submitted, BuilderError> {
        submit::submit(self, work).await
    }

    async fn look_up(&self, work: &Work) -> Result<Option<Submitted>, BuilderError> {
        look_up::look_up(self, work).await
    }

    async fn poll(&self, work: &Work) -> Result<Vec<Observation>, BuilderError> {
        poll::poll(self, work).await
    }

    async fn cancel(&self, work: &Work) -> Result<(), BuilderError> {
        let Submission::Task(id) = Submission::of(work)? else { return Ok(()) };
        let Err(error) = self.hub.change("cancelTask", &[json!(id)]).await else { return Ok(()) };
        if !matches!(error, BuilderError::Refused(_)) || !poll::has_ended(self, id).await? {
            return Err(error);
        }
        Ok(())
    }

    async fn check(&self) -> Result<String, BuilderError> {
        if let KojiLogin::Certificate { expires_at: Some(end), .. } = &self.config.login
            && *end < Utc::now()
        {
            return Err(BuilderError::Refused(format!(
                "our certificate ended on {}",
                end.format("%Y-%m-%d")
            )));
        }
        let version = self.hub.version().await?;
        let (_, name) = self.hub.account().await?;
        let mut found =
            format!("Koji {version} at {} lets {name} in by {}", self.config.hub, self.config.login.name());
        if let KojiLogin::Certificate { expires_at: Some(end), .. } = &self.config.login {
            let days = (*end - Utc::now()).num_days();
            found = format!("{found}, which ends on {} (in {days} days)", end.format("%Y-%m-%d"));
        }
        Ok(found)
    }

    fn sidetags(&self) -> Option<&dyn Sidetags> {
        Some(self)
    }
}

/// What a submission became.
enum Submission<'a> {
    /// A task.
    Task(i64),
    /// No task: the build was in its tag already.
    Tagged {
        /// The tag.
        tag: &'a str,
        /// The build.
        nvr: &'a str,
    },
}

/// What begins the id of a submission that became no task.
const TAGGED: &str = "tagged";

impl<'a> Submission<'a> {
    fn of(work: &'a Work) -> Result<Self, BuilderError> {
        let id = work.external_id.as_deref().unwrap_or_default();
        let mut parts = id.split(' ');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(TAGGED), Some(nvr), Some(tag)) => Ok(Self::Tagged { tag, nvr }),
            _ => id
                .parse()
                .map(Self::Task)
                .map_err(|_| BuilderError::Refused(format!("`{id}` is no Koji task"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::srpm_origins;

    #[test]
    fn srpms_are_where_copr_keeps_them() {
        assert_eq!(
            srpm_origins("https://copr.fedorainfracloud.org/"),
            ["https://copr.fedorainfracloud.org", "https://download.copr.fedorainfracloud.org"]
        );
        assert_eq!(srpm_origins("http://127.0.0.1:8080/copr"), ["http://127.0.0.1:8080"]);
        assert!(srpm_origins("copr").is_empty());
    }
}
