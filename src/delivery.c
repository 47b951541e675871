#include "delivery.h"

#include "io/clock.h"
#include "io/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A job under way: what is needed to settle it. */
struct flight {
	int64_t job; /* 0 = free */
	int32_t attempt;
	bool is_done; /* response has the answer */
	struct response response;
	struct service *service;
	int64_t arrived_ms;
	int64_t expires_ms;
	char user[65];
	char device[65];
	char event_id[65];
};

static enum status
read_key(struct service *service, const struct settings *settings,
    struct fault *fault)
{
	const struct provider *provider = service->provider;
	const char *path;

	if (provider->key_setting == NULL)
		return STATUS_OK;
	path = settings_text(settings, provider->name, provider->key_setting);
	if (*path == '\0')
		return STATUS_OK;
	if (secret_read(path, &service->secret, fault) != STATUS_OK)
		return STATUS_BAD_INPUT;
	return provider->check_key(service->secret.text, fault);
}

enum status
delivery_init(struct delivery *delivery, struct fault *fault)
{
	enum status status = STATUS_OK;

	delivery->service_count = provider_count();
	for (size_t i = 0; i < provider_count() && status == STATUS_OK; i++) {
		struct service *service = &delivery->services[i];

		service->provider = provider_at(i);
		service->has_due_jobs = true;
		service->next_due_ms = INT64_MAX;
		buf_init(&service->authorization, PUSH_TOKEN_MAX);
		service->flights =
		    calloc((size_t)service->provider->in_flight_max,
		        sizeof(*service->flights));
		if (service->flights == NULL)
			return STATUS_NO_MEMORY;
		status = read_key(service, delivery->settings, fault);
	}
	return status;
}

void
delivery_finish(struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->service_count; i++) {
		struct service *service = &delivery->services[i];

		for (int32_t j = 0; service->flights != NULL &&
		     j < service->provider->in_flight_max;
		     j++)
			http_response_finish(&service->flights[j].response);
		free(service->flights);
		secret_finish(&service->secret);
		buf_finish(&service->authorization);
	}
	delivery->service_count = 0;
}

void
delivery_notice_jobs(struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->service_count; i++)
		delivery->services[i].has_due_jobs = true;
}

static struct flight *
find_flight(struct service *service, int64_t job)
{
	for (int32_t i = 0; i < service->provider->in_flight_max; i++) {
		if (service->flights[i].job == job)
			return &service->flights[i];
	}
	return NULL;
}

static void
note_job(struct flight *flight, struct service *service,
    const struct outbox_job *job)
{
	memset(flight, 0, sizeof(*flight));
	flight->job = job->id;
	flight->attempt = job->attempts + 1;
	flight->service = service;
	flight->arrived_ms = job->event.arrived_ms;
	(void)snprintf(flight->user, sizeof(flight->user), "%s", job->user);
	(void)snprintf(flight->device, sizeof(flight->device), "%s",
	    job->device);
	(void)snprintf(flight->event_id, sizeof(flight->event_id), "%s",
	    job->event_id);
	service->in_flight++;
}

/* Who we are is told anew before it gets too old, and always on a new
 * connection: a service may take a second token on one connection amiss. */
static enum status
authorize(struct service *service, struct push_env *env)
{
	const struct provider *provider = service->provider;
	int64_t now_ms = clock_monotonic_ms();
	enum status status;

	if (provider->authorization_s == 0)
		return STATUS_OK;
	if (service->authorization.len > 0 &&
	    now_ms - service->authorized_ms >=
	        (int64_t)provider->authorization_s * 1000)
		service->fresh_connection = true;
	if (service->authorization.len == 0 || service->fresh_connection) {
		buf_clear(&service->authorization);
		status = provider->authorize(env, service->secret.text,
		    &service->authorization);
		if (status != STATUS_OK)
			return status;
		service->authorized_ms = now_ms;
	}
	env->authorization = buf_text(&service->authorization);
	return STATUS_OK;
}

static enum status
send(struct delivery *delivery, struct flight *flight, const struct job *job)
{
	struct service *service = flight->service;
	struct push_env env = {
		.settings = delivery->settings,
		.authorization = "",
		.now_s = clock_now_ms() / 1000,
	};
	struct request request = { 0 };
	enum status status = authorize(service, &env);

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
	flight->response.status = 0;
	flight->response.body = strdup(reason);
	flight->attempt = 0;
}

