/* catalog.h - each preference once: where it stands in a document and in struct
 * preferences, what it may be, and how it is read and written.
 *
 * Layer:   core. Pure.
 * Source:  docs/schema/preferences.schema.json, which a test compares with it.
 * To add one: a member of struct preferences with its default, a number of enum
 * preference, a row here, the schemas, the client's list, docs/rules.md.
 */
#ifndef CORE_CATALOG_H
#define CORE_CATALOG_H

#include "core/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a value is in JSON, and in C. */
enum shape {
	SHAPE_BOOL,    /* bool */
	SHAPE_INTEGER, /* int32_t, min .. max */
	SHAPE_INSTANT, /* int64_t: milliseconds since 1970, or 0 */
	SHAPE_CHOICE,  /* an enum in the order of choices; the first is the
	                * default of a row that is not said for each kind */
	SHAPE_SOUND,   /* char[]; null is a value */
	SHAPE_KINDS,   /* uint16_t: bit n = kind n is in the list */
	SHAPE_TIMES,   /* struct times: min .. max, each longer than the last */
	SHAPE_NAMES,   /* struct muted */
	SHAPE_HOURS,   /* struct quiet: objects */
	SHAPE_STEPS,   /* struct escalation: objects */
};

struct catalog_row {
	const char *path; /* "rate.asks.burst" */
	enum shape shape;
	int number; /* enum preference; rows that share one stand together */
	uint16_t
	    kinds;     /* bit n = it has a member for kind n; 0 = it has none */
	size_t offset; /* in struct preferences; then one for each kind */
	size_t size;   /* of one */
	int32_t min;
	int32_t max;
	const char *const *choices; /* ends with NULL */
	const char *const *members; /* of its objects, in order; the same */
};

#define CATALOG_COUNT 25

/* In the order in which they are written. */
extern const struct catalog_row catalog_rows[CATALOG_COUNT];

#define CATALOG_NAME_MAX 32 /* bytes of one name of a path, with the NUL */

/* The next name of a path, which stands behind it then.
 * Returns: whether there is one. */
bool catalog_next_name(const char **path, char name[CATALOG_NAME_MAX]);

#endif
