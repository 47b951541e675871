#include "delivery.h"

#include "core/decide.h"
#include "core/digest.h"
#include "io/clock.h"
#include "io/log.h"

#include <string.h>

#define ASK_AGAIN_MS 60000

enum status
delivery_init(struct delivery *delivery, struct fault *fault)
{
	delivery->has_new_jobs = true;
	return roster_init(&delivery->roster, delivery->settings, fault);
}

void
delivery_finish(struct delivery *delivery)
{
	roster_finish(&delivery->roster);
}

void
delivery_notice_jobs(struct delivery *delivery)
{
	delivery->has_new_jobs = true;
}

/* The services that jobs name come to life. */
static enum status
find_services(struct delivery *delivery)
{
	char name[PUSH_SERVICE_MAX] = "";
	enum status status;

	delivery->has_new_jobs = false;
	delivery->is_crowded = false;
	for (;;) {
		struct service *service;

		status = outbox_service_after(delivery->outbox, name, name,
		    sizeof(name));
		if (status != STATUS_OK || *name == '\0')
			return status;
		status = roster_find(&delivery->roster, name, &service);
		if (status != STATUS_OK)
			return status;
		if (service != NULL)
			service->has_due_jobs = true;
		else
			delivery->is_crowded = true;
	}
}

/* An event may say itself when it expires: that is looked at again before the
 * next attempt. An authorization that the service knows stays. */
void
delivery_follow_clock(struct delivery *delivery, int64_t step_ms)
{
	for (size_t i = 0; i < delivery->roster.count; i++) {
		struct service *service = delivery->roster.services[i];

		for (int32_t j = 0; j < service->provider->in_flight_max; j++) {
			service->flights[j].arrived_ms += step_ms;
			if (step_ms > 0)
				service->flights[j].expires_ms += step_ms;
		}
	}
	delivery_notice_jobs(delivery);
}

static enum status
send(struct delivery *delivery, struct flight *flight, const struct job *job)
{
	struct service *service = flight->service;
	struct push_env env = {
		.settings = delivery->settings,
		.origin = service->origin,
		.authorization = "",
		.now_s = clock_now_ms() / 1000,
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
		flight->is_done = true;
	} else {
		request.fresh_connection = service->fresh_connection;
		request.is_http1 = service->is_http1;
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
	flight->is_done = true;
	flight->given_up = reason;
	flight->attempt = 0;
}

static enum status
read_event(const struct outbox_job *stored, struct event *event)
{
	const struct arrival arrival = {
		.payload = stored->event.payload,
		.len = stored->event.len,
		.at_ms = stored->event.arrived_ms,
		.expires_ms = stored->event.expires_ms,
		.id = stored->event_id,
	};
	struct fault fault = { "" };

	return event_parse(&arrival, event, &fault);
}

/* What a digest tells of; NULL if it is of one event alone. */
static const char *
write_digest(struct delivery *delivery, const struct outbox_job *stored,
    struct buf *text)
{
	int32_t total = 0;
	int32_t count = 1;

	if (stored->reason != REASON_DIGEST || stored->withdraws)
		return NULL;
	for (int i = 0; count > 0; i++) {
		int kind;

		if (shelf_count(delivery->shelf, stored->id, i, &kind,
		        &count) != STATUS_OK)
			return NULL;
		if (count > 0)
			digest_add((enum kind)kind, count, text);
		total += count;
	}
	return total > 1 ? buf_text(text) : NULL;
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
start(struct delivery *delivery, struct flight *flight,
    const struct outbox_job *stored)
{
	const struct place *place = registry_device(delivery->state->registry,
	    stored->user, stored->device);
	struct look look;
	struct event event;
	struct job job = {
		.look = &look,
		.event = &event,
		.user = stored->user,
		.device_name = stored->device,
		.key = outbox_key(delivery->outbox),
	};
	struct buf digest;
	enum status status;

	if (place == NULL || stored->cancelled != REASON_NONE) {
		give_up(flight,
		    reason_str(place == NULL ? REASON_NO_DEVICE
		                             : (enum reason)stored->cancelled));
		return;
	}
	if (!is_here(delivery, flight->service, &place->device)) {
		flight->is_astray = flight->is_done = true;
		return;
	}
	status = read_event(stored, &event);
	if (status != STATUS_OK) {
		give_up(flight, status_str(status));
		return;
	}
	buf_init(&digest, DIGEST_MAX);
	look = look_of(&event,
	    registry_person(delivery->state->registry, stored->user), place);
	look.digest = write_digest(delivery, stored, &digest);
	job.purpose = stored->withdraws ? PURPOSE_WITHDRAW : PURPOSE_SHOW;
	job.device = &place->device;
	flight->registered_ms = place->device.registered_ms;
	flight->expires_ms =
	    stored->expires_ms > 0 ? stored->expires_ms : event.expires_ms;
	if (flight->expires_ms <= clock_now_ms())
		give_up(flight, reason_str(REASON_EXPIRED));
	else if ((status = send(delivery, flight, &job)) != STATUS_OK)
		give_up(flight, status_str(status));
	buf_finish(&digest);
	event_finish(&event);
}

/* Who we are has to be asked for before anything can be pushed. */
static enum status
ask(struct delivery *delivery, struct service *service)
{
	const struct push_env env = {
		.settings = delivery->settings,
		.origin = service->origin,
		.authorization = "",
		.now_s = clock_now_ms() / 1000,
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
	return STATUS_OK;
}

/* Start due jobs of one service while there is room. */
static enum status
start_service(struct delivery *delivery, struct service *service)
{
	int64_t now_ms = clock_now_ms();
	int32_t room = service_room(service);
	struct outbox_job job = { 0 };
	enum status status =
	    outbox_due_begin(delivery->outbox, service->name, now_ms);

	while (status == STATUS_OK && room > 0) {
		struct flight *flight;

		status = outbox_due_next(delivery->outbox, &job);
		if (status != STATUS_OK || job.id == 0)
			break;
		flight = service_take_off(service, &job);
		if (flight == NULL)
			continue;
		start(delivery, flight, &job);
		room--;
	}
	outbox_due_end(delivery->outbox);
	service->has_due_jobs = room == 0;
	if (status == STATUS_OK)
		status = outbox_next_due(delivery->outbox, service->name,
		    now_ms, &service->next_due_ms);
	return status;
}

enum status
delivery_start(struct delivery *delivery)
{
	enum status status = STATUS_OK;

	if (delivery->has_new_jobs)
		status = find_services(delivery);
	for (size_t i = 0; i < delivery->roster.count; i++) {
		struct service *service = delivery->roster.services[i];

		if (service->next_due_ms <= clock_now_ms())
			service->has_due_jobs = true;
		if (status == STATUS_OK && service->has_due_jobs &&
		    service_must_ask(service))
			status = ask(delivery, service);
		if (status == STATUS_OK && service->has_due_jobs &&
		    service_has_room(service))
			status = start_service(delivery, service);
	}
	return status;
}

int
delivery_wait_ms(const struct delivery *delivery, int limit_ms)
{
	int64_t wait_ms = delivery->has_new_jobs ? 0 : limit_ms;

	for (size_t i = 0; i < delivery->roster.count; i++)
		wait_ms =
		    service_wait_ms(delivery->roster.services[i], wait_ms);
	return (int)wait_ms;
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
