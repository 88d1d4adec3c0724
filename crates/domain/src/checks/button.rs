use std::collections::BTreeSet;

use crate::ids::StepId;
use crate::rerun::{Asked, Selection};
use crate::text_enum::text_enum;
use crate::words::TargetStatus;

text_enum! {
    /// A button under the check of a finished target. Redoing the target alone is the forge's own button.
    pub enum Button("button of a check") {
        /// All targets of the step.
        Step = "redo-step",
        /// All that failed.
        Failed = "redo-failed",
        /// The whole workflow.
        Everything = "redo-everything",
    }
}

impl Button {
    /// The buttons that make sense under a target that ended so, of a step with so many targets. They depend on nothing
    /// else: what is shown of one target stays true whatever becomes of the others.
    pub fn under(status: TargetStatus, targets_of_step: usize) -> Vec<Self> {
        let is_bad = match status {
            TargetStatus::Failed | TargetStatus::Errored | TargetStatus::Canceled | TargetStatus::Skipped => {
                true
            }
            TargetStatus::Succeeded => false,
            TargetStatus::Waiting
            | TargetStatus::Ready
            | TargetStatus::Submitting
            | TargetStatus::Submitted
            | TargetStatus::Running => return Vec::new(),
        };
        let mut buttons = Vec::new();
        if targets_of_step > 1 {
            buttons.push(Self::Step);
        }
        if is_bad {
            buttons.push(Self::Failed);
        }
        buttons.push(Self::Everything);
        buttons
    }

    /// What stands on it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Step => "Redo this step",
            Self::Failed => "Redo all failed",
            Self::Everything => "Redo everything",
        }
    }

    /// What it does, in one line.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Step => "All targets of this step, and follow-ups",
            Self::Failed => "All that failed, and its follow-ups",
            Self::Everything => "The whole workflow from its beginning",
        }
    }

    /// What it asks for, pressed under a target that stands in this step.
    pub fn selection(self, step: StepId) -> Selection {
        Selection::of(match self {
            Self::Step => Asked::Steps(BTreeSet::from([step])),
            Self::Failed => Asked::Failed,
            Self::Everything => Asked::Everything,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/contracts.md` 1.2.
    #[test]
    fn buttons_keep_githubs_limits() {
        for button in Button::ALL {
            assert!(button.label().chars().count() <= 20, "{button}");
            assert!(button.description().chars().count() <= 40, "{button}: {}", button.description().len());
            assert!(button.as_str().chars().count() <= 20, "{button}");
        }
        for status in TargetStatus::ALL {
            for targets in [1, 2, 100] {
                assert!(Button::under(*status, targets).len() <= 3, "{status}");
            }
        }
    }

    #[test]
    fn only_buttons_that_make_sense_are_shown() {
        use Button::{Everything, Failed, Step};
        assert_eq!(Button::under(TargetStatus::Failed, 2), [Step, Failed, Everything]);
        assert_eq!(Button::under(TargetStatus::Succeeded, 2), [Step, Everything]);
        assert_eq!(Button::under(TargetStatus::Skipped, 1), [Failed, Everything]);
        assert_eq!(Button::under(TargetStatus::Running, 2), []);
    }
}
