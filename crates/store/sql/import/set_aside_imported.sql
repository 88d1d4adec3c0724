-- What an earlier run had to leave and a later one could take.
DELETE FROM set_aside
WHERE EXISTS (
    SELECT 1 FROM origins o WHERE o.source_table = set_aside.source_table AND o.source_id = set_aside.source_id
)
