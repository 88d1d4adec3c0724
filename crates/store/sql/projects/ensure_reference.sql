-- Writes the row also where it is there: events of one reference are recorded one after the other.
INSERT INTO "references" (project_id, kind, name) VALUES ($1, $2, $3)
ON CONFLICT (project_id, kind, name) DO UPDATE SET name = excluded.name
RETURNING id
