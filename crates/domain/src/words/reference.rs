use crate::text_enum::text_enum;

text_enum! {
    /// What a git reference is.
    pub enum ReferenceKind("reference kind") {
        /// A pull or merge request; its name is the number.
        PullRequest = "pull_request",
        /// A branch.
        Branch = "branch",
        /// A tag that was pushed.
        Tag = "tag",
        /// A release; its name is the tag's.
        Release = "release",
        /// An issue; its name is the number.
        Issue = "issue",
        /// A Koji tag.
        KojiTag = "koji_tag",
        /// A version that release-monitoring.org saw.
        AnityaVersion = "anitya_version",
    }
}

/// The git reference inside one project.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Reference {
    /// What it is.
    pub kind: ReferenceKind,
    /// A number for pull requests and issues, a name otherwise.
    pub name: String,
}

impl Reference {
    /// A reference of this kind and name.
    #[expect(clippy::needless_pass_by_value, reason = "callers hold numbers as well as text")]
    pub fn new(kind: ReferenceKind, name: impl ToString) -> Self {
        Self { kind, name: name.to_string() }
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            ReferenceKind::PullRequest => write!(f, "pull request {}", self.name),
            ReferenceKind::Branch => write!(f, "branch {}", self.name),
            ReferenceKind::Tag => write!(f, "tag {}", self.name),
            ReferenceKind::Release => write!(f, "release {}", self.name),
            ReferenceKind::Issue => write!(f, "issue {}", self.name),
            ReferenceKind::KojiTag => write!(f, "Koji tag {}", self.name),
            ReferenceKind::AnityaVersion => write!(f, "version {}", self.name),
        }
    }
}
