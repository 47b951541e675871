/* memory.h - gives memory back to the system.
 *
 * Layer:   io. Any thread.
 */
#ifndef IO_MEMORY_H
#define IO_MEMORY_H

/* free() keeps what a crowd took, in case another comes; on a small machine it
 * is worth more elsewhere. Takes about a millisecond. */
void memory_give_back(void);

#endif
