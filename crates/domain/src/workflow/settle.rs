use chrono::{DateTime, Utc};

use super::{Target, Workflow};
use crate::ids::TargetId;
use crate::words::{Fulfilment, TargetStatus};

/// What a target's inputs let it do.
enum Verdict {
    /// An input is not finished.
    Wait,
    /// All inputs gave what is needed.
    Go,
    /// An input cannot give any more what is needed: skipped, or canceled together with it; why.
    End(TargetStatus, String),
}

impl Workflow {
    /// Moves every target on that its inputs let: waiting ones become ready, those whose input cannot give what they
    /// need are skipped, held results are told. Follow-ups of follow-ups are moved in the same call.
    pub fn settle(&mut self, now: DateTime<Utc>) {
        // Inputs have smaller ids than what consumes them only inside one pipeline, so pass until nothing moves; each
        // pass that goes on has moved a target nearer to its end.
        while self.settle_once(now) {}
    }

    fn settle_once(&mut self, now: DateTime<Utc>) -> bool {
        let open: Vec<TargetId> = self
            .targets
            .iter()
            .filter(|(_, target)| !target.status.is_finished())
            .map(|(id, _)| *id)
            .collect();
        let mut moved = false;
        for id in open {
            let target = &self.targets[&id];
            match self.verdict(target) {
                Verdict::Wait => {}
                Verdict::Go => moved |= self.go(id, now),
                Verdict::End(status, reason) => {
                    self.finish(id, status, Some(reason), now);
                    moved = true;
                }
            }
        }
        moved
    }

    fn verdict(&self, target: &Target) -> Verdict {
        let mut verdict = Verdict::Go;
        for input in &target.inputs {
            // Nothing can be waited for that is not known here.
            let Some(status) = self.status_of(input.target) else { continue };
            match input.needs.fulfilled_by(status) {
                Fulfilment::Met => {}
                Fulfilment::Open => verdict = Verdict::Wait,
                Fulfilment::Impossible => {
                    let is_canceled = self.is_canceled_with(target, input.target);
                    let end = if is_canceled { TargetStatus::Canceled } else { TargetStatus::Skipped };
                    return Verdict::End(end, self.why_ended(input.target, status));
                }
            }
        }
        verdict
    }

    /// Whether a target and an input that was canceled ride on one submission whose cancel was asked for: that was asked of
    /// both, whoever told of the input first.
    fn is_canceled_with(&self, target: &Target, input: TargetId) -> bool {
        self.is_canceling(target)
            && self.targets.get(&input).is_some_and(|input| {
                input.status == TargetStatus::Canceled && input.submission == target.submission
            })
    }

    fn why_ended(&self, input: TargetId, status: TargetStatus) -> String {
        match self.targets.get(&input) {
            Some(input) => format!("its input, {} {}, {}", input.kind, input.name, ended(status)),
            None => format!("its input, target {input} of another event, {}", ended(status)),
        }
    }

    fn go(&mut self, id: TargetId, now: DateTime<Utc>) -> bool {
        let target = &self.targets[&id];
        if let Some(held) = target.held.clone() {
            self.finish(id, held.status, held.reason, now);
            return true;
        }
        if target.status != TargetStatus::Waiting {
            return false;
        }
        // What rides along with its input has gone out with it, though the answer to the call may not be known yet.
        let status = if target.submission.is_some() { TargetStatus::Submitting } else { TargetStatus::Ready };
        let reason = self.canceled_first(target).map(|before| {
            format!("it is submitted when attempt {}, which is being canceled, has ended", before.attempt)
        });
        let is_canceling = self.is_canceling(target);
        if let Some(target) = self.change(id) {
            target.status = status;
            if !is_canceling {
                target.reason = reason;
            }
        }
        true
    }

    /// Ends an unfinished target. What ends as canceled after its cancel was asked for has the reason of that: the build system
    /// knows only that it was canceled.
    pub(super) fn finish(
        &mut self,
        id: TargetId,
        status: TargetStatus,
        reason: Option<String>,
        now: DateTime<Utc>,
    ) {
        let was_asked =
            status == TargetStatus::Canceled && self.targets.get(&id).is_some_and(|it| self.is_canceling(it));
        if let Some(target) = self.change(id) {
            target.status = status;
            target.finished_at = Some(now);
            target.reason = if was_asked { target.reason.take().or(reason) } else { reason };
            target.held = None;
        }
    }
}

/// How a status reads in the past tense.
pub(crate) fn ended(status: TargetStatus) -> &'static str {
    match status {
        TargetStatus::Failed => "failed",
        TargetStatus::Errored => "ended with an error",
        TargetStatus::Canceled => "was canceled",
        TargetStatus::Skipped => "was skipped",
        TargetStatus::Succeeded => "succeeded",
        TargetStatus::Waiting
        | TargetStatus::Ready
        | TargetStatus::Submitting
        | TargetStatus::Submitted
        | TargetStatus::Running => "has not ended",
    }
}
