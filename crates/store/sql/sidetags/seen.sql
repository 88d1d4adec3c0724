-- Takes note of a build in a sidetag; nothing if it was seen before.
INSERT INTO sidetag_builds (sidetag_id, nvr, package, seen_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (sidetag_id, nvr) DO NOTHING
