//! Commands carried out: a rerun of the commit's workflow where it has one with what is asked for, else a new one.

use std::collections::{BTreeMap, BTreeSet};

use domain::comments::{Command, CommandName};
use domain::ids::{EventId, RerunId, TargetId};
use domain::plan::{Trigger, Wanted};
use domain::rerun::{Asked, NothingToDo, Selection};
use domain::words::{JobKind, ProjectKey, ReferenceKind, RerunVia, Visibility};
use forges::{Forge, Thread};
use store::inbox::Delivery;
use store::reruns::{self, Request};
use store::{events, reads};

use super::super::Unsettled;
use super::downstream::is_downstream;
use super::place::Place;
use super::{Answer, Commented, replies};
use crate::Engine;

/// How many workflows of one commit are looked at, the newest first.
const MOST_WORKFLOWS: i64 = 10;

/// What came of redoing something.
pub(super) enum Redone {
    /// An answer.
    Answer(Answer),
    /// No workflow of the commit has what was asked for; what the newest said.
    Nothing(Option<(EventId, Box<NothingToDo>)>),
}

impl Engine {
    pub(super) async fn obey(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        forge: &dyn Forge,
        command: &Command,
    ) -> Result<Answer, Unsettled> {
        let prefix = &self.settings.comment_prefix;
        match command.command {
            CommandName::Help => return Ok(Answer::Helped(replies::help(prefix))),
            CommandName::Build
            | CommandName::CoprBuild
            | CommandName::Test
            | CommandName::UpstreamKojiBuild
            | CommandName::RebuildFailed
            | CommandName::RetestFailed => {}
            other @ (CommandName::KojiBuild | CommandName::CreateUpdate)
                if !matches!(commented.thread, Thread::PullRequest(_)) =>
            {
                return self.obey_in_issue(delivery, commented, forge, other).await;
            }
            CommandName::ProposeDownstream if forge.is_dist_git() => {
                return Ok(replies::sorry(
                    "releases are proposed from upstream; here pull-from-upstream brings them in",
                ));
            }
            CommandName::ProposeDownstream => {
                return self.obey_propose(delivery, commented, forge, command).await;
            }
            other if is_downstream(other) => {
                return Ok(replies::sorry(&format!(
                    "{other} is for pull requests of packages in dist-git, and this is upstream"
                )));
            }
            other => {
                return Ok(replies::sorry(&format!(
                    "{other} is understood, but nothing here carries it out yet"
                )));
            }
        }
        if let Some(wrong) = command.env.iter().flatten().find(|variable| !variable.contains('=')) {
            return Ok(replies::sorry(&format!("--env takes NAME=VALUE, and {wrong} is not that")));
        }
        let place = match self.place(commented, forge, command).await? {
            Ok(place) => place,
            Err(answer) => return Ok(answer),
        };
        let with_builds = match self.builds_of_others(commented, command).await? {
            Ok(builds) => builds,
            Err(answer) => return Ok(answer),
        };
        let selection = Selection { with_builds, ..selection(command) };
        self.redo_or_start(delivery, commented, forge, command, &place, &selection).await
    }

    async fn redo_or_start(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        forge: &dyn Forge,
        command: &Command,
        place: &Place,
        selection: &Selection,
    ) -> Result<Answer, Unsettled> {
        let nothing = match self.redo_any(delivery, commented, place, selection).await? {
            Redone::Answer(answer) => return Ok(answer),
            Redone::Nothing(nothing) => nothing,
        };
        let cannot = nothing.as_ref().is_some_and(|(_, found)| !found.plan.cannot.is_empty());
        let starts =
            !cannot && !matches!(command.command, CommandName::RebuildFailed | CommandName::RetestFailed);
        if starts && selection.with_builds.is_empty() {
            return self.start(commented, forge, command, place).await;
        }
        match nothing {
            Some((event, found)) => self.nothing_to_do(event, &found).await,
            None => Ok(replies::not_started(&self.settings.comment_prefix)),
        }
    }

