//! What a package configuration means, and what is said when it is refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::package_config::{ErrorKind, JobConfig, JobType, PackageConfig, Refusal, Source, Trigger, load};
use serde_json::json;

fn read(text: &str) -> Result<PackageConfig, Refusal> {
    let source = Source { path: ".packit.yaml".to_owned(), repository: "repo".to_owned(), spec_files: None };
    load(text, &source)
}

fn jobs(text: &str) -> Vec<JobConfig> {
    read(text).unwrap().jobs
}

/// One job of a file with one package, from the job's keys in flow style.
fn job(keys: &str) -> JobConfig {
    let text = format!("specfile_path: a.spec\njobs: [{{job: tests, trigger: commit, {keys}}}]");
    jobs(&text).remove(0)
}

/// The faults of a refused text as `LINE:COLUMN KEY [nearest]`, and the kind.
fn refused(text: &str) -> (ErrorKind, Vec<String>) {
    let refusal = read(text).unwrap_err();
    let faults = refusal.errors.iter().map(|fault| {
        let nearest = fault.nearest.as_ref().map(|nearest| format!(" [{nearest}]")).unwrap_or_default();
        format!("{}:{} {}{nearest}", fault.line, fault.column, fault.key)
    });
    (refusal.error_kind, faults.collect())
}

fn schema_faults(text: &str) -> Vec<String> {
    let (kind, faults) = refused(text);
    assert_eq!(kind, ErrorKind::Schema);
    faults
}

/// The message of the only fault of a refused text.
fn message(text: &str) -> String {
    let refusal = read(text).unwrap_err();
    assert_eq!(refusal.errors.len(), 1, "{refusal}");
    refusal.errors[0].message.clone()
}

mod defaults {
    use super::*;

    #[test]
    fn a_file_without_jobs_asks_for_the_three_default_jobs() {
        let jobs = jobs("specfile_path: a.spec");
        let kinds: Vec<_> = jobs.iter().map(|job| (job.job, job.trigger)).collect();
        assert_eq!(
            kinds,
            [
                (JobType::CoprBuild, Trigger::PullRequest),
                (JobType::Tests, Trigger::PullRequest),
                (JobType::ProposeDownstream, Trigger::Release),
            ]
        );
        assert_eq!(jobs[0].targets.names().collect::<Vec<_>>(), ["fedora-stable"]);
        assert_eq!(jobs[2].dist_git_branches.names().collect::<Vec<_>>(), ["fedora-all"]);
        assert!(self::jobs("specfile_path: a.spec\njobs: []").is_empty());
    }

    #[test]
    fn the_package_is_named_by_its_repository() {
        let config = read("specfile_path: a.spec").unwrap();
        assert_eq!(config.packages, ["repo"]);
        assert_eq!(config.jobs[0].upstream_package_name.as_deref(), Some("repo"));
        assert_eq!(config.jobs[0].package, None);
        let named = read("downstream_package_name: python-repo").unwrap();
        assert_eq!(named.packages, ["python-repo"]);
        assert_eq!(named.jobs[0].specfile_path.as_deref(), Some("python-repo.spec"));
        assert_eq!(named.jobs[0].upstream_package_name.as_deref(), Some("repo"));
    }

    #[test]
    fn the_first_spec_file_of_the_repository_is_taken() {
        let found = |spec_files: Option<Vec<String>>| {
            let source = Source { path: String::new(), repository: "repo".to_owned(), spec_files };
            load("", &source).map(|config| config.jobs[0].specfile_path.clone())
        };
        let listed = vec!["dist/repo.spec".to_owned(), "tests/other.spec".to_owned()];
        assert_eq!(found(Some(listed)).unwrap().as_deref(), Some("dist/repo.spec"));
        assert!(found(Some(Vec::new())).is_err());
        assert!(found(None).is_err());
    }

    #[test]
    fn only_tests_without_a_build_need_no_spec_file() {
        assert_eq!(
            schema_faults(
                "jobs:\n- {job: tests, trigger: commit}\n- {job: tests, trigger: commit, skip_build: true}"
            ),
            ["2:3 jobs.0.specfile_path"]
        );
        let job = &jobs("jobs: [{job: tests, trigger: commit, skip_build: 'yes'}]")[0];
        assert!(job.skip_build);
        assert_eq!(job.specfile_path, None);
    }

