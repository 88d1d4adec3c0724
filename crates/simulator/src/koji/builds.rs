//! Builds: asked for, read. Each name, version and release is there once.

use serde_json::{Value, json};

use super::store::{ACCOUNT, Koji};
use super::tags::{Tagging, Target};
use super::tasks::{Task, TaskState, seconds, text};
use super::wire::{Arguments, Fault};
use crate::behaviour::{Behaviour, BuildOutcome};
use crate::chance::spread;
use crate::glob::{fits, fits_if_given};

/// What packages are built for.
const ARCHES: [&str; 2] = ["x86_64", "aarch64"];

#[derive(Debug)]
pub(super) struct Build {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) release: String,
    pub(super) task: i64,
    pub(super) source: String,
    pub(super) extra: Value,
    /// When its sources are known, in milliseconds since 1970: there is no build before.
    pub(super) begins: i64,
}

impl Build {
    pub(super) fn nvr(&self) -> String {
        format!("{}-{}-{}", self.name, self.version, self.release)
    }

    pub(super) fn state(&self, koji: &Koji, now: i64) -> (&'static str, i64) {
        match koji.tasks.get(&self.task).map(|task| task.state(now)) {
            Some(TaskState::Closed) => ("COMPLETE", 1),
            Some(TaskState::Failed) => ("FAILED", 3),
            Some(TaskState::Canceled) => ("CANCELED", 4),
            Some(TaskState::Free | TaskState::Open) | None => ("BUILDING", 0),
        }
    }

    pub(super) fn is_complete(&self, koji: &Koji, now: i64) -> bool {
        self.state(koji, now).1 == 1
    }

    pub(super) fn is_there(&self, koji: &Koji, now: i64) -> bool {
        let canceled = koji.tasks.get(&self.task).and_then(|task| task.canceled);
        self.begins <= canceled.unwrap_or(now).min(now)
    }

    pub(super) fn shown(&self, koji: &Koji, account: &str, now: i64) -> Value {
        let task = koji.tasks.get(&self.task).map(|task| task.shown(now)).unwrap_or_default();
        json!({
            "build_id": self.id,
            "id": self.id,
            "nvr": self.nvr(),
            "name": self.name,
            "package_name": self.name,
            "package_id": 1,
            "version": self.version,
            "release": self.release,
            "epoch": null,
            "state": self.state(koji, now).1,
            "task_id": self.task,
            "source": self.source,
            "owner_id": ACCOUNT,
            "owner_name": account,
            "creation_time": text(self.begins),
            "creation_ts": seconds(self.begins),
            "start_time": task["start_time"],
            "start_ts": task["start_ts"],
            "completion_time": task["completion_time"],
            "completion_ts": task["completion_ts"],
            "volume_id": 0,
            "volume_name": "DEFAULT",
            "extra": self.extra,
        })
    }
}

/// What a build is to be made of.
enum Sources {
    Commit { package: String, hash: String },
    Srpm { package: String },
}

/// What happens to a build, as far as it is known when it is asked for.
struct Course {
    fault: Option<Fault>,
    /// Whether the SRPM is made before it fails.
    has_srpm: bool,
    /// The architecture that fails, if one does.
    failing: Option<&'static str>,
}

impl Koji {
    pub(super) fn get_build(&self, arguments: &Arguments, account: &str, now: i64) -> Result<Value, Fault> {
        let which = arguments.get(0, "buildInfo");
        match self.find_build(which).filter(|build| build.is_there(self, now)) {
            Some(build) => Ok(build.shown(self, account, now)),
            None if arguments.flag(1, "strict") => Err(Fault::generic(format!("No such build: {which}"))),
            None => Ok(Value::Null),
        }
    }

    pub(super) fn list_builds(&self, arguments: &Arguments, account: &str, now: i64) -> Value {
        let (user, task) = (arguments.get(1, "userID"), arguments.get(2, "taskID"));
        let is_user = user.is_null() || *user == ACCOUNT || *user == account;
        let (prefix, state) = (arguments.get(3, "prefix").as_str(), arguments.get(4, "state"));
        self.builds
            .values()
            .filter(|build| is_user && build.is_there(self, now))
            .filter(|build| task.is_null() || *task == build.task)
            .filter(|build| prefix.is_none_or(|prefix| build.name.starts_with(prefix)))
            .filter(|build| state.is_null() || *state == build.state(self, now).1)
            .map(|build| build.shown(self, account, now))
            .collect()
    }

