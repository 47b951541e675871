#include "io/schema.h"

#include "base/attr.h"
#include "io/behind.h"
#include "io/receipts.h"
#include "io/stage.h"

/* What version 3 had too. */
static const char old_tables[] =
    "CREATE TABLE IF NOT EXISTS bridge("
    "  key BLOB NOT NULL"
    ");"
    "CREATE TABLE IF NOT EXISTS ask("
    "  user TEXT NOT NULL,"
    "  event TEXT NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  thread TEXT NOT NULL,"
    "  request TEXT NOT NULL,"
    "  expires_ms INTEGER NOT NULL,"
    "  ts_ms INTEGER NOT NULL DEFAULT 0,"
    "  facts TEXT NOT NULL DEFAULT ''," /* what is told of it, io/people.h */
    "  ask TEXT NOT NULL DEFAULT '',"
    "  PRIMARY KEY(user, event)"
    ") WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS ask_newest ON ask(user, ts_ms);"
    "CREATE TABLE IF NOT EXISTS bucket("
    "  user TEXT NOT NULL,"
    "  device TEXT NOT NULL,"
    "  full_us INTEGER NOT NULL,"
    "  PRIMARY KEY(user, device)"
    ") WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS last("
    "  user TEXT PRIMARY KEY,"
    "  event TEXT NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS document("
    "  topic TEXT PRIMARY KEY,"
    "  payload BLOB NOT NULL,"
    "  since_ms INTEGER NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS reached("
    "  topic TEXT PRIMARY KEY,"
    "  since_ms INTEGER NOT NULL," /* of the document that this is about */
    "  origin TEXT NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS decision("
    "  slot INTEGER PRIMARY KEY," /* one ring for all people */
    "  at INTEGER NOT NULL,"      /* counts up */
    "  event TEXT NOT NULL,"
    "  user TEXT NOT NULL,"
    "  receipt TEXT NOT NULL"
    ");";

/* A partial index costs nothing where a job is shown at once: it is in none but
 * the last. */
static const char schema[] =
    "CREATE TABLE mark("
    "  decided INTEGER NOT NULL,"  /* events up to this need no decision */
    "  offset_ms INTEGER NOT NULL" /* of the clock to that of the times here */
    ");"
    "INSERT INTO mark VALUES(0, 0);"
    "CREATE TABLE event("
    "  seq INTEGER PRIMARY KEY,"
    "  arrived_ms INTEGER NOT NULL,"
    "  expires_ms INTEGER NOT NULL,"
    "  topic TEXT NOT NULL,"
    "  payload BLOB NOT NULL"
    ");"
    "CREATE TABLE seen("
    "  number INTEGER PRIMARY KEY," /* store_number() of user and id */
    "  seq INTEGER NOT NULL,"
    "  arrived_ms INTEGER NOT NULL"
    ");"
    "CREATE TABLE job("
    "  id INTEGER PRIMARY KEY," /* the event's seq << 8, and a number */
    "  stage INTEGER NOT NULL," /* enum stage, io/stage.h */
    "  service TEXT NOT NULL,"  /* '' unless it is ready */
    "  due_ms INTEGER NOT NULL,"
    "  attempts INTEGER NOT NULL,"
    "  user TEXT NOT NULL,"
    "  device TEXT NOT NULL,"
    "  event TEXT NOT NULL,"      /* its id */
    "  thread INTEGER NOT NULL,"  /* number of the session, or of the event */
    "  request INTEGER NOT NULL," /* the same; 0 = none */
    "  kind INTEGER NOT NULL,"
    "  expires_ms INTEGER NOT NULL," /* 0 = as the event says */
    "  withdraws INTEGER NOT NULL,"
    "  reason INTEGER NOT NULL,"    /* why it is pushed or withdrawn */
    "  cancelled INTEGER NOT NULL," /* why it is not; 0 = it is */
    "  digest INTEGER NOT NULL"     /* that it is a member of; 0 = none */
    ");"
    "CREATE INDEX job_due ON job(service, due_ms) WHERE " STAGE_SQL_READY ";"
    "CREATE INDEX job_turn ON job(service, user, due_ms)"
    "  WHERE " STAGE_SQL_READY ";"
    "CREATE INDEX job_release ON job(due_ms) WHERE " STAGE_SQL_WAITING ";"
    "CREATE INDEX job_deferred ON job(user, device)"
    "  WHERE " STAGE_SQL_DEFERRED ";"
    "CREATE INDEX job_digest ON job(digest) WHERE digest > 0;"
    "CREATE INDEX job_thread ON job(user, thread, request);";

