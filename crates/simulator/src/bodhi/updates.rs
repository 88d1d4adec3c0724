//! Updates: created, edited, asked for.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::http::{body, caller, error, words, wrong_builds};
use super::releases::{Release, asked, page};
use super::update::{Bodhi, Update};
use crate::behaviour::{Behaviour, UpdateOutcome};
use crate::chance::spread;
use crate::gate::Began;
use crate::glob::fits;
use crate::shared::{Shared, now_ms};

/// What an update has beside its builds, and what Bodhi sets it to when it is not told.
const FIELDS: [(&str, &str); 13] = [
    ("notes", "\"\""),
    ("type", "\"unspecified\""),
    ("severity", "\"unspecified\""),
    ("suggest", "\"unspecified\""),
    ("display_name", "\"\""),
    ("close_bugs", "true"),
    ("autokarma", "true"),
    ("stable_karma", "3"),
    ("unstable_karma", "-3"),
    ("autotime", "true"),
    ("stable_days", "0"),
    ("require_bugs", "true"),
    ("require_testcases", "true"),
];
const TYPES: [&str; 5] = ["bugfix", "security", "newpackage", "enhancement", "unspecified"];

/// What is to be saved, checked as far as it goes without other updates.
struct Asked {
    builds: Vec<String>,
    release: Release,
    from_tag: Option<String>,
    fields: Map<String, Value>,
    edited: Option<String>,
}

