/* roster.h - the push services that are in use, and the providers' keys.
 *
 * Main thread.
 * A service comes to life when a job names it. There is a stated number of them;
 * then the one that rested longest makes room.
 */
#ifndef DELIVER_ROSTER_H
#define DELIVER_ROSTER_H

#include "core/settings.h"
#include "deliver/service.h"

#include <stddef.h>

#define ROSTER_MAX 128         /* services at a time */
#define ROSTER_SHARE 16        /* of them for one user's own hosts */
#define ROSTER_PROVIDERS_MAX 8 /* keys */
/* So many users cannot all have their share: one of them finds room, or nobody does. */
#define ROSTER_TRIES (ROSTER_MAX / ROSTER_SHARE + 1)

struct roster {
	const struct instant *at;             /* the turn's */
	struct service *services[ROSTER_MAX]; /* owned, count of them */
	size_t count;
	struct crowd crowd;
	struct secret secrets[ROSTER_PROVIDERS_MAX]; /* by provider number */
};

/* Read the providers' keys.
 * Out:     roster  roster_finish() it in any case
 * Returns: STATUS_BAD_INPUT with the fault set if one is no good. */
enum status roster_init(struct roster *roster, const struct instant *at,
    const struct settings *settings, struct fault *fault);
void roster_finish(struct roster *roster); /* a zeroed one is fine */

/* Make the key of a provider that makes its own, where the file is missing.
 * Returns: STATUS_IO with the fault set. */
enum status roster_make_key(const struct provider *provider, const char *path,
    struct fault *fault);

/* The key of a provider; its text is NULL if it has none. */
const struct secret *roster_secret(const struct roster *roster,
    const struct provider *provider);

/* The service of that name, made if it is new.
 * In:      user  whose job names it: nobody takes all the room
 * Returns: NULL if there is no room for it now, or no such provider. */
struct service *roster_find(struct roster *roster, const char *name,
    const char *user);

#endif
