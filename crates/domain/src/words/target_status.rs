use crate::text_enum::text_enum;

text_enum! {
    /// Where a target stands (`docs/design.md` section 2, "Status of a target").
    pub enum TargetStatus("target status") {
        /// Its inputs are not finished.
        Waiting = "waiting",
        /// It can be submitted.
        Ready = "ready",
        /// The call to the build system is about to be made, or its answer is not known yet.
        Submitting = "submitting",
        /// The build system has it.
        Submitted = "submitted",
        /// The build system works on it.
        Running = "running",
        /// The build or test says yes.
        Succeeded = "succeeded",
        /// The build or test says no.
        Failed = "failed",
        /// The infrastructure says no.
        Errored = "errored",
        /// Somebody, or a newer commit, canceled it.
        Canceled = "canceled",
        /// An input cannot give any more what it needs.
        Skipped = "skipped",
    }
}

impl TargetStatus {
    /// A finished target never changes its status again; doing it again is a new attempt.
    pub const fn is_finished(self) -> bool {
        match self {
            Self::Waiting | Self::Ready | Self::Submitting | Self::Submitted | Self::Running => false,
            Self::Succeeded | Self::Failed | Self::Errored | Self::Canceled | Self::Skipped => true,
        }
    }

    /// How far an unfinished target has come; a result never takes it back. Finished ones are all furthest.
    pub const fn progress(self) -> u8 {
        match self {
            Self::Waiting => 0,
            Self::Ready => 1,
            Self::Submitting => 2,
            Self::Submitted => 3,
            Self::Running => 4,
            Self::Succeeded | Self::Failed | Self::Errored | Self::Canceled | Self::Skipped => 5,
        }
    }
}
