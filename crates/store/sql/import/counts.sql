SELECT source_table, count(DISTINCT source_id) AS found FROM origins GROUP BY source_table