    /// What is said where nothing of what was asked for is there.
    pub(super) async fn nothing_to_do(
        &self,
        event: EventId,
        found: &NothingToDo,
    ) -> Result<Answer, Unsettled> {
        let view = reads::workflow(&self.db, event).await?;
        let prefix = &self.settings.comment_prefix;
        Ok(replies::nothing(prefix, found, view.as_ref(), &self.event_url(event)))
    }

    /// Redoes what is selected in the newest workflow of a commit that has it.
    pub(super) async fn redo_any(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        place: &Place,
        selection: &Selection,
    ) -> Result<Redone, Unsettled> {
        let project = &commented.event.project.key;
        let workflows =
            events::workflows_at(&self.db, project, &place.reference, &place.hash, MOST_WORKFLOWS).await?;
        self.redo_any_of(delivery, commented, &workflows, selection).await
    }

    /// The same in the first of these that has it.
    pub(super) async fn redo_any_of(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        workflows: &[EventId],
        selection: &Selection,
    ) -> Result<Redone, Unsettled> {
        let mut nothing: Option<(EventId, Box<NothingToDo>)> = None;
        for event in workflows {
            let answer = match self.redo(delivery, commented, *event, selection).await? {
                reruns::Answer::CarriedOut(done) => {
                    let (tests, builds) = (done.plan.cost.tests, done.plan.cost.builds);
                    let reason = format!(
                        "rerun {} of event {}: {builds} builds and {tests} tests",
                        done.id, done.event
                    );
                    Answer::Redone { event: done.event, reason }
                }
                // The key is this delivery's own: what was carried out before a crash.
                reruns::Answer::KeyOfAnother(rerun) => self.done_before(rerun).await?,
                reruns::Answer::NothingToDo(found) => {
                    nothing.get_or_insert((*event, found));
                    continue;
                }
                reruns::Answer::Conflict(conflict) => {
                    let view = reads::workflow(&self.db, *event).await?;
                    replies::conflict(&conflict, view.as_ref(), &self.event_url(*event))
                }
                // No plan was shown, so none can have changed.
                reruns::Answer::Changed(_) => replies::sorry("the workflow changed; try again"),
            };
            return Ok(Redone::Answer(answer));
        }
        Ok(Redone::Nothing(nothing))
    }

    async fn redo(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        event: EventId,
        selection: &Selection,
    ) -> Result<reruns::Answer, Unsettled> {
        let request = Request {
            event,
            selection,
            requested_by: commented.event.actor.as_deref().unwrap_or("unknown"),
            via: RerunVia::Comment,
            reason: None,
            // However often the delivery is begun, it is one rerun.
            idempotency_key: Some(&format!("delivery {}", delivery.id)),
            plan_hash: None,
        };
        Ok(crate::rerun(self, &request).await?)
    }

    async fn done_before(&self, rerun: RerunId) -> Result<Answer, Unsettled> {
        let done = reruns::get(&self.db, rerun).await?;
        let event = done.ok_or_else(|| store::Error::NotFound(format!("rerun {rerun}")))?.event;
        Ok(Answer::Redone { event, reason: format!("rerun {rerun} of event {event}") })
    }

    /// Starts a workflow with what is asked for.
    async fn start(
        &self,
        commented: &Commented<'_>,
        forge: &dyn Forge,
        command: &Command,
        place: &Place,
    ) -> Result<Answer, Unsettled> {
        let trigger = match (&place.pull_request, place.reference.kind) {
            (Some(pull_request), _) => Trigger::PullRequest(pull_request),
            (None, ReferenceKind::Release) => Trigger::Release { tag: &place.reference.name },
            (None, _) => Trigger::Push { branch: &place.reference.name },
        };
        let prepared = self
            .prepare_command(commented.event, forge, &place.reference, &place.hash, trigger, wanted(command))
            .await?;
        Ok(match prepared.nothing_planned() {
            None => Answer::Started(Box::new(prepared)),
            Some(omissions) => replies::nothing_planned(&self.settings.comment_prefix, omissions),
        })
    }

