use crate::text_enum::text_enum;
use crate::words::TargetStatus;

text_enum! {
    /// What a target needs of one of its inputs before it can start.
    pub enum Needs("need") {
        /// The input's success; nearly everything.
        Success = "success",
        /// The input's end, however it ended.
        Finished = "finished",
        /// The input's failure: a log analysis has nothing to do otherwise.
        Failure = "failure",
    }
}

/// How a need stands, given the input's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fulfilment {
    /// The input can still give what is needed.
    Open,
    /// The input has given it.
    Met,
    /// The input cannot give it any more.
    Impossible,
}

impl Needs {
    /// Whether an input of this status gives what is needed.
    pub fn fulfilled_by(self, input: TargetStatus) -> Fulfilment {
        if !input.is_finished() {
            return Fulfilment::Open;
        }
        let met = match self {
            Self::Success => input == TargetStatus::Succeeded,
            Self::Finished => true,
            Self::Failure => matches!(input, TargetStatus::Failed | TargetStatus::Errored),
        };
        if met { Fulfilment::Met } else { Fulfilment::Impossible }
    }
}