    /// Asks for a build. What is wrong with it is found by its task, as at Koji.
    pub(super) fn begin_build(
        &mut self,
        arguments: &Arguments,
        behaviour: &Behaviour,
        now: i64,
    ) -> Result<i64, Fault> {
        let (source, target_name) =
            (arguments.text(0, "src")?.to_owned(), arguments.text(1, "target")?.to_owned());
        let options = arguments.get(2, "opts").clone();
        let scratch = options["scratch"] == true;
        let id = self.next_id();
        let took =
            |base_ms, what: &str| spread(behaviour.seed, &behaviour.latencies, base_ms, (id, "koji", what));
        let starts = now + took(behaviour.latencies.queue_ms, "queue");
        let srpm_ends = starts + took(behaviour.latencies.source_ms, "source");
        let target = self.target(&target_name);
        let sources = self.sources(&source);
        let course = self.course(&sources, target.as_ref(), scratch, behaviour, now);
        let fails_at = |arch: &str| srpm_ends + took(behaviour.latencies.build_ms, arch);
        let ends = match (&course, course.failing) {
            (Course { has_srpm: false, .. }, _) => starts,
            (_, Some(arch)) => fails_at(arch),
            (Course { fault: Some(_), .. }, None) => srpm_ends,
            (Course { fault: None, .. }, None) => ARCHES.into_iter().map(fails_at).max().unwrap_or(srpm_ends),
        };
        let request = json!([source, target_name, options]);
        let task =
            |id, parent, method, arch: &'static str, label: Option<&str>, request, starts, ends, fault| {
                Task {
                    id,
                    parent,
                    method,
                    label: label.map(str::to_owned),
                    arch,
                    request,
                    created: now,
                    starts,
                    ends,
                    fault,
                    canceled: None,
                }
            };
        let fault = course.fault.clone();
        self.tasks.insert(id, task(id, None, "build", "noarch", None, request, starts, ends, fault));
        if course.has_srpm {
            let method = if matches!(sources, Some(Sources::Srpm { .. })) {
                "rebuildSRPM"
            } else {
                "buildSRPMFromSCM"
            };
            let child = self.next_id();
            let request = json!([source, target_name, {"scratch": scratch}]);
            let srpm =
                task(child, Some(id), method, "noarch", Some("srpm"), request, starts, srpm_ends, None);
            self.tasks.insert(child, srpm);
        }
        let makes_a_build = course.has_srpm && (course.fault.is_none() || course.failing.is_some());
        if makes_a_build {
            for arch in ARCHES {
                let child = self.next_id();
                let fault = course.fault.clone().filter(|_| course.failing == Some(arch));
                let ends = fails_at(arch).min(ends);
                let request = json!([source, target_name, arch, {"scratch": scratch}]);
                let build =
                    task(child, Some(id), "buildArch", arch, Some(arch), request, srpm_ends, ends, fault);
                self.tasks.insert(child, build);
            }
        }
        if let (Some(Sources::Commit { package, hash }), Some(target), false, true) =
            (&sources, &target, scratch, makes_a_build)
        {
            let extra = json!({
                "source": {"original_url": source},
                "custom_user_metadata": options["custom_user_metadata"],
            });
            let (version, release) = self.version_of(package, hash, target, behaviour);
            let build = Build {
                id: 0,
                name: package.clone(),
                version,
                release,
                task: id,
                source,
                extra,
                begins: srpm_ends,
            };
            self.put_build(build, target, ends);
        }
        Ok(id)
    }

    /// One that failed or was canceled is built again under its id.
    fn put_build(&mut self, mut build: Build, target: &Target, ends: i64) {
        build.id = match self.find_build(&json!(build.nvr())) {
            Some(earlier) => earlier.id,
            None => self.next_id(),
        };
        self.taggings.retain(|tagging| tagging.build != build.id);
        self.taggings.push(Tagging { tag: target.dest_tag.clone(), build: build.id, from: ends, to: None });
        self.builds.insert(build.id, build);
    }

    fn course(
        &mut self,
        sources: &Option<Sources>,
        target: Option<&Target>,
        scratch: bool,
        behaviour: &Behaviour,
        now: i64,
    ) -> Course {
        let at_once = |fault| Course { fault: Some(fault), has_srpm: false, failing: None };
        let Some(target) = target else { return at_once(Fault::generic("invalid build target")) };
        let package = match sources {
            None => return at_once(Fault::generic("Invalid source specification")),
            Some(Sources::Srpm { .. }) if !scratch => {
                return at_once(Fault::not_allowed("policy violation (build_from_srpm)"));
            }
            Some(Sources::Srpm { package }) => package.clone(),
            Some(Sources::Commit { package, hash }) => {
                if !scratch && let Some(fault) = self.stands_in_the_way(package, hash, target, behaviour, now)
                {
                    return Course { fault: Some(fault), has_srpm: true, failing: None };
                }
                package.clone()
            }
        };
        if !self.fails(behaviour, &package, target, scratch) {
            return Course { fault: None, has_srpm: true, failing: None };
        }
        let fault = Fault::build(format!(
            "error building package (arch {}), mock exited with status 1; see build.log for more information",
            ARCHES[0]
        ));
        Course { fault: Some(fault), has_srpm: true, failing: Some(ARCHES[0]) }
    }

    /// The build of the same name, version and release, if it may not be made again.
    fn stands_in_the_way(
        &mut self,
        package: &str,
        hash: &str,
        target: &Target,
        behaviour: &Behaviour,
        now: i64,
    ) -> Option<Fault> {
        let (version, release) = self.version_of(package, hash, target, behaviour);
        let nvr = format!("{package}-{version}-{release}");
        let earlier = self.find_build(&json!(nvr))?;
        match earlier.state(self, now) {
            ("BUILDING", _) => {
                Some(Fault::generic(format!("Build already in progress (task {})", earlier.task)))
            }
            ("FAILED" | "CANCELED", _) => None,
            (word, _) => Some(Fault::generic(format!(
                "Build already exists (id={}, state={word}): {{'name': '{package}', 'version': '{version}', \
                 'release': '{release}'}}",
                earlier.id
            ))),
        }
    }

    /// Version and release of a commit: as they are told, else each new commit is one release further.
    fn version_of(
        &mut self,
        package: &str,
        hash: &str,
        target: &Target,
        behaviour: &Behaviour,
    ) -> (String, String) {
        let dist = self.dist_of(&target.build_tag);
        if let Some((version, release)) = behaviour.versions.get(hash).and_then(|told| told.split_once('-')) {
            return (version.to_owned(), format!("{release}.{dist}"));
        }
        let commits = self.commits.entry((package.to_owned(), dist.clone())).or_default();
        let place = commits.iter().position(|known| known == hash).unwrap_or_else(|| {
            commits.push(hash.to_owned());
            commits.len() - 1
        });
        ("1.0.0".to_owned(), format!("{}.{dist}", place + 1))
    }

    fn fails(&mut self, behaviour: &Behaviour, package: &str, target: &Target, scratch: bool) -> bool {
        let times = self.times_built.entry((package.to_owned(), target.name.clone())).or_default();
        *times += 1;
        let rule = behaviour.koji_builds.iter().find(|rule| {
            fits(&rule.target, &target.name)
                && fits_if_given(rule.package.as_deref(), package)
                && rule.scratch.is_none_or(|wanted| wanted == scratch)
        });
        match rule.map(|rule| rule.outcome) {
            None | Some(BuildOutcome::Succeeded) => false,
            Some(BuildOutcome::Failed) => true,
            Some(BuildOutcome::FailedOnce) => *times == 1,
        }
    }

    /// A commit, or an SRPM that was uploaded in full; none if it is neither.
    fn sources(&self, source: &str) -> Option<Sources> {
        if let Some(upload) = self.uploads.get(source) {
            let stem = source.rsplit('/').next()?.strip_suffix(".src.rpm")?;
            let package = stem.rsplitn(3, '-').nth(2)?.to_owned();
            return upload.is_whole.then_some(Sources::Srpm { package });
        }
        let (repository, hash) = source.strip_prefix("git+")?.split_once('#')?;
        let package = repository.rsplit('/').next()?.trim_end_matches(".git").to_owned();
        (!package.is_empty() && !hash.is_empty()).then(|| Sources::Commit { package, hash: hash.to_owned() })
    }
}
