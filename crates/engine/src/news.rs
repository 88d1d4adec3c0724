//! What a pull request is told in words because its configuration wants that: that something failed, in the repository's own
//! words, and that its builds succeeded for the first time (`docs/contracts.md` 1.2).

use std::fmt::Write;

use domain::details::JobDetails;
use domain::ids::TargetId;
use domain::notifications::{Values, install_commands};
use domain::words::{BuildSystem, JobKind};
use domain::workflow::NewsKind;
use store::replies::{self, Subject};

use crate::Engine;

impl Engine {
    /// What is said of a target's job; or why nothing can be.
    pub(crate) async fn news(
        &self,
        kind: NewsKind,
        target: TargetId,
    ) -> store::Result<Result<String, String>> {
        let Some(subject) = replies::subject(&self.db, target).await? else {
            return Ok(Err("its target is gone".to_owned()));
        };
        Ok(match kind {
            NewsKind::Failure => self.failure(target, &subject).ok_or("it was planned without a message"),
            NewsKind::Success => self.success(&subject).ok_or("where it was built to is not known"),
        }
        .map_err(str::to_owned))
    }

    /// The repository's own words.
    fn failure(&self, target: TargetId, subject: &Subject) -> Option<String> {
        let message = subject.job.configured().failure_message.as_deref()?;
        let page = self.target_url(target);
        let values = Values {
            commit: subject.hash.as_deref(),
            page: Some(&page),
            external_page: subject.url.as_deref(),
            logs: subject.logs_url.as_deref(),
        };
        Some(values.fill(message))
    }

    /// How to install what was built. The names in it are checked where the commands are made.
    fn success(&self, subject: &Subject) -> Option<String> {
        let JobDetails::CoprBuild(build) = &subject.job else { return None };
        let builder = self.builders.get(&BuildSystem::of(JobKind::CoprBuild))?;
        let repository = builder.repository(&subject.job)?;
        let commands = install_commands(&repository, &build.configured.package, &subject.made.packages)?;
        let mut text = format!(
            "The packages of [this workflow]({}) were built. This installs them, for tests only:\n\n```\n",
            self.event_url(subject.event)
        );
        for command in commands {
            let _ = writeln!(text, "{command}");
        }
        text.push_str(
            "```\n\nThis is said once in a pull request. `notifications: {pull_request: {successful_build: false}}` in the \
             package configuration turns it off.",
        );
        Some(text)
    }

    /// The page of a target.
    pub(crate) fn target_url(&self, target: TargetId) -> String {
        format!("{}/targets/{target}", self.settings.public_url)
    }
}
