//! An occasion, a configuration, and a plan drawn as lines.

use serde_json::json;

use crate::event::{PullRequest, PullRequestAction};
use crate::package_config::{PackageConfig, Source, load};
use crate::plan::{Occasion, Omission, Plan, PlannedPipeline, Rules, Trigger, Wanted, plan};
use crate::releases::Releases;
use crate::words::ProjectKey;

/// Fedora 42 and 43 are stable, 44 is Rawhide; EPEL 8 and 9.
pub(super) fn releases() -> Releases {
    let release = |name: String, long: String, version: &str, prefix: &str, branch: String, state: &str| {
        json!({
            "name": name, "long_name": long, "version": version, "id_prefix": prefix, "branch": branch, "state": state,
        })
    };
    let fedora = |version: &str, state: &str| {
        let (name, long) = (format!("F{version}"), format!("Fedora {version}"));
        release(name, long, version, "FEDORA", format!("f{version}"), state)
    };
    let epel = |version: &str| {
        let (name, long) = (format!("EPEL-{version}"), format!("Fedora EPEL {version}"));
        release(name, long, version, "FEDORA-EPEL", format!("epel{version}"), "current")
    };
    let releases =
        [fedora("42", "current"), fedora("43", "current"), fedora("44", "pending"), epel("8"), epel("9")];
    Releases::from_bodhi([json!({"releases": releases}).to_string().as_str()]).unwrap()
}

/// What happens, and what of it is not as usual.
pub(super) struct Case {
    pub(super) project: ProjectKey,
    pub(super) default_branch: Option<&'static str>,
    pub(super) pull_request: PullRequest,
    pub(super) rules: Rules,
    pub(super) when: When,
    pub(super) wanted: Option<Wanted>,
}

/// What happens.
pub(super) enum When {
    PullRequest,
    Push(String),
    Release(String),
}

/// Pull request 7 of github.com/packit/hello, from a fork into `main`, without labels.
pub(super) fn pull_request() -> Case {
    Case {
        project: ProjectKey::new("github.com", "packit", "hello"),
        default_branch: Some("main"),
        pull_request: PullRequest {
            action: PullRequestAction::Opened,
            number: 7,
            author: Some("lbarcziova".to_owned()),
            head: "c0ffee".to_owned(),
            before: None,
            target_branch: "main".to_owned(),
            source: None,
            labels: Vec::new(),
        },
        rules: Rules::default(),
        when: When::PullRequest,
        wanted: None,
    }
}

/// A push to a branch of the same project.
pub(super) fn push(branch: &str) -> Case {
    Case { when: When::Push(branch.to_owned()), ..pull_request() }
}

/// A release of the same project.
pub(super) fn release(tag: &str) -> Case {
    Case { when: When::Release(tag.to_owned()), ..pull_request() }
}

impl Case {
    /// Plans a configuration that is written without its first line, which names the spec file.
    pub(super) fn plan(&self, text: &str) -> Plan {
        self.plan_of(&configuration(text))
    }

    /// Plans a configuration.
    pub(super) fn plan_of(&self, configuration: &PackageConfig) -> Plan {
        let trigger = match &self.when {
            When::PullRequest => Trigger::PullRequest(&self.pull_request),
            When::Push(branch) => Trigger::Push { branch },
            When::Release(tag) => Trigger::Release { tag },
        };
        let occasion = Occasion {
            project: &self.project,
            default_branch: self.default_branch,
            trigger,
            project_url: format!("https://{}", self.project),
            source_url: Some("https://github.com/lbarcziova/hello".to_owned()),
            target_hash: None,
            wanted: self.wanted.clone(),
            is_dist_git: self.project.namespace == "rpms",
        };
        plan(&occasion, configuration, &releases(), &self.rules)
    }

    /// The plan of a configuration as lines.
    pub(super) fn drawn(&self, text: &str) -> Vec<String> {
        drawn(&self.plan(text))
    }
}

/// Reads a configuration of the repository `hello`.
pub(super) fn configuration(text: &str) -> PackageConfig {
    let source = Source {
        path: ".packit.yaml".to_owned(),
        repository: "hello".to_owned(),
        spec_files: Some(vec!["hello.spec".to_owned()]),
    };
    load(text, &source).unwrap_or_else(|refusal| panic!("{refusal:?}\n{text}"))
}

/// One line for each package, step and omission. A step is `place kind[identifier] < previous: targets`, a target that
/// consumes another one than of its own name has that one's name in parentheses, one that consumes nothing has `!`.
pub(super) fn drawn(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for pipeline in &plan.pipelines {
        lines.extend(pipeline.package.as_ref().map(|package| format!("package {package}")));
        lines.extend((0..pipeline.steps.len()).map(|place| draw_step(pipeline, place)));
    }
    lines.extend(plan.omissions.iter().map(draw_omission));
    lines
}

fn draw_step(pipeline: &PlannedPipeline, place: usize) -> String {
    let step = &pipeline.steps[place];
    let targets = step.job.targets.iter().map(|target| {
        let inputs = target.inputs.iter().map(|input| {
            let previous = &pipeline.steps[step.previous.unwrap()];
            previous.job.targets[input.target].name.as_str()
        });
        match inputs.collect::<Vec<_>>()[..] {
            [] => format!("{}!", target.name),
            [input] if input == target.name || input == "srpm" => target.name.clone(),
            ref inputs => format!("{}({})", target.name, inputs.join(" ")),
        }
    });
    let previous = step.previous.map(|previous| format!(" < {previous}")).unwrap_or_default();
    let targets: Vec<String> = targets.collect();
    format!("{place} {}{}{previous}: {}", step.job.kind, bracketed(&step.job.identifier), targets.join(" "))
}

fn draw_omission(omission: &Omission) -> String {
    let name = omission.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    format!("not {}{}{name}: {}", omission.kind, bracketed(&omission.identifier), omission.reason)
}

fn bracketed(identifier: &Option<String>) -> String {
    identifier.as_ref().map(|identifier| format!("[{identifier}]")).unwrap_or_default()
}