pub(super) async fn save(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> Response {
    let body = body(&headers, &bytes);
    let user = match caller(&shared, &headers, &body) {
        Ok(user) => user,
        Err(refusal) => return refusal,
    };
    let behaviour = shared.behaviour();
    let asked = match checked(&shared, &behaviour, &body) {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    let now = now_ms();
    let alias = match &asked.edited {
        Some(alias) => edit(&mut shared.bodhi(), &behaviour, alias, asked.builds, asked.fields, now),
        None => create(&shared, &behaviour, asked, user, now),
    };
    match alias {
        Ok(alias) => {
            let bodhi = shared.bodhi();
            let mut shown =
                bodhi.find(&alias).map(|update| update.shown(&shared.url, now)).unwrap_or_default();
            shown["caveats"] = json!([]);
            Began::mark(alias, Json(shown))
        }
        Err(refusal) => refusal,
    }
}

fn checked(shared: &Shared, behaviour: &Behaviour, body: &Value) -> Result<Asked, Response> {
    let wrong = |name: &str, description: &str| error(StatusCode::BAD_REQUEST, "body", name, description);
    if body["notes"].as_str().is_none_or(|notes| notes.len() < 2) {
        return Err(wrong("notes", "A description is required for the update."));
    }
    if !TYPES.contains(&body["type"].as_str().unwrap_or_default()) {
        return Err(wrong("type", "Required"));
    }
    let edited = body["edited"].as_str().filter(|alias| !alias.is_empty()).map(str::to_owned);
    let from_tag = body["from_tag"].as_str().map(str::to_owned);
    let builds = match &from_tag {
        Some(tag) => of_sidetag(shared, tag, edited.as_deref())?,
        None => words(&body["builds"]),
    };
    let [first, ..] = &builds[..] else {
        return Err(wrong_builds("You may not specify an empty list of builds."));
    };
    for nvr in &builds {
        is_taken(shared, nvr, edited.as_deref())?;
        is_candidate(shared, behaviour, nvr, from_tag.is_some())?;
    }
    let release = release_of(first)?;
    let fields = FIELDS.iter().map(|(name, default)| {
        let value = body.get(*name).filter(|value| !value.is_null()).cloned();
        ((*name).to_owned(), value.unwrap_or_else(|| serde_json::from_str(default).unwrap_or_default()))
    });
    Ok(Asked { release, fields: fields.collect(), builds, from_tag, edited })
}

fn release_of(nvr: &str) -> Result<Release, Response> {
    Release::of(nvr).ok_or_else(|| {
        let tag = nvr.rsplit('.').next().unwrap_or_default().replace("fc", "f");
        wrong_builds(format!(
            "Cannot find release associated with build: {nvr}, tags: ['{tag}-updates-candidate']"
        ))
    })
}

/// What a sidetag holds.
fn of_sidetag(shared: &Shared, tag: &str, edited: Option<&str>) -> Result<Vec<String>, Response> {
    let wrong = |description: &str| Err(error(StatusCode::BAD_REQUEST, "body", "from_tag", description));
    let bodhi = shared.bodhi();
    let made = bodhi.updates.iter().find(|update| update.from_tag.as_deref() == Some(tag));
    if made.is_some_and(|update| edited != Some(&update.alias)) {
        return wrong("Update already exists using this side tag");
    }
    if !tag.contains("-side-") {
        return wrong("The supplied tag is not a side tag.");
    }
    let told = bodhi.tagged.get(tag).cloned();
    match told.or_else(|| shared.koji().held_by(tag, now_ms())) {
        None => wrong("The supplied from_tag doesn't exist."),
        Some(builds) if builds.is_empty() => wrong("The supplied from_tag doesn't contain any builds."),
        Some(builds) => Ok(builds),
    }
}

/// A build is in one update at most, unless that was unpushed.
fn is_taken(shared: &Shared, nvr: &str, edited: Option<&str>) -> Result<(), Response> {
    let (bodhi, now) = (shared.bodhi(), now_ms());
    let holds =
        |update: &&Update| edited != Some(&update.alias) && update.builds.iter().any(|build| build == nvr);
    match bodhi.updates.iter().filter(holds).any(|update| update.status(now) != "unpushed") {
        true => Err(wrong_builds(format!("Update for {nvr} already exists"))),
        false => Ok(()),
    }
}

/// Koji tags a build as a candidate some time after it was built.
fn is_candidate(shared: &Shared, behaviour: &Behaviour, nvr: &str, of_sidetag: bool) -> Result<(), Response> {
    let release = release_of(nvr)?;
    let times = {
        let mut bodhi = shared.bodhi();
        let times = bodhi.times_sent.entry(nvr.to_owned()).or_default();
        *times += 1;
        *times
    };
    if !of_sidetag {
        is_known_to_koji(shared, nvr, release)?;
    }
    let is_late = outcome_of(behaviour, std::slice::from_ref(&nvr.to_owned())) == UpdateOutcome::TaggedLate;
    if is_late && times == 1 && !of_sidetag {
        return Err(wrong_builds(format!(
            "Invalid tag: {nvr} not tagged with any of the following tags ['{}']",
            release.candidate_tag()
        )));
    }
    Ok(())
}

/// Where Koji is simulated too, it has what is built, and has tagged it.
fn is_known_to_koji(shared: &Shared, nvr: &str, release: Release) -> Result<(), Response> {
    let told = shared.bodhi().tagged.values().flatten().any(|build| build == nvr);
    let koji = shared.koji();
    if told || !koji.has_builds() {
        return Ok(());
    }
    match koji.tags_of(nvr, now_ms()) {
        None => Err(wrong_builds(format!("Build does not exist: {nvr}"))),
        Some(tags) if tags.is_empty() => {
            Err(wrong_builds(format!("Cannot find any tags associated with build: {nvr}")))
        }
        Some(tags) if tags.contains(&release.candidate_tag()) => Ok(()),
        Some(_) => Err(wrong_builds(format!(
            "Invalid tag: {nvr} not tagged with any of the following tags ['{}']",
            release.candidate_tag()
        ))),
    }
}

fn outcome_of(behaviour: &Behaviour, builds: &[String]) -> UpdateOutcome {
    let rule = behaviour.updates.iter().find(|rule| builds.iter().any(|nvr| fits(&rule.build, nvr)));
    rule.map_or(UpdateOutcome::Stable, |rule| rule.outcome)
}

fn create(
    shared: &Shared,
    behaviour: &Behaviour,
    asked: Asked,
    user: String,
    now: i64,
) -> Result<String, Response> {
    let chance = shared.chances().u32(..);
    let mut bodhi = shared.bodhi();
    let prefix = asked.release.shown()["id_prefix"].as_str().unwrap_or_default().to_owned();
    let number = bodhi.updates.len();
    let alias = format!("{prefix}-2026-{:06x}{:04x}", chance & 0x00ff_ffff, number & 0xffff);
    let outcome = outcome_of(behaviour, &asked.builds);
    let mut update = Update {
        alias: alias.clone(),
        release: asked.release,
        builds: asked.builds,
        from_tag: asked.from_tag,
        fields: asked.fields,
        user,
        submitted: now,
        testing: now,
        leaves: now,
        outcome,
        ended: None,
    };
    update.begin(behaviour, now);
    bodhi.updates.push(update);
    Ok(alias)
}

fn edit(
    bodhi: &mut Bodhi,
    behaviour: &Behaviour,
    alias: &str,
    builds: Vec<String>,
    fields: Map<String, Value>,
    now: i64,
) -> Result<String, Response> {
    let Some(update) = bodhi.find_mut(alias) else {
        return Err(wrong_builds(format!("Cannot find update to edit: {alias}")));
    };
    if update.status(now) == "stable" {
        return Err(wrong_builds("Cannot edit stable updates"));
    }
    update.fields = fields;
    if update.builds != builds {
        // With other builds it begins anew.
        update.builds = builds;
        update.begin(behaviour, now);
    }
    Ok(alias.to_owned())
}

impl Update {
    /// It is on its way into testing from now on.
    pub(super) fn begin(&mut self, behaviour: &Behaviour, now: i64) {
        let latencies = &behaviour.latencies;
        let took = |base_ms, phase| spread(behaviour.seed, latencies, base_ms, (&self.alias, phase));
        self.testing = now + took(latencies.update_pending_ms, "pending");
        self.leaves = self.testing + took(latencies.update_testing_ms, "testing");
        self.ended = None;
    }
}

pub(super) async fn get(State(shared): State<Arc<Shared>>, Path(alias): Path<String>) -> Response {
    match shared.bodhi().find(&alias) {
        Some(update) => {
            Json(json!({"update": update.shown(&shared.url, now_ms()), "can_edit": true})).into_response()
        }
        None => error(StatusCode::NOT_FOUND, "url", "id", "Invalid update id"),
    }
}

pub(super) async fn list(State(shared): State<Arc<Shared>>, uri: Uri) -> Json<Value> {
    let now = now_ms();
    let wanted = |name: &str| -> Vec<String> {
        asked(&uri, name).iter().flat_map(|text| words(&json!(text))).collect()
    };
    let (builds, sidetags) = (wanted("builds"), wanted("from_side_tag_name"));
    let (statuses, aliases) = (wanted("status"), wanted("alias"));
    let fits = |asked: &[String], has: &str| asked.is_empty() || asked.iter().any(|one| one == has);
    let bodhi = shared.bodhi();
    let shown = bodhi
        .updates
        .iter()
        .rev()
        .filter(|update| builds.is_empty() || update.builds.iter().any(|nvr| builds.contains(nvr)))
        .filter(|update| fits(&sidetags, update.from_tag.as_deref().unwrap_or_default()))
        .filter(|update| fits(&statuses, update.status(now)) && fits(&aliases, &update.alias))
        .map(|update| update.shown(&shared.url, now));
    page(&uri, "updates", shown.collect())
}

pub(super) async fn build(State(shared): State<Arc<Shared>>, Path(nvr): Path<String>) -> Response {
    let bodhi = shared.bodhi();
    match bodhi.updates.iter().any(|update| update.builds.contains(&nvr)) {
        true => Json(json!({"nvr": nvr, "signed": true, "type": "rpm", "epoch": 0})).into_response(),
        false => error(StatusCode::NOT_FOUND, "body", "nvr", "No such build"),
    }
}
