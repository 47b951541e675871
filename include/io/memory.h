/* memory.h - how much memory we have, and giving it back to the system.
 *
 * Layer:   io. Any thread.
 */
#ifndef IO_MEMORY_H
#define IO_MEMORY_H

#include <stdint.h>

/* free() keeps what a crowd took, in case another comes; on a small machine it
 * is worth more elsewhere. Takes about a millisecond. */
void memory_give_back(void);

/* Bytes that are in use; 0 where the system does not say. proc(5), statm. */
int64_t memory_resident(void);

#endif
