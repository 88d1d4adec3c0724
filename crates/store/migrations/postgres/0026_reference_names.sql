-- Lists look up the name of each event's reference: it stands in the index by which it is found. That index answers by itself
-- where all transactions see the page, which only a vacuum says; rows that are only added would wait for it long.
ALTER TABLE "references" DROP CONSTRAINT references_pkey, ADD PRIMARY KEY (id) INCLUDE (kind, name);
ALTER TABLE "references" SET (autovacuum_vacuum_insert_scale_factor = 0.01);