    #[test]
    fn every_value_that_is_not_written_has_its_default() {
        let job = job("");
        assert_eq!(job.timeout, 7200);
        assert_eq!(job.paths, ["./"]);
        assert_eq!(job.allowed_pr_authors, ["packit"]);
        assert!(job.merge_pr_in_ci && job.update_release && !job.enable_net);
        assert_eq!(
            serde_json::to_value(&job.notifications).unwrap(),
            json!({
                "failure_comment.message": null,
                "failure_issue.create": true,
                "pull_request.successful_build": false,
            })
        );
        assert_eq!(serde_json::to_value(&job).unwrap()["packit_instances"], json!(["prod"]));
    }
}

mod layers {
    use super::*;

    const TWO_PACKAGES: &str = "
owner: top
packages:
  b: {specfile_path: b.spec, project: b}
  a: {downstream_package_name: lib-a, owner: of-a}
jobs:
";

    fn with_jobs(written: &str) -> String {
        format!("{TWO_PACKAGES}{written}")
    }

    #[test]
    fn each_job_becomes_one_view_per_package_in_the_order_of_the_packages() {
        let config = read(&with_jobs("- {job: copr_build, trigger: commit, project: of-job}")).unwrap();
        assert_eq!(config.packages, ["a", "b"]);
        let views: Vec<_> = config
            .jobs
            .iter()
            .map(|job| (job.package.as_deref(), job.identifier.as_deref(), job.owner.as_deref()))
            .collect();
        assert_eq!(views, [(Some("b"), Some("b"), Some("top")), (Some("a"), Some("a"), Some("of-a"))]);
        assert!(config.jobs.iter().all(|job| job.project.as_deref() == Some("of-job")));
        assert_eq!(config.jobs[1].specfile_path.as_deref(), Some("lib-a.spec"));
    }

    #[test]
    fn a_list_of_packages_selects_and_keeps_the_order_of_the_packages() {
        let views = jobs(&with_jobs("- {job: tests, trigger: commit, packages: [a, b]}"));
        assert_eq!(views.iter().filter_map(|job| job.package.as_deref()).collect::<Vec<_>>(), ["b", "a"]);
        let only = jobs(&with_jobs("- {job: tests, trigger: commit, identifier: x, packages: [a]}"));
        assert_eq!(only.len(), 1);
        assert_eq!(only[0].identifier.as_deref(), Some("x"));
    }

    #[test]
    fn a_mapping_of_packages_overrides_the_job() {
        let views = jobs(&with_jobs(
            "- {job: tests, trigger: commit, owner: of-job, packages: {a: {owner: last, targets: x}, b: {}}}",
        ));
        let seen: Vec<_> = views.iter().map(|job| (job.package.as_deref(), job.owner.as_deref())).collect();
        assert_eq!(seen, [(Some("a"), Some("last")), (Some("b"), Some("of-job"))]);
        assert_eq!(views[0].targets.names().collect::<Vec<_>>(), ["x"]);
    }

    #[test]
    fn the_upstream_address_at_the_top_wins_over_a_packages_own() {
        let text = "upstream_project_url: T\npackages: {a: {upstream_project_url: P, specfile_path: a.spec}}";
        assert_eq!(jobs(text)[0].upstream_project_url.as_deref(), Some("T"));
    }

    #[test]
    fn an_unknown_package_is_refused_with_the_nearest_one() {
        let text = "packages: {library: {specfile_path: a}}\njobs:\n- job: tests\n  trigger: commit\n  packages: [libary]";
        assert_eq!(schema_faults(text), ["5:14 jobs.0.packages.0 [library]"]);
    }

    #[test]
    fn a_value_that_every_package_replaces_is_never_read() {
        let text = "targets: as-text\npackages: {a: {specfile_path: a, targets: [x]}}\njobs: []";
        assert!(read(text).is_ok());
        let text = "targets: as-text\npackages: {a: {specfile_path: a}}\njobs: []";
        assert_eq!(schema_faults(text), ["1:10 targets"]);
    }

    #[test]
    fn one_trigger_after_another_makes_a_job_each_in_place() {
        let text = "specfile_path: a\njobs:\n- {job: tests, trigger: commit | release}\n- {job: tests, trigger: ignore}";
        let triggers: Vec<_> = jobs(text).iter().map(|job| job.trigger).collect();
        assert_eq!(triggers, [Trigger::Commit, Trigger::Release, Trigger::Ignore]);
    }

