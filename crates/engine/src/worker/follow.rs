use std::time::Duration;

use builders::{BuilderError, Observation};
use chrono::{DateTime, TimeDelta, Utc};
use domain::words::TargetStatus;
use domain::workflow::Workflow;
use store::submissions::Submission;

use super::{Turn, retry_after, seen};
use crate::Settings;

impl Turn<'_> {
    /// Asks the build system how the submission stands, and takes note of it.
    pub(super) async fn poll(&self) -> store::Result<()> {
        let work = self.work(None).await?;
        let answer = self.builder.poll(&work).await;
        let now = self.engine.clock.now();
        match answer {
            Ok(observations) => {
                let ends = observations.iter().any(|observation| observation.status.is_finished());
                self.take_note(observations, now).await?;
                if ends { self.hurry_sidetags(&work).await } else { Ok(()) }
            }
            Err(BuilderError::Refused(reason)) => self.refused(&reason).await,
            Err(error) => {
                let tries = self.submission.tries + 1;
                let pause = self.engine.settings.outages.pause_for_ever(tries, retry_after(&error));
                let problem = error.to_string();
                self.write(now, |held, workflow| {
                    held.tries = tries;
                    held.problem = Some(problem);
                    pass_deadlines(held, workflow, &self.engine.settings, now);
                    held.release(now + pause);
                })
                .await?;
                Ok(())
            }
        }
    }

    /// What has ended may have been tagged, or have been what a sidetag was kept for.
    async fn hurry_sidetags(&self, work: &builders::Work) -> store::Result<()> {
        let now = self.engine.clock.now();
        for sidetag in work.targets.iter().filter_map(|target| target.details.sidetag.as_deref()) {
            store::sidetags::hurry(&self.engine.db, sidetag, now).await?;
        }
        Ok(())
    }

    async fn take_note(&self, observations: Vec<Observation>, now: DateTime<Utc>) -> store::Result<()> {
        self.write(now, |held, workflow| {
            held.tries = 0;
            held.problem = None;
            for observation in observations {
                workflow.observe(seen(observation), now);
            }
            pass_deadlines(held, workflow, &self.engine.settings, now);
            held.release(self.next_poll(held, now));
        })
        .await?;
        Ok(())
    }
}

/// What was looked at and is still where it has been for too long is given up (`docs/acceptance.md` A23).
pub(crate) fn pass_deadlines(
    held: &Submission,
    workflow: &mut Workflow,
    settings: &Settings,
    now: DateTime<Utc>,
) {
    for id in workflow.open_on(held.id) {
        let target = &workflow.targets[&id];
        let since = match target.status {
            TargetStatus::Running => target.started_at,
            _ => target.submitted_at,
        };
        let deadline = settings.deadline(held.system, target.status);
        let span = TimeDelta::from_std(deadline).unwrap_or(TimeDelta::MAX);
        if since.is_some_and(|since| now - since > span) {
            let mut late = domain::workflow::Seen::new(id, TargetStatus::Errored);
            late.reason = Some(format!("{} for more than {}", target.status, told(deadline)));
            workflow.observe(late, now);
        }
    }
}

fn told(deadline: Duration) -> String {
    match deadline.as_secs() {
        seconds @ 0..3600 => format!("{seconds} seconds"),
        seconds => format!("{} hours", seconds / 3600),
    }
}
