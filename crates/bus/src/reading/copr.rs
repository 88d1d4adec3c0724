//! Copr's messages (`docs/contracts.md` 3.4).

use domain::notice::{CoprBuild, CoprChange, Notice};
use forges::Reading;
use serde::Deserialize;
use serde_json::Value;

use super::{parse, present};

/// All keys that Copr sends; it leaves none out.
#[derive(Deserialize)]
struct Body {
    build: i64,
    chroot: String,
    copr: String,
    owner: String,
    status: i64,
    #[serde(rename = "pid")]
    _pid: i64,
    #[serde(rename = "what")]
    _what: String,
    #[serde(rename = "who")]
    _who: String,
    #[serde(rename = "user", deserialize_with = "present")]
    _user: Option<String>,
    #[serde(rename = "pkg", deserialize_with = "present")]
    _pkg: Option<String>,
    #[serde(rename = "version", deserialize_with = "present")]
    _version: Option<String>,
    #[serde(rename = "ip", deserialize_with = "present")]
    _ip: Option<String>,
}

pub(super) fn build(kind: &str, body: Value) -> Result<Reading, String> {
    let body: Body = parse(body)?;
    let change = match (kind, body.status) {
        ("copr.build.start", _) => CoprChange::Started,
        (_, 0) => CoprChange::Failed,
        (_, 1) => CoprChange::Succeeded,
        (_, 2) => CoprChange::Canceled,
        (_, other) => CoprChange::Unclear(other),
    };
    let Body { build, chroot, copr: project, owner, .. } = body;
    Ok(Reading::Notice(Box::new(Notice::CoprBuild(CoprBuild { build, chroot, owner, project, change }))))
}

/// It goes out beside `copr.build.start`, for the same chroot.
pub(super) fn chroot_start(body: Value) -> Result<Reading, String> {
    parse::<Body>(body)?;
    Ok(Reading::Ignored("copr.build.start tells the same".to_owned()))
}
