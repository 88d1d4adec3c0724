//! `packflow token`: who may call the API.

use std::process::ExitCode;

use anyhow::{Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use domain::words::Scopes;
use secrecy::ExposeSecret;
use serde::Serialize;
use store::tokens::{self, NewToken, Token};

use crate::cli::{Common, Token as Asked};
use crate::terminal::{self, clean, time};
use crate::{configuration, database};

/// Names are written into logs and beside what was done.
const LONGEST_NAME: usize = 60;

/// Makes, lists or revokes tokens.
pub(super) async fn run(common: &Common, asked: Asked) -> Result<ExitCode> {
    let configuration = configuration::read(common.config.as_deref())?;
    let url = database::url(common.database.as_deref(), &configuration)?;
    let db = match asked {
        Asked::Create { .. } => database::begin(&url).await?,
        Asked::List { .. } | Asked::Revoke { .. } => database::open(&url).await?,
    };
    let now = Utc::now();
    match asked {
        Asked::Create { name, scopes, days, no_expiry } => {
            if name.is_empty()
                || name.len() > LONGEST_NAME
                || name.chars().any(|c| c.is_control() || c == ' ')
            {
                bail!("a name has 1 to {LONGEST_NAME} characters and no spaces");
            }
            let scopes: Scopes = scopes.into_iter().collect();
            let expires_at = (!no_expiry).then(|| now + TimeDelta::days(i64::from(days)));
            let new = NewToken { name: &name, scopes: &scopes, created_by: &super::person(), expires_at };
            let Some(secret) = tokens::create(&db, new, now).await? else {
                bail!("there is a token `{name}` already; `packflow token revoke {name}` ends it");
            };
            // The secret alone is the output, so that it can be put where it belongs without being seen.
            eprintln!("The token `{name}` ({scopes}), {}. It is shown this once:", ending(expires_at));
            say!("{}", secret.expose_secret());
        }
        Asked::List { json } => list(&tokens::list(&db).await?, json, now)?,
        Asked::Revoke { name } => {
            tokens::revoke(&db, &name, now).await?;
            say!("the token `{}` is revoked", clean(&name));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A token as `--json` tells of it.
#[derive(Serialize)]
struct Told<'a> {
    id: i64,
    name: &'a str,
    scopes: Vec<String>,
    state: &'static str,
    created_by: &'a str,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

fn list(tokens: &[Token], json: bool, now: DateTime<Utc>) -> Result<()> {
    if json {
        let told: Vec<Told<'_>> = tokens.iter().map(|token| told(token, now)).collect();
        say!("{}", terminal::json(&told)?);
        return Ok(());
    }
    if tokens.is_empty() {
        say!("there is no token; `packflow token create --name NAME --scope SCOPE` makes one");
    }
    for token in tokens {
        let used = token.last_used_at.map_or("never used".to_owned(), |at| format!("used {}", time(at)));
        let state = match state(token, now) {
            "valid" => ending(token.expires_at),
            state => state.to_owned(),
        };
        let Token { name, scopes, created_by, .. } = token;
        let line = format!("{name}  {scopes}  {state}  by {created_by} {}  {used}", time(token.created_at));
        say!("{}", clean(&line));
    }
    Ok(())
}

fn told(token: &Token, now: DateTime<Utc>) -> Told<'_> {
    Told {
        id: token.id.0,
        name: &token.name,
        scopes: token.scopes.to_string().split(',').map(str::to_owned).collect(),
        state: state(token, now),
        created_by: &token.created_by,
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
        revoked_at: token.revoked_at,
    }
}

fn state(token: &Token, now: DateTime<Utc>) -> &'static str {
    if token.revoked_at.is_some() {
        "revoked"
    } else if token.expires_at.is_some_and(|at| at <= now) {
        "ended"
    } else {
        "valid"
    }
}

fn ending(expires_at: Option<DateTime<Utc>>) -> String {
    expires_at.map_or("without an end".to_owned(), |at| format!("until {}", time(at)))
}
