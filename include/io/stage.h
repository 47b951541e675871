/* stage.h - where a job stands, in C and in SQL.
 *
 * Layer:   io.
 * The numbers are on disk: append only. A partial index serves a query only if
 * both say the same, so both say it by these names.
 */
#ifndef IO_STAGE_H
#define IO_STAGE_H

enum stage {
	STAGE_READY,    /* its service gets it when it is due */
	STAGE_DELAY,    /* held until it is due */
	STAGE_PRESENCE, /* held because somebody is looking */
	STAGE_QUIET,    /* deferred to the end of quiet hours, or of a snooze */
	STAGE_RATE,     /* deferred because it was too much, or others come */
	STAGE_FOLDED,   /* part of the digest that another job carries */
	STAGE_SHOWN,    /* it can be withdrawn until it is due */
	STAGE_DONE, /* it is settled, though its event may be judged again */
};

#define STAGE_SQL_READY "stage = 0"
#define STAGE_SQL_PRESENCE "stage = 2"
#define STAGE_SQL_HELD "stage IN (1, 2)"
#define STAGE_SQL_QUIET "stage = 3"
#define STAGE_SQL_DEFERRED "stage IN (3, 4)"
/* A list of more than two would be made anew for each row that is written. */
#define STAGE_SQL_WAITING "stage BETWEEN 1 AND 4"
#define STAGE_SQL_FOLDED "stage = 5"
#define STAGE_SQL_SHOWN "stage = 6"
#define STAGE_SQL_DONE "stage = 7"
#define STAGE_SQL_UNSETTLED "stage < 6"

_Static_assert(STAGE_READY == 0 && STAGE_DELAY == 1 && STAGE_PRESENCE == 2 &&
        STAGE_QUIET == 3 && STAGE_RATE == 4 && STAGE_FOLDED == 5 &&
        STAGE_SHOWN == 6 && STAGE_DONE == 7,
    "the stages are on disk under these numbers");

/* Why a job waits or is pushed, and how often it was reminded of, are one number
 * on disk. */
#define STAGE_REASON(stored) ((int)((stored)&127))
#define STAGE_ROUND(stored) ((int32_t)((stored) >> 7))
#define STAGE_STORED(reason, round) ((int64_t)(round) << 7 | (reason))

#endif
