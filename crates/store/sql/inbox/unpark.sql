-- The work became known: whoever looks at the delivery just now may have looked too early.
UPDATE inbox SET due_at = $2 WHERE external_id = $1 AND outcome IS NULL AND due_at > $2
