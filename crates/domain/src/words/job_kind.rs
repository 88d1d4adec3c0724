use crate::text_enum::text_enum;

text_enum! {
    /// What a job does; each kind is carried out by one [`BuildSystem`](crate::words::BuildSystem).
    pub enum JobKind("job kind") {
        /// The source package, made from the commit. It has one target.
        SrpmBuild = "srpm_build",
        /// Builds in Copr, one target per chroot.
        CoprBuild = "copr_build",
        /// Builds in Koji, real or scratch, one target per dist-git branch.
        KojiBuild = "koji_build",
        /// Testing Farm requests, one target per distribution and architecture.
        TestRun = "test_run",
        /// Pull requests that carry an upstream release into dist-git, one target per branch.
        ProposeDownstream = "propose_downstream",
        /// The same, started from the distribution's side.
        PullFromUpstream = "pull_from_upstream",
        /// Bodhi updates, one target per release.
        BodhiUpdate = "bodhi_update",
        /// A virtual machine image from built packages.
        VmImageBuild = "vm_image_build",
        /// Tagging a Koji build into a sidetag.
        KojiTagRequest = "koji_tag_request",
        /// A static analysis of a build.
        OpenscanhubScan = "openscanhub_scan",
        /// An explanation of a failed build's log.
        LogDetectiveAnalysis = "log_detective_analysis",
    }
}

impl JobKind {
    /// Whether it makes packages or images: what `rebuild` means.
    pub const fn is_build(self) -> bool {
        match self {
            Self::SrpmBuild | Self::CoprBuild | Self::KojiBuild | Self::VmImageBuild => true,
            Self::TestRun
            | Self::ProposeDownstream
            | Self::PullFromUpstream
            | Self::BodhiUpdate
            | Self::KojiTagRequest
            | Self::OpenscanhubScan
            | Self::LogDetectiveAnalysis => false,
        }
    }

    /// Whether it runs tests: what `retest` means.
    pub const fn is_test(self) -> bool {
        matches!(self, Self::TestRun)
    }
}
