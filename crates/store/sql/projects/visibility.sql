SELECT visibility FROM projects WHERE forge = $1 AND lower(namespace) = lower($2) AND lower(name) = lower($3)
