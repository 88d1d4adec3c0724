//! From the text of a file to its job views, in the steps and with the rules of Packit
//! (`docs/contracts.md`, section 8.1).

use std::rc::Rc;

use super::Source;
use super::build::{JobHead, job_config};
use super::check::check_unsupported;
use super::fault::{ErrorKind, Faults, Refusal};
use super::keys::{JOB_KEYS, Level, METADATA_KEYS};
use super::layers::{Layer, Setting, join};
use super::model::{JobConfig, PackageConfig};
use super::packages::{Package, check_packaging_tool, read_packages};
use super::read;
use super::selection::{chosen_packages, unknown_package};
use super::words::{JobType, Trigger};
use super::yaml::{Entry, Node, Position, Value, compose};

/// A file may ask for this many job views: jobs, times their triggers, times their packages.
pub const MAX_JOB_VIEWS: usize = 1_000;
/// All job views together may name this many targets.
pub const MAX_TARGETS: usize = 10_000;
/// All job views together may hold this many values; counted like the file's own weight.
const MAX_VIEW_WEIGHT: usize = 500_000;

/// Reads a package configuration.
///
/// `text` is what the file holds; an empty file asks for the default jobs. The same text and
/// source always give the same answer.
///
/// # Errors
/// The text is no YAML, is over a limit, or is nothing that Packit would take; every fault that
/// can be told is told, each with its place.
pub fn load(text: &str, source: &Source) -> Result<PackageConfig, Refusal> {
    let mut loader = Loader { source, faults: Faults::default(), views: Views::default() };
    let (mut top, top_at) = loader.top(&compose(text)?)?;
    let jobs = top.remove("jobs");
    let packages = read_packages(&mut top, top_at, source, &mut loader.faults)?;
    match jobs {
        None => loader.default_jobs(&packages, top_at)?,
        Some(jobs) => loader.jobs(&jobs, &packages)?,
    }
    loader.faults.into_result()?;
    let mut names: Vec<_> = packages.into_iter().map(|package| package.name).collect();
    names.sort();
    Ok(PackageConfig { packages: names, jobs: loader.views.jobs })
}

/// The views made so far, and what they cost.
#[derive(Default)]
struct Views {
    jobs: Vec<JobConfig>,
    count: usize,
    targets: usize,
    weight: usize,
}

struct Loader<'a> {
    source: &'a Source,
    faults: Faults,
    views: Views,
}

/// One job as it is written, before it is laid over its packages.
struct WrittenJob {
    values: Layer,
    /// The settings that stand on jobs only.
    own: Layer,
    at: Position,
    path: String,
}

