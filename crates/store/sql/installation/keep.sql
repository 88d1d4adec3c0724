-- What was kept first stays, whoever comes at the same time.
INSERT INTO installation (singleton, id, instance) VALUES (1, $1, $2)
ON CONFLICT (singleton) DO UPDATE SET instance = COALESCE(installation.instance, excluded.instance)
RETURNING id, instance
