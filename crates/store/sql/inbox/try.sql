-- Only to be rolled back: whether a delivery could be written.
INSERT INTO inbox (source, delivery_id, kind, received_at, outcome, reason, body)
VALUES ('packflow', $1, 'try', $2, 'ignored', 'only tried', $3)
