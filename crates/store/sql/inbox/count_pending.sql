SELECT count(*), MIN(received_at) FROM inbox WHERE due_at IS NOT NULL
