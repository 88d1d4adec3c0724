UPDATE reruns SET selection = $2, plan = $3 WHERE id = $1
