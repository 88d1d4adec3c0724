-- Pull requests of branches that are moved forward to another one's commit: a merge of one is looked for among these few.
CREATE INDEX targets_followers ON targets (id) WHERE details ->> 'fast_forward_pull_requests' IS NOT NULL;
