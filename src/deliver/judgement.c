#include "deliver/judgement.h"

#include "io/http.h"
#include "io/log.h"

#include <stdio.h>
#include <string.h>

#define THROTTLE_FIRST_S 1 /* where a service does not say how long */
#define ASKED_OF_ALL_S 900 /* who was not asked to wait asks by then */

static void
name_device(const struct flight *flight, char name[132])
{
	(void)snprintf(name, 132, "%s/%s", flight->user, flight->device);
}

static void
note(struct trouble *trouble, const struct flight *flight,
    const struct verdict *verdict, bool is_gone)
{
	struct warning entry = {
		.at_ms = flight->service->at->now_ms,
		.is_gone = is_gone,
	};

	if (verdict->advice != NULL)
		(void)snprintf(entry.advice, sizeof(entry.advice), "%s",
		    verdict->advice);
	(void)snprintf(entry.service, sizeof(entry.service), "%s",
	    flight->service->provider->name);
	(void)snprintf(entry.reason, sizeof(entry.reason), "%s",
	    verdict->reason);
	/* Who is refused is the bridge, whosever device it was for. */
	if (flight->job != 0 && !verdict->is_ours)
		name_device(flight, entry.device);
	trouble_note(trouble, &entry);
}

void
judgement_note_gone(const struct flight *flight, const struct verdict *verdict,
    struct trouble *trouble)
{
	note(trouble, flight, verdict, true);
}

/* Whoever names a host could learn from it what listens there. */
static const char *
advice_on_connection(const struct provider *provider,
    const struct response *response)
{
	if (response->is_private)
		return "its host leads to a private address: name the host in "
		       "allow_hosts if that is meant";
	if (response->is_untrusted && !provider->has_any_host)
		return "its certificate is not trusted: check ca_file, and "
		       "this machine's clock";
	return NULL;
}

/* What no service said itself. Why one cannot be reached is for the log. A name
 * that leads astray may lead to its host again: a private address is asked again
 * like a dead line. */
static void
complete(const struct provider *provider, const struct response *response,
    struct verdict *verdict)
{
	if (verdict->advice == NULL)
		verdict->advice = advice_on_connection(provider, response);
	if (response->status == 0)
		(void)snprintf(verdict->words, sizeof(verdict->words), "%s",
		    http_error_str(response->error));
	if (verdict->outcome == OUTCOME_DELIVERED || verdict->reason[0] != '\0')
		return;
	if (response->is_private)
		(void)snprintf(verdict->reason, sizeof(verdict->reason),
		    "private-address");
	else if (response->status == 0)
		(void)snprintf(verdict->reason, sizeof(verdict->reason),
		    "cannot be reached");
	else
		(void)snprintf(verdict->reason, sizeof(verdict->reason),
		    "status %d", response->status);
}

/* The refusal of who we are may be out of date. If it is not, the next attempt
 * shows another; one that was asked for is asked for again only once. */
static void
renew_authorization(struct flight *flight, struct verdict *verdict)
{
	struct service *service = flight->service;

	if (!verdict->fresh_authorization)
		return;
	verdict->is_at_once = true;
	if (flight->authorization != service->authorization_count)
		return;
	if (service->is_doubted && service->provider->ask != NULL)
		verdict->outcome = OUTCOME_REJECTED;
	verdict->is_at_once = !service->is_doubted;
	service->is_doubted = true;
	service->fresh_authorization = true;
}

static void
pause_service(struct service *service, const struct response *response,
    const struct verdict *verdict)
{
	int32_t wait_s = response->retry_after_s > 0 ? response->retry_after_s
	                                             : verdict->wait_s;

	service_pause(service, (int64_t)wait_s * 1000);
}

static bool
is_trouble(const struct flight *flight, const struct verdict *verdict)
{
	return verdict->outcome == OUTCOME_RETRY &&
	    (flight->response.status == 0 || flight->response.status >= 500);
}

static bool
asks_for_less(const struct verdict *verdict)
{
	return verdict->outcome == OUTCOME_RETRY && verdict->pauses_service;
}

/* Returns: whether that was once too often. */
static bool
note_health(struct restraint *restraint, const struct flight *flight,
    const struct verdict *verdict)
{
	const struct service *service = flight->service;

	if (verdict->outcome == OUTCOME_DELIVERED)
		throttle_note_success(&restraint->throttle,
		    service->provider->in_flight_max);
	if (is_trouble(flight, verdict))
		return breaker_note_failure(&restraint->breaker,
		    flight->response.status != 0, service->at->monotonic_ms);
	breaker_note_success(&restraint->breaker);
	return false;
}

/* We come too often.
 * In:      asked_s  so long it wants to be left alone; 0 = it did not say */
static void
slow_down(struct restraint *restraint, const struct service *service,
    const struct verdict *verdict, int32_t asked_s)
{
	const struct throttle_policy policy = {
		.asked_s = asked_s,
		.first_s =
		    verdict->wait_s > 0 ? verdict->wait_s : THROTTLE_FIRST_S,
		.longest_s = service->provider->retry.ceiling_s,
	};

	if (asks_for_less(verdict))
		throttle_note_refusal(&restraint->throttle, &policy,
		    service->at->monotonic_ms);
}

