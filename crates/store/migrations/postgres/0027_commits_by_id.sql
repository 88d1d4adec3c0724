-- As 0026_references_by_id.sql.
CREATE INDEX commits_by_id ON commits USING hash (id);
