#include "deliver/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CROWD_PARTS 32 /* so that a user's own hosts, 16, have half of it */
#define RENEW_EARLY_MS 300000 /* an authorization that was asked for */

/* Those under way, and as many answers as are gathered. */
int32_t
service_slots(const struct service *service)
{
	return service->provider->in_flight_max + service_gathers(service);
}

int32_t
service_gathers(const struct service *service)
{
	return (service->provider->in_flight_max + 1) / 2;
}

enum status
service_create(const struct instant *at, struct crowd *crowd, const char *name,
    const struct secret *secret, struct service **service)
{
	struct service *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	(void)snprintf(fresh->name, sizeof(fresh->name), "%s", name);
	fresh->provider = provider_of_service(fresh->name, &fresh->origin);
	if (fresh->provider == NULL) {
		free(fresh);
		return STATUS_BAD_INPUT;
	}
	fresh->secret = secret;
	fresh->next_due_ms = INT64_MAX;
	fresh->held_ms = INT64_MAX;
	fresh->at = at;
	fresh->crowd = crowd;
	/* HTTP/2 is agreed upon by TLS. */
	fresh->is_http1 = strncmp(fresh->origin, "http:", 5) == 0;
	fresh->has_answered = fresh->is_http1;
	fresh->used_ms = at->monotonic_ms;
	/* A connection of its predecessor may know another authorization. */
	fresh->fresh_connection = fresh->provider->authorization_s > 0;
	buf_init(&fresh->authorization, PUSH_TOKEN_MAX);
	fresh->flights =
	    calloc((size_t)service_slots(fresh), sizeof(*fresh->flights));
	if (fresh->flights == NULL) {
		free(fresh);
		return STATUS_NO_MEMORY;
	}
	*service = fresh;
	return STATUS_OK;
}

void
service_destroy(struct service *service)
{
	if (service == NULL)
		return;
	for (int32_t i = 0; i < service_slots(service); i++)
		free(service->flights[i].response.body);
	free(service->grant.response.body);
	free(service->flights);
	if (service->authorization.data != NULL)
		explicit_bzero(service->authorization.data,
		    service->authorization.len);
	buf_finish(&service->authorization);
	free(service);
}

bool
service_is_idle(const struct service *service)
{
	return service->in_flight == 0 && !service->is_asking &&
	    !service->has_due_jobs && service->next_due_ms == INT64_MAX &&
	    service->held_ms == INT64_MAX;
}

static int32_t
under_way(const struct service *service)
{
	return service->in_flight - service->answered;
}

static int32_t
under_way_of(const struct service *service, const char *user)
{
	int32_t count = 0;

	for (int32_t i = 0; i < service_slots(service); i++) {
		const struct flight *flight = &service->flights[i];

		count += flight->job != 0 && !flight->is_done &&
		    strcmp(flight->user, user) == 0;
	}
	return count;
}

