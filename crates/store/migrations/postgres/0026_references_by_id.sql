-- What lists and walks look up by its id, row by row, costs as many pages at a million events as at a hundred thousand: a hash
-- has no levels. Each table has a migration of its own, so that nobody waits for one table while it has another.
CREATE INDEX references_by_id ON "references" USING hash (id);
