//! What holds where nothing is written.

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