/* What had jobs in version 1 is judged again. */
static const char from_1[] = "ALTER TABLE event ADD COLUMN thread TEXT;"
                             "UPDATE event SET user = NULL, id = NULL"
                             "  WHERE seq IN (SELECT seq FROM job);"
                             "DROP TABLE job;"
                             "CREATE TABLE job(id INTEGER PRIMARY KEY, stage,"
                             "  service, due_ms, attempts, seq, user, thread,"
                             "  request, device, kind, expires_ms, withdraws,"
                             "  reason, cancelled, carrier);"
                             "DROP TABLE IF EXISTS ask;";

/* Of what waited in version 2 nothing was told but that it does. */
static const char from_2[] =
    "ALTER TABLE ask ADD COLUMN ts_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE ask ADD COLUMN facts TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE ask ADD COLUMN ask TEXT NOT NULL DEFAULT '';"
    "UPDATE ask SET ts_ms = coalesce((SELECT arrived_ms FROM event"
    "  WHERE event.user = ask.user AND event.id = ask.event), 0);";

/* The names of version 3 make room for those of version 4 ... */
static const char from_3[] = "DROP INDEX IF EXISTS event_id;"
                             "DROP INDEX IF EXISTS job_due;"
                             "DROP INDEX IF EXISTS job_thread;"
                             "ALTER TABLE event RENAME TO old_event;"
                             "ALTER TABLE job RENAME TO old_job;";

/* ... and what was kept under them moves. An event that no job needs any more is
 * known by its id alone. Jobs of an event are counted up. */
static const char to_4[] =
    "UPDATE mark SET decided = coalesce("
    "  (SELECT min(seq) - 1 FROM old_event WHERE user IS NULL),"
    "  (SELECT max(seq) FROM old_event), 0);"
    "INSERT INTO event SELECT seq, arrived_ms, expires_ms, topic, payload"
    "  FROM old_event WHERE user IS NULL"
    "  OR seq IN (SELECT seq FROM old_job);"
    "INSERT OR REPLACE INTO seen SELECT store_number(user, id), seq, arrived_ms"
    "  FROM old_event WHERE id IS NOT NULL;"
    "CREATE TEMP TABLE moved AS SELECT old_job.id AS old,"
    "  (seq << 8) + row_number() OVER (PARTITION BY seq ORDER BY id) - 1 AS new"
    "  FROM old_job;"
    "CREATE UNIQUE INDEX temp.moved_old ON moved(old);"
    "INSERT INTO job SELECT new, stage, service, due_ms, attempts,"
    "  old_job.user, device, old_event.id,"
    "  store_number(old_job.user, old_job.thread),"
    "  store_number(old_job.user, request), kind, old_job.expires_ms,"
    "  withdraws, reason, cancelled, coalesce("
    "   (SELECT carriers.new FROM moved AS carriers"
    "     WHERE carriers.old = carrier), 0)"
    "  FROM old_job JOIN moved ON moved.old = old_job.id"
    "  JOIN old_event ON old_event.seq = old_job.seq;"
    "UPDATE job SET digest = id WHERE " STAGE_SQL_READY " AND id IN"
    "  (SELECT digest FROM job WHERE " STAGE_SQL_FOLDED ");"
    "DROP TABLE moved;"
    "DROP TABLE old_job;"
    "DROP TABLE old_event;";

/* In version 5 what is looked up by a name of a user's has tables of its own,
 * io/behind.h, and an ask is a row behind the last one. One whose event is not
 * known by its id any more gets a number that no event has. */