/* Out: job->event  filled from the stored event; its fault is impossible, it
 * was read before it became a job. */
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

static void
start(struct delivery *delivery, struct flight *flight,
    const struct outbox_job *stored)
{
	const struct place *place = registry_device(delivery->state->registry,
	    stored->user, stored->device);
	struct event event;
	struct job job = {
		.event = &event,
		.user = stored->user,
		.device_name = stored->device,
		.key = outbox_key(delivery->outbox),
	};
	enum status status;

	if (place == NULL) {
		give_up(flight, "no-device");
		return;
	}
	status = read_event(stored, &event);
	if (status != STATUS_OK) {
		give_up(flight, status_str(status));
		return;
	}
	job.device = &place->device;
	flight->expires_ms = event.expires_ms;
	if (event.expires_ms <= clock_now_ms())
		give_up(flight, "expired");
	else if ((status = send(delivery, flight, &job)) != STATUS_OK)
		give_up(flight, status_str(status));
	event_finish(&event);
}

/* Start due jobs of one service while there is room. */
static enum status
start_service(struct delivery *delivery, struct service *service)
{
	int64_t now_ms = clock_now_ms();
	struct outbox_job job = { 0 };
	struct flight *flight = NULL;
	enum status status =
	    outbox_due_begin(delivery->outbox, service->provider->name, now_ms);

	while (
	    status == STATUS_OK && (flight = find_flight(service, 0)) != NULL) {
		status = outbox_due_next(delivery->outbox, &job);
		if (status != STATUS_OK || job.id == 0)
			break;
		if (find_flight(service, job.id) != NULL)
			continue;
		note_job(flight, service, &job);
		start(delivery, flight, &job);
	}
	outbox_due_end(delivery->outbox);
	service->has_due_jobs = flight == NULL;
	if (status == STATUS_OK)
		status = outbox_next_due(delivery->outbox,
		    service->provider->name, now_ms, &service->next_due_ms);
	return status;
}

enum status
delivery_start(struct delivery *delivery)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < delivery->service_count; i++) {
		struct service *service = &delivery->services[i];
		bool has_room =
		    service->in_flight <= service->provider->in_flight_max / 2;

		if (service->next_due_ms <= clock_now_ms())
			service->has_due_jobs = true;
		if (status == STATUS_OK && service->has_due_jobs && has_room)
			status = start_service(delivery, service);
	}
	return status;
}

static void
take_answers(struct delivery *delivery)
{
	struct response response;
	void *tag;

	while (http_next(delivery->http, &tag, &response)) {
		struct flight *flight = tag;

		flight->response = response;
		flight->is_done = true;
	}
}

static void
tell(struct delivery *delivery, const struct flight *flight, const char *state,
    const char *reason)
{
	int64_t now_ms = clock_now_ms();

	post_receipt(delivery->post,
	    &(struct receipt){
	        .user = flight->user,
	        .event = flight->event_id,
	        .device = flight->device,
	        .state = state,
	        .reason = reason,
	        .service = flight->service->provider->name,
	        .status = flight->response.status,
	        .attempt = flight->attempt,
	        .ts_ms = now_ms,
	        .latency_ms = now_ms - flight->arrived_ms,
	    });
}

/* Forget a device, here and at the broker; what waits for it is settled. */
static enum status
forget_device(struct delivery *delivery, const struct flight *flight)
{
	log_warn("%s/%s is gone: %s says so; its registration is cleared",
	    flight->user, flight->device, flight->service->provider->name);
	state_forget_device(delivery->state, flight->user, flight->device);
	return outbox_settle_device(delivery->outbox, flight->user,
	    flight->device);
}

static enum status
retry(struct delivery *delivery, const struct flight *flight,
    const char *reason)
{
	const struct retry_history history = {
		.failures = flight->attempt,
		.asked_s = flight->response.retry_after_s,
		.expires_ms = flight->expires_ms,
	};
	int64_t due_ms = retry_next(&flight->service->provider->retry, &history,
	    clock_now_ms(), clock_jitter());

	if (due_ms == RETRY_NEVER) {
		tell(delivery, flight, "failed", "expired");
		return outbox_settle(delivery->outbox, flight->job);
	}
	log_info("%s/%s: %s did not take %s (%s), again in %.1f s",
	    flight->user, flight->device, flight->service->provider->name,
	    flight->event_id, reason, (double)(due_ms - clock_now_ms()) / 1000);
	if (due_ms < flight->service->next_due_ms)
		flight->service->next_due_ms = due_ms;
	return outbox_postpone(delivery->outbox, flight->job, due_ms,
	    flight->attempt);
}

