/* settlement.c - story 3, second half: an answer settles its job. */
#include "core/decide.h"
#include "delivery.h"
#include "io/clock.h"
#include "io/log.h"
#include "judgement.h"

#include <string.h>

static void
take_answers(struct delivery *delivery)
{
	struct response response;
	void *tag;

	while (http_next(delivery->http, &tag, &response)) {
		struct flight *flight = tag;

		flight->response = response;
		flight->is_done = true;
		if (flight == &flight->service->grant)
			judgement_of_grant(flight->service, &delivery->trouble);
	}
}

static struct receipt
receipt_of(const struct flight *flight, const char *state, const char *reason)
{
	int64_t now_ms = clock_now_ms();

	return (struct receipt){
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
	};
}

/* The job is done, and with it those that its digest told of. */
static enum status
settle(struct delivery *delivery, const struct flight *flight,
    const char *state, const char *reason, const char *detail)
{
	struct receipt receipt = receipt_of(flight, state, reason);
	struct shelf_job folded = { .id = 0 };
	enum status status = STATUS_OK;

	receipt.detail = detail;
	/* Whether a withdrawal was given up interests nobody. */
	if (!flight->withdraws)
		post_receipt(delivery->post, &receipt);
	while (status == STATUS_OK && flight->reason == REASON_DIGEST &&
	    !flight->withdraws) {
		status =
		    shelf_next_folded(delivery->shelf, flight->job, &folded);
		if (status != STATUS_OK || folded.id == 0)
			break;
		receipt.event = folded.event_id;
		receipt.latency_ms = receipt.ts_ms - folded.arrived_ms;
		post_receipt(delivery->post, &receipt);
		status = shelf_remove(delivery->shelf, folded.id);
	}
	return status;
}

static enum status
settle_for_good(struct delivery *delivery, const struct flight *flight,
    const char *state, const char *reason)
{
	enum status status = settle(delivery, flight, state, reason, NULL);

	if (status == STATUS_OK)
		status = outbox_settle(delivery->outbox, flight->job);
	return status;
}

