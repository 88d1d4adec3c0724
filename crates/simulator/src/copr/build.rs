//! One build and how it moves on with the clock: the source phase (`srpm-builds`), then its chroots.

use serde_json::{Value, json};

/// Copr's words for where a source phase, a chroot or a build stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChrootState {
    Pending,
    Running,
    Importing,
    Waiting,
    Succeeded,
    Failed,
    Canceled,
}

impl ChrootState {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Importing => "importing",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    pub(super) const fn is_finished(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Canceled)
    }
}

/// Where the sources come from, as it is told by `source-build-config`.
#[derive(Debug)]
pub(super) enum Source {
    Custom { script: String, chroot: String, builddeps: Vec<String>, resultdir: String, repos: Vec<String> },
    Link { url: String },
}

/// Moments of the source phase, in milliseconds since 1970.
#[derive(Debug)]
pub(super) struct SourcePhase {
    pub(super) starts: i64,
    pub(super) imports: i64,
    pub(super) ends: i64,
    pub(super) fails: bool,
}

/// Moments of one chroot.
#[derive(Debug)]
pub(super) struct Chroot {
    pub(super) name: String,
    pub(super) starts: i64,
    pub(super) ends: i64,
    pub(super) fails: bool,
}

#[derive(Debug)]
pub(super) struct Build {
    pub(super) id: u64,
    pub(super) owner: String,
    pub(super) project: String,
    pub(super) submitter: String,
    pub(super) package: String,
    pub(super) version: String,
    pub(super) source: Source,
    pub(super) submitted: i64,
    pub(super) phase: SourcePhase,
    pub(super) chroots: Vec<Chroot>,
    pub(super) canceled: Option<i64>,
    /// Options that were asked for, as they were given.
    pub(super) options: Value,
}

impl Build {
    pub(super) fn source_state(&self, now: i64) -> ChrootState {
        let phase = &self.phase;
        if self.canceled.is_some_and(|at| at < phase.ends) {
            ChrootState::Canceled
        } else if now < phase.starts {
            ChrootState::Pending
        } else if now < phase.imports {
            ChrootState::Running
        } else if phase.fails {
            ChrootState::Failed
        } else if now < phase.ends {
            ChrootState::Importing
        } else {
            ChrootState::Succeeded
        }
    }

    pub(super) fn chroot_state(&self, chroot: &Chroot, now: i64) -> ChrootState {
        let end = if self.phase.fails { self.phase.ends } else { chroot.ends };
        if self.canceled.is_some_and(|at| at < end) {
            return ChrootState::Canceled;
        }
        if now < self.phase.ends {
            ChrootState::Waiting
        } else if self.phase.fails {
            ChrootState::Failed
        } else if now < chroot.starts {
            ChrootState::Pending
        } else if now < chroot.ends {
            ChrootState::Running
        } else if chroot.fails {
            ChrootState::Failed
        } else {
            ChrootState::Succeeded
        }
    }

    /// The state of the whole build: the source phase's until it succeeded, then the first of a fixed order that a
    /// chroot is in.
    pub(super) fn state(&self, now: i64) -> ChrootState {
        use ChrootState as S;
        let source = self.source_state(now);
        if source != S::Succeeded {
            return source;
        }
        let states: Vec<S> = self.chroots.iter().map(|chroot| self.chroot_state(chroot, now)).collect();
        [S::Canceled, S::Running, S::Pending, S::Failed, S::Succeeded]
            .into_iter()
            .find(|state| states.contains(state))
            .unwrap_or(S::Succeeded)
    }

    pub(super) fn srpm_url(&self, url: &str) -> String {
        match &self.source {
            Source::Link { url } => url.clone(),
            Source::Custom { .. } => format!(
                "{url}/copr/results/{}/{}/srpm-builds/{:08}/{}-{}-1.src.rpm",
                self.owner, self.project, self.id, self.package, self.version
            ),
        }
    }

    pub(super) fn shown(&self, url: &str, now: i64) -> Value {
        let finished = self.state(now).is_finished();
        // Known once the source phase is over, and not before.
        let known = self.source_state(now) == ChrootState::Succeeded;
        let started: Vec<i64> =
            self.chroots.iter().filter_map(|chroot| self.started_on(chroot, now)).collect();
        let ended: Vec<i64> = self.chroots.iter().filter_map(|chroot| self.ended_on(chroot, now)).collect();
        json!({
            "id": self.id,
            "state": self.state(now).word(),
            "projectname": self.project,
            "ownername": self.owner,
            "repo_url": format!("{url}/copr/results/{}/{}", self.owner, self.project),
            "source_package": {
                "name": known.then_some(&self.package),
                "version": known.then(|| format!("{}-1", self.version)),
                "url": known.then(|| self.srpm_url(url)),
            },
            "submitted_on": self.submitted / 1000,
            "started_on": started.iter().min(),
            "ended_on": if finished { ended.iter().max() } else { None },
            "submitter": self.submitter,
            "chroots": self.chroots.iter().map(|chroot| &chroot.name).collect::<Vec<_>>(),
            "project_dirname": self.project,
            "is_background": self.options["background"].as_bool().unwrap_or(false),
        })
    }

    pub(super) fn shown_chroot(&self, chroot: &Chroot, url: &str, now: i64) -> Value {
        let started = self.started_on(chroot, now);
        let result_url = format!(
            "{url}/copr/results/{}/{}/{}/{:08}-{}/",
            self.owner, self.project, chroot.name, self.id, self.package
        );
        json!({
            "name": chroot.name,
            "started_on": started,
            "ended_on": self.ended_on(chroot, now),
            "result_url": started.map(|_| result_url),
            "state": self.chroot_state(chroot, now).word(),
        })
    }

    fn started_on(&self, chroot: &Chroot, now: i64) -> Option<i64> {
        let ran =
            !self.phase.fails && now >= chroot.starts && self.canceled.is_none_or(|at| at >= chroot.starts);
        ran.then_some(chroot.starts / 1000)
    }

    fn ended_on(&self, chroot: &Chroot, now: i64) -> Option<i64> {
        let ends = if self.phase.fails { self.phase.ends } else { chroot.ends };
        self.chroot_state(chroot, now)
            .is_finished()
            .then(|| self.canceled.map_or(ends, |at| at.min(ends)) / 1000)
    }

    /// What a chroot built: the source package and one for its architecture.
    pub(super) fn packages(&self, chroot: &Chroot, now: i64) -> Vec<Value> {
        if self.chroot_state(chroot, now) != ChrootState::Succeeded {
            return Vec::new();
        }
        let (distro, arch) = chroot.name.rsplit_once('-').unwrap_or((&chroot.name, "noarch"));
        let dist = match distro.rsplit_once('-') {
            Some(("fedora", number)) => format!("fc{number}"),
            Some((_, number)) => format!("el{number}"),
            None => distro.to_owned(),
        };
        ["src", arch]
            .map(|arch| {
                json!({
                    "name": self.package,
                    "epoch": 0,
                    "version": self.version,
                    "release": format!("1.{dist}"),
                    "arch": arch,
                })
            })
            .to_vec()
    }
}
