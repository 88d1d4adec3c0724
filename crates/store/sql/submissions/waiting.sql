-- What is left to do, by build system.
SELECT system, count(*) FROM submissions WHERE due_at IS NOT NULL GROUP BY system ORDER BY system
