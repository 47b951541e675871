/* status.h - how a call ended, named after what the caller does next.
 *
 * Layer:   base.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
	STATUS_OK = 0,
	STATUS_BAD_INPUT, /* a peer or a file broke a rule: drop it, log once */
	STATUS_TOO_LARGE, /* a stated limit was reached: drop it, log once */
	STATUS_NO_MEMORY, /* stop cleanly; the outbox loses nothing */
	STATUS_IO,        /* the world failed: retry later */
};

/* A short lower-case phrase for the log; static storage, never NULL. */
const char *status_str(enum status status);

#endif
