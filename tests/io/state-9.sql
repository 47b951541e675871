-- Behind what became of state-8.sql: all that tells version 9 from 10.
DROP INDEX job_held;
DROP INDEX job_carrying;
DROP INDEX job_leaving;
DROP INDEX job_digest;
CREATE INDEX job_digest ON job(digest) WHERE digest > 0;
PRAGMA user_version = 9;
