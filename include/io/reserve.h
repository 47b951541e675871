/* reserve.h - room on the disk that is kept for the worst: a full disk must not
 * keep us from forgetting what is worthless, nor from ending in order.
 *
 * Layer:   io.
 */
#ifndef IO_RESERVE_H
#define IO_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

#define RESERVE_LEN INT64_C(8388608) /* bytes: the longest log of io/db.h */

/* Bytes that the disk of the directory has left; INT64_MAX = nobody knows. */
int64_t reserve_left(const char *directory);
/* Take the room if there is no other: nudge.reserve in the directory.
 * Returns: whether there is little other room. */
bool reserve_take(const char *directory);
/* Keep the room, unless it is kept, where there is twice as much. */
void reserve_keep(const char *directory);

#endif
