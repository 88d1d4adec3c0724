//! How the hub is asked: anonymously to read, in a session to change something.
//!
//! A session is a login. Its calls carry a number that grows, so they go one after another; reads do not wait for them.

use std::fmt;

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::rpc::{self, Fault, named};
use super::{KojiConfig, KojiLogin};
use crate::BuilderError;
use crate::http::{self, Effect};

const SYSTEM: &str = "Koji";
/// How much of a fault's text is told: some hold all that is known of a build.
const SHOWN_OF_FAULT: usize = 300;

pub(super) struct Hub {
    http: reqwest::Client,
    url: String,
    login: KojiLogin,
    session: Mutex<Option<Session>>,
}

/// What is sent to the hub.
#[derive(Clone, Copy)]
enum Said<'a> {
    /// A call.
    Call(&'a str, &'a [Value]),
    /// A piece of a file, as it is.
    Piece(&'a Piece<'a>),
}

/// A piece of a file that is uploaded.
pub(super) struct Piece<'a> {
    pub(super) folder: &'a str,
    pub(super) name: &'a str,
    pub(super) offset: u64,
    pub(super) bytes: &'a [u8],
}

struct Session {
    id: i64,
    key: SecretString,
    /// The number of the next call.
    next: u64,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Hub {
    pub(super) fn new(config: &KojiConfig) -> Result<Self, BuilderError> {
        let mut builder = http::builder(config.timeout);
        if let KojiLogin::Certificate { pem, .. } = &config.login {
            let identity = reqwest::Identity::from_pem(pem.expose_secret().as_bytes());
            let identity = identity.map_err(|error| {
                BuilderError::Refused(format!(
                    "the certificate and key cannot be used: {}",
                    http::chain(&error)
                ))
            })?;
            builder = builder.identity(identity);
        }
        if let Some(authorities) = &config.authorities {
            let authorities = reqwest::Certificate::from_pem_bundle(authorities).map_err(|error| {
                BuilderError::Refused(format!("the authorities cannot be read: {}", http::chain(&error)))
            })?;
            builder = builder.tls_certs_only(authorities);
        }
        Ok(Self {
            http: http::build(builder)?,
            url: config.hub.clone(),
            login: config.login.clone(),
            session: Mutex::default(),
        })
    }

    /// Reads something that everybody may read.
    pub(super) async fn read(&self, method: &str, parameters: &[Value]) -> Result<Value, BuilderError> {
        self.ask(method, parameters).await?.map_err(|fault| said_no(&fault))
    }

    /// Reads something that may be answered with a fault.
    pub(super) async fn ask(
        &self,
        method: &str,
        parameters: &[Value],
    ) -> Result<Result<Value, Fault>, BuilderError> {
        match self.send(None, Said::Call(method, parameters), Effect::Repeatable).await? {
            // A hub that has just crashed or is closed for maintenance says nothing of what was asked.
            Err(fault) if is_trouble(&fault) => Err(said_no(&fault)),
            answer => Ok(answer),
        }
    }

    /// Reads several things in one call. Each is answered for itself.
    pub(super) async fn read_all(
        &self,
        calls: &[(&str, Vec<Value>)],
    ) -> Result<Vec<Result<Value, Fault>>, BuilderError> {
        let calls: Vec<Value> = calls
            .iter()
            .map(|(method, parameters)| json!({"methodName": method, "params": parameters}))
            .collect();
        let answers = self.read("multiCall", &[Value::Array(calls.clone())]).await?;
        let answers: Vec<_> = answers
            .as_array()
            .into_iter()
            .flatten()
            .map(|answer| Fault::of(answer).map_or_else(|| Ok(answer[0].clone()), Err))
            .collect();
        if answers.len() != calls.len() {
            let reason = format!("{SYSTEM} answered {} of {} calls", answers.len(), calls.len());
            return Err(http::unavailable(reason, None));
        }
        if let Some(fault) = answers.iter().filter_map(|answer| answer.as_ref().err()).find(|f| is_trouble(f))
        {
            return Err(said_no(fault));
        }
        Ok(answers)
    }

    /// Reads something about our own account.
    pub(super) async fn read_as_us(&self, method: &str, parameters: &[Value]) -> Result<Value, BuilderError> {
        self.call(Said::Call(method, parameters), Effect::Repeatable).await
    }

    /// Changes something; the same again changes nothing more.
    pub(super) async fn change(&self, method: &str, parameters: &[Value]) -> Result<Value, BuilderError> {
        self.call(Said::Call(method, parameters), Effect::Repeatable).await
    }

    /// Begins something.
    pub(super) async fn begin(&self, method: &str, parameters: &[Value]) -> Result<Value, BuilderError> {
        self.call(Said::Call(method, parameters), Effect::Begins).await
    }

    /// Calls in a session. A session that the hub does not know any more, or whose rights it does not know yet, is made anew,
    /// once.
    async fn call(&self, said: Said<'_>, effect: Effect) -> Result<Value, BuilderError> {
        let mut held = self.session.lock().await;
        let mut is_repeated = false;
        loop {
            let session = match &mut *held {
                Some(session) => session,
                none => none.insert(self.log_in().await?),
            };
            let fault = match self.send(Some(session), said, effect).await? {
                Ok(answer) => return Ok(answer),
                Err(fault) => fault,
            };
            let of_session = matches!(fault.code, Fault::AUTH | Fault::AUTH_EXPIRED | Fault::SEQUENCE);
            if of_session || fault.code == Fault::ACTION_NOT_ALLOWED {
                *held = None;
                if !is_repeated {
                    is_repeated = true;
                    continue;
                }
                if of_session {
                    return Err(http::unavailable(told("does not accept our session", &fault), None));
                }
            }
            if fault.code == Fault::RETRY {
                // It was carried out when it came the first time.
                return Err(http::lost(told("had this call before", &fault), effect));
            }
            return Err(said_no(&fault));
        }
    }

    async fn log_in(&self) -> Result<Session, BuilderError> {
        let login = match &self.login {
            KojiLogin::Certificate { .. } => {
                let request = self.http.post(format!("{}/ssllogin", self.url));
                self.answer_to(request, Said::Call("sslLogin", &[]), Effect::Repeatable).await?
            }
            KojiLogin::Password { user, password } => {
                let parameters = [json!(user), json!(password.expose_secret())];
                let said = Said::Call("login", &parameters);
                self.answer_to(self.http.post(&self.url), said, Effect::Repeatable).await?
            }
            #[cfg(feature = "gssapi")]
            KojiLogin::Kerberos { service } => {
                let request = self.http.post(format!("{}/ssllogin", self.url));
                let request =
                    request.header(reqwest::header::AUTHORIZATION, crate::gssapi::header(service).await?);
                self.answer_to(request, Said::Call("sslLogin", &[]), Effect::Repeatable).await?
            }
        };
        // Not the work's fault: it waits for a new certificate or password.
        let answer = login.map_err(|fault| {
            if is_trouble(&fault) {
                said_no(&fault)
            } else {
                http::unavailable(told("does not let us in", &fault), None)
            }
        })?;
        let (Some(id), Some(key)) = (answer["session-id"].as_i64(), answer["session-key"].as_str()) else {
            return Err(http::unavailable(format!("{SYSTEM} let us in without a session"), None));
        };
        Ok(Session { id, key: key.to_owned().into(), next: 0 })
    }

    async fn send(
        &self,
        session: Option<&mut Session>,
        said: Said<'_>,
        effect: Effect,
    ) -> Result<Result<Value, Fault>, BuilderError> {
        let mut request = self.http.post(&self.url);
        if let Some(session) = session {
            request = request
                .header("Koji-Session-Id", session.id)
                .header("Koji-Session-Key", session.key.expose_secret())
                .header("Koji-Session-Callnum", session.next);
            session.next += 1;
        }
        self.answer_to(request, said, effect).await
    }

    async fn answer_to(
        &self,
        request: reqwest::RequestBuilder,
        said: Said<'_>,
        effect: Effect,
    ) -> Result<Result<Value, Fault>, BuilderError> {
        let request = match said {
            Said::Call(method, parameters) => match rpc::call(method, parameters) {
                Some(body) => request.header(CONTENT_TYPE, "text/xml").body(body),
                None => {
                    return Err(BuilderError::Refused(format!("{SYSTEM}: {method} cannot be said in XML")));
                }
            },
            Said::Piece(piece) => request
                .query(&[("filepath", piece.folder), ("filename", piece.name), ("fileverify", "sha256")])
                .query(&[("offset", piece.offset), ("overwrite", 1)])
                .header(CONTENT_TYPE, "application/octet-stream")
                .body(piece.bytes.to_vec()),
        };
        let answer = http::send(SYSTEM, request, effect).await?;
        if matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            let reason = format!("{SYSTEM} does not let us in: {}", answer.told());
            return Err(http::unavailable(reason, None));
        }
        if answer.status.is_success()
            && let Some(answer) = rpc::answer(&answer.body)
        {
            return Ok(answer);
        }
        Err(answer.trouble(SYSTEM, effect))
    }

