#include "deliver/delivery.h"

#include "base/text.h"
#include "core/rules.h"
#include "deliver/bundle.h"
#include "io/clock.h"
#include "io/due.h"
#include "io/jobs.h"
#include "io/log.h"

#include <stdio.h>
#include <string.h>

#define ASK_AGAIN_MS 60000
#define TURN_MAX 4    /* jobs that a user starts before the next one does */
#define LOOKS_MAX 512 /* users that are looked at in one turn of ours */

enum status
delivery_init(struct delivery *delivery, struct fault *fault)
{
	delivery->next_job.now_ms = &delivery->at->now_ms;
	delivery->next_step.now_ms = &delivery->at->monotonic_ms;
	timer_add(delivery->timers, &delivery->next_job);
	timer_add(delivery->timers, &delivery->next_step);
	delivery->settle.now_ms = &delivery->at->monotonic_ms;
	delivery->settle.due_ms = TIMER_OFF;
	timer_add(delivery->timers, &delivery->settle);
	delivery->has_new_jobs = true;
	delivery->look_ms = INT64_MAX;
	delivery->remind_ms = INT64_MAX;
	delivery->endings = (struct endings){
		.outbox = delivery->outbox,
		.shelf = delivery->shelf,
		.post = delivery->post,
	};
	endings_find(&delivery->endings, delivery->at->now_ms);
	showing_load(delivery);
	return roster_init(&delivery->roster, delivery->at, delivery->settings,
	    fault);
}

void
delivery_finish(struct delivery *delivery)
{
	endings_drop(&delivery->endings);
	showing_drop(&delivery->showings);
	roster_finish(&delivery->roster);
}

void
delivery_notice_jobs(struct delivery *delivery)
{
	delivery->has_new_jobs = true;
}

/* Whoever has as many hosts as she may keeps nobody else from one of them. */
static struct service *
find_for_others(struct delivery *delivery, const char *name, int *looks)
{
	struct service *service = NULL;
	char user[65] = "";

	for (int tries = 0; tries < ROSTER_TRIES && service == NULL; tries++) {
		if (*looks <= 0 ||
		    !due_user_after(delivery->outbox, name,
		        delivery->at->now_ms, user, looks))
			break;
		service = roster_find(&delivery->roster, name, user);
	}
	return service;
}

/* The services that jobs name come to life when one is due. */
static void
find_services(struct delivery *delivery)
{
	int64_t now_ms = delivery->at->now_ms;
	int looks = LOOKS_MAX;
	char name[PUSH_SERVICE_MAX] = "";
	char user[65];
	int64_t due_ms;

	delivery->has_new_jobs = false;
	delivery->is_crowded = false;
	delivery->look_ms = INT64_MAX;
	while (due_service_after(delivery->outbox, name, sizeof(name), &due_ms,
	    user)) {
		struct service *service;

		if (due_ms > now_ms) {
			if (due_ms < delivery->look_ms)
				delivery->look_ms = due_ms;
			continue;
		}
		service = roster_find(&delivery->roster, name, user);
		if (service == NULL)
			service = find_for_others(delivery, name, &looks);
		if (service != NULL)
			service->has_due_jobs = true;
		else
			delivery->is_crowded = true;
	}
}

/* An event may say itself when it expires: that is looked at again before the
 * next attempt. An authorization that the service knows stays; one that it never
 * took may be of a time that never was. */
void
delivery_follow_clock(struct delivery *delivery, int64_t step_ms)
{
	for (size_t i = 0; i < delivery->roster.count; i++) {
		struct service *service = delivery->roster.services[i];

		for (int32_t j = 0; j < service_slots(service); j++) {
			service->flights[j].arrived_ms += step_ms;
			if (step_ms > 0)
				service->flights[j].expires_ms += step_ms;
		}
		service->fresh_authorization |= service->known_authorization !=
		    service->authorization_count;
	}
	showing_follow_clock(&delivery->showings, step_ms);
	trouble_follow_clock(&delivery->trouble, step_ms);
	delivery_notice_jobs(delivery);
}

enum status
delivery_send(struct delivery *delivery, struct flight *flight,
    const struct job *job)
{
	struct service *service = flight->service;
	struct push_env env = {
		.settings = delivery->settings,
		.origin = service->origin,
		.authorization = "",
		.now_s = delivery->at->now_ms / 1000,
	};
	uint8_t dice[PUSH_DICE_LEN];
	struct request request = { 0 };
	enum status status = service_authorize(service, &env);

	clock_random(dice, sizeof(dice));
	env.dice = dice;
	flight->authorization = service->authorization_count;
	if (status == STATUS_OK)
		status = service->provider->encode(job, &env, &request);
	if (status != STATUS_OK)
		return status;
	if (request.url.len == 0) {
		log_notification(buf_text(&request.body));
		flight->response.status = 200;
		service_note_answered(flight);
	} else {
		request.fresh_connection = service->fresh_connection;
		request.is_http1 = flight->is_in_crowd;
		service->fresh_connection = false;
		status = http_start(delivery->http, &request, flight);
	}
	request_finish(&request);
	return status;
}

