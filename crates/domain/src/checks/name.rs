use std::collections::BTreeMap;

use crate::details::Configured;
use crate::plan::Plan;
use crate::words::{JobKind, Reference, ReferenceKind};

/// The name of each target's check, in the order of the plan's targets; as Packit names them
/// (`docs/contracts.md` 1.2), so that what a repository requires stays required. The SRPM, which Packit shows nowhere, is
/// `srpm-build`. Names are distinct: where the configuration makes two the same, later ones are numbered.
pub fn names(plan: &Plan, reference: &Reference) -> Vec<String> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = Vec::new();
    for pipeline in &plan.pipelines {
        for step in &pipeline.steps {
            let job = &step.job;
            let parts = Parts {
                kind: job.kind,
                reference,
                identifier: job.identifier.as_deref(),
                package: pipeline.package.as_deref(),
                configured: job.details.configured(),
            };
            for target in &job.targets {
                let name = parts.name(&target.name);
                let times = taken.entry(name.clone()).or_default();
                *times += 1;
                names.push(if *times == 1 { name } else { format!("{name} ({times})") });
            }
        }
    }
    names
}

/// What the names of one job's targets are made of.
struct Parts<'a> {
    kind: JobKind,
    reference: &'a Reference,
    identifier: Option<&'a str>,
    /// Only where there are several.
    package: Option<&'a str>,
    configured: &'a Configured,
}

impl Parts<'_> {
    /// `{job}[:{event}][:{chroot}][:{identifier}]`, or what the configuration makes of the same parts.
    fn name(&self, target: &str) -> String {
        let event = self.event();
        if self.kind == JobKind::SrpmBuild {
            return joined([Some("srpm-build"), event.as_deref(), self.package]);
        }
        let job = job_word(self.kind);
        let template = self.configured.status_name_template.as_deref();
        template
            .and_then(|template| self.fill(template, &job, target, event.as_deref()))
            .unwrap_or_else(|| joined([Some(job.as_str()), event.as_deref(), Some(target), self.identifier]))
    }

    /// The branch or tag, where that is what the event is of.
    fn event(&self) -> Option<String> {
        match self.reference.kind {
            ReferenceKind::PullRequest
            | ReferenceKind::Issue
            | ReferenceKind::KojiTag
            | ReferenceKind::AnityaVersion => None,
            ReferenceKind::Branch | ReferenceKind::Tag | ReferenceKind::Release => {
                Some(self.reference.name.replace(':', "-"))
            }
        }
    }

    /// A template with its fields filled in; none if it names an unknown one, or comes to nothing.
    fn fill(&self, template: &str, job: &str, target: &str, event: Option<&str>) -> Option<String> {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (field, after) = after.split_once('}')?;
            filled.push_str(before);
            filled.push_str(match field {
                "job_name" => job,
                "chroot" => target,
                "event" => event.unwrap_or_default(),
                "identifier" => self.identifier.unwrap_or_default(),
                "package" => &self.configured.package,
                _ => return None,
            });
            rest = after;
        }
        filled.push_str(rest);
        (!rest.contains('}') && !filled.trim().is_empty()).then_some(filled)
    }
}

fn joined<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(":")
}

/// What Packit calls a job in its checks.
fn job_word(kind: JobKind) -> String {
    match kind {
        JobKind::CoprBuild => "rpm-build".to_owned(),
        JobKind::TestRun => "testing-farm".to_owned(),
        other => other.as_str().replace('_', "-"),
    }
}

#[cfg(test)]
mod tests;
