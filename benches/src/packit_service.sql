-- A database of Packit Service (revision b4e11a52ea52) of any size: psql --set=pipelines=120000. What most of its rows are,
-- made by arithmetic, so that one size is always the same database: pull requests of few busy projects and many quiet ones, an
-- SRPM, 2 to 10 chroots, tests of every other chroot on 60 % of the pipelines; every twelfth pipeline reruns one chroot and
-- shares the SRPM. Tables of other kinds are there and empty.
SET client_min_messages = warning;
BEGIN;

CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
CREATE TABLE git_projects (id int, namespace varchar, repo_name varchar, project_url varchar, instance_url varchar NOT NULL,
    onboarded_downstream boolean);
CREATE TABLE pull_requests (id int, pr_id int, project_id int);
CREATE TABLE project_events (id int, type varchar, event_id int, commit_sha varchar, packages_config json);
CREATE TABLE srpm_builds (id int, logs text, submitted_time timestamp, url text, build_finished_time timestamp,
    build_start_time timestamp, copr_build_id varchar, copr_web_url text, logs_url text, status varchar);
CREATE TABLE copr_build_groups (id int, submitted_time timestamp);
CREATE TABLE copr_build_targets (id int, build_id varchar, status varchar, target varchar, web_url varchar,
    build_logs_url varchar, data json, build_finished_time timestamp, build_start_time timestamp, submitted_time timestamp,
    project_name varchar, owner varchar, task_accepted_time timestamp, built_packages json, copr_build_group_id int,
    identifier varchar);
CREATE TABLE tft_test_run_groups (id int, submitted_time timestamp, ranch varchar);
CREATE TABLE tft_test_run_targets (id int, pipeline_id varchar, status varchar, target varchar, web_url varchar, data json,
    submitted_time timestamp, identifier varchar, tft_test_run_group_id int);
CREATE TABLE tf_copr_build_association_table (copr_id int, tft_id int);
CREATE TABLE koji_build_groups (id int PRIMARY KEY, submitted_time timestamp);
CREATE TABLE koji_build_targets (id int PRIMARY KEY, task_id varchar, status varchar, target varchar, nvr varchar,
    scratch boolean, koji_build_group_id int);
CREATE TABLE sync_release_runs (id int PRIMARY KEY, status varchar, submitted_time timestamp, job_type varchar);
CREATE TABLE sync_release_run_targets (id int PRIMARY KEY, branch varchar, status varchar, sync_release_id int);
CREATE TABLE bodhi_update_groups (id int PRIMARY KEY, submitted_time timestamp);
CREATE TABLE bodhi_update_targets (id int PRIMARY KEY, status varchar, target varchar, koji_nvrs varchar, alias varchar,
    bodhi_update_group_id int);
CREATE TABLE log_detective_run (id int PRIMARY KEY, status varchar, target varchar, copr_build_target_id int,
    koji_build_target_id int, log_detective_run_group_id int);
CREATE TABLE pipelines (id int, datetime timestamp, project_event_id int, srpm_build_id int, sync_release_run_id int,
    vm_image_build_id int, test_run_group_id int, copr_build_group_id int, koji_build_group_id int, package_name varchar,
    bodhi_update_group_id int, koji_tag_request_group_id int, log_detective_run_group_id int);

INSERT INTO alembic_version VALUES ('b4e11a52ea52');
INSERT INTO git_projects
SELECT n, 'namespace-' || n % 200, 'project-' || n, 'https://github.com/namespace-' || n % 200 || '/project-' || n, 'github.com', false
FROM generate_series(1, 2000) n;
INSERT INTO pull_requests SELECT n, n, 1 + (n::bigint * n / 7) % 2000 % (1 + n % 2000) FROM generate_series(1, 1 + :pipelines / 4) n;

-- Pipelines, each with what it begins: its own event and SRPM, or those of the one before it.
CREATE TEMPORARY TABLE plans AS
SELECT n AS id, CASE WHEN n % 12 = 0 THEN n - 1 ELSE n END AS first, n % 10 < 6 AS tested,
    CASE WHEN n % 12 = 0 THEN 1 ELSE 2 + (n * 7919::bigint) % 9 END AS chroots,
    timestamp '2022-01-01' + n * (interval '4 years' / :pipelines) AS at
FROM generate_series(1, :pipelines) n;
CREATE TEMPORARY TABLE chroots AS
SELECT row_number() OVER (ORDER BY p.id, c) AS id, p.id AS pipeline, p.tested AND c % 2 = 1 AS tested, p.at,
    (ARRAY['fedora-41-x86_64', 'fedora-42-x86_64', 'fedora-43-x86_64', 'fedora-rawhide-x86_64', 'epel-9-x86_64', 'epel-10-x86_64',
        'fedora-43-aarch64', 'fedora-rawhide-aarch64', 'centos-stream-9-x86_64', 'centos-stream-10-x86_64'])[c] AS name
FROM plans p CROSS JOIN LATERAL generate_series(1, p.chroots) c;

INSERT INTO project_events
SELECT id, 'pull_request', 1 + id / 4, md5(id::text) || 'c0ffee00',
    json_build_object('jobs', json_build_array(json_build_object('job', 'copr_build', 'trigger', 'pull_request', 'targets',
        json_build_array('fedora-all', 'epel-all')), json_build_object('job', 'tests', 'trigger', 'pull_request')),
        'upstream_package_name', 'project-' || id % 2000, 'specfile_path', 'project.spec')
