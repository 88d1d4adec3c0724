-- What opened a pull request, by its page, or that of a branch that follows its own: the newest attempt that did. A later attempt
-- changed the pull request of the first.
SELECT newest.id FROM (
    SELECT chain_id FROM targets
    WHERE external_id = $1 AND kind IN ('propose_downstream', 'pull_from_upstream')
    UNION
    SELECT chain_id FROM targets
    WHERE details ->> 'fast_forward_pull_requests' IS NOT NULL
        AND replace(details ->> 'fast_forward_pull_requests', '"' || $1 || '"', '') <> details ->> 'fast_forward_pull_requests'
) AS opened
JOIN targets newest ON newest.chain_id = opened.chain_id AND newest.status = 'succeeded'
ORDER BY newest.attempt DESC
LIMIT 1
