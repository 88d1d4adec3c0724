SELECT concat(o.source_table, ':', o.source_id) AS source, p.id AS id,
    concat(p.forge, '/', p.namespace, '/', p.name) AS name
FROM projects p
LEFT JOIN origins o ON o.our_table = 'projects' AND o.our_id = p.id