static const char to_5[] =
    "ALTER TABLE mark ADD COLUMN folded INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE mark ADD COLUMN folding INTEGER NOT NULL DEFAULT 0;"
    "UPDATE mark SET folded = decided, folding = decided;"
    "CREATE TABLE thread("
    "  user TEXT NOT NULL,"
    "  thread INTEGER NOT NULL,"  /* as in job and ask */
    "  request INTEGER NOT NULL," /* the same */
    "  id INTEGER NOT NULL,"      /* of the job; of an ask seq << 8 | 255 */
    "  PRIMARY KEY(user, thread, request, id)"
    ") WITHOUT ROWID;"
    "CREATE TABLE ask_of("
    "  user TEXT NOT NULL,"
    "  seq INTEGER NOT NULL,"
    "  PRIMARY KEY(user, seq)"
    ") WITHOUT ROWID;"
    "DROP INDEX job_thread;"
    "INSERT INTO thread SELECT user, thread, request, id FROM job"
    "  WHERE id >> 8 <= (SELECT decided FROM mark);"
    "DROP INDEX ask_newest;"
    "ALTER TABLE ask RENAME TO old_ask;"
    "CREATE TABLE ask("
    "  seq INTEGER PRIMARY KEY," /* of its event */
    "  user TEXT NOT NULL,"
    "  event TEXT NOT NULL," /* its id */
    "  kind INTEGER NOT NULL,"
    "  thread INTEGER NOT NULL,"  /* as in job */
    "  request INTEGER NOT NULL," /* the same; 0 = none */
    "  name TEXT NOT NULL,"       /* of the request; '' = none, or in facts */
    "  expires_ms INTEGER NOT NULL,"
    "  ts_ms INTEGER NOT NULL,"
    "  facts TEXT NOT NULL," /* what is told of it, io/people.h */
    "  ask TEXT NOT NULL"
    ");"
    "INSERT INTO ask SELECT"
    "  coalesce((SELECT seq FROM seen WHERE number ="
    "   store_number(user, event)),"
    "   -row_number() OVER (ORDER BY ts_ms DESC, event DESC)),"
    "  user, event, kind, store_number(user, thread),"
    "  store_number(user, request), request, expires_ms, ts_ms, facts, ask"
    "  FROM old_ask;"
    "DROP TABLE old_ask;"
    "INSERT INTO ask_of SELECT user, seq FROM ask"
    "  WHERE seq <= (SELECT decided FROM mark);"
    "INSERT INTO thread SELECT user, thread, request, seq << 8 | 255 FROM ask"
    "  WHERE seq <= (SELECT decided FROM mark);"
    "CREATE TRIGGER job_gone AFTER DELETE ON job"
    "  WHEN old.id >> 8 <= (SELECT folding FROM mark) BEGIN"
    "   DELETE FROM thread WHERE user = old.user AND thread = old.thread"
    "    AND request = old.request AND id = old.id;"
    "  END;"
    "CREATE TRIGGER ask_gone AFTER DELETE ON ask"
    "  WHEN old.seq <= (SELECT folding FROM mark) BEGIN"
    "   DELETE FROM thread WHERE user = old.user AND thread = old.thread"
    "    AND request = old.request AND id = old.seq << 8 | 255;"
    "   DELETE FROM ask_of WHERE user = old.user AND seq = old.seq;"
    "  END;";

/* Until version 6 receipts were in the order of their people, if they had left the
 * ring already: each lay on a page of its own. */
static const char to_6[] =
    "CREATE TABLE IF NOT EXISTS receipt("
    "  user TEXT NOT NULL,"
    "  at INTEGER NOT NULL,"
    "  ts_ms INTEGER NOT NULL,"
    "  event TEXT NOT NULL,"
    "  receipt TEXT NOT NULL,"
    "  PRIMARY KEY(user, at)"
    ") WITHOUT ROWID;"
    "INSERT OR IGNORE INTO receipt"
    "  SELECT user, at, 0, event, receipt FROM decision;"
    "DROP TABLE decision;"
    "ALTER TABLE receipt RENAME TO old_receipt;"
    "CREATE TABLE receipt("
    "  at INTEGER PRIMARY KEY," /* counts up */
    "  ts_ms INTEGER NOT NULL,"
    "  user TEXT NOT NULL,"
    "  event TEXT NOT NULL,"
    "  receipt TEXT NOT NULL"
    ");"
    "INSERT OR IGNORE INTO receipt SELECT at, ts_ms, user, event, receipt"
    "  FROM old_receipt ORDER BY at;"
    "DROP TABLE old_receipt;"
    "CREATE INDEX receipt_of ON receipt(user);";

/* Until version 7 an ask ended by the clock on the wall, and one that was years off
 * for a while ended years later, or at once. */
static const char to_7[] =
    "UPDATE ask SET expires_ms = expires_ms - (SELECT offset_ms FROM mark);";

/* Until version 8 the tables of io/runs.h were in the order of their names, and each
 * event rewrote some pages of its own; a trigger kept them free of what was gone, at
 * the same price. So was the index of the receipts. The links that were half written
 * are written again; an id may be the last that is left of its event. */
