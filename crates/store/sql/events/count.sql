-- Something of the event was changed: its tag, its live page and plans made for it are out of date.
UPDATE events SET version = version + 1 WHERE id = $1
