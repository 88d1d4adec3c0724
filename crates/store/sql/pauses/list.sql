SELECT system, since, paused_by, reason FROM pauses ORDER BY system
