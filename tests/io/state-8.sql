-- Behind what became of state-7.sql: all that tells version 8 from 9.
DROP INDEX job_waiting;
DROP INDEX job_release;
CREATE INDEX job_release ON job(due_ms) WHERE stage IN (1, 2, 3, 4);
PRAGMA user_version = 8;
