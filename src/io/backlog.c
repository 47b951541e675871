#include "io/backlog.h"

#include "io/db.h"

#include <stdlib.h>
#include <string.h>

#define SLICE 1024 /* rows at a time: half a millisecond of a small machine */

enum statement {
	SQL_JOBS,
	SQL_ARRIVED,
	SQL_COUNT,
};

static const char *const statements[SQL_COUNT] = {
	[SQL_JOBS] = "SELECT id, stage FROM job WHERE id > ?1"
	             " ORDER BY id LIMIT ?2",
	[SQL_ARRIVED] = "SELECT arrived_ms FROM event WHERE seq = ?1",
};

struct backlog {
	struct db *db;
	int64_t after; /* the last job that was counted */
	int64_t jobs[BACKLOG_STAGES];
	int64_t oldest[BACKLOG_STAGES]; /* a job's number; they count up */
	struct sqlite3_stmt *prepared[SQL_COUNT];
};

static struct sqlite3_stmt *
use(struct backlog *backlog, enum statement number)
{
	return db_use(backlog->db, &backlog->prepared[number],
	    statements[number]);
}

enum status
backlog_create(struct db *db, struct backlog **backlog)
{
	struct backlog *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->db = db;
	*backlog = fresh;
	return STATUS_OK;
}

void
backlog_destroy(struct backlog *backlog)
{
	if (backlog == NULL)
		return;
	db_drop(backlog->prepared, SQL_COUNT);
	free(backlog);
}

void
backlog_begin(struct backlog *backlog)
{
	backlog->after = 0;
	memset(backlog->jobs, 0, sizeof(backlog->jobs));
	memset(backlog->oldest, 0, sizeof(backlog->oldest));
}

static int64_t
arrived_ms(struct backlog *backlog, int64_t job)
{
	struct sqlite3_stmt *row = use(backlog, SQL_ARRIVED);
	int64_t at_ms = 0;

	if (job == 0)
		return 0;
	/* A job's number is its event's, and which one of it. */
	db_bind_int(row, 1, job >> 8);
	if (db_step(backlog->db, row))
		at_ms = db_time(backlog->db, row, 0);
	db_reset(row);
	return at_ms;
}

bool
backlog_go_on(struct backlog *backlog, struct backlog_count *count)
{
	struct sqlite3_stmt *row = use(backlog, SQL_JOBS);
	int seen = 0;

	db_bind_int(row, 1, backlog->after);
	db_bind_int(row, 2, SLICE);
	while (db_step(backlog->db, row)) {
		int64_t stage = db_int(row, 1);

		seen++;
		backlog->after = db_int(row, 0);
		if (stage < 0 || stage >= BACKLOG_STAGES)
			continue;
		if (backlog->jobs[stage]++ == 0)
			backlog->oldest[stage] = backlog->after;
	}
	if (seen == SLICE)
		return false;
	for (int i = 0; i < BACKLOG_STAGES; i++) {
		count->jobs[i] = backlog->jobs[i];
		count->since_ms[i] = arrived_ms(backlog, backlog->oldest[i]);
	}
	return true;
}
