-- What was skipped although all that it needs was given since by its inputs, in their newest attempts, counts as canceled. What
-- was stored before is put right.
UPDATE events SET status = 'canceled', version = version + 1
WHERE status IN ('succeeded', 'skipped') AND EXISTS (
    SELECT 1 FROM targets t
    WHERE t.event_id = events.id AND t.status = 'skipped'
        AND NOT EXISTS (SELECT 1 FROM targets m WHERE m.chain_id = t.chain_id AND m.attempt > t.attempt)
        AND EXISTS (SELECT 1 FROM inputs i WHERE i.target_id = t.id)
        AND NOT EXISTS (
            SELECT 1 FROM inputs i
            JOIN targets o ON o.id = i.input_target_id
            JOIN targets n ON n.chain_id = o.chain_id
            WHERE i.target_id = t.id
                AND CASE WHEN o.event_id = t.event_id
                    THEN NOT EXISTS (SELECT 1 FROM targets m WHERE m.chain_id = n.chain_id AND m.attempt > n.attempt)
                    ELSE n.id = o.id END
                AND NOT CASE i.needs
                    WHEN 'success' THEN n.status = 'succeeded'
                    WHEN 'failure' THEN n.status IN ('failed', 'errored')
                    ELSE n.finished_at IS NOT NULL END
        )
);