static const char to_8[] =
    "DROP TRIGGER job_gone;"
    "DROP TRIGGER ask_gone;"
    "CREATE TABLE run("
    "  number INTEGER PRIMARY KEY," /* the last event before it */
    "  events INTEGER NOT NULL"     /* that are in it whole */
    ");"
    "INSERT INTO run SELECT 0, count(*) FROM seen"
    "  WHERE seq <= (SELECT folded FROM mark);"
    "ALTER TABLE seen RENAME TO old_seen;"
    "ALTER TABLE thread RENAME TO old_thread;"
    "CREATE TABLE seen("
    "  run INTEGER NOT NULL,"
    "  number INTEGER NOT NULL," /* store_number() of user and id */
    "  seq INTEGER NOT NULL,"
    "  arrived_ms INTEGER NOT NULL,"
    "  PRIMARY KEY(run, number)"
    ") WITHOUT ROWID;"
    "CREATE TABLE thread("
    "  run INTEGER NOT NULL,"
    "  owner INTEGER NOT NULL,"   /* behind_owner() of the user */
    "  thread INTEGER NOT NULL,"  /* as in job and ask; 0 = of all asks */
    "  request INTEGER NOT NULL," /* the same */
    "  id INTEGER NOT NULL,"      /* of the job; of an ask seq << 8 | 255 */
    "  PRIMARY KEY(run, owner, thread, request, id)"
    ") WITHOUT ROWID;"
    "INSERT INTO seen SELECT 0, number, seq, arrived_ms FROM old_seen"
    "  ORDER BY number;"
    "INSERT INTO thread SELECT 0,"
    "  store_number(user, '" BEHIND_OWNER "') AS owner, thread, request, id"
    "  FROM old_thread WHERE id <= (SELECT folded FROM mark) << 8 | 255"
    "  ORDER BY owner, thread, request, id;"
    "INSERT INTO thread SELECT 0,"
    "  store_number(user, '" BEHIND_OWNER "') AS owner, 0, 0, seq << 8 | 255"
    "  FROM ask_of WHERE seq <= (SELECT folded FROM mark)"
    "  ORDER BY owner, seq;"
    "DROP TABLE old_seen;"
    "DROP TABLE old_thread;"
    "DROP TABLE ask_of;"
    "ALTER TABLE mark DROP COLUMN folding;"
    "DROP INDEX receipt_of;"
    "CREATE INDEX receipt_of ON receipt(" RECEIPTS_PART ", user);";

/* An index says the same in other words, which cost less. What waits for a person is
 * counted without looking at what she was shown. */
static const char to_9[] =
    "CREATE INDEX IF NOT EXISTS job_waiting ON job(user)"
    "  WHERE " STAGE_SQL_UNSETTLED ";"
    "DROP INDEX job_release;"
    "CREATE INDEX job_release ON job(due_ms) WHERE " STAGE_SQL_WAITING ";";

/* Until version 10 what is held for a device, what is deferred for it and due, the
 * carrier of a digest among that, and a digest that has none were looked for among all
 * others. */
static const char to_10[] =
    "CREATE INDEX IF NOT EXISTS job_held ON job(user, device)"
    "  WHERE " STAGE_SQL_HELD ";"
    "CREATE INDEX IF NOT EXISTS job_carrying ON job(user, device)"
    "  WHERE " STAGE_SQL_DEFERRED " AND digest > 0;"
    "CREATE INDEX IF NOT EXISTS job_leaving ON job(user, device, due_ms)"
    "  WHERE " STAGE_SQL_DEFERRED ";"
    "DROP INDEX job_digest;"
    "CREATE INDEX job_digest ON job(digest, stage) WHERE digest > 0;";

/* A file of before version 4 goes through that one, and a new one, too. */
enum status
schema_bring(struct db *db, int64_t version, struct fault *fault)
{
	bool is_old = version > 0 && version < 4;
	const char *const steps[] = {
		"BEGIN",
		version == 1 ? from_1 : "",
		version == 2 ? from_2 : "",
		is_old ? from_3 : "",
		version < 4 ? old_tables : "",
		version < 4 ? schema : "",
		is_old ? to_4 : "",
		version < 5 ? to_5 : "",
		version < 6 ? to_6 : "",
		version < 7 ? to_7 : "",
		version < 8 ? to_8 : "",
		version < 9 ? to_9 : "",
		to_10,
		"PRAGMA user_version = 10",
		"COMMIT",
	};
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && i < COUNT_OF(steps); i++)
		status = db_execute(db, steps[i], fault);
	return status;
}
