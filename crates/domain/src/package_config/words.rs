//! The values of a job that are one word of a closed list.

use crate::text_enum::text_enum;

text_enum! {
    /// What a job does.
    pub enum JobType ("job type") {
        /// Proposes a new version to dist-git, after an upstream release.
        ProposeDownstream = "propose_downstream",
        /// Fetches a new version into dist-git, after release monitoring found one.
        PullFromUpstream = "pull_from_upstream",
        /// Brings dist-git's changes back upstream.
        SyncFromDownstream = "sync_from_downstream",
        /// Builds at Copr.
        CoprBuild = "copr_build",
        /// Builds upstream's state at Koji, scratch only.
        UpstreamKojiBuild = "upstream_koji_build",
        /// Builds dist-git's state at Koji.
        KojiBuild = "koji_build",
        /// Tests at Testing Farm.
        Tests = "tests",
        /// Makes a Bodhi update.
        BodhiUpdate = "bodhi_update",
        /// Builds a virtual machine image.
        VmImageBuild = "vm_image_build",
        /// Stands for a build that was tagged; made up, not meant to be written.
        KojiBuildTag = "koji_build_tag",
    }
}

text_enum! {
    /// What starts a job.
    pub enum Trigger ("trigger") {
        /// A release.
        Release = "release",
        /// A pull request was opened or changed.
        PullRequest = "pull_request",
        /// A push to a branch.
        Commit = "commit",
        /// A build at Koji was completed or tagged.
        KojiBuild = "koji_build",
        /// Nothing: the job is switched off.
        Ignore = "ignore",
    }
}

text_enum! {
    /// How mock makes its buildroot.
    pub enum Bootstrap ("bootstrap setting") {
        /// As the chroot's own configuration says.
        Default = "default",
        /// With a bootstrap chroot.
        On = "on",
        /// Without one.
        Off = "off",
        /// With one from a container image.
        Image = "image",
    }
}

text_enum! {
    /// A deployment of the service.
    pub enum Deployment ("deployment") {
        /// A developer's own.
        Dev = "dev",
        /// Staging.
        Stg = "stg",
        /// Production.
        Prod = "prod",
    }
}