/* Give a job up without asking the service. */
static void
give_up(struct flight *flight, const char *reason)
{
	service_note_answered(flight);
	flight->given_up = reason;
	flight->attempt = 0;
}

static struct look
look_of(const struct event *event, const struct person *person,
    const struct place *place)
{
	const struct preferences *wishes = registry_wishes(person, place);

	return (struct look){
		.privacy = wishes->privacy,
		.level = wishes->level[event->kind],
		.sound = wishes->sound,
		.badge = person->waiting,
		.names_host = person->has_several_hosts,
	};
}

/* A device may be registered anew, or the settings changed, while its job
 * waits. */
static bool
is_here(const struct delivery *delivery, const struct service *service,
    const struct device *device)
{
	const struct provider *provider = service->provider;
	char first[PUSH_ORIGIN_MAX] = "";
	char other[PUSH_ORIGIN_MAX];

	if (strcmp(device->service, provider->name) != 0)
		return false;
	if (provider->origin != NULL)
		provider->origin(device, delivery->settings, first);
	return strcmp(service->origin, first) == 0 ||
	    (provider->elsewhere != NULL &&
	        provider->elsewhere(device, delivery->settings, first, other) &&
	        strcmp(service->origin, other) == 0);
}

static void
note_title(struct flight *flight, const struct event *event)
{
	const char *name = event_name(event);

	if (name != NULL)
		(void)snprintf(flight->title, sizeof(flight->title), "%.*s",
		    (int)text_cut(name, FLIGHT_TITLE_MAX), name);
}

static void
start(struct delivery *delivery, struct flight *flight,
    const struct outbox_job *stored)
{
	const struct place *place =
	    registry_device(delivery->retained->registry, stored->user,
	        stored->device);
	struct look look;
	struct event event;
	struct job job = {
		.look = &look,
		.event = &event,
		.user = stored->user,
		.device_name = stored->device,
		.key = outbox_key(delivery->outbox),
	};
	struct bundle bundle;
	enum status status;

	if (place == NULL || stored->cancelled != REASON_NONE) {
		give_up(flight,
		    reason_str(place == NULL ? REASON_NO_DEVICE
		                             : (enum reason)stored->cancelled));
		return;
	}
	if (!is_here(delivery, flight->service, &place->device)) {
		flight->is_astray = true;
		service_note_answered(flight);
		return;
	}
	status = bundle_read(&stored->event, stored->event_id, &event);
	if (status != STATUS_OK) {
		give_up(flight, status_str(status));
		return;
	}
	look = look_of(&event,
	    registry_person(delivery->retained->registry, stored->user), place);
	bundle_write(delivery, stored, &event, &look, &bundle);
	job.purpose = stored->withdraws ? PURPOSE_WITHDRAW : PURPOSE_SHOW;
	job.device = &place->device;
	flight->registered_ms = place->device.registered_ms;
	flight->kind = event.kind;
	note_title(flight, &event);
	flight->is_ask =
	    kind_class(event.kind) == CLASS_ANSWER && stored->digest == 0;
	flight->expires_ms =
	    stored->expires_ms > 0 ? stored->expires_ms : event.expires_ms;
	if (flight->expires_ms <= delivery->at->now_ms)
		give_up(flight, reason_str(REASON_EXPIRED));
	else if ((status = delivery_send(delivery, flight, &job)) != STATUS_OK)
		give_up(flight, status_str(status));
	bundle_finish(&bundle);
	event_finish(&event);
}

/* Who we are has to be asked for before anything can be pushed. */
static void
ask(struct delivery *delivery, struct service *service)
{
	const struct push_env env = {
		.settings = delivery->settings,
		.origin = service->origin,
		.authorization = "",
		.now_s = delivery->at->now_ms / 1000,
	};
	struct request request = { 0 };
	enum status status =
	    service->provider->ask(&env, service->secret->text, &request);

	if (status == STATUS_OK) {
		service->grant.service = service;
		status = http_start(delivery->http, &request, &service->grant);
	}
	service->is_asking = status == STATUS_OK;
	if (status != STATUS_OK) {
		log_error("%s: cannot ask for an access token: %s",
		    service->name, status_str(status));
		service_pause(service, ASK_AGAIN_MS);
	}
	request_finish(&request);
}

/* Start some due jobs of one user.
 * Returns: how many. */
static int32_t
start_due(struct delivery *delivery, struct service *service, int32_t most)
{
	struct outbox_job job = { 0 };
	int32_t started = 0;

	due_begin(delivery->outbox, service->name, service->turn,
	    delivery->at->now_ms);
	while (started < most && due_next(delivery->outbox, &job)) {
		struct flight *flight = service_take_off(service, &job);

		if (flight == NULL)
			continue;
		start(delivery, flight, &job);
		started++;
	}
	due_end(delivery->outbox);
	return started;
}