static int32_t
smaller(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

/* Where each needs a connection of its own, a part of those that there are. */
static int32_t
part_of_crowd(const struct service *service)
{
	int32_t part = service->crowd->max / CROWD_PARTS;

	return part > 0 ? part : 1;
}

/* Until a service answered, all take one connection: if it speaks HTTP/1.1, what
 * hangs would be all others' to wait for. So the first of each other user goes by
 * itself, as far as there is room. */
static bool
needs_own_connection(const struct service *service, const char *user)
{
	int32_t in_crowd = 0;

	if (service->has_answered)
		return service->is_http1;
	for (int32_t i = 0; i < service_slots(service); i++)
		in_crowd += service->flights[i].is_in_crowd;
	return under_way(service) > 0 && under_way_of(service, user) == 0 &&
	    in_crowd < part_of_crowd(service) &&
	    service->crowd->count < service->crowd->max;
}

struct flight *
service_take_off(struct service *service, const struct outbox_job *job)
{
	struct flight *flight = NULL;

	for (int32_t i = 0; i < service_slots(service); i++) {
		if (service->flights[i].job == job->id)
			return NULL;
		if (service->flights[i].job == 0)
			flight = &service->flights[i];
	}
	if (flight == NULL)
		return NULL;
	memset(flight, 0, sizeof(*flight));
	flight->is_in_crowd = needs_own_connection(service, job->user);
	flight->job = job->id;
	flight->attempt = job->attempts + 1;
	flight->service = service;
	flight->withdraws = job->withdraws;
	flight->reason = job->reason;
	flight->round = job->round;
	flight->is_ask = false;
	flight->kind = KIND_COUNT;
	flight->title[0] = '\0';
	flight->arrived_ms = job->event.arrived_ms;
	(void)snprintf(flight->user, sizeof(flight->user), "%s", job->user);
	(void)snprintf(flight->device, sizeof(flight->device), "%s",
	    job->device);
	(void)snprintf(flight->event_id, sizeof(flight->event_id), "%s",
	    job->event_id);
	service->crowd->count += flight->is_in_crowd;
	service->is_shared |= strcmp(service->user, job->user) != 0;
	service->in_flight++;
	service->used_ms = service->at->monotonic_ms;
	return flight;
}

static void
leave_crowd(struct flight *flight)
{
	flight->service->crowd->count -= flight->is_in_crowd;
	flight->is_in_crowd = false;
}

void
service_note_answered(struct flight *flight)
{
	flight->is_done = true;
	flight->service->answered++;
	leave_crowd(flight);
}

void
service_land(struct flight *flight)
{
	free(flight->response.body);
	flight->response.body = NULL;
	leave_crowd(flight);
	flight->service->in_flight--;
	flight->service->answered -= flight->is_done;
	flight->service->has_due_jobs |= flight->service->is_shared_out;
	flight->service->is_shared_out = false;
	flight->job = 0;
}

/* An authorization that was asked for is renewed in good time; until it ends, the
 * old one does. */
static bool
has_authorization(const struct service *service, int64_t early_ms)
{
	int64_t ends_ms =
	    service->authorized_ms + (int64_t)service->lifetime_s * 1000;

	return service->provider->ask == NULL ||
	    (service->authorization.len > 0 && !service->fresh_authorization &&
	        service->at->monotonic_ms + early_ms < ends_ms);
}

bool
service_must_ask(const struct service *service)
{
	int64_t now_ms = service->at->monotonic_ms;

	return !service->is_asking && now_ms >= service->resume_ms &&
	    breaker_room(&service->restraint.breaker, under_way(service),
	        INT32_MAX, now_ms) > 0 &&
	    !has_authorization(service, RENEW_EARLY_MS);
}

void
service_pause(struct service *service, int64_t wait_ms)
{
	int64_t until_ms = service->at->monotonic_ms + wait_ms;

	if (service->resume_ms < until_ms)
		service->resume_ms = until_ms;
}

void
service_take_grant(struct service *service, struct verdict *verdict)
{
	struct grant grant = { .lifetime_s = 0 };

	buf_init(&grant.authorization, PUSH_TOKEN_MAX);
	service->provider->take(&service->grant.response, service->secret->text,
	    &grant);
	*verdict = grant.verdict;
	service->is_asking = false;
	service->grant.is_done = false;
	if (verdict->outcome != OUTCOME_DELIVERED) {
		buf_finish(&grant.authorization);
		return;
	}
	buf_finish(&service->authorization);
	service->authorization = grant.authorization;
	service->authorization_count++;
	service->authorized_ms = service->at->monotonic_ms;
	service->lifetime_s = grant.lifetime_s;
	service->fresh_authorization = false;
}

/* Until a throttle lets something begin, or so long as it has to wait already. */
static int64_t
throttled_ms(const struct restraint *restraint, int64_t until_ms)
{
	return restraint->throttle.is_on &&
	        restraint->throttle.until_ms > until_ms
	    ? restraint->throttle.until_ms
	    : until_ms;
}

static int64_t
left_ms(const struct service *service, int64_t until_ms)
{
	int64_t now_ms = service->at->monotonic_ms;

	return until_ms > now_ms ? until_ms - now_ms : 0;
}

int64_t
service_pause_left_ms(const struct service *service, const char *user)
{
	const struct restraint *own = blame_find(&service->blame, user);
	int64_t until_ms =
	    throttled_ms(&service->restraint, service->resume_ms);

	if (own != NULL)
		until_ms = throttled_ms(own, until_ms);
	return left_ms(service, until_ms);
}

static int32_t
most_under_way(const struct service *service)
{
	int32_t most = service->provider->in_flight_max;

	return service->is_http1 ? smaller(most, part_of_crowd(service)) : most;
}

int32_t
service_room(const struct service *service)
{
	int32_t most = most_under_way(service);
	int32_t free_slots = service_slots(service) - service->in_flight;
	int64_t now_ms = service->at->monotonic_ms;
	int32_t room;

	if (now_ms < service->resume_ms || !has_authorization(service, 0))
		return 0;
	room = restraint_room(&service->restraint, under_way(service), most,
	    now_ms);
	if (service->is_http1)
		room =
		    smaller(room, service->crowd->max - service->crowd->count);
	return smaller(room, free_slots);
}

int32_t
service_share(const struct service *service, const char *user)
{
	const struct restraint *own = blame_find(&service->blame, user);
	int32_t most = most_under_way(service);
	int64_t now_ms = service->at->monotonic_ms;
	int32_t count;

	if (own == NULL && !service->is_shared &&
	    blame_works(&service->blame, now_ms))
		return most;
	count = under_way_of(service, user);
	most -= most / 4;
	return own != NULL ? restraint_room(own, count, most, now_ms)
	                   : most - count;
}

/* One that lands may leave its room to the next, or end what holds them back. */
void
service_let_wait(struct service *service, const char *user)
{
	const struct restraint *own = blame_find(&service->blame, user);
	int64_t until_ms = own != NULL ? restraint_until_ms(own) : 0;

	if (under_way_of(service, user) > 0)
		service->is_shared_out = true;
	else if (until_ms < service->held_ms)
		service->held_ms = until_ms;
}

bool
service_resumes(struct service *service)
{
	if (service->held_ms > service->at->monotonic_ms)
		return false;
	service->held_ms = INT64_MAX;
	return true;
}

bool
service_is_broken(const struct service *service)
{
	return breaker_is_open(&service->restraint.breaker) ||
	    blame_finds_broken(&service->blame, service->at->monotonic_ms);
}

/* Jobs begin in groups: each look at the outbox costs a query. But what hangs must
 * not keep room for a big one from the rest. */
bool
service_has_room(const struct service *service)
{
	const struct restraint *restraint = &service->restraint;
	int32_t least =
	    breaker_is_open(&restraint->breaker) || restraint->throttle.is_on
	    ? 1
	    : most_under_way(service) / 8;
	int32_t room = service_room(service);

	return room > 0 && room >= least;
}

/* Who we are is told anew only when it must be, and then on a new connection: a
 * service may take a second token on one connection amiss. A connection that
 * breaks is no reason: several may break and begin in turn, and the requests
 * under way would show each of them more than one token. */
enum status
service_authorize(struct service *service, struct push_env *env)
{
	const struct provider *provider = service->provider;
	int64_t now_ms = service->at->monotonic_ms;
	enum status status;

	if (provider->ask != NULL)
		env->authorization = buf_text(&service->authorization);
	if (provider->authorization_s == 0)
		return STATUS_OK;
	if (service->authorization.len > 0 &&
	    now_ms - service->authorized_ms >=
	        (int64_t)provider->authorization_s * 1000)
		service->fresh_authorization = true;
	if (service->authorization.len == 0 || service->fresh_authorization) {
		buf_clear(&service->authorization);
		status = provider->authorize(env, service->secret->text,
		    &service->authorization);
		if (status != STATUS_OK)
			return status;
		service->fresh_connection |= service->fresh_authorization;
		service->fresh_authorization = false;
		service->authorization_count++;
		service->authorized_ms = now_ms;
	}
	env->authorization = buf_text(&service->authorization);
	return STATUS_OK;
}

/* An answer wakes us by itself. */
int64_t
service_room_ms(const struct service *service)
{
	int64_t now_ms = service->at->monotonic_ms;
	int64_t pause_ms = left_ms(service,
	    throttled_ms(&service->restraint, service->resume_ms));

	if (service_has_room(service))
		return 0;
	if (now_ms < service->resume_ms)
		return now_ms + pause_ms;
	if (service_must_ask(service))
		return 0;
	if (pause_ms > 0)
		return now_ms + pause_ms;
	if (breaker_is_open(&service->restraint.breaker) &&
	    service->in_flight == 0 && !service->is_asking)
		return service->restraint.breaker.until_ms;
	return INT64_MAX;
}
