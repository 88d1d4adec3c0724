use crate::text_enum::text_enum;

text_enum! {
    /// What happened on a forge.
    pub enum EventKind("event kind") {
        /// A pull request was opened, reopened, or got new commits.
        PullRequest = "pull_request",
        /// Commits were pushed to a branch, or a tag was pushed.
        Push = "push",
        /// A release was published.
        Release = "release",
        /// Somebody commented on an issue or a pull request.
        IssueComment = "issue_comment",
        /// Somebody commented on a commit.
        CommitComment = "commit_comment",
        /// Somebody asked for one check run again.
        CheckRun = "check_run",
        /// Somebody asked for all check runs of a commit again.
        CheckSuite = "check_suite",
        /// Koji completed a build that nobody here asked for.
        KojiBuild = "koji_build",
        /// A Koji build was tagged.
        KojiTag = "koji_tag",
        /// Release monitoring saw versions of an upstream project.
        UpstreamVersion = "upstream_version",
        /// What happened is not known any more; only imports make such events.
        Unknown = "unknown",
    }
}
