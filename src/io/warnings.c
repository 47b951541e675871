#include "io/warnings.h"

#include "io/db.h"

#include <stdio.h>
#include <stdlib.h>

enum statement {
	SQL_LOAD,
	SQL_CLEAR,
	SQL_ADD,
	SQL_COUNT,
};

static const char table[] = "CREATE TABLE IF NOT EXISTS warning("
                            "  place INTEGER PRIMARY KEY,"
                            "  at_ms INTEGER NOT NULL,"
                            "  gone INTEGER NOT NULL,"
                            "  service TEXT NOT NULL,"
                            "  device TEXT NOT NULL,"
                            "  reason TEXT NOT NULL,"
                            "  advice TEXT NOT NULL"
                            ")";

static const char *const statements[SQL_COUNT] = {
	[SQL_LOAD] = "SELECT at_ms, gone, service, device, reason, advice"
	             " FROM warning ORDER BY place LIMIT ?1",
	[SQL_CLEAR] = "DELETE FROM warning",
	[SQL_ADD] = "INSERT INTO warning(place, at_ms, gone, service, device,"
	            " reason, advice) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
};

struct warnings {
	struct db *db;
	struct sqlite3_stmt *prepared[SQL_COUNT];
};

static struct sqlite3_stmt *
use(struct warnings *warnings, enum statement number)
{
	return db_use(warnings->db, &warnings->prepared[number],
	    statements[number]);
}

enum status
warnings_create(struct db *db, struct warnings **warnings, struct fault *fault)
{
	struct warnings *fresh = calloc(1, sizeof(*fresh));
	enum status status;

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->db = db;
	status = db_execute(db, table, fault);
	if (status != STATUS_OK) {
		free(fresh);
		return status;
	}
	*warnings = fresh;
	return STATUS_OK;
}

void
warnings_destroy(struct warnings *warnings)
{
	if (warnings == NULL)
		return;
	db_drop(warnings->prepared, SQL_COUNT);
	free(warnings);
}

static void
copy(char *to, size_t size, struct sqlite3_stmt *row, int column)
{
	(void)snprintf(to, size, "%s", db_text(row, column));
}

size_t
warnings_load(struct warnings *warnings, struct warning list[WARNINGS_MAX])
{
	struct sqlite3_stmt *row = use(warnings, SQL_LOAD);
	size_t count = 0;

	db_bind_int(row, 1, WARNINGS_MAX);
	while (db_step(warnings->db, row)) {
		struct warning *warning = &list[count++];

		*warning = (struct warning){
			.at_ms = db_time(warnings->db, row, 0),
			.is_gone = db_int(row, 1) != 0,
		};
		copy(warning->service, sizeof(warning->service), row, 2);
		copy(warning->device, sizeof(warning->device), row, 3);
		copy(warning->reason, sizeof(warning->reason), row, 4);
		copy(warning->advice, sizeof(warning->advice), row, 5);
	}
	return count;
}

void
warnings_keep(struct warnings *warnings, const struct warning *list,
    size_t count)
{
	struct db *db = warnings->db;

	db_begin(db, false);
	db_run(db, use(warnings, SQL_CLEAR));
	for (size_t i = 0; i < count; i++) {
		struct sqlite3_stmt *row = use(warnings, SQL_ADD);

		db_bind_int(row, 1, (int64_t)i);
		db_bind_time(db, row, 2, list[i].at_ms);
		db_bind_int(row, 3, list[i].is_gone);
		db_bind_text(row, 4, list[i].service);
		db_bind_text(row, 5, list[i].device);
		db_bind_text(row, 6, list[i].reason);
		db_bind_text(row, 7, list[i].advice);
		db_run(db, row);
	}
	db_commit(db);
}
