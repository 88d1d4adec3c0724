-- As 0026_reference_names.sql, for the hash of each event's commit.
ALTER TABLE commits DROP CONSTRAINT commits_pkey, ADD PRIMARY KEY (id) INCLUDE (hash);
ALTER TABLE commits SET (autovacuum_vacuum_insert_scale_factor = 0.01);