    /// Our account: its id and name.
    pub(super) async fn account(&self) -> Result<(i64, String), BuilderError> {
        let user = self.read_as_us("getLoggedInUser", &[]).await?;
        match (user["id"].as_i64(), user["name"].as_str()) {
            (Some(id), Some(name)) => Ok((id, name.to_owned())),
            _ => Err(http::unavailable(format!("{SYSTEM} does not know who we are"), None)),
        }
    }

    /// The hub's version.
    pub(super) async fn version(&self) -> Result<String, BuilderError> {
        Ok(match self.ask("getKojiVersion", &[]).await? {
            Ok(version) => version.as_str().unwrap_or("unknown").to_owned(),
            // Hubs before 1.23 do not have the call.
            Err(_) => "before 1.23".to_owned(),
        })
    }

    /// Writes a piece of a file; the checksum of what the hub has got, in hexadecimal digits.
    pub(super) async fn upload(&self, piece: &Piece<'_>) -> Result<String, BuilderError> {
        let answer = self.call(Said::Piece(piece), Effect::Repeatable).await?;
        Ok(answer["hexdigest"].as_str().unwrap_or_default().to_owned())
    }
}

/// The optional parameter of [`Hub::read`] and its like: all of them named.
pub(super) fn options(parameters: &Value) -> Value {
    named(parameters)
}

/// Faults that say nothing of what was asked: it may be better next time.
const fn is_trouble(fault: &Fault) -> bool {
    matches!(fault.code, Fault::CRASH | Fault::LOCK | Fault::AUTH_LOCK | Fault::SERVER_OFFLINE)
}

/// What a fault means to whoever asked. With a fault nothing was begun: the hub rolls back.
fn said_no(fault: &Fault) -> BuilderError {
    if is_trouble(fault) {
        return http::unavailable(told("cannot just now", fault), None);
    }
    BuilderError::Refused(format!("{SYSTEM}: {}", shown(fault)))
}

fn told(what: &str, fault: &Fault) -> String {
    format!("{SYSTEM} {what}: {}", shown(fault))
}

/// A fault's text, on one line and not too long.
pub(super) fn shown(fault: &Fault) -> String {
    let text = fault.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text.chars().take(SHOWN_OF_FAULT).collect();
    if text.is_empty() { format!("fault {}", fault.code) } else { text }
}
