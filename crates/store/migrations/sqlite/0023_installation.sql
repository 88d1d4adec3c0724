-- Which Packflow this database is: others may use the same accounts at build systems, and a database that was restored counts
-- its submissions anew. One row, made by the program: `id` is random, `instance` is whose events are taken into it.
CREATE TABLE installation (
    singleton BIGINT PRIMARY KEY CHECK (singleton = 1),
    id TEXT NOT NULL,
    instance TEXT
);
