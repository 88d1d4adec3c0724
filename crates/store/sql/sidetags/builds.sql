SELECT nvr FROM sidetag_builds WHERE sidetag_id = $1
