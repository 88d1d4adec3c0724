//! What is built into a sidetag waits for it, and for what must be in it; an update is made of all that is in it.

use std::collections::BTreeSet;

use builders::{BuilderError, TaggedBuild, WorkTarget};
use domain::details::JobDetails;
use domain::words::BuildSystem;
use store::sidetags;

use super::Turn;

/// Whether a submission can be sent, as far as its sidetag goes.
pub(super) enum Sidetag {
    /// It has none.
    None,
    /// It can: into this one, or of it.
    Ready(Open),
    /// Not yet, for this reason.
    NotYet(String),
    /// It cannot, for this reason.
    Never(String),
}

/// A sidetag that is there.
pub(super) struct Open {
    pub(super) name: String,
    /// Name, version and release of the newest build of each package in it.
    pub(super) newest: Vec<String>,
}

/// What a target wants of a sidetag.
struct Want<'a> {
    group: &'a str,
    /// Whether it is made where there is none.
    makes: bool,
    /// Packages that must be in it.
    packages: Vec<&'a str>,
    /// The update's own package. For an update what is missing is waited for; a build is refused, and brought up again by what
    /// is tagged.
    own: Option<&'a str>,
}

impl Turn<'_> {
    /// Finds the sidetag of the submission's target, and whether all is in it that must be.
    pub(super) async fn sidetag(&self) -> store::Result<Sidetag> {
        if !matches!(self.submission.system, BuildSystem::Koji | BuildSystem::Bodhi) {
            return Ok(Sidetag::None);
        }
        let work = self.work(None).await?;
        let Some(target) = work.targets.first() else { return Ok(Sidetag::None) };
        let Some(want) = want(target, &work.project.name) else { return Ok(Sidetag::None) };
        let Some(koji) = self.engine.builders.get(&BuildSystem::Koji).and_then(|builder| builder.sidetags())
        else {
            return Ok(Sidetag::Never("no Koji is configured here that has sidetags".to_owned()));
        };
        let now = self.engine.clock.now();
        let known = if want.makes {
            Some(sidetags::ensure(&self.engine.db, want.group, &target.name, now).await?)
        } else {
            sidetags::open(&self.engine.db, want.group, &target.name).await?
        };
        let place = format!("group {} for {}", want.group, target.name);
        let Some(known) = known else {
            return Ok(Sidetag::Never(format!(
                "there is no sidetag of the {place}: nothing was built into one"
            )));
        };
        let Some(name) = known.name.clone() else {
            self.engine.wake.workflow();
            let problem = known.problem.clone().unwrap_or_default();
            if known.tries > i64::from(self.engine.settings.outages.pauses) {
                sidetags::retry(&self.engine.db, known.id, now).await?;
                return Ok(Sidetag::Never(format!("the sidetag of the {place} cannot be made: {problem}")));
            }
            return Ok(Sidetag::NotYet(
                format!("waits for the sidetag of the {place} {problem}").trim_end().to_owned(),
            ));
        };
        let tagged = match koji.tagged(&name).await {
            Ok(Some(tagged)) => tagged,
            Ok(None) => {
                sidetags::hurry(&self.engine.db, &name, now).await?;
                return Ok(Sidetag::NotYet(format!("the sidetag {name} is gone from Koji")));
            }
            Err(BuilderError::Refused(reason)) => return Ok(Sidetag::Never(reason)),
            Err(error) => return Ok(Sidetag::NotYet(format!("what is in {name} is not known: {error}"))),
        };
        if let Some(missing) = missing(&want, target, &tagged) {
            return Ok(if want.own.is_some() {
                Sidetag::NotYet(format!("waits for {missing} to be tagged into {name}"))
            } else {
                Sidetag::Never(format!(
                    "{missing} must be in the sidetag {name} before (dependencies), and is not; \
                     when it is tagged there, a job with the trigger koji_build starts"
                ))
            });
        }
        if target.kind == domain::words::JobKind::BodhiUpdate {
            self.consume(target, &tagged).await?;
        }
        Ok(Sidetag::Ready(Open { name, newest: newest(&tagged) }))
    }

    /// An update of a sidetag consumes all builds in it that are known here, whatever event made them.
    async fn consume(&self, target: &WorkTarget, tagged: &[TaggedBuild]) -> store::Result<()> {
        let nvrs: BTreeSet<String> = tagged.iter().map(|build| build.nvr.clone()).collect();
        let own: BTreeSet<_> = target.inputs.iter().map(|input| input.id).collect();
        let known = sidetags::builders(&self.engine.db, &nvrs).await?;
        // What its own event made it consumes by its plan.
        let others = known.values().filter(|build| build.event_id != self.submission.event_id);
        let others: BTreeSet<_> = others.map(|build| build.id).filter(|id| !own.contains(id)).collect();
        if others.is_empty() {
            return Ok(());
        }
        sidetags::consume(&self.engine.db, self.submission.event_id, target.id, &others).await
    }

    /// Nothing is sent yet; why, people see at the target.
    pub(super) async fn wait_for_sidetag(&self, reason: &str) -> store::Result<()> {
        let now = self.engine.clock.now();
        let age = (now - self.submission.created_at).to_std().unwrap_or_default();
        let settings = &self.engine.settings;
        let pause = (age / 10).min(settings.poll_at_most).max(settings.poll_at_least);
        self.write(now, |held, workflow| {
            held.problem = Some(reason.to_owned());
            held.release(now + pause);
            workflow.waits(held.id, reason);
        })
        .await?;
        Ok(())
    }
}

fn want<'a>(target: &'a WorkTarget, own: &'a str) -> Option<Want<'a>> {
    match &target.job {
        JobDetails::KojiBuild(job) => Some(Want {
            group: job.sidetag_group.as_deref()?,
            makes: true,
            packages: job.dependencies.iter().map(String::as_str).collect(),
            own: None,
        }),
        JobDetails::KojiTagRequest(job) => {
            Some(Want { group: &job.sidetag_group, makes: true, packages: Vec::new(), own: None })
        }
        JobDetails::BodhiUpdate(job) => {
            let packages = job.dependencies.iter().map(String::as_str).chain([own]).collect();
            Some(Want { group: job.sidetag_group.as_deref()?, makes: false, packages, own: Some(own) })
        }
        _ => None,
    }
}

/// The newest build of each package, as Koji lists them: what was tagged last comes first.
fn newest(tagged: &[TaggedBuild]) -> Vec<String> {
    let mut packages = BTreeSet::new();
    let first = tagged.iter().filter(|build| packages.insert(build.package.as_str()));
    first.map(|build| build.nvr.clone()).collect()
}

/// The package of a name, version and release.
fn package_of(nvr: &str) -> Option<&str> {
    nvr.rsplitn(3, '-').nth(2)
}

/// What must be in the sidetag and is not: packages, and the very build of its own package that an update consumes.
fn missing(want: &Want<'_>, target: &WorkTarget, tagged: &[TaggedBuild]) -> Option<String> {
    let packages = want.packages.iter().filter(|name| !tagged.iter().any(|build| build.package == **name));
    // Of others a newer build may have taken the place of the one that was there.
    let consumed = target.inputs.iter().filter_map(|input| input.details.nvr.as_deref());
    let own = consumed.filter(|nvr| want.own.is_some() && package_of(nvr) == want.own);
    let builds = own.filter(|nvr| !tagged.iter().any(|build| build.nvr == *nvr));
    let missing: BTreeSet<&str> = packages.copied().chain(builds).collect();
    (!missing.is_empty()).then(|| missing.into_iter().collect::<Vec<_>>().join(", "))
}
