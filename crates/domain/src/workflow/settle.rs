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
    /// An input cannot give any more what is needed; why.
    Skip(String),
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
                Verdict::Skip(reason) => {
                    self.finish(id, TargetStatus::Skipped, Some(reason), now);
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
                    return Verdict::Skip(self.why_skipped(input.target, status));
                }
            }
        }
        verdict
    }

    fn why_skipped(&self, input: TargetId, status: TargetStatus) -> String {
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
        if let Some(target) = self.change(id) {
            target.status = status;
        }
        true
    }

    /// Ends an unfinished target.
    pub(super) fn finish(
        &mut self,
        id: TargetId,
        status: TargetStatus,
        reason: Option<String>,
        now: DateTime<Utc>,
    ) {
        if let Some(target) = self.change(id) {
            target.status = status;
            target.finished_at = Some(now);
            target.reason = reason;
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
