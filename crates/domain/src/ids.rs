//! Identity newtypes: a pipeline's id cannot be taken for an event's.

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                Self(id)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A repository on a forge.
    ProjectId,
    /// A git reference (pull request, branch, tag, release, issue) inside one project.
    ReferenceId,
    /// One occurrence of a commit hash at one reference.
    CommitId,
    /// One thing that happened and asked for work.
    EventId,
    /// One workflow that ran for an event.
    PipelineId,
    /// One build or test request with all its targets together.
    JobId,
    /// A place in one pipeline.
    StepId,
    /// One chroot, branch or compose of a job.
    TargetId,
    /// One call to a build system and the targets that ride on it.
    SubmissionId,
    /// One delivery as it was received.
    InboxId,
    /// One request to do part of a workflow again.
    RerunId,
    /// What lets a program call the API.
    TokenId,
    /// Somebody's login.
    SessionId,
}
