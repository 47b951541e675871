/* look.h - how a notification is to look on one device.
 *
 * Layer:   core. Pure.
 * Source:  docs/schema/preferences.schema.json: privacy, level, sound.
 */
#ifndef CORE_LOOK_H
#define CORE_LOOK_H

#include <stdbool.h>
#include <stdint.h>

enum privacy {
	PRIVACY_FULL,
	PRIVACY_TITLE, /* the session's title and what happened, no body */
	PRIVACY_NONE,  /* a neutral sentence, and nothing that can be routed */
};

enum level {
	LEVEL_PASSIVE,
	LEVEL_ACTIVE,
	LEVEL_TIME_SENSITIVE,
};

#define LOOK_BADGE_UNKNOWN (-1)

struct look {
	enum privacy privacy;
	enum level level;
	const char *sound; /* borrowed; "" = silent, "default" = the system's */
	int32_t badge;     /* how many wait for an answer, or unknown */
	bool names_host;   /* the person has several: say which one */
	const char *digest; /* borrowed: this one stands for several, and says
	                     * how many of what; NULL = for itself */
	const char *names;  /* borrowed: which ones, a line each; NULL = not */
};

#endif
