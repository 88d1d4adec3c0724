-- What an import says of rows that it took although something about them is odd: kept, so that the report of a run tells what
-- earlier ones said, also those that were interrupted.
CREATE TABLE import_notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_table TEXT NOT NULL,
    source_id TEXT NOT NULL,
    note TEXT NOT NULL
);
CREATE UNIQUE INDEX import_notes_once ON import_notes (source_table, source_id, note);
