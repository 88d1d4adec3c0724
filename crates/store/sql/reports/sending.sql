-- A check is about to be made. Fenced by the lease: who lost it makes none.
UPDATE reports SET sent_of = $3 WHERE id = $1 AND leased_by = $2
