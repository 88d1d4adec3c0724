-- What a program of ours told while it carried out a target. Build systems keep their logs themselves; nobody else keeps this.
CREATE TABLE logs (
    target_id INTEGER PRIMARY KEY REFERENCES targets (id),
    text TEXT NOT NULL,
    kept_at TEXT NOT NULL
);
