-- As 0026_references_by_id.sql.
CREATE INDEX events_by_id ON events USING hash (id);