/* The same, but no more than the user's share. */
static int32_t
start_some(struct delivery *delivery, struct service *service)
{
	int32_t share = service_share(service, service->turn);
	int32_t started = 0;

	if (share >= TURN_MAX)
		return start_due(delivery, service, TURN_MAX);
	if (share > 0)
		started = start_due(delivery, service, share);
	service_let_wait(service, service->turn);
	return started;
}

/* Start due jobs of one service while there is room: users take turns, so that
 * nobody waits for all that another one has. */
static void
start_service(struct delivery *delivery, struct service *service)
{
	int64_t now_ms = delivery->at->now_ms;
	int32_t room = service_room(service);
	bool is_whole = *service->turn == '\0';
	bool has_more = false;
	int looks = LOOKS_MAX;

	service->has_due_jobs = true;
	while (room > 0 && looks > 0 && service->has_due_jobs) {
		if (due_user_after(delivery->outbox, service->name, now_ms,
		        service->turn, &looks)) {
			int32_t started = start_some(delivery, service);

			has_more |= started == TURN_MAX;
			room -= started;
		} else if (looks > 0) {
			/* Once around, from the first to the last. */
			service->has_due_jobs = !is_whole || has_more;
			is_whole = true;
			has_more = false;
			*service->turn = '\0';
		}
	}
	service->next_due_ms =
	    due_next_ms(delivery->outbox, service->name, now_ms);
}

/* Whose pushes take their share waits in rows, where users take turns; so nobody
 * waits behind them. */
static void
let_wait(struct delivery *delivery, const char *user)
{
	char name[TEXT_ID_MAX + 1];

	(void)snprintf(name, sizeof(name), "%s", user);
	outbox_begin(delivery->outbox);
	(void)jobs_write_down_user(delivery->outbox, name);
	outbox_commit(delivery->outbox);
	delivery_notice_jobs(delivery);
}

/* What is in memory is started as it came.
 * Returns: whether all of it was. */
static bool
start_from_memory(struct delivery *delivery, struct service *service)
{
	int32_t room = service_room(service);
	struct outbox_job job;
	const char *user;

	while (room > 0 &&
	    (user = jobs_next_user(delivery->outbox, service->name)) != NULL) {
		struct flight *flight;

		if (service_share(service, user) <= 0) {
			service_let_wait(service, user);
			let_wait(delivery, user);
			continue;
		}
		if (!jobs_take(delivery->outbox, service->name, &job))
			break;
		flight = service_take_off(service, &job);
		if (flight != NULL)
			start(delivery, flight, &job);
		room--;
	}
	return room > 0;
}

/* Whose jobs find no room leaves the place of the first to the next user. */
static void
start_new(struct delivery *delivery)
{
	size_t number = 0;
	int tries = 0;
	const char *name;
	const char *user;

	while ((name = jobs_service_in_memory(delivery->outbox, number,
	            &user)) != NULL) {
		struct service *service =
		    roster_find(&delivery->roster, name, user);

		if (service == NULL) {
			if (tries++ < ROSTER_TRIES)
				let_wait(delivery, user);
			else
				number++;
			continue;
		}
		if (service_must_ask(service))
			ask(delivery, service);
		if (!start_from_memory(delivery, service))
			number++;
	}
}

void
delivery_start(struct delivery *delivery)
{
	if (delivery->has_new_jobs || delivery->look_ms <= delivery->at->now_ms)
		find_services(delivery);
	start_new(delivery);
	for (size_t i = 0; i < delivery->roster.count; i++) {
		struct service *service = delivery->roster.services[i];

		if (service->next_due_ms <= delivery->at->now_ms ||
		    service_resumes(service))
			service->has_due_jobs = true;
		if (service->has_due_jobs && service_must_ask(service))
			ask(delivery, service);
		if (service->has_due_jobs && service_has_room(service))
			start_service(delivery, service);
	}
}

/* The jobs that wait do so by the clock on the wall, and all else by the other
 * one. */
void
delivery_plan(struct delivery *delivery)
{
	bool has_work =
	    delivery->has_new_jobs || delivery->endings.first != NULL;

	timer_set(&delivery->next_job, has_work ? 0 : delivery->look_ms);
	timer_set(&delivery->next_step, showing_due_ms(delivery));
	for (size_t i = 0; i < delivery->roster.count; i++) {
		const struct service *service = delivery->roster.services[i];

		if (service->has_due_jobs)
			timer_hasten(&delivery->next_step,
			    service_room_ms(service));
		else
			timer_hasten(&delivery->next_job, service->next_due_ms);
		timer_hasten(&delivery->next_step, service->held_ms);
	}
}

bool
delivery_is_idle(const struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->roster.count; i++) {
		const struct service *service = delivery->roster.services[i];

		if (service->in_flight > 0 || service->is_asking)
			return false;
	}
	return true;
}