impl Loader<'_> {
    /// The file's top level without its scratch pad `_`.
    fn top(&mut self, root: &Rc<Node>) -> Result<(Layer, Position), Refusal> {
        let entries = match root.as_mapping() {
            Some(entries) => entries,
            None if !root.is_truthy() => &[],
            None => {
                let message = format!("a mapping of keys is expected, the file holds {}", root.described());
                return Err(Refusal::single(ErrorKind::Schema, root.at, "", message));
            }
        };
        let kept = entries.iter().filter(|entry| !(entry.key.is_text && entry.key.name == "_"));
        let kept: Vec<Entry> = kept.cloned().collect();
        check_unsupported(&Node::new(Value::Mapping(kept.clone()), root.at), "", &mut self.faults);
        let mut top = Layer::read(&kept, "", &mut self.faults);
        let path = Node::text(self.source.path.as_str(), root.at);
        top.insert_if_absent("config_file_path", path, root.at, "");
        Ok((top, root.at))
    }

    /// The jobs of a file that says nothing about jobs.
    fn default_jobs(&mut self, packages: &[Package], at: Position) -> Result<(), Refusal> {
        const DEFAULT_JOBS: [(&str, &str, &str, &str); 3] = [
            ("copr_build", "pull_request", "targets", "fedora-stable"),
            ("tests", "pull_request", "targets", "fedora-stable"),
            ("propose_downstream", "release", "dist_git_branches", "fedora-all"),
        ];
        for (index, (job, trigger, key, name)) in DEFAULT_JOBS.into_iter().enumerate() {
            let path = format!("jobs.{index}");
            let mut values = Layer::default();
            values.insert_if_absent("job", Node::text(job, at), at, &path);
            values.insert_if_absent("trigger", Node::text(trigger, at), at, &path);
            values.insert_if_absent(key, Node::sequence(&[name], at), at, &path);
            let own = values.split_off(is_job_key);
            self.job(WrittenJob { values, own, at, path }, packages)?;
        }
        Ok(())
    }

    fn jobs(&mut self, written: &Setting, packages: &[Package]) -> Result<(), Refusal> {
        let Some(items) = written.node.as_sequence() else {
            let message = format!("a list of jobs is expected, here is {}", written.node.described());
            self.faults.add(written.node.at, &written.path, message);
            return Ok(());
        };
        for (index, item) in items.iter().enumerate() {
            let path = join(&written.path, &index.to_string());
            let Some(entries) = item.as_mapping() else {
                let message = format!("a mapping is expected, here is {}", item.described());
                self.faults.add(item.at, &path, message);
                continue;
            };
            let mut values = Layer::read(entries, &path, &mut self.faults);
            self.flatten_metadata(&mut values);
            let own = values.split_off(is_job_key);
            self.job(WrittenJob { values, own, at: item.at, path }, packages)?;
        }
        Ok(())
    }

    /// Puts what the deprecated `metadata` holds onto the job itself.
    fn flatten_metadata(&mut self, job: &mut Layer) {
        let Some(written) = job.remove("metadata").filter(|written| written.node.is_truthy()) else { return };
        let Some(entries) = written.node.as_mapping() else {
            let message = format!("a mapping is expected, here is {}", written.node.described());
            return self.faults.add(written.node.at, &written.path, message);
        };
        let mut metadata = Layer::read(entries, &written.path, &mut self.faults);
        for old in ["dist-git-branch", "dist_git_branch"] {
            if let Some(setting) = metadata.remove(old) {
                metadata.insert("dist_git_branches", setting);
            }
        }
        metadata.check(Level::Metadata, |_| false, &mut self.faults);
        // Packit's own check misses `targets`: there `metadata` wins.
        for key in METADATA_KEYS.iter().filter(|key| **key != "targets") {
            if let Some(beside) = job.get(key) {
                let message = format!("`{key}` stands beside the deprecated `metadata`; drop `metadata`");
                self.faults.add(beside.at, &beside.path, message);
            }
        }
        *job = job.overlaid(&metadata);
    }

    /// Makes the views of one written job.
    fn job(&mut self, mut written: WrittenJob, packages: &[Package]) -> Result<(), Refusal> {
        let chosen = chosen_packages(&written.own, packages, &mut self.faults);
        let all_replace = |key: &str| {
            !chosen.is_empty()
                && chosen.iter().all(|(_, upper)| upper.as_ref().is_some_and(|upper| upper.contains(key)))
        };
        written.values.check(Level::Job, all_replace, &mut self.faults);
        written.own.check(Level::Job, |_| false, &mut self.faults);
        let Some((job, triggers)) = self.job_and_triggers(&written) else { return Ok(()) };

        let wants_specfile = job != JobType::Tests || !skips_build(&written.own);
        let named =
            written.own.node("package").and_then(|node| node.as_text()).filter(|name| !name.is_empty());
        if let Some(name) = named.filter(|name| !chosen.iter().any(|(package, _)| package.name == *name)) {
            let at = written.own.get("package").map_or(written.at, |setting| setting.node.at);
            unknown_package(name, at, &join(&written.path, "package"), packages, &mut self.faults);
        }
        let mut views = Vec::new();
        for (package, upper) in &chosen {
            let mut values = package.values.overlaid(&written.values);
            if let Some(upper) = upper {
                values = values.overlaid(upper);
            }
            check_packaging_tool(&values, &mut self.faults);
            if wants_specfile && !values.is_set("specfile_path") {
                let message = "`specfile_path` is missing and no spec file is known in the repository";
                self.faults.add(written.at, &join(&written.path, "specfile_path"), message);
            }
            if named.is_none_or(|name| name == package.name) {
                let is_view = packages.len() > 1 || named.is_some();
                views.push((is_view.then_some(package.name.as_str()), values));
            }
        }
        for trigger in triggers {
            for (view_of, values) in &views {
                self.views.charge(values, &written)?;
                if self.faults.is_empty() {
                    let head = JobHead { job, trigger, own: &written.own, view_of: *view_of };
                    self.views.jobs.push(job_config(&head, values));
                }
            }
        }
        Ok(())
    }

    /// What the job is and what starts it; `None` if that cannot be told, which is noted.
    fn job_and_triggers(&mut self, written: &WrittenJob) -> Option<(JobType, Vec<Trigger>)> {
        for key in ["job", "trigger"] {
            if !written.own.contains(key) {
                self.faults.add(written.at, &join(&written.path, key), format!("`{key}` is missing"));
            }
        }
        let job = written.own.node("job")?.as_text()?.parse().ok()?;
        let triggers = read::triggers(written.own.node("trigger")?.as_text()?);
        Some((job, triggers.into_iter().map(|word| word.parse().ok()).collect::<Option<_>>()?))
    }
}

impl Views {
    /// Counts one more view against the limits.
    fn charge(&mut self, values: &Layer, job: &WrittenJob) -> Result<(), Refusal> {
        let targets = values.node("targets").map_or(0, |node| {
            node.as_sequence().map_or_else(|| node.as_mapping().map_or(1, <[_]>::len), <[_]>::len)
        });
        self.count += 1;
        self.targets = self.targets.saturating_add(targets);
        self.weight = self.weight.saturating_add(values.weight());
        let message = if self.count > MAX_JOB_VIEWS {
            format!("with all triggers and packages there are more than {MAX_JOB_VIEWS} jobs")
        } else if self.targets > MAX_TARGETS {
            format!("all jobs together name more than {MAX_TARGETS} targets")
        } else if self.weight > MAX_VIEW_WEIGHT {
            format!("all jobs together hold more than {MAX_VIEW_WEIGHT} values")
        } else {
            return Ok(());
        };
        Err(Refusal::single(ErrorKind::Limit, job.at, &job.path, message))
    }
}

fn is_job_key(key: &str) -> bool {
    JOB_KEYS.iter().any(|known| known.name == key)
}

fn skips_build(own: &Layer) -> bool {
    own.node("skip_build").and_then(|node| read::flag(node)).unwrap_or(false)
}
