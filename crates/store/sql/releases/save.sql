INSERT INTO releases (id, fetched_at, list) VALUES (1, $1, $2)
ON CONFLICT (id) DO UPDATE SET fetched_at = excluded.fetched_at, list = excluded.list
