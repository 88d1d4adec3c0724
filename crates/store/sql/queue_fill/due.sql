-- Benchmarks only: how many submissions are due.
SELECT count(*) FROM submissions WHERE due_at <= $1
