-- An edit of a Bodhi update is a new submission with the alias that the update has already; several events may carry one
-- update of a sidetag. Everywhere else an id belongs to one submission.
ALTER TABLE submissions DROP CONSTRAINT submissions_system_external_id_key;
CREATE UNIQUE INDEX submissions_of_id ON submissions (system, external_id) WHERE system <> 'bodhi';
