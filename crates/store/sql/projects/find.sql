-- A project that is as the delivery tells: nothing needs to be written, and deliveries of one project do not wait for each
-- other.
SELECT id FROM projects
WHERE forge = $1 AND forge_id = $2 AND namespace = $3 AND name = $4 AND $5 IN (visibility, 'unknown')
