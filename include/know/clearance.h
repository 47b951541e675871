/* clearance.h - the registrations that we cleared, until the broker says so.
 *
 * Main thread.
 * While our clear is on its way an app may register anew: at the broker our
 * clear comes after it and takes it away. Whoever remembers what is on its way
 * knows the broker's message for the own one, and can give back what it took.
 * What was on its way when a connection ended is old: whether it came to the
 * broker, and when, nobody knows, until all that is retained was heard anew.
 */
#ifndef KNOW_CLEARANCE_H
#define KNOW_CLEARANCE_H

#include <stdbool.h>
#include <stddef.h>

struct clearance; /* a list; NULL = empty */

/* A topic is being cleared.
 * Returns: false = no memory: it is not remembered. */
bool clearance_note(struct clearance **list, const char *topic);

/* A clear of a topic came from the broker.
 * Returns: whether it is ours, or may be; then it is remembered no longer, unless
 *          it is old. */
bool clearance_take(struct clearance **list, const char *topic);

/* Whether it is remembered still. */
bool clearance_has(const struct clearance *list, const char *topic);

/* The connection ended. */
void clearance_age(struct clearance *list);

/* One of the old, remembered no longer.
 * Out:     topic  size bytes with the NUL
 * Returns: whether there is one. */
bool clearance_take_old(struct clearance **list, char *topic, size_t size);

void clearance_drop(struct clearance **list);

#endif
