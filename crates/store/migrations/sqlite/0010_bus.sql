-- Messages of the bus that wait until the work they tell of is known here.
CREATE INDEX inbox_parked ON inbox (external_id) WHERE external_id IS NOT NULL AND outcome IS NULL;
