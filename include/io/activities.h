/* activities.h - which running turns a device shows, over restarts.
 *
 * Layer:   io. Main thread. Owner of the table "activity".
 * What they show is told again; that they must be ended is not, so that is kept.
 */
#ifndef IO_ACTIVITIES_H
#define IO_ACTIVITIES_H

#include "base/fault.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct activities;
struct db;

struct activities_one {
	char user[65];
	char device[65];
	char session[65];
	char host[65];
	int64_t started_ms; /* Unix */
};

/* In:      db  borrowed */
enum status activities_create(struct db *db, struct activities **activities,
    struct fault *fault);
void activities_destroy(struct activities *activities); /* NULL is fine */

void activities_put(struct activities *activities,
    const struct activities_one *one);
void activities_remove(struct activities *activities,
    const struct activities_one *one);

/* Each of them in turn. visit must not change them. */
void activities_visit(struct activities *activities,
    void (*visit)(void *context, const struct activities_one *one),
    void *context);

#endif
