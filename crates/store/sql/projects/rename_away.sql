-- The name belongs to another repository now: the one that had it keeps its row under a name that cannot clash.
UPDATE projects SET name = name || '~' || id
WHERE forge = $1 AND lower(namespace) = lower($2) AND lower(name) = lower($3)
    AND (forge_id IS NOT NULL AND forge_id <> $4
        OR forge_id IS NULL AND EXISTS (SELECT 1 FROM projects k WHERE k.forge = $1 AND k.forge_id = $4))
