use crate::text_enum::text_enum;
use crate::words::JobKind;

text_enum! {
    /// An outside system that carries out jobs. Each has a queue of its own, which can be paused.
    pub enum BuildSystem("build system") {
        /// Copr, by its API v3; it makes SRPMs too.
        Copr = "copr",
        /// Testing Farm, by its API v0.1.
        TestingFarm = "testing-farm",
        /// Koji, by its XML-RPC hub.
        Koji = "koji",
        /// Bodhi, by its HTTP API.
        Bodhi = "bodhi",
        /// Packit's own command line, for what needs a checkout of sources.
        DistGit = "dist-git",
        /// The image builder.
        ImageBuilder = "image-builder",
        /// OpenScanHub.
        OpenScanHub = "openscanhub",
        /// Log Detective.
        LogDetective = "log-detective",
    }
}

impl BuildSystem {
    /// The system that carries out jobs of this kind.
    pub const fn of(kind: JobKind) -> Self {
        match kind {
            JobKind::SrpmBuild | JobKind::CoprBuild => Self::Copr,
            JobKind::TestRun => Self::TestingFarm,
            JobKind::KojiBuild | JobKind::KojiTagRequest => Self::Koji,
            JobKind::BodhiUpdate => Self::Bodhi,
            JobKind::ProposeDownstream | JobKind::PullFromUpstream => Self::DistGit,
            JobKind::VmImageBuild => Self::ImageBuilder,
            JobKind::OpenscanhubScan => Self::OpenScanHub,
            JobKind::LogDetectiveAnalysis => Self::LogDetective,
        }
    }
}
