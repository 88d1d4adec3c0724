//! What the simulator does: how long things take, what fails, what goes wrong on the way.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything that can be set. Missing fields of the JSON take their defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// The same seed and the same order of calls give the same run.
    pub seed: u64,
    /// How long things take.
    pub latencies: Latencies,
    /// How long the build of a chroot takes in milliseconds, where that is not `latencies.build_ms`.
    pub chroot_build_ms: BTreeMap<String, u64>,
    /// Which builds fail; the first rule that fits decides, without one they succeed.
    pub builds: Vec<BuildRule>,
    /// Which builds of Koji fail; the first rule that fits decides, without one they succeed.
    pub koji_builds: Vec<KojiRule>,
    /// Faults that Koji answers with instead of doing what it was asked.
    pub koji_faults: Vec<KojiFault>,
    /// Version and release that a commit's package has in Koji, without the distribution: `1.0-3`. Where nothing is told, each
    /// new commit is one release further.
    pub versions: BTreeMap<String, String>,
    /// Which tests do not pass; the first rule that fits decides, without one they pass.
    pub tests: Vec<TestRule>,
    /// What becomes of updates; the first rule that fits decides, without one they become stable.
    pub updates: Vec<UpdateRule>,
    /// What goes wrong between a system and its callers.
    pub troubles: BTreeMap<System, Trouble>,
    /// How Testing Farm calls back.
    pub callbacks: Callbacks,
    /// The chroots that Copr knows.
    pub chroots: Vec<String>,
    /// The composes that Testing Farm has: regular expressions that match in full.
    pub composes: Vec<String>,
}

impl Default for Behaviour {
    fn default() -> Self {
        let arches = ["x86_64", "aarch64", "ppc64le", "s390x"];
        let distros = [
            "fedora-41",
            "fedora-42",
            "fedora-43",
            "fedora-44",
            "fedora-rawhide",
            "fedora-eln",
            "epel-8",
            "epel-9",
            "epel-10",
            "centos-stream-9",
            "centos-stream-10",
            "rhel+epel-10",
            "opensuse-tumbleweed",
        ];
        let chroots =
            distros.iter().flat_map(|distro| arches.map(|arch| format!("{distro}-{arch}"))).collect();
        let composes = [
            r"Fedora-\d{2}",
            "Fedora-Rawhide",
            r"CentOS-Stream-\d{1,2}",
            r"CentOS-\d",
            "Fedora-eln",
            r"Oracle-Linux-\d(\.\d+)?",
        ];
        Self {
            seed: 0,
            latencies: Latencies::default(),
            chroot_build_ms: BTreeMap::new(),
            builds: Vec::new(),
            koji_builds: Vec::new(),
            koji_faults: Vec::new(),
            versions: BTreeMap::new(),
            tests: Vec::new(),
            updates: Vec::new(),
            troubles: BTreeMap::new(),
            callbacks: Callbacks::default(),
            chroots,
            composes: composes.map(str::to_owned).to_vec(),
        }
    }
}

impl Behaviour {
    /// All is done at once: for benchmarks, and for tests that do not watch things move.
    pub fn immediate() -> Self {
        Self { latencies: Latencies::ZERO, ..Self::default() }
    }
}

/// How long things take, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Latencies {
    /// Copr: waiting for a builder, before the source phase and before each chroot. Koji: before a task, and tagging.
    pub queue_ms: u64,
    /// Copr: making or fetching the SRPM. Koji: making it.
    pub source_ms: u64,
    /// Copr: importing the SRPM, before chroots start.
    pub import_ms: u64,
    /// Copr: building one chroot. Koji: one architecture.
    pub build_ms: u64,
    /// Testing Farm: from `new` to `running`.
    pub test_queue_ms: u64,
    /// Testing Farm: running.
    pub test_ms: u64,
    /// Testing Farm: from `cancel-requested` to `canceled`.
    pub cancel_ms: u64,
    /// Bodhi: until an update is in testing.
    pub update_pending_ms: u64,
    /// Bodhi: from testing to stable.
    pub update_testing_ms: u64,
    /// How much longer one thing takes than another: each takes its time and up to so many percent more.
    pub spread_percent: u64,
}

impl Latencies {
    /// Everything at once.
    pub const ZERO: Self = Self {
        queue_ms: 0,
        source_ms: 0,
        import_ms: 0,
        build_ms: 0,
        test_queue_ms: 0,
        test_ms: 0,
        cancel_ms: 0,
        update_pending_ms: 0,
        update_testing_ms: 0,
        spread_percent: 0,
    };
}

impl Default for Latencies {
    /// Slow enough to be watched, quick enough not to be waited for.
    fn default() -> Self {
        Self {
            queue_ms: 500,
            source_ms: 3_000,
            import_ms: 500,
            build_ms: 6_000,
            test_queue_ms: 1_000,
            test_ms: 5_000,
            cancel_ms: 500,
            update_pending_ms: 3_000,
            update_testing_ms: 8_000,
            spread_percent: 80,
        }
    }
}