/* A registration newer than the report is another one. */
static bool
is_report_stale(struct delivery *delivery, const struct flight *flight,
    const struct verdict *verdict)
{
	const struct place *place = registry_device(delivery->state->registry,
	    flight->user, flight->device);

	return place != NULL && verdict->gone_ms > 0 &&
	    place->device.registered_ms > verdict->gone_ms;
}

static enum status
settle_answered(struct delivery *delivery, struct flight *flight)
{
	struct verdict verdict =
	    flight->service->provider->judge(&flight->response);
	const char *reason = verdict.reason;

	if (*reason == '\0' && flight->response.status == 0)
		reason = http_error_str(flight->response.error);
	if (verdict.fresh_connection)
		flight->service->fresh_connection = true;
	switch (verdict.outcome) {
	case OUTCOME_DELIVERED:
		tell(delivery, flight, "pushed", NULL);
		break;
	case OUTCOME_RETRY:
		return retry(delivery, flight, reason);
	case OUTCOME_REJECTED:
		log_warn("%s/%s: %s refuses %s: %d %s", flight->user,
		    flight->device, flight->service->provider->name,
		    flight->event_id, flight->response.status, reason);
		tell(delivery, flight, "failed", reason);
		break;
	case OUTCOME_GONE:
		tell(delivery, flight, "failed", reason);
		if (!is_report_stale(delivery, flight, &verdict))
			return forget_device(delivery, flight);
		break;
	}
	return outbox_settle(delivery->outbox, flight->job);
}

static enum status
settle_one(struct delivery *delivery, struct flight *flight)
{
	enum status status;

	if (flight->attempt > 0) {
		status = settle_answered(delivery, flight);
	} else {
		tell(delivery, flight, "suppressed", flight->response.body);
		status = outbox_settle(delivery->outbox, flight->job);
	}
	http_response_finish(&flight->response);
	flight->service->in_flight--;
	flight->job = 0;
	return status;
}

static bool
has_answers(const struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->service_count; i++) {
		const struct service *service = &delivery->services[i];

		for (int32_t j = 0; j < service->provider->in_flight_max; j++) {
			if (service->flights[j].job != 0 &&
			    service->flights[j].is_done)
				return true;
		}
	}
	return false;
}

static enum status
settle_service(struct delivery *delivery, struct service *service)
{
	enum status status = STATUS_OK;

	for (int32_t i = 0; i < service->provider->in_flight_max; i++) {
		struct flight *flight = &service->flights[i];

		if (status == STATUS_OK && flight->job != 0 && flight->is_done)
			status = settle_one(delivery, flight);
	}
	return status;
}

enum status
delivery_settle(struct delivery *delivery)
{
	enum status status;

	take_answers(delivery);
	if (!has_answers(delivery))
		return STATUS_OK;
	status = outbox_begin(delivery->outbox);
	for (size_t i = 0; i < delivery->service_count; i++) {
		if (status == STATUS_OK)
			status =
			    settle_service(delivery, &delivery->services[i]);
	}
	if (status == STATUS_OK)
		status = outbox_commit(delivery->outbox);
	post_flush(delivery->post);
	return status;
}

int
delivery_wait_ms(const struct delivery *delivery, int limit_ms)
{
	int64_t now_ms = clock_now_ms();
	int64_t wait_ms = limit_ms;

	for (size_t i = 0; i < delivery->service_count; i++) {
		const struct service *service = &delivery->services[i];
		bool has_room =
		    service->in_flight <= service->provider->in_flight_max / 2;

		if (service->has_due_jobs && has_room)
			return 0;
		if (service->next_due_ms - now_ms < wait_ms)
			wait_ms = service->next_due_ms - now_ms;
	}
	return wait_ms > 0 ? (int)wait_ms : 0;
}

bool
delivery_is_idle(const struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->service_count; i++) {
		if (delivery->services[i].in_flight > 0)
			return false;
	}
	return true;
}
