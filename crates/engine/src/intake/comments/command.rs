//! Commands carried out: what workflows of the commit have of it is redone, what none of them has starts in a new one.

use std::collections::{BTreeMap, BTreeSet};

use domain::comments::{Command, CommandName};
use domain::ids::{EventId, TargetId};
use domain::package_config::{JobConfig, JobType};
use domain::plan::Wanted;
use domain::rerun::{Asked, NothingToDo, Selection};
use domain::words::{JobKind, ProjectKey, Visibility};
use forges::{CommitAt, Forge, Thread};
use store::inbox::Delivery;
use store::reads::JobView;
use store::{events, reads};

use super::super::Unsettled;
use super::super::configuration::{self, Configuration};
use super::super::prepared::Prepared;
use super::downstream::is_downstream;
use super::known::{Known, everything};
use super::place::Place;
use super::redo::Outcome;
use super::{Answer, Commented, Done, replies};
use crate::Engine;

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
        let is_variable = |text: &String| text.split_once('=').is_some_and(|(name, _)| !name.is_empty());
        if let Some(wrong) = command.env.iter().flatten().find(|text| !is_variable(text)) {
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
        self.redo_or_start(delivery, commented, forge, command, (&place, &selection)).await
    }

    /// Redoes what failed, or all that is meant; what is meant and no workflow has starts.
    async fn redo_or_start(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        forge: &dyn Forge,
        command: &Command,
        (place, selection): (&Place, &Selection),
    ) -> Result<Answer, Unsettled> {
        let known = self.known(delivery, commented, place).await?;
        if matches!(command.command, CommandName::RebuildFailed | CommandName::RetestFailed) {
            let (failed, outcome) = self.failed_in(&known, selection).await?;
            let outcome = self.redo_all(delivery, commented, (&known, failed), selection, outcome).await?;
            return Ok(self.told(&known, outcome, None));
        }
        let at = CommitAt { project: commented.event.project.key.clone(), hash: place.hash.clone() };
        // A forge that cannot say it now is asked again later, before anything is done.
        let configuration = configuration::read(forge, &at).await?;
        let wanted = wanted(command);
        let kind = kind(command.command);
        let means = |job: &JobView| {
            job.kind == kind && configured(job, &configuration).is_none_or(|job| wanted.means_test(job))
        };
        let chosen = everything(&known, means, kind == JobKind::CoprBuild);
        let outcome = Outcome::default();
        let outcome = self.redo_all(delivery, commented, (&known, chosen), selection, outcome).await?;
        if !selection.with_builds.is_empty() {
            return Ok(self.told(&known, outcome, None));
        }
        let started =
            self.start_missing((commented, place), forge, command, wanted, &known, configuration).await?;
        Ok(self.told(&known, outcome, Some(started)))
    }

    /// The answer to all that came of a command. What stood against a part of it is told also where the rest was done.
    fn told(&self, known: &[Known], outcome: Outcome, started: Option<Result<Prepared, Answer>>) -> Answer {
        let Outcome { redone, cannot: parts, conflict, nothing } = outcome;
        let (started, otherwise) = match started {
            Some(Ok(prepared)) => (Some(prepared), None),
            Some(Err(answer)) => (None, Some(answer)),
            None => (None, None),
        };
        let is_done = !redone.is_empty() || started.is_some();
        let view = |event: EventId| known.iter().find(|known| known.event == event).map(|known| &known.view);
        let conflict = conflict.map(|(event, conflict)| {
            replies::conflict(&conflict, view(event), &self.event_url(event), is_done)
        });
        if is_done {
            let words: Vec<String> = conflict.and_then(Answer::words).into_iter().chain(parts).collect();
            let says = (!words.is_empty()).then(|| words.join("\n\n"));
            return Answer::Done(Box::new(Done { redone, started, says }));
        }
        let prefix = &self.settings.comment_prefix;
        let cannot = nothing.as_ref().is_some_and(|(_, found)| !found.plan.cannot.is_empty());
        match (conflict, nothing, otherwise) {
            (Some(conflict), ..) => conflict,
            (None, _, Some(otherwise)) if !cannot => otherwise,
            (None, Some((event, found)), _) => {
                replies::nothing(prefix, &found, view(event), &self.event_url(event))
            }
            (None, None, _) => replies::not_started(prefix),
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

/// The kind of the jobs that a command is about. An SRPM alone is nothing that was asked for.
fn kind(command: CommandName) -> JobKind {
    match command {
        CommandName::Test => JobKind::TestRun,
        CommandName::UpstreamKojiBuild => JobKind::KojiBuild,
        _ => JobKind::CoprBuild,
    }
}

/// The test job of the configuration that a job was planned from, if there is a configuration that can be used.
fn configured<'a>(job: &JobView, configuration: &'a Configuration) -> Option<&'a JobConfig> {
    let Configuration::Read(configuration, _) = configuration else { return None };
    let configured = configuration.jobs.get(job.details.configured().index?)?;
    (configured.job == JobType::Tests).then_some(configured)
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
        except: BTreeSet::new(),
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
