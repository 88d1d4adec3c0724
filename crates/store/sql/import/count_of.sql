SELECT count(*) FROM (
    SELECT source_id FROM origins WHERE source_table = $1
    UNION
    SELECT source_id FROM set_aside WHERE source_table = $1 AND $2
) accounted