/* A pause that we chose ends in time for a last attempt: monotonic. */
static int64_t
last_attempt_ms(const struct flight *flight)
{
	const struct instant *at = flight->service->at;
	int64_t last_ms = retry_last_ms(flight->expires_ms, at->now_ms);

	return last_ms == RETRY_NEVER
	    ? INT64_MAX
	    : at->monotonic_ms + (last_ms - at->now_ms);
}

static bool
holds_back(const struct flight *flight, const struct verdict *verdict)
{
	return is_trouble(flight, verdict) || asks_for_less(verdict);
}

/* What one person's pushes meet holds back theirs. */
static void
hold_back_person(const struct flight *flight, const struct verdict *verdict,
    struct lines *lines)
{
	struct service *service = flight->service;
	struct restraint *own;

	if (!holds_back(flight, verdict) &&
	    blame_find(&service->blame, flight->user) == NULL)
		return;
	own = blame_hold(&service->blame, flight->user,
	    service->at->monotonic_ms);
	if (own == NULL)
		return;
	if (note_health(own, flight, verdict) &&
	    lines_allow(lines, flight->user, LOG_LEVEL_WARN))
		log_warn("%s fails again and again%s%s for %s: from now on "
		         "it gets one probe of theirs at a time",
		    service->provider->name, *service->origin ? " at " : "",
		    service->origin, flight->user);
	slow_down(own, service, verdict, flight->response.retry_after_s);
	if (verdict->outcome == OUTCOME_RETRY)
		restraint_hurry(own, last_attempt_ms(flight));
}

/* It works again, for all: who waited goes on. */
static void
end_outage(struct service *service)
{
	if (!breaker_is_open(&service->restraint.breaker))
		return;
	blame_forgive(&service->blame);
	service->has_due_jobs = true;
}

/* What another's pushes met, too, holds back all. But who was not asked to wait does
 * not for as long as somebody else was. */
static void
hold_back_all(const struct flight *flight, const struct verdict *verdict)
{
	struct service *service = flight->service;
	int32_t asked_s = flight->response.retry_after_s;

	if (verdict->outcome == OUTCOME_DELIVERED) {
		end_outage(service);
		blame_note_success(&service->blame, flight->user,
		    service->at->monotonic_ms);
	} else if (verdict->outcome == OUTCOME_RETRY &&
	    !blame_note_failure(&service->blame, flight->user)) {
		return;
	}
	if (note_health(&service->restraint, flight, verdict))
		log_warn("%s fails again and again%s%s: from now on it gets "
		         "one probe at a time",
		    service->provider->name, *service->origin ? " at " : "",
		    service->origin);
	slow_down(&service->restraint, service, verdict,
	    asked_s < ASKED_OF_ALL_S ? asked_s : ASKED_OF_ALL_S);
	if (verdict->outcome == OUTCOME_RETRY)
		restraint_hurry(&service->restraint, last_attempt_ms(flight));
}

struct verdict
judgement_make(struct flight *flight, struct trouble *trouble,
    struct lines *lines)
{
	struct service *service = flight->service;
	const struct response *response = &flight->response;
	struct verdict verdict = service->provider->judge(response);
	char device[132];

	complete(service->provider, response, &verdict);
	renew_authorization(flight, &verdict);
	service->fresh_connection |= verdict.fresh_connection;
	if (response->status != 0) {
		service->has_answered = true;
		service->is_http1 = !response->is_http2;
	}
	hold_back_person(flight, &verdict, lines);
	hold_back_all(flight, &verdict);
	if (verdict.outcome == OUTCOME_DELIVERED) {
		service->is_doubted = false;
		service->known_authorization = flight->authorization;
		if (trouble->count == 0)
			return verdict;
		name_device(flight, device);
		trouble_end(trouble, service->provider->name, device);
	} else if (verdict.outcome != OUTCOME_GONE && verdict.advice != NULL) {
		note(trouble, flight, &verdict, false);
	}
	return verdict;
}

struct verdict
judgement_of_grant(struct service *service, struct trouble *trouble)
{
	struct response response = service->grant.response;
	struct verdict verdict;

	service_take_grant(service, &verdict);
	complete(service->provider, &response, &verdict);
	if (verdict.outcome != OUTCOME_DELIVERED) {
		log_warn("%s gets no access token: %d %s%s%s%s%s",
		    service->name, response.status, verdict.reason,
		    *verdict.words != '\0' ? ": " : "", verdict.words,
		    verdict.advice != NULL ? ": " : "",
		    verdict.advice != NULL ? verdict.advice : "");
		note(trouble, &service->grant, &verdict, false);
		/* Also where it is refused: nobody is helped by many. */
		(void)breaker_note_failure(&service->restraint.breaker,
		    response.status != 0, service->at->monotonic_ms);
		verdict.wait_s = service->provider->retry.first_s;
		pause_service(service, &response, &verdict);
	}
	http_response_finish(&service->grant.response);
	return verdict;
}
