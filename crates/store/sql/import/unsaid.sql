-- What was said of the rows that an event is made of.
DELETE FROM import_notes
WHERE EXISTS (
    SELECT 1 FROM origins o
    WHERE o.source_table = import_notes.source_table AND o.source_id = import_notes.source_id
        AND o.our_table = 'events' AND o.our_id = $1
)
