-- Nobody follows a feed from that long ago.
DELETE FROM changes WHERE changed_at < $1