/* The service refuses, and perhaps says what a person can do about it. */
static enum status
fail(struct delivery *delivery, const struct flight *flight,
    const struct verdict *verdict)
{
	enum status status = settle(delivery, flight, "failed", verdict->reason,
	    verdict->advice);

	if (status == STATUS_OK)
		status = outbox_settle(delivery->outbox, flight->job);
	return status;
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

/* A service that pauses takes what it refused when the pause is over, in turn. */
static int64_t
next_attempt_ms(const struct flight *flight, const struct verdict *verdict)
{
	const struct retry_history history = {
		.failures = flight->attempt,
		.asked_s = flight->response.retry_after_s > 0
		    ? flight->response.retry_after_s
		    : verdict->wait_s,
		.expires_ms = flight->expires_ms,
	};
	int64_t now_ms = clock_now_ms();
	int64_t resume_ms = now_ms + service_pause_left_ms(flight->service);

	if (verdict->is_at_once)
		return now_ms;
	if (verdict->pauses_service)
		return resume_ms < flight->expires_ms ? resume_ms : RETRY_NEVER;
	return retry_next(&flight->service->provider->retry, &history, now_ms,
	    clock_jitter());
}

static enum status
retry(struct delivery *delivery, const struct flight *flight,
    const struct verdict *verdict)
{
	const struct receipt note =
	    receipt_of(flight, "retry", verdict->reason);
	int64_t due_ms = next_attempt_ms(flight, verdict);

	if (due_ms == RETRY_NEVER)
		return settle_for_good(delivery, flight, "failed", "expired");
	log_info("%s/%s: %s did not take %s (%s%s%s), again in %.1f s",
	    flight->user, flight->device, flight->service->provider->name,
	    flight->event_id, verdict->reason,
	    *verdict->words != '\0' ? ": " : "", verdict->words,
	    (double)(due_ms - clock_now_ms()) / 1000);
	post_note(delivery->post, &note);
	if (due_ms < flight->service->next_due_ms)
		flight->service->next_due_ms = due_ms;
	return outbox_postpone(delivery->outbox, flight->job, due_ms,
	    flight->attempt);
}

static enum status
move(struct delivery *delivery, const struct flight *flight,
    const char *service)
{
	delivery_notice_jobs(delivery);
	return outbox_move(delivery->outbox, flight->job, service,
	    clock_now_ms());
}

/* The service where a device may be that this one does not know. */
static bool
elsewhere(const struct delivery *delivery, const struct flight *flight,
    const struct device *device, char service[PUSH_SERVICE_MAX])
{
	const struct provider *provider = flight->service->provider;
	char other[PUSH_ORIGIN_MAX];

	if (provider->elsewhere == NULL ||
	    !provider->elsewhere(device, delivery->settings,
	        flight->service->origin, other))
		return false;
	provider_service_at(provider, other, service);
	return true;
}

/* It is sent to where its device is now. */
static enum status
settle_astray(struct delivery *delivery, const struct flight *flight)
{
	const struct place *place = registry_device(delivery->state->registry,
	    flight->user, flight->device);
	char service[PUSH_SERVICE_MAX];

	if (place == NULL)
		return outbox_postpone(delivery->outbox, flight->job,
		    clock_now_ms(), flight->attempt - 1);
	provider_service(&place->device, delivery->settings, service);
	return move(delivery, flight, service);
}

/* A device that did not say where it is was found. */
static void
note_reached(struct delivery *delivery, const struct flight *flight)
{
	const struct service *service = flight->service;
	const struct place *place = registry_device(delivery->state->registry,
	    flight->user, flight->device);
	char first[PUSH_SERVICE_MAX];

	if (service->provider->elsewhere == NULL || place == NULL)
		return;
	provider_service(&place->device, delivery->settings, first);
	if (strcmp(first, service->name) != 0 &&
	    place->device.registered_ms == flight->registered_ms)
		state_note_reached(delivery->state, flight->user,
		    flight->device, service->origin);
}

/* A service says that a device is gone. A registration newer than that report is
 * another one; one that came while we asked was not asked about at all. */
static enum status
settle_gone(struct delivery *delivery, const struct flight *flight,
    const struct verdict *verdict)
{
	const struct place *place = registry_device(delivery->state->registry,
	    flight->user, flight->device);
	int64_t registered_ms =
	    place != NULL ? place->device.registered_ms : flight->registered_ms;
	char service[PUSH_SERVICE_MAX];
	enum status status;

	if (registered_ms != flight->registered_ms)
		return retry(delivery, flight, verdict);
	if (verdict->perhaps_elsewhere && place != NULL &&
	    elsewhere(delivery, flight, &place->device, service))
		return move(delivery, flight, service);
	if (verdict->gone_ms > 0 && registered_ms > verdict->gone_ms)
		return fail(delivery, flight, verdict);
	status = settle(delivery, flight, "failed", verdict->reason,
	    verdict->advice);
	judgement_note_gone(flight, verdict, &delivery->trouble);
	if (status == STATUS_OK)
		status = forget_device(delivery, flight);
	return status;
}

/* It is shown, and stays known for as long as it can be withdrawn. If it was
 * answered or seen meanwhile, it is withdrawn at once. */
static enum status
settle_shown(struct delivery *delivery, struct flight *flight)
{
	int64_t now_ms = clock_now_ms();
	int cancelled = 0;
	enum status status = settle(delivery, flight, "pushed",
	    flight->reason != REASON_NONE
	        ? reason_str((enum reason)flight->reason)
	        : NULL,
	    NULL);

	if (status == STATUS_OK)
		status = outbox_show(delivery->outbox, flight->job,
		    now_ms + OUTBOX_DEDUP_MS, &cancelled);
	if (status != STATUS_OK || cancelled == REASON_NONE ||
	    flight->service->provider->cannot_withdraw)
		return status;
	flight->service->has_due_jobs = true;
	return shelf_withdraw(delivery->shelf, flight->job,
	    flight->service->name, cancelled, now_ms);
}

static enum status
settle_withdrawn(struct delivery *delivery, const struct flight *flight)
{
	const struct receipt receipt = receipt_of(flight, "withdrawn",
	    reason_str((enum reason)flight->reason));

	post_receipt(delivery->post, &receipt);
	return outbox_settle(delivery->outbox, flight->job);
}

static enum status
settle_answered(struct delivery *delivery, struct flight *flight)
{
	struct verdict verdict = judgement_make(flight, &delivery->trouble);

	switch (verdict.outcome) {
	case OUTCOME_DELIVERED:
		note_reached(delivery, flight);
		return flight->withdraws ? settle_withdrawn(delivery, flight)
		                         : settle_shown(delivery, flight);
	case OUTCOME_RETRY:
		return retry(delivery, flight, &verdict);
	case OUTCOME_REJECTED:
		log_warn("%s/%s: %s refuses %s: %d %s%s%s%s%s", flight->user,
		    flight->device, flight->service->provider->name,
		    flight->event_id, flight->response.status, verdict.reason,
		    *verdict.words != '\0' ? ": " : "", verdict.words,
		    verdict.advice != NULL ? ": " : "",
		    verdict.advice != NULL ? verdict.advice : "");
		break;
	case OUTCOME_GONE:
		return settle_gone(delivery, flight, &verdict);
	}
	return fail(delivery, flight, &verdict);
}

static enum status
settle_one(struct delivery *delivery, struct flight *flight)
{
	enum status status;

	if (flight->is_astray)
		status = settle_astray(delivery, flight);
	else if (flight->given_up == NULL)
		status = settle_answered(delivery, flight);
	else
		status = settle_for_good(delivery, flight, "suppressed",
		    flight->given_up);
	service_land(flight);
	return status;
}

static bool
has_answers(const struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->roster.count; i++) {
		const struct service *service = delivery->roster.services[i];

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
	/* What found no room may find it now. */
	delivery->has_new_jobs |= delivery->is_crowded;
	status = outbox_begin(delivery->outbox);
	for (size_t i = 0; i < delivery->roster.count; i++) {
		if (status == STATUS_OK)
			status = settle_service(delivery,
			    delivery->roster.services[i]);
	}
	if (status == STATUS_OK)
		status = outbox_commit(delivery->outbox);
	post_flush(delivery->post);
	return status;
}
