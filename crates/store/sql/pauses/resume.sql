DELETE FROM pauses WHERE system = $1
