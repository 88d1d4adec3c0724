SELECT forge, namespace, name FROM projects WHERE id = $1
