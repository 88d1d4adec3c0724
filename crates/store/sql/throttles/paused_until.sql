SELECT paused_until_ms FROM throttles WHERE forge = $1 AND namespace = $2
