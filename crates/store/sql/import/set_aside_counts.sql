SELECT source_table, count(*) AS found FROM set_aside GROUP BY source_table
