/* figures.h - how the bridge is, in numbers, as JSON and for Prometheus.
 *
 * Pure: what is known comes in as a value, and so does the time.
 * Source:  docs/schema/health.schema.json; Prometheus' text format 0.0.4.
 * Both forms come out of one table: a member of the JSON is a series of the same
 * name behind "nudge_", and where it is an object its members' names are the
 * values of one label: stage, service or reason.
 */
#ifndef DELIVER_FIGURES_H
#define DELIVER_FIGURES_H

#include "base/buf.h"
#include "io/backlog.h"
#include "push/verdict.h"
#include "tell/tally.h"

#include <stdbool.h>
#include <stdint.h>

#define FIGURES_SERVICES_MAX 8 /* providers */
#define FIGURES_TEXT_MAX 32768 /* bytes of either form */

/* One push service, all its origins together, since the bridge started. */
struct figures_service {
	const char *name;   /* static; NULL = it is switched off */
	int64_t sent;       /* notifications it took */
	int64_t failed;     /* that it refused, or that expired meanwhile */
	int64_t retried;    /* attempts that will be made again */
	int64_t gone;       /* devices */
	int64_t success_ms; /* monotonic: it took something last; 0 = never */
	bool is_broken;     /* a circuit breaker is open */
};

struct figures {
	int64_t started_ms;        /* monotonic */
	int64_t connected_ms;      /* monotonic; 0 = there is no broker */
	struct backlog_count jobs; /* since_ms is monotonic; 0 = none waits */
	struct figures_service services[FIGURES_SERVICES_MAX];
	struct tally tally;
	struct {
		int64_t at_ms; /* Unix; 0 = there was none */
		char service[16];
		char reason[PUSH_REASON_MAX];
	} last_error;
};

/* When it is looked at. */
struct figures_instant {
	int64_t now_ms; /* Unix */
	int64_t monotonic_ms;
	int64_t resident; /* bytes of memory; 0 = not known */
};

/* One JSON object. */
void figures_write_json(const struct figures *figures,
    const struct figures_instant *at, struct buf *json);
/* Lines of Prometheus' text format. */
void figures_write_metrics(const struct figures *figures,
    const struct figures_instant *at, struct buf *text);

#endif
