/* access.h - what a login at the broker may read and write.
 *
 * Layer:   core. Pure.
 * Source:  mosquitto.conf(5), acl_file; mosquitto's dynamic security plugin,
 *          version 1 of its topic.
 */
#ifndef CORE_ACCESS_H
#define CORE_ACCESS_H

#include "base/buf.h"
#include "core/settings.h"

#include <stdbool.h>
#include <stddef.h>

#define ACCESS_MAX 32        /* rights of one login */
#define ACCESS_TOPIC_MAX 640 /* bytes with the NUL: root, three names, a word */
#define ACCESS_TEXT_MAX 65536 /* bytes of all rights of one, in any form */

struct access {
	bool may_write; /* false = may read */
	char topic[ACCESS_TOPIC_MAX];
};

/* What one login may do. */
struct accesses {
	struct access list[ACCESS_MAX];
	size_t count;
};

/* A person: all that is theirs, and what the bridges say of themselves. Nothing
 * of anybody else's. */
void access_of_person(const char *root, const char *name,
    struct accesses *accesses);

/* A bridge of these settings, with the commands that use its login. It reads no
 * answers: those are between a person and the agents. Of Home Assistant's topics
 * it has what its form of discovery needs. */
void access_of_bridge(const struct settings *settings,
    struct accesses *accesses);

/* Home Assistant: its own topics, what it shows of every person and bridge, and
 * what its entities and our blueprints do. Whoever is let in there may answer
 * for everybody where answers need no signature. */
void access_of_homeassistant(const struct settings *settings,
    struct accesses *accesses);

/* Append the lines of an acl_file, "user NAME" first. */
void access_write_lines(const struct accesses *accesses, const char *login,
    struct buf *text);

/* Append the rights of a role, a JSON array as the dynamic security plugin reads
 * it. */
void access_write_role(const struct accesses *accesses, struct buf *json);

/* Append shell commands that make the role. */
void access_write_commands(const struct accesses *accesses, const char *role,
    struct buf *text);

#endif
