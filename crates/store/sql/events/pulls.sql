-- What the jobs of an event pull into dist-git.
SELECT details FROM jobs WHERE event_id = $1 AND kind = 'pull_from_upstream' ORDER BY id
