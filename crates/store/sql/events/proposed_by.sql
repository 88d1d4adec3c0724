-- What opened a pull request, by its page: the newest attempt that did. A later attempt changed the pull request of the first.
SELECT newest.id FROM targets opened
JOIN targets newest ON newest.chain_id = opened.chain_id AND newest.status = 'succeeded'
WHERE opened.external_id = $1 AND opened.kind IN ('propose_downstream', 'pull_from_upstream')
ORDER BY newest.attempt DESC
LIMIT 1
