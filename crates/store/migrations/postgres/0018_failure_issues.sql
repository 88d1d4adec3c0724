-- A report is a status or a check at a commit, or an issue that tells of what failed; that one belongs to no commit, its name is
-- its title, and the forge's id of it is its number.
ALTER TABLE reports ADD COLUMN is_issue BOOLEAN NOT NULL DEFAULT FALSE;