    /// The builds of other pull requests that the tests are to consume as well; or why they cannot be had.
    async fn builds_of_others(
        &self,
        commented: &Commented<'_>,
        command: &Command,
    ) -> Result<Result<BTreeSet<TargetId>, Answer>, Unsettled> {
        let own = &commented.event.project.key;
        let mut all = BTreeSet::new();
        for named in command.targets.iter().flatten() {
            let Some((project, number)) = pull_request(named, &own.forge) else {
                return Ok(Err(replies::sorry(&format!(
                    "{named} names no pull request; write NAMESPACE/REPOSITORY#NUMBER or its address"
                ))));
            };
            let is_own = project.to_string().eq_ignore_ascii_case(&own.to_string());
            let builds = events::builds_of_pull_request(&self.db, &project, number).await?;
            // Whoever may not see a project may not find out by this what was built of it.
            let visible: Vec<TargetId> = builds
                .into_iter()
                .filter(|(_, visibility)| is_own || *visibility == Visibility::Public)
                .map(|(id, _)| id)
                .collect();
            if visible.is_empty() {
                return Ok(Err(replies::sorry(&format!("no good build of {named} is known here"))));
            }
            all.extend(visible);
        }
        Ok(Ok(all))
    }
}

/// What a command selects of a workflow that is there.
fn selection(command: &Command) -> Selection {
    let asked = match command.command {
        CommandName::RebuildFailed => Asked::FailedBuilds,
        CommandName::RetestFailed => Asked::FailedTests,
        _ => Asked::Everything,
    };
    let kinds = match command.command {
        CommandName::Build | CommandName::CoprBuild => Some([JobKind::SrpmBuild, JobKind::CoprBuild].into()),
        CommandName::Test => Some([JobKind::TestRun].into()),
        CommandName::UpstreamKojiBuild => Some([JobKind::KojiBuild].into()),
        _ => None,
    };
    let one = |word: &Option<String>| word.clone().map(|word| BTreeSet::from([word]));
    Selection {
        kinds,
        identifiers: one(&command.identifier),
        labels: command.labels.clone().map(BTreeSet::from_iter),
        packages: one(&command.package),
        variables: variables(command),
        ..Selection::of(asked)
    }
}

/// What a command starts where nothing is there.
fn wanted(command: &Command) -> Wanted {
    Wanted {
        tests: command.command == CommandName::Test,
        scratch_builds: command.command == CommandName::UpstreamKojiBuild,
        proposals: false,
        package: command.package.clone(),
        identifier: command.identifier.clone(),
        labels: command.labels.clone(),
        variables: variables(command),
    }
}

fn variables(command: &Command) -> BTreeMap<String, String> {
    let variables = command.env.iter().flatten().filter_map(|variable| variable.split_once('='));
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The pull request that `NAMESPACE/REPOSITORY#NUMBER` names at this forge, or `https://HOST/NAMESPACE/REPOSITORY/pull/NUMBER`.
fn pull_request(named: &str, forge: &str) -> Option<(ProjectKey, i64)> {
    let (project, number) = match named.strip_prefix("https://") {
        Some(address) => {
            let (project, number) = address.trim_end_matches('/').split_once("/pull/")?;
            (project.to_owned(), number)
        }
        None => {
            let (path, number) = named.split_once('#')?;
            (format!("{forge}/{path}"), number)
        }
    };
    Some((project.parse().ok()?, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::pull_request;

    #[test]
    fn other_pull_requests_are_named_in_short_or_by_their_address() {
        let named = |text| pull_request(text, "github.com").map(|(key, number)| format!("{key} {number}"));
        let expected = Some("github.com/packit/ogr 12".to_owned());
        assert_eq!(named("packit/ogr#12"), expected);
        assert_eq!(named("https://github.com/packit/ogr/pull/12"), expected);
        assert_eq!(named("https://github.com/packit/ogr/pull/12/"), expected);
        for wrong in
            ["packit/ogr", "ogr#12", "packit/ogr#x", "http://github.com/packit/ogr/pull/12", "#12", ""]
        {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }
}
