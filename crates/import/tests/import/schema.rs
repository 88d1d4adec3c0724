//! The two schemas as far as the import reads them. No keys: sources hold what keys would have refused.

/// Makes the tables of today's schema.
pub(crate) const TODAY: &str = "
CREATE TABLE alembic_version (version_num varchar(32));
INSERT INTO alembic_version VALUES ('b4e11a52ea52');
CREATE TABLE allowlist (id int, namespace text, status text, fas_account text);
CREATE TABLE git_projects (id int, namespace text, repo_name text, project_url text, instance_url text,
    onboarded_downstream boolean);
CREATE TABLE pull_requests (id int, pr_id int, project_id int);
CREATE TABLE git_branches (id int, name text, project_id int);
CREATE TABLE project_releases (id int, tag_name text, commit_hash text, project_id int);
CREATE TABLE project_issues (id int, issue_id int, project_id int);
CREATE TABLE koji_build_tags (id int, task_id text, koji_tag_name text, project_id int, target text);
CREATE TABLE anitya_projects (id int, project_id int, project_name text, package text);
CREATE TABLE anitya_versions (id int, version text, project_id int);
CREATE TABLE anitya_multiple_versions (id int, versions text[], project_id int);
CREATE TABLE project_events (id int, type text, event_id int, commit_sha text, packages_config json);
CREATE TABLE pipelines (id int, datetime timestamp, project_event_id int, srpm_build_id int, sync_release_run_id int,
    vm_image_build_id int, test_run_group_id int, copr_build_group_id int, koji_build_group_id int, package_name text,
    bodhi_update_group_id int, koji_tag_request_group_id int, log_detective_run_group_id int);
CREATE TABLE srpm_builds (id int, logs text, submitted_time timestamp, url text, build_finished_time timestamp,
    build_start_time timestamp, copr_build_id text, copr_web_url text, logs_url text, status text);
CREATE TABLE copr_build_groups (id int, submitted_time timestamp);
CREATE TABLE copr_build_targets (id int, build_id text, status text, target text, web_url text, build_logs_url text,
    data json, build_finished_time timestamp, build_start_time timestamp, submitted_time timestamp, project_name text,
    owner text, task_accepted_time timestamp, built_packages json, copr_build_group_id int, identifier text);
CREATE TABLE koji_build_groups (id int, submitted_time timestamp);
CREATE TABLE koji_build_targets (id int, task_id text, status text, target text, web_url text,
    submitted_time timestamp, build_start_time timestamp, build_finished_time timestamp, data json, scratch boolean,
    koji_build_group_id int, build_logs_urls json, sidetag text, nvr text, build_submission_stdout text);
CREATE TABLE tft_test_run_groups (id int, submitted_time timestamp, ranch text);
CREATE TABLE tft_test_run_targets (id int, pipeline_id text, status text, target text, web_url text, data json,
    submitted_time timestamp, identifier text, tft_test_run_group_id int);
CREATE TABLE tf_copr_build_association_table (copr_id int, tft_id int);
CREATE TABLE tf_koji_build_association_table (koji_id int, tft_id int);
CREATE TABLE sync_release_runs (id int, status text, submitted_time timestamp, job_type text);
CREATE TABLE sync_release_run_targets (id int, branch text, downstream_pr_url text, status text,
    submitted_time timestamp, start_time timestamp, finished_time timestamp, logs text, sync_release_id int);
CREATE TABLE sync_release_pull_request (id int, pr_id int, project_id int, is_fast_forward boolean,
    target_branch text, url text);
CREATE TABLE sync_release_pr_association (sync_release_target_id int, sync_release_pr_id int);
CREATE TABLE bodhi_update_groups (id int, submitted_time timestamp);
CREATE TABLE bodhi_update_targets (id int, status text, target text, web_url text, koji_nvrs text, alias text,
    data json, bodhi_update_group_id int, submitted_time timestamp, update_creation_time timestamp, sidetag text);
CREATE TABLE vm_image_build_targets (id int, build_id text, project_url text, project_name text, owner text,
    status text, target text, pr_id text, task_accepted_time timestamp, submitted_time timestamp,
    build_start_time timestamp, build_finished_time timestamp, data json);
CREATE TABLE koji_tag_request_groups (id int, submitted_time timestamp);
CREATE TABLE koji_tag_request_targets (id int, task_id text, target text, web_url text,
    tag_request_submitted_time timestamp, sidetag text, nvr text, koji_tag_request_group_id int);
CREATE TABLE scans (id int, task_id int, status text, url text, issues_added_url text, issues_fixed_url text,
    scan_results_url text, copr_build_target_id int, submitted_time timestamp, issues_added_count int);
CREATE TABLE log_detective_run_groups (id int, submitted_time timestamp);
CREATE TABLE log_detective_run (id int, status text, target_build text, log_detective_response json,
    submitted_time timestamp, identifier text, build_system text, copr_build_target_id int,
    koji_build_target_id int, target text, analysis_id text, log_detective_run_group_id int, error_msg text);
";

/// Makes the tables of the schema before groups.
pub(crate) const BEFORE_GROUPS: &str = "
CREATE TABLE alembic_version (version_num varchar(32));
INSERT INTO alembic_version VALUES ('70c369f7ba80');
CREATE TABLE git_projects (id int, namespace text, repo_name text, project_url text, instance_url text);
CREATE TABLE pull_requests (id int, pr_id int, project_id int);
CREATE TABLE git_branches (id int, name text, project_id int);
CREATE TABLE job_triggers (id int, type text, trigger_id int);
CREATE TABLE pipelines (id int, datetime timestamp, job_trigger_id int, srpm_build_id int, copr_build_id int,
    koji_build_id int, test_run_id int, sync_release_run_id int, vm_image_build_id int);
CREATE TABLE srpm_builds (id int, logs text, build_submitted_time timestamp, url text, build_finished_time timestamp,
    build_start_time timestamp, commit_sha text, copr_build_id text, copr_web_url text, logs_url text, status text);
CREATE TABLE copr_build_targets (id int, build_id text, commit_sha text, status text, target text, web_url text,
    build_logs_url text, data json, build_finished_time timestamp, build_start_time timestamp,
    build_submitted_time timestamp, project_name text, owner text, task_accepted_time timestamp, built_packages json);
CREATE TABLE koji_build_targets (id int, build_id text, commit_sha text, status text, target text, web_url text,
    build_logs_url text, build_submitted_time timestamp, build_start_time timestamp, build_finished_time timestamp,
    data json, scratch boolean);
CREATE TABLE tft_test_run_targets (id int, pipeline_id text, commit_sha text, status text, target text, web_url text,
    data json, submitted_time timestamp, identifier text);
CREATE TABLE tf_copr_build_association_table (copr_id int, tft_id int);
CREATE TABLE sync_release_runs (id int, status text, submitted_time timestamp, job_type text);
CREATE TABLE sync_release_run_targets (id int, branch text, downstream_pr_url text, status text,
    submitted_time timestamp, start_time timestamp, finished_time timestamp, logs text, sync_release_id int);
CREATE TABLE vm_image_build_targets (id int, build_id text, project_url text, project_name text, owner text,
    commit_sha text, status text, target text, pr_id text, task_accepted_time timestamp,
    build_submitted_time timestamp, build_start_time timestamp, build_finished_time timestamp, data json);
";
