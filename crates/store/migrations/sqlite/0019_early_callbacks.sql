-- A build system may call back before its answer has told us the id of the work: the submission is found by its token then, and
-- looked at as soon as its id is known.
ALTER TABLE submissions ADD COLUMN called_at TEXT;
CREATE INDEX submissions_called ON submissions (callback_hash) WHERE callback_hash IS NOT NULL AND due_at IS NOT NULL;
