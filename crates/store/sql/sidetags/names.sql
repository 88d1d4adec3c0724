SELECT name FROM sidetags WHERE name IS NOT NULL
