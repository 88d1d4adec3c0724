-- What lists and walks look up row by row costs as many pages at a million events as at a hundred thousand: the name of a
-- reference, the hash of a commit and whose event it is stand in the index by which they are found.
ALTER TABLE "references" DROP CONSTRAINT references_pkey, ADD PRIMARY KEY (id) INCLUDE (kind, name);
ALTER TABLE commits DROP CONSTRAINT commits_pkey, ADD PRIMARY KEY (id) INCLUDE (hash);
CREATE UNIQUE INDEX events_project_of ON events (id) INCLUDE (project_id);

-- Few events have omissions: those of the others are not looked for.
ALTER TABLE events ADD COLUMN has_omissions BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE events SET has_omissions = TRUE WHERE id IN (SELECT event_id FROM omissions);
CREATE FUNCTION omissions_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events SET has_omissions = TRUE WHERE id = NEW.event_id AND NOT has_omissions;
    RETURN NULL;
END $$;
CREATE TRIGGER omissions_tell AFTER INSERT ON omissions FOR EACH ROW EXECUTE FUNCTION omissions_tell();