    #[test]
    fn metadata_is_the_jobs_own_and_stands_alone() {
        let text = "specfile_path: a\njobs: [{job: tests, trigger: commit, metadata: {targets: x, dist-git-branch: y}}]";
        let job = &jobs(text)[0];
        assert_eq!(job.targets.names().collect::<Vec<_>>(), ["x"]);
        assert_eq!(job.dist_git_branches.names().collect::<Vec<_>>(), ["y"]);
        let text = "
specfile_path: a
jobs:
- job: tests
  trigger: commit
  owner: beside
  metadata:
    targets: x
    identifier: no-metadata
";
        assert_eq!(schema_faults(text), ["6:3 jobs.0.owner", "9:5 jobs.0.metadata.identifier"]);
    }
}

mod values {
    use super::*;

    #[test]
    fn targets_are_text_a_list_or_a_mapping_in_the_order_of_the_file() {
        assert_eq!(job("targets: z").targets.names().collect::<Vec<_>>(), ["z"]);
        assert_eq!(job("targets: [z, a, z]").targets.names().collect::<Vec<_>>(), ["z", "a"]);
        let mapped = job("targets: {z: {}, a: {distros: [one, two], additional_modules: m}}");
        assert_eq!(mapped.targets.names().collect::<Vec<_>>(), ["z", "a"]);
        assert_eq!(mapped.targets[1].1.distros(), ["one", "two"]);
        assert_eq!(mapped.targets[1].1.additional_modules(), Some("m"));
        assert_eq!(
            serde_json::to_value(&mapped.targets).unwrap(),
            json!({"z": {}, "a": {"distros": ["one", "two"], "additional_modules": "m"}})
        );
    }

    #[test]
    fn only_the_first_option_of_all_targets_is_checked() {
        let unchecked = job("targets: {a: {distros: [x], later: 1}, b: {with_opts: text}}");
        assert!(unchecked.targets[1].1.with_opts().is_empty());
        let text =
            "specfile_path: a\njobs: [{job: tests, trigger: commit, targets: {a: {}, b: {distro: [x]}}}]";
        assert_eq!(schema_faults(text), ["2:59 jobs.0.targets.b.distro [distros]"]);
    }

    #[test]
    fn dist_git_branches_keep_the_form_they_are_written_in() {
        let json = |keys| serde_json::to_value(job(keys).dist_git_branches).unwrap();
        assert_eq!(json("dist_git_branches: f42"), json!(["f42"]));
        assert_eq!(json("dist_git_branches: [a, a]"), json!(["a", "a"]));
        assert_eq!(json("dist_git_branches: {}"), json!([]));
        let written = job("dist_git_branches: {rawhide: {fast_forward_merge_into: [f42]}}").dist_git_branches;
        assert_eq!(written[0].1.fast_forward_merge_into(), ["f42"]);
    }

    #[test]
    fn a_branch_is_matched_from_its_start() {
        let branch = job("branch: 'main|release-.'").branch.unwrap();
        assert!(branch.matches("main") && branch.matches("main-2") && branch.matches("release-1"));
        assert!(!branch.matches("old-main"));
        let text = "specfile_path: a\nbranch: (?!main).*\njobs: []";
        assert_eq!(schema_faults(text), ["2:9 branch"]);
        assert!(message(text).contains("look-around"), "{}", message(text));
    }

    #[test]
    fn labels_are_required_below_require() {
        let labels = job("require: {label: {present: [a], absent: [b]}}").require_label;
        assert_eq!((labels.present, labels.absent), (vec!["a".to_owned()], vec!["b".to_owned()]));
    }

    #[test]
    fn text_that_looks_like_a_number_must_be_quoted() {
        assert_eq!(job("fmf_ref: 627e5021").fmf_ref.as_deref(), Some("627e5021"));
        assert_eq!(job("fmf_ref: '1.10'").fmf_ref.as_deref(), Some("1.10"));
        assert_eq!(
            message("specfile_path: a\nfmf_ref: 1.10\njobs: []"),
            "text is expected, here is a number"
        );
        assert!(message("specfile_path: a\nfmf_ref: 2024-01-01\njobs: []").contains("a date"));
    }

