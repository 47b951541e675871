/* settlement.c - an answer settles its job. */
#include "deliver/settlement.h"

#include "core/rules.h"
#include "deliver/health.h"
#include "deliver/judgement.h"
#include "io/clock.h"
#include "io/jobs.h"
#include "io/log.h"
#include "io/shown.h"
#include "know/devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GATHER_MS 3 /* answers of a burst are settled together */

static void
note_verdict(struct delivery *delivery, const struct service *service,
    const struct verdict *verdict)
{
	if (verdict->outcome == OUTCOME_DELIVERED)
		health_note_success(delivery->health, service->provider);
	else
		health_note_error(delivery->health, service->provider,
		    verdict->reason);
}

static void
take_grant(struct delivery *delivery, struct service *service)
{
	struct verdict verdict =
	    judgement_of_grant(service, &delivery->trouble);

	note_verdict(delivery, service, &verdict);
}

/* Returns: whether one of them is no success: it may be a reason to push no more. */
static bool
take_answers(struct delivery *delivery)
{
	struct response response;
	bool is_urgent = false;
	void *tag;

	while (http_next(delivery->http, &tag, &response)) {
		struct flight *flight = tag;

		flight->response = response;
		delivery->answers++;
		is_urgent |= response.status < 200 || response.status >= 300;
		if (flight != &flight->service->grant) {
			service_note_answered(flight);
		} else {
			flight->is_done = true;
			take_grant(delivery, flight->service);
		}
	}
	return is_urgent;
}

static struct receipt
receipt_of(const struct flight *flight, const char *state, const char *reason)
{
	return (struct receipt){
		.user = flight->user,
		.event = flight->event_id,
		.device = flight->device,
		.state = state,
		.reason = reason,
		.kind =
		    flight->kind < KIND_COUNT ? kind_str(flight->kind) : NULL,
		.title = flight->title,
		.service = flight->service->provider->name,
		.status = flight->response.status,
		.attempt = flight->attempt,
		.ts_ms = flight->service->at->now_ms,
		.arrived_ms = flight->arrived_ms,
	};
}

/* The job is done, and with it those that its digest told of. Who resolved it
 * meanwhile may have given the digest to another. */
static void
settle(struct delivery *delivery, const struct flight *flight,
    const char *state, const char *reason, const char *detail)
{
	struct receipt receipt = receipt_of(flight, state, reason);
	struct shelf_job job;

	receipt.detail = detail;
	/* Whether a withdrawal was given up interests nobody, nor that a
	 * reminder came to nothing. */
	if (flight->withdraws ||
	    (flight->reason == REASON_REMINDER && flight->given_up != NULL))
		return;
	post_receipt(delivery->post, &receipt);
	if (flight->reason == REASON_DIGEST &&
	    shelf_find(delivery->shelf, flight->job, &job) && job.digest != 0)
		endings_of_digest(&delivery->endings, job.digest, &receipt);
}

static void
settle_for_good(struct delivery *delivery, const struct flight *flight,
    const char *state, const char *reason)
{
	settle(delivery, flight, state, reason, NULL);
	jobs_settle(delivery->outbox, flight->job);
}

/* The service refuses, and perhaps says what a person can do about it. */
static void
fail(struct delivery *delivery, const struct flight *flight,
    const struct verdict *verdict)
{
	health_note_failed(delivery->health, flight->service->provider);
	settle(delivery, flight, "failed", verdict->reason, verdict->advice);
	jobs_settle(delivery->outbox, flight->job);
}

/* Forget a device, here and at the broker; what waits for it is settled. */
static void
forget_device(struct delivery *delivery, const struct flight *flight)
{
	log_warn("%s/%s is gone: %s says so; its registration is cleared",
	    flight->user, flight->device, flight->service->provider->name);
	devices_forget(delivery->retained, flight->user, flight->device);
	jobs_settle(delivery->outbox, flight->job);
	endings_of_device(&delivery->endings, flight->user, flight->device);
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
	int64_t now_ms = flight->service->at->now_ms;
	int64_t resume_ms =
	    now_ms + service_pause_left_ms(flight->service, flight->user);

	if (verdict->is_at_once)
		return now_ms;
	if (verdict->pauses_service)
		return resume_ms < flight->expires_ms ? resume_ms : RETRY_NEVER;
	return retry_next(&flight->service->provider->retry, &history, now_ms,
	    clock_jitter());
}

