/* service.h - one push service as we use it: a provider at an origin, with its
 * connection's trust, its authorization and the jobs that are under way.
 *
 * Main thread.
 * APNs has two origins, each Web Push or ntfy host is one, the log has the empty
 * one. What one of them does to us is nothing to the others.
 */
#ifndef DELIVER_SERVICE_H
#define DELIVER_SERVICE_H

#include "base/buf.h"
#include "core/blame.h"
#include "core/event.h"
#include "core/instant.h"
#include "core/request.h"
#include "core/restraint.h"
#include "io/outbox.h"
#include "io/secret.h"
#include "push/provider.h"

#include <stdbool.h>
#include <stdint.h>

struct service;

/* Connections of exchanges that each need their own, of all services. */
struct crowd {
	int32_t max;
	int32_t count;
};

#define FLIGHT_TITLE_MAX 128 /* bytes */

/* A job under way: what is needed to settle it. */
struct flight {
	int64_t job; /* 0 = free; below 0 = of a running turn: showing.h */
	int32_t attempt;
	bool is_done;          /* response has the answer */
	bool is_in_crowd;      /* it has a connection of its own */
	const char *given_up;  /* why nobody was asked; NULL = somebody was */
	int32_t authorization; /* number of the one that was shown */
	bool is_astray; /* nobody was asked: the device is elsewhere now */
	bool withdraws; /* it takes away what was shown */
	int reason;     /* enum reason: why it is pushed or withdrawn */
	int32_t round;  /* how often it was reminded of */
	bool is_ask;    /* by itself: it may be reminded of */
	enum kind kind; /* KIND_COUNT = the event was not read */
	struct response response;
	struct service *service;
	int64_t arrived_ms;
	int64_t expires_ms;
	int64_t registered_ms; /* of the registration that was used */
	char user[65];
	char device[65];
	char event_id[65];
	char title[FLIGHT_TITLE_MAX + 1]; /* of the event, perhaps cut */
};

struct service {
	const struct instant *at; /* the turn's */
	struct crowd *crowd;      /* the roster's */
	const struct provider *provider;
	const char *origin;          /* within name */
	const struct secret *secret; /* borrowed: the provider's key file */
	struct buf authorization;    /* "" = to be made */
	int32_t authorization_count;
	int32_t known_authorization; /* number of the last one that it took */
	int64_t authorized_ms;       /* monotonic */
	int32_t lifetime_s;          /* of one that was asked for */
	bool is_doubted;             /* it was made because one was refused */
	bool is_asking;              /* for a new one: grant is under way */
	struct flight grant;
	int64_t resume_ms;        /* monotonic: nothing begins before */
	bool fresh_connection;    /* for the next request */
	bool fresh_authorization; /* for the next request */
	bool has_answered;        /* once, or needs not to: is_http1 is known */
	bool is_http1;            /* without TLS, or as its last answer was */
	struct restraint restraint; /* of all who push there */
	struct blame blame;         /* of each of them */
	struct flight *flights;     /* owned, service_slots() long */
	int32_t in_flight;
	int32_t answered;   /* of them: they are to be settled */
	bool has_due_jobs;  /* perhaps: look */
	bool is_shared_out; /* somebody's jobs wait until one lands */
	int64_t held_ms; /* monotonic: or until then; INT64_MAX = nobody's do */
	int64_t next_due_ms; /* Unix; of the jobs that are not due yet */
	int64_t used_ms;     /* monotonic: the last job that took off */
	char turn[65];  /* whose jobs began last; "" = the first's are next */
	char user[65];  /* who brought it to life */
	bool is_shared; /* others push there, too */
	char name[PUSH_SERVICE_MAX]; /* as the outbox has it */
};

/* In:      at      borrowed for its life: the turn's
 *          crowd   borrowed for its life
 *          name    a service, as provider_service() names it
 *          secret  borrowed for its life: the key file of its provider
 * Returns: STATUS_BAD_INPUT if no provider has that name. */
enum status service_create(const struct instant *at, struct crowd *crowd,
    const char *name, const struct secret *secret, struct service **service);
void service_destroy(struct service *service); /* NULL is fine */

/* How many flights it has, and how many answers are gathered before they are settled
 * together. */
int32_t service_slots(const struct service *service);
int32_t service_gathers(const struct service *service);

/* A free flight for the job; NULL if it is under way already. */
struct flight *service_take_off(struct service *service,
    const struct outbox_job *job);
/* It is to be settled; then it lands. */
void service_note_answered(struct flight *flight);
void service_land(struct flight *flight);

/* Nothing is under way, waits or is remembered: it can be made anew. */
bool service_is_idle(const struct service *service);

/* How many jobs may begin now, and whether it is worth a look. */
int32_t service_room(const struct service *service);
bool service_has_room(const struct service *service);

/* How many more of them may be one user's: a part of all is always the others', or
 * what hangs were theirs to wait for; what failed of the user's may hold that one
 * back. Whoever is served there and is known to be alone may have them all. */
int32_t service_share(const struct service *service, const char *user);
/* The user's share is used up: jobs wait until that may be another. */
void service_let_wait(struct service *service, const char *user);
/* Whether jobs that waited may go on. */
bool service_resumes(struct service *service);
/* It fails for all, as far as can be told. */
bool service_is_broken(const struct service *service);

/* A new authorization is needed, or will be soon, that an exchange must bring. */
bool service_must_ask(const struct service *service);
/* It was answered: the authorization is taken over, or the verdict says why not.
 */
void service_take_grant(struct service *service, struct verdict *verdict);

/* Nothing more begins for so long. */
void service_pause(struct service *service, int64_t wait_ms);
/* Milliseconds until something may begin, of a user's; 0 = now. */
int64_t service_pause_left_ms(const struct service *service, const char *user);

/* Fill in env->authorization, made anew when it must be. */
enum status service_authorize(struct service *service, struct push_env *env);

/* When there is room for due jobs, by the monotonic clock: the breaker lets a
 * probe through, or a pause ends; 0 = now, INT64_MAX = with an answer. */
int64_t service_room_ms(const struct service *service);

#endif