    #[test]
    fn values_of_the_environment_keep_their_type() {
        let env = job("env: {A: 1, B: 1.5, C: on, D: ~, E: 0x10, F: 1e3, G: 010, H: 1:30}").env;
        let expected = json!(
            {"A": 1, "B": 1.5, "C": true, "D": null, "E": 16, "F": "1e3", "G": 8, "H": 90}
        );
        assert_eq!(serde_json::to_value(env).unwrap(), expected);
    }

    #[test]
    fn the_packaging_tool_is_a_known_one_unless_the_dist_git_is_named() {
        let text = "specfile_path: a\npkg_tool: centpk\njobs: []";
        assert_eq!(schema_faults(text), ["2:11 pkg_tool [centpkg]"]);
        assert!(
            read("specfile_path: a\npkg_tool: own\ndist_git_base_url: https://example.org/\njobs: []")
                .is_ok()
        );
    }

    #[test]
    fn version_specifiers_are_those_of_python() {
        let verdict = |value: &str| {
            read(&format!("specfile_path: a\nversion_update_specifiers: '{value}'\njobs: []")).is_ok()
        };
        for taken in ["", ">=1.0, <2", "~=1.4.2", "==1.*", "!=1.0rc1", "<= 1!2.0.post1.dev3", "===any"] {
            assert!(verdict(taken), "{taken}");
        }
        for refused in ["1.0", "=>1", "~=1", ">=1.*", "latest"] {
            assert!(!verdict(refused), "{refused}");
        }
    }
}

mod yaml {
    use super::*;

    #[test]
    fn merge_keys_give_way_to_own_keys_and_to_earlier_merges() {
        let text = "
_: [&one {owner: one, project: one}, &two {owner: two, branch: two}]
specfile_path: a
jobs:
- {job: tests, trigger: commit, <<: [*one, *two], branch: own}
- <<: *two
  job: copr_build
  trigger: release
";
        let jobs = jobs(text);
        let seen = |job: &JobConfig| {
            (job.owner.clone(), job.branch.as_ref().map(|branch| branch.as_str().to_owned()))
        };
        assert_eq!(seen(&jobs[0]), (Some("one".to_owned()), Some("own".to_owned())));
        assert_eq!(seen(&jobs[1]), (Some("two".to_owned()), Some("two".to_owned())));
    }

    #[test]
    fn a_fault_in_a_shared_value_is_told_where_it_is_written() {
        let text = "_:\n  - &common\n    scratch: perhaps\nspecfile_path: a\njobs:\n- {<<: *common, job: tests, trigger: commit}";
        assert_eq!(schema_faults(text), ["3:14 jobs.0.scratch"]);
    }

    #[test]
    fn of_a_repeated_key_the_last_value_counts_at_the_first_place() {
        let targets = job("targets: {b: {}, a: {}, b: {distros: [x]}}").targets;
        assert_eq!(targets.names().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(targets[0].1.distros(), ["x"]);
    }

    #[test]
    fn what_is_no_plain_data_is_refused_at_its_place() {
        for (text, fault) in [
            ("a: [", "2:1 "),
            ("a: 1\n---\nb: 2", "2:1 "),
            ("a: !custom x", "1:12 "),
            ("a: *nowhere", "1:4 "),
            ("a: &self [*self]", "1:11 "),
            ("a: &x 1\nb: &x 2", "2:4 "),
            ("a: &x.y 1", "1:4 "),
            ("a: 1\t", "1:5 "),
            ("? [a]\n: b", "1:3 "),
            ("a: {<<: 1}", "1:5 "),
            ("a: =", "1:4 "),
            ("a: b\n: c", "2:1 "),
        ] {
            let (kind, faults) = refused(text);
            assert_eq!((kind, faults.len()), (ErrorKind::Yaml, 1), "{text:?}");
            if text != "a: [" {
                assert_eq!(faults[0], fault, "{text:?}");
            }
        }
    }

    #[test]
    fn tabs_may_stand_in_quotes_blocks_and_comments() {
        let text = "specfile_path: a #\tnote\nactions:\n  pre-sync: |\n    if true; then\n    \techo\n    fi\n  commit-message: \"a\tb\"\njobs: []";
        assert!(read(text).is_ok());
    }

    #[test]
    fn a_file_that_is_no_mapping_is_refused_and_an_empty_one_is_not() {
        for text in ["- a", "text", "5"] {
            assert_eq!(schema_faults(text), ["1:1 "]);
        }
        let source = Source {
            repository: "repo".to_owned(),
            spec_files: Some(vec!["a.spec".to_owned()]),
            ..Source::default()
        };
        for text in ["", "# nothing\n", "---\n", "{}", "_: {a: 2024-01-01}"] {
            assert_eq!(load(text, &source).unwrap().jobs.len(), 3, "{text:?}");
        }
    }
}

mod faults {
    use super::*;