/// A simulated system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    /// Copr.
    Copr,
    /// Testing Farm.
    TestingFarm,
    /// GitHub.
    #[serde(rename = "github")]
    GitHub,
    /// Koji.
    Koji,
    /// Bodhi.
    Bodhi,
    /// GitLab.
    #[serde(rename = "gitlab")]
    GitLab,
    /// Forgejo.
    Forgejo,
    /// Pagure.
    Pagure,
}

/// Which builds end how. Fields that are not given fit everything; texts may hold `*` and `?`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildRule {
    /// The chroot; `srpm-builds` for the source phase.
    pub chroot: String,
    /// The package's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The Copr project's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// How they end.
    pub outcome: BuildOutcome,
}

/// How a build ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildOutcome {
    /// It succeeds: an exception from a later rule.
    Succeeded,
    /// It fails.
    Failed,
    /// It fails the first time that this package is built there, then succeeds.
    FailedOnce,
}

/// Which builds of Koji end how. Fields that are not given fit everything; texts may hold `*` and `?`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KojiRule {
    /// The target: `f42-candidate`, a sidetag.
    pub target: String,
    /// The package's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// Scratch builds only, or real ones only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scratch: Option<bool>,
    /// How they end; `failed_once` counts by package and target.
    pub outcome: BuildOutcome,
}

/// A fault instead of an answer; nothing is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KojiFault {
    /// The method; it may hold `*` and `?`.
    pub method: String,
    /// Koji's number of the fault: 1002 for a session that it does not know, 1014 while it is closed.
    pub code: i32,
    /// What it says.
    pub text: String,
    /// How many calls are answered so.
    pub next: u32,
}

/// Which tests end how. Fields that are not given fit everything; texts may hold `*` and `?`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestRule {
    /// The compose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compose: Option<String>,
    /// The plan (`test.tmt.name`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// The repository of the tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Variables of the environment, all of which must fit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// How they end.
    pub outcome: TestOutcome,
}

/// How a test request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestOutcome {
    /// They pass: an exception from a later rule.
    Passed,
    /// They fail.
    Failed,
    /// They fail the first time that the same revision is tested there, then pass.
    FailedOnce,
    /// The request completes with the result `error`.
    Error,
    /// The request ends in the state `error`: no machine could be had.
    Infrastructure,
}

/// What becomes of which updates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateRule {
    /// Name, version and release of a build that it holds; may hold `*` and `?`.
    pub build: String,
    /// What becomes of it.
    pub outcome: UpdateOutcome,
}

/// What becomes of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateOutcome {
    /// It becomes stable: an exception from a later rule.
    Stable,
    /// It stays in testing.
    StaysInTesting,
    /// Somebody unpushes it, instead of its becoming stable.
    Unpushed,
    /// The same, but when it is submitted again it becomes stable.
    UnpushedOnce,
    /// It is made obsolete, instead of becoming stable.
    Obsolete,
    /// It becomes stable, but its builds are no candidates yet when they are sent for the first time.
    TaggedLate,
}

/// What goes wrong between one system and its callers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Trouble {
    /// It is away.
    pub outage: Option<Outage>,
    /// Some answers are slow.
    pub slow: Slowness,
    /// Some answers are lost after the work was begun.
    pub lost_answers: LostAnswers,
    /// Some calls are too many.
    pub limited: Limited,
}

/// Calls that are refused because too many were made; nothing is begun. Only calls that change something are hit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limited {
    /// The next so many.
    pub next: u32,
    /// How many seconds callers are told to wait, in `retry-after`.
    pub retry_after_s: u64,
}

/// A system is away for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// What callers see.
    pub kind: OutageKind,
    /// How long from the moment that this was told, in milliseconds.
    pub for_ms: u64,
}

/// What callers see of an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutageKind {
    /// Status 503 with an HTML page, as a proxy answers.
    Unavailable,
    /// The connection is dropped without an answer; nothing is begun.
    Dropped,
}

/// Slow answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Slowness {
    /// How many of a hundred calls.
    pub percent: u8,
    /// How much later they are answered, in milliseconds.
    pub ms: u64,
}

/// Answers that never arrive: the work is begun, then the connection is dropped. Only calls that begin something (a
/// build, a test request, a status, a check run) are hit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LostAnswers {
    /// The next so many.
    pub next: u32,
    /// And then so many of a hundred.
    pub percent: u8,
}

/// How Testing Farm calls back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Callbacks {
    /// Each is sent so many times more.
    pub repeats: u8,
    /// How late they are, in milliseconds.
    pub late_ms: u64,
    /// How many of a hundred are never sent.
    pub lost_percent: u8,
}
