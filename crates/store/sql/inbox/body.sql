SELECT body FROM inbox WHERE id = $1
