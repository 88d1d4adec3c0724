SELECT fetched_at, list FROM releases WHERE id = 1
