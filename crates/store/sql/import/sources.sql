-- What each import said of its source, oldest first.
SELECT source FROM imports ORDER BY id
