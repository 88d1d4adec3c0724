SELECT name, seq AS id FROM sqlite_sequence
WHERE name IN ('pipelines', 'jobs', 'steps', 'targets', 'submissions', 'events', 'reruns')
