-- Few events have omissions: those of the others are not looked for.
ALTER TABLE events ADD COLUMN has_omissions BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE events SET has_omissions = TRUE WHERE id IN (SELECT event_id FROM omissions);
CREATE FUNCTION omissions_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events SET has_omissions = TRUE WHERE id = NEW.event_id AND NOT has_omissions;
    RETURN NULL;
END $$;
CREATE TRIGGER omissions_tell AFTER INSERT ON omissions FOR EACH ROW EXECUTE FUNCTION omissions_tell();
