/* announced.h - which retained messages of discovery the broker has of ours.
 *
 * Layer:   io. Main thread. Owner of the table of that name.
 * It outlives us: whoever is announced no longer, in another form or with another
 * prefix, is taken away at the broker when we run again.
 */
#ifndef IO_ANNOUNCED_H
#define IO_ANNOUNCED_H

#include "base/fault.h"
#include "base/status.h"

#include <stdbool.h>

struct announced;
struct db;

/* In:      db  borrowed */
enum status announced_create(struct db *db, struct announced **announced,
    struct fault *fault);
void announced_destroy(struct announced *announced); /* NULL is fine */

/* In:      user  "" = the bridge itself */
void announced_put(struct announced *announced, const char *topic,
    const char *user);
void announced_remove(struct announced *announced, const char *topic);

/* One of them; its texts live until the next call. */
struct announced_message {
	const char *topic;
	const char *user; /* "" = the bridge itself */
};

/* The next one after a topic, in the order of topics; topic may be of the last
 * call.
 * Returns: whether there is one. */
bool announced_after(struct announced *announced, const char *topic,
    struct announced_message *message);

#endif