FROM plans WHERE id = first;
INSERT INTO srpm_builds
SELECT id, NULL, at, 'https://download.example/results/' || id || '/project.src.rpm', at + interval '4 min', at + interval '1 min',
    (5000000 + id)::text, 'https://copr.example/coprs/build/' || 5000000 + id, 'https://download.example/results/' || id || '/builder.log',
    'success'
FROM plans WHERE id = first;
INSERT INTO copr_build_groups SELECT id, at FROM plans;
INSERT INTO copr_build_targets
SELECT id, (5000000 + pipeline)::text, CASE WHEN id % 17 = 0 THEN 'failure' ELSE 'success' END, name,
    'https://copr.example/coprs/build/' || 5000000 + pipeline, 'https://download.example/results/' || id || '/builder-live.log.gz',
    NULL, at + interval '20 min', at + interval '6 min', at + interval '5 min', 'packit-project-' || pipeline % 2000, 'packit', NULL,
    CASE WHEN id % 17 <> 0 THEN json_build_array(json_build_object('name', 'project', 'epoch', 0, 'version', '1.2',
        'release', pipeline || '.fc43', 'arch', 'x86_64')) END, pipeline, NULL
FROM chroots;
INSERT INTO tft_test_run_groups SELECT id, at + interval '21 min', 'public' FROM plans WHERE tested;
INSERT INTO tft_test_run_targets
SELECT id, md5('test ' || id), CASE WHEN id % 13 = 0 THEN 'failed' ELSE 'passed' END, name,
    'https://artifacts.example/testing-farm/' || md5('test ' || id), json_build_object('base_project_url', 'https://github.com/x'),
    at + interval '21 min', NULL, pipeline
FROM chroots WHERE tested;
INSERT INTO tf_copr_build_association_table SELECT id, id FROM chroots WHERE tested;
INSERT INTO pipelines (id, datetime, project_event_id, srpm_build_id, copr_build_group_id, test_run_group_id)
SELECT id, at, first, first, id, CASE WHEN tested THEN id END FROM plans;

-- Keys and indexes as that revision has them.
ALTER TABLE git_projects ADD PRIMARY KEY (id);
ALTER TABLE pull_requests ADD PRIMARY KEY (id), ADD FOREIGN KEY (project_id) REFERENCES git_projects (id);
ALTER TABLE project_events ADD PRIMARY KEY (id);
ALTER TABLE srpm_builds ADD PRIMARY KEY (id);
ALTER TABLE copr_build_groups ADD PRIMARY KEY (id);
ALTER TABLE copr_build_targets ADD PRIMARY KEY (id), ADD FOREIGN KEY (copr_build_group_id) REFERENCES copr_build_groups (id);
ALTER TABLE tft_test_run_groups ADD PRIMARY KEY (id);
ALTER TABLE tft_test_run_targets ADD PRIMARY KEY (id),
    ADD FOREIGN KEY (tft_test_run_group_id) REFERENCES tft_test_run_groups (id);
ALTER TABLE tf_copr_build_association_table ADD PRIMARY KEY (copr_id, tft_id),
    ADD FOREIGN KEY (copr_id) REFERENCES copr_build_targets (id), ADD FOREIGN KEY (tft_id) REFERENCES tft_test_run_targets (id);
ALTER TABLE pipelines ADD PRIMARY KEY (id), ADD FOREIGN KEY (project_event_id) REFERENCES project_events (id),
    ADD FOREIGN KEY (srpm_build_id) REFERENCES srpm_builds (id),
    ADD FOREIGN KEY (copr_build_group_id) REFERENCES copr_build_groups (id),
    ADD FOREIGN KEY (test_run_group_id) REFERENCES tft_test_run_groups (id);
CREATE INDEX ON pull_requests (project_id);
CREATE INDEX ON pull_requests (pr_id);
CREATE INDEX ON git_projects (namespace);
CREATE INDEX ON git_projects (repo_name);
CREATE INDEX ON project_events (commit_sha);
CREATE INDEX ON project_events (event_id);
CREATE INDEX ON srpm_builds (copr_build_id);
CREATE INDEX ON copr_build_targets (build_id);
CREATE INDEX ON copr_build_targets (copr_build_group_id);
CREATE INDEX ON tft_test_run_targets (pipeline_id);
CREATE INDEX ON tft_test_run_targets (tft_test_run_group_id);
CREATE INDEX ON pipelines (project_event_id);
CREATE INDEX ON pipelines (srpm_build_id);
CREATE INDEX ON pipelines (copr_build_group_id);
CREATE INDEX ON pipelines (test_run_group_id);
CREATE INDEX ON pipelines (package_name);
CREATE INDEX ON pipelines (koji_build_group_id);
CREATE INDEX ON pipelines (sync_release_run_id);
CREATE INDEX ON pipelines (vm_image_build_id);
CREATE INDEX ON pipelines (bodhi_update_group_id);
CREATE INDEX ON pipelines (koji_tag_request_group_id);
CREATE INDEX ON pipelines (log_detective_run_group_id);
COMMIT;
VACUUM ANALYZE;
