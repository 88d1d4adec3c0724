-- Few events have omissions: those of the others are not looked for. Everything that is done to `events` stands here, and each
-- other table has a migration of its own: a reader that has one table and waits for the next would wait for ever.
ALTER TABLE events ADD COLUMN has_omissions BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE events SET has_omissions = TRUE WHERE id IN (SELECT event_id FROM omissions);

-- Whose event it is stands in the index by which it is found, so that such a look costs as many pages at a million events as at a
-- hundred thousand. The primary key stays as it is: foreign keys refer to it.
CREATE UNIQUE INDEX events_project_of ON events (id) INCLUDE (project_id);

CREATE FUNCTION omissions_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events SET has_omissions = TRUE WHERE id = NEW.event_id AND NOT has_omissions;
    RETURN NULL;
END $$;
CREATE TRIGGER omissions_tell AFTER INSERT ON omissions FOR EACH ROW EXECUTE FUNCTION omissions_tell();
