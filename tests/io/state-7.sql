-- Behind state-6.sql: the same in schema version 7, killed while it wrote down the ids and links of the last four events.
DELETE FROM thread WHERE id > 8 << 8 | 255;
DELETE FROM seen WHERE seq IN (10, 12);
UPDATE mark SET folded = 8, folding = 12;
PRAGMA user_version = 7;
