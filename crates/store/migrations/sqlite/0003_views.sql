-- For people who query by hand: the names of the document that asked for all this.
CREATE VIEW srpm_build AS
SELECT id, event_id, identifier, created_at, details FROM jobs WHERE kind = 'srpm_build';
CREATE VIEW srpm_build_target AS
SELECT * FROM targets WHERE kind = 'srpm_build';
CREATE VIEW copr_build AS
SELECT id, event_id, identifier, previous_job_id, created_at, details FROM jobs WHERE kind = 'copr_build';
CREATE VIEW copr_build_chroot AS
SELECT * FROM targets WHERE kind = 'copr_build';
CREATE VIEW koji_build AS
SELECT id, event_id, identifier, previous_job_id, created_at, details FROM jobs WHERE kind = 'koji_build';
CREATE VIEW koji_build_chroot AS
SELECT * FROM targets WHERE kind = 'koji_build';
CREATE VIEW test_run AS
SELECT id, event_id, identifier, previous_job_id, created_at, details FROM jobs WHERE kind = 'test_run';
CREATE VIEW test_run_chroot AS
SELECT * FROM targets WHERE kind = 'test_run';
CREATE VIEW bodhi_update AS
SELECT * FROM targets WHERE kind = 'bodhi_update';
