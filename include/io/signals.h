/* signals.h - signals as something to be read, not as an interruption.
 *
 * Layer:   io. Main thread.
 * Source:  signalfd(2).
 */
#ifndef IO_SIGNALS_H
#define IO_SIGNALS_H

enum signals_wish {
	SIGNALS_NONE,
	SIGNALS_STOP,   /* SIGTERM, SIGINT */
	SIGNALS_RELOAD, /* SIGHUP */
};

/* Keep the signals from interrupting this thread and those it starts. Call it
 * before any other thread exists. */
void signals_block(void);

/* A descriptor that is readable when one has come, or -1. */
int signals_open(void);
void signals_close(int fd);

/* The next wish, without waiting. */
enum signals_wish signals_take(int fd);

#endif