static void
retry(struct delivery *delivery, const struct flight *flight,
    const struct verdict *verdict)
{
	const struct receipt note =
	    receipt_of(flight, "retry", verdict->reason);
	int64_t due_ms = next_attempt_ms(flight, verdict);

	if (due_ms == RETRY_NEVER) {
		health_note_failed(delivery->health, flight->service->provider);
		settle_for_good(delivery, flight, "failed", "expired");
		return;
	}
	health_note_retried(delivery->health, flight->service->provider);
	log_info("%s/%s: %s did not take %s (%s%s%s), again in %.1f s",
	    flight->user, flight->device, flight->service->provider->name,
	    flight->event_id, verdict->reason,
	    *verdict->words != '\0' ? ": " : "", verdict->words,
	    (double)(due_ms - delivery->at->now_ms) / 1000);
	post_note(delivery->post, &note);
	if (due_ms < flight->service->next_due_ms)
		flight->service->next_due_ms = due_ms;
	jobs_postpone(delivery->outbox, flight->job, due_ms, flight->attempt);
}

static void
move(struct delivery *delivery, const struct flight *flight,
    const char *service)
{
	delivery_notice_jobs(delivery);
	jobs_move(delivery->outbox, flight->job, service, delivery->at->now_ms);
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
static void
settle_astray(struct delivery *delivery, const struct flight *flight)
{
	const struct place *place =
	    registry_device(delivery->retained->registry, flight->user,
	        flight->device);
	char service[PUSH_SERVICE_MAX];

	if (place == NULL) {
		jobs_postpone(delivery->outbox, flight->job,
		    delivery->at->now_ms, flight->attempt - 1);
		return;
	}
	provider_service(&place->device, delivery->settings, service);
	move(delivery, flight, service);
}

/* A device that did not say where it is was found. */
static void
note_reached(struct delivery *delivery, const struct flight *flight)
{
	const struct service *service = flight->service;
	const struct place *place =
	    registry_device(delivery->retained->registry, flight->user,
	        flight->device);
	char first[PUSH_SERVICE_MAX];

	if (service->provider->elsewhere == NULL || place == NULL)
		return;
	provider_service(&place->device, delivery->settings, first);
	if (strcmp(first, service->name) != 0 &&
	    place->device.registered_ms == flight->registered_ms)
		devices_note_reached(delivery->retained, flight->user,
		    flight->device, service->origin);
}

/* A service says that a device is gone. A registration newer than that report is
 * another one; one that came while we asked was not asked about at all. */
static void
settle_gone(struct delivery *delivery, const struct flight *flight,
    const struct verdict *verdict)
{
	const struct place *place =
	    registry_device(delivery->retained->registry, flight->user,
	        flight->device);
	int64_t registered_ms =
	    place != NULL ? place->device.registered_ms : flight->registered_ms;
	char service[PUSH_SERVICE_MAX];

	if (registered_ms != flight->registered_ms) {
		retry(delivery, flight, verdict);
	} else if (verdict->perhaps_elsewhere && place != NULL &&
	    elsewhere(delivery, flight, &place->device, service)) {
		move(delivery, flight, service);
	} else if (verdict->gone_ms > 0 && registered_ms > verdict->gone_ms) {
		fail(delivery, flight, verdict);
	} else {
		health_note_gone(delivery->health, flight->service->provider);
		settle(delivery, flight, "failed", verdict->reason,
		    verdict->advice);
		judgement_note_gone(flight, verdict, &delivery->trouble);
		forget_device(delivery, flight);
	}
}

/* A request comes again, unless it is over by then. */
static void
remind_later(struct delivery *delivery, const struct flight *flight)
{
	const struct registry *registry = delivery->retained->registry;
	const struct place *place =
	    registry_device(registry, flight->user, flight->device);
	int64_t wait_ms = 0;
	int64_t due_ms;

	if (flight->is_ask && place != NULL)
		wait_ms =
		    rules_remind_in_ms(registry_wishes(registry_person(registry,
		                                           flight->user),
		                           place),
		        flight->kind, flight->round);
	due_ms = delivery->at->now_ms + wait_ms;
	if (wait_ms == 0 || due_ms >= flight->expires_ms ||
	    !shown_remind(delivery->outbox, flight->job, due_ms,
	        flight->round + 1))
		return;
	if (due_ms < delivery->remind_ms)
		delivery->remind_ms = due_ms;
}

/* It is shown, and stays known for as long as it can be withdrawn. If it was
 * answered or seen meanwhile, it is withdrawn at once. */
static void
settle_shown(struct delivery *delivery, struct flight *flight)
{
	int64_t now_ms = delivery->at->now_ms;
	int cancelled;

	health_note_sent(delivery->health, flight->service->provider);
	settle(delivery, flight, "pushed",
	    flight->reason != REASON_NONE
	        ? reason_str((enum reason)flight->reason)
	        : NULL,
	    NULL);
	cancelled =
	    shown_add(delivery->outbox, flight->job, now_ms + OUTBOX_DEDUP_MS);
	if (cancelled == REASON_NONE)
		remind_later(delivery, flight);
	if (cancelled == REASON_NONE ||
	    flight->service->provider->cannot_withdraw)
		return;
	flight->service->has_due_jobs = true;
	shelf_withdraw(delivery->shelf, flight->job, flight->service->name,
	    cancelled, now_ms);
}

static void
settle_withdrawn(struct delivery *delivery, const struct flight *flight)
{
	const struct receipt receipt = receipt_of(flight, "withdrawn",
	    reason_str((enum reason)flight->reason));

	post_receipt(delivery->post, &receipt);
	jobs_settle(delivery->outbox, flight->job);
}

static void
settle_answered(struct delivery *delivery, struct flight *flight)
{
	struct verdict verdict = judgement_make(flight, &delivery->trouble);

	note_verdict(delivery, flight->service, &verdict);
	switch (verdict.outcome) {
	case OUTCOME_DELIVERED:
		note_reached(delivery, flight);
		if (flight->withdraws)
			settle_withdrawn(delivery, flight);
		else
			settle_shown(delivery, flight);
		return;
	case OUTCOME_RETRY:
		retry(delivery, flight, &verdict);
		return;
	case OUTCOME_REJECTED:
		log_warn("%s/%s: %s refuses %s: %d %s%s%s%s%s", flight->user,
		    flight->device, flight->service->provider->name,
		    flight->event_id, flight->response.status, verdict.reason,
		    *verdict.words != '\0' ? ": " : "", verdict.words,
		    verdict.advice != NULL ? ": " : "",
		    verdict.advice != NULL ? verdict.advice : "");
		fail(delivery, flight, &verdict);
		return;
	case OUTCOME_GONE:
		settle_gone(delivery, flight, &verdict);
		return;
	}
}

static void
settle_progress(struct delivery *delivery, struct flight *flight)
{
	struct verdict verdict = judgement_make(flight, &delivery->trouble);

	note_verdict(delivery, flight->service, &verdict);
	showing_settle(delivery, flight, &verdict);
}

static void
settle_one(struct delivery *delivery, struct flight *flight)
{
	if (flight->job < 0)
		settle_progress(delivery, flight);
	else if (flight->is_astray)
		settle_astray(delivery, flight);
	else if (flight->given_up == NULL)
		settle_answered(delivery, flight);
	else
		settle_for_good(delivery, flight, "suppressed",
		    flight->given_up);
	service_land(flight);
}

/* Whether what was answered is settled now: as soon as it is enough for a service, or
 * no more is to come, or it waited for a moment. */
static bool
is_time(struct delivery *delivery)
{
	int64_t now_ms = delivery->at->monotonic_ms;
	int32_t answered = 0;
	int32_t in_flight = 0;
	bool is_enough = false;

	for (size_t i = 0; i < delivery->roster.count; i++) {
		const struct service *service = delivery->roster.services[i];

		is_enough |= service->answered >= service_gathers(service);
		answered += service->answered;
		in_flight += service->in_flight;
	}
	if (answered > 0 && delivery->settle.due_ms == TIMER_OFF)
		timer_set(&delivery->settle, now_ms + GATHER_MS);
	return answered > 0 &&
	    (is_enough || answered == in_flight ||
	        timer_is_due(&delivery->settle));
}

static void
settle_service(struct delivery *delivery, struct service *service)
{
	for (int32_t i = 0; i < service_slots(service); i++) {
		struct flight *flight = &service->flights[i];

		if (flight->job == 0 || !flight->is_done)
			continue;
		settle_one(delivery, flight);
		/* Who stores waits for no more than one of them. */
		if (outbox_is_long(delivery->outbox)) {
			outbox_commit(delivery->outbox);
			outbox_begin(delivery->outbox);
		}
	}
}

static void
settle_all(struct delivery *delivery)
{
	timer_set(&delivery->settle, TIMER_OFF);
	/* What found no room may find it now. */
	delivery->has_new_jobs |= delivery->is_crowded;
	outbox_begin(delivery->outbox);
	for (size_t i = 0; i < delivery->roster.count; i++)
		settle_service(delivery, delivery->roster.services[i]);
	outbox_commit(delivery->outbox);
	post_flush(delivery->post);
}

void
settlement_run(struct delivery *delivery)
{
	bool is_urgent = take_answers(delivery);

	endings_run(&delivery->endings);
	if (is_time(delivery) || is_urgent)
		settle_all(delivery);
}

void
settlement_finish(struct delivery *delivery)
{
	(void)take_answers(delivery);
	settle_all(delivery);
}