    #[test]
    fn every_fault_is_told_with_its_place_and_the_nearest_key() {
        let text = "
specfile_pth: a.spec
skip_build: true
jobs:
- job: copr_bild
  triger: commit
  targets: {fedora-all: ~}
- tests
";
        assert_eq!(
            schema_faults(text),
            [
                "2:1 specfile_pth [specfile_path]",
                "3:1 skip_build",
                "5:3 jobs.0.trigger",
                "5:8 jobs.0.job [copr_build]",
                "6:3 jobs.0.triger [trigger]",
                "7:25 jobs.0.targets.fedora-all",
                "8:3 jobs.1",
            ]
        );
    }

    #[test]
    fn keys_inside_of_values_are_checked() {
        let text = "
specfile_path: a
actions: {pre-synk: x}
notifications: {pull_request: {sucessful_build: true}}
sources: [{path: a}]
files_to_sync: [a, {src: b, dest: c, mkpath: x}]
env: {1: x}
jobs: []
";
        assert_eq!(
            schema_faults(text),
            [
                "3:11 actions.pre-synk [pre-sync]",
                "4:32 notifications.pull_request.sucessful_build [successful_build]",
                "5:11 sources.0",
                "6:46 files_to_sync.1.mkpath",
                "7:7 env",
            ]
        );
    }

    #[test]
    fn an_empty_value_is_refused_where_the_key_needs_one() {
        assert_eq!(schema_faults("specfile_path: a\nscratch:\nowner:\njobs: []"), ["2:1 scratch"]);
    }

    #[test]
    fn a_refusal_reads_as_one_line_and_as_json() {
        let refusal = read("specfile_pth: a\njobs: []").unwrap_err();
        assert_eq!(
            refusal.errors[0].to_string(),
            "1:1: specfile_pth: `specfile_pth` is no known key (did you mean `specfile_path`?)"
        );
        assert_eq!(
            serde_json::to_value(&refusal).unwrap(),
            json!({"error_kind": "schema", "errors": [{
                "line": 1, "column": 1, "key": "specfile_pth",
                "message": "`specfile_pth` is no known key", "nearest": "specfile_path",
            }]})
        );
    }
}

/// The rows of "Differences by rule" in `docs/package-configuration.md`.
mod differences {
    use super::*;

    #[test]
    fn numbers_that_json_cannot_hold_are_refused() {
        for number in ["99999999999999999999", ".inf", ".nan", "-.INF"] {
            assert!(
                message(&format!("specfile_path: a\nenv: {{A: {number}}}\njobs: []")).contains("a number")
            );
            assert!(read(&format!("specfile_path: a\nenv: {{A: '{number}'}}\njobs: []")).is_ok());
        }
    }

    #[test]
    fn text_with_a_nul_character_is_refused_wherever_it_stands() {
        for text in
            ["specfile_path: \"a\\0b\"\njobs: []", "jobs: [{job: tests, trigger: commit, env: {\"\\0\": x}}]"]
        {
            let refusal = read(text).unwrap_err();
            assert_eq!(refusal.error_kind, ErrorKind::Yaml);
            assert_eq!(message(text), "the text holds a NUL character, which cannot be stored");
        }
    }

    #[test]
    fn keys_that_python_takes_as_equal_are_both_kept() {
        let parameters = job("tf_extra_params: {1: a, yes: b}").tf_extra_params;
        assert_eq!(serde_json::to_value(parameters).unwrap(), json!({"1": "a", "true": "b"}));
    }

    #[test]
    fn metadata_without_a_value_is_taken_as_not_written() {
        assert!(!job("metadata: {skip_build: }").skip_build);
    }
}
