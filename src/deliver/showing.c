#include "deliver/showing.h"

#include "base/siphash.h"
#include "deliver/delivery.h"
#include "io/activities.h"
#include "io/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIFE_MS 43200000 /* iOS shows none for longer, with its end */

struct showing {
	struct showing *next;
	struct showing *beside; /* in the list where its user's are */
	struct activities_one names;
	struct activity activity;
	enum activity_step step;   /* under way; ACTIVITY_NOTHING = none is */
	struct agent_session sent; /* with it */
	int64_t number;
	int64_t ts_ms; /* of what was told last */
};

static struct showing **
list_of(struct delivery *delivery, const char *user)
{
	uint64_t number =
	    siphash(outbox_key(delivery->outbox), user, strlen(user));

	return &delivery->showings.lists[number % SHOWING_LISTS];
}

/* The first of a user's in a list, from there on; NULL = no more. */
static struct showing *
first_of(struct showing *showing, const char *user)
{
	while (showing != NULL && strcmp(showing->names.user, user) != 0)
		showing = showing->beside;
	return showing;
}

/* The session is looked for when the persons are known. */
static struct showing *
add(struct delivery *delivery, const struct activities_one *names)
{
	struct showings *showings = &delivery->showings;
	struct showing **list = list_of(delivery, names->user);
	struct showing *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return NULL;
	fresh->beside = *list;
	*list = fresh;
	fresh->names = *names;
	fresh->number = ++showings->last_number;
	fresh->next = showings->first;
	(void)snprintf(fresh->activity.is.id, sizeof(fresh->activity.is.id),
	    "%s", names->session);
	showings->first = fresh;
	showings->count++;
	showings->next_ms = 0;
	return fresh;
}

static void
load_one(void *context, const struct activities_one *names)
{
	struct showing *showing = add(context, names);

	if (showing == NULL)
		return;
	showing->activity.is_started = true;
	/* Whatever it shows, it is told anew. */
	showing->activity.shown.doing = AGENT_IDLE;
}

void
showing_load(struct delivery *delivery)
{
	delivery->showings = (struct showings){ .count = 0 };
	activities_visit(delivery->activities, load_one, delivery);
	/* What was told last was no later than the second after now. */
	for (struct showing *showing = delivery->showings.first;
	     showing != NULL; showing = showing->next)
		showing->ts_ms = delivery->at->now_ms + 1000;
}

/* A time that was told stays: the next one is later whatever the clock says. */
void
showing_follow_clock(struct showings *showings, int64_t step_ms)
{
	for (struct showing *showing = showings->first; showing != NULL;
	     showing = showing->next)
		showing->names.started_ms += step_ms;
}

void
showing_drop(struct showings *showings)
{
	while (showings->first != NULL) {
		struct showing *showing = showings->first;

		showings->first = showing->next;
		free(showing);
	}
	*showings = (struct showings){ .count = 0 };
}

/* The device has nothing of it any more. */
static void
forget(struct delivery *delivery, struct showing *showing)
{
	if (showing->activity.is_started)
		activities_remove(delivery->activities, &showing->names);
	showing->activity.is_started = false;
}

static bool
can_show(const struct place *place)
{
	const struct provider *provider =
	    place->registered ? provider_find(place->device.service) : NULL;

	return provider != NULL && provider->shows != NULL &&
	    place->device.progress.is_set;
}

static const struct agent_session *
find_session(const struct person *person, const struct activities_one *names)
{
	for (const struct host *host = person->hosts; host != NULL;
	     host = host->next) {
		if (strcmp(host->name, names->host) == 0)
			return agent_session(&host->agent, names->session);
	}
	return NULL;
}

/* What is known now of a turn that is shown, or shall be. */
static void
look(struct delivery *delivery, const struct person *person,
    struct showing *showing)
{
	const struct agent_session *session =
	    find_session(person, &showing->names);
	const struct place *place =
	    registry_device(delivery->retained->registry, person->name,
	        showing->names.device);
	struct activity *activity = &showing->activity;

	if (session != NULL) {
		activity->is = *session;
		activity->lost_ms = 0;
	} else if (activity->lost_ms == 0) {
		activity->lost_ms = delivery->at->monotonic_ms;
	}
	activity->has_no_way = false;
	activity->is_wanted = place != NULL &&
	    activity_is_wished(registry_wishes(person, place), &activity->is,
	        showing->names.host);
	activity->is_held = place != NULL &&
	    activity_is_held(registry_wishes(person, place),
	        delivery->at->now_ms);
	/* An app that is registered anew may say only later how it is told. */
	if (place != NULL && !can_show(place)) {
		activity->is_wanted = false;
		activity->has_no_way = true;
	}
	if (place == NULL)
		forget(delivery, showing);
	if (activity->is_started &&
	    showing->names.started_ms + LIFE_MS < delivery->at->now_ms)
		forget(delivery, showing);
}

static bool
is_at_work(const struct agent_session *session)
{
	return session->doing == AGENT_BUSY || session->doing == AGENT_WAITING;
}

/* Whether it is new, and there is room for it. */
static bool
may_begin(struct delivery *delivery, const struct activities_one *names)
{
	struct showing *showing = *list_of(delivery, names->user);
	int64_t now_ms = delivery->at->monotonic_ms;
	size_t of_user = 0;
	size_t of_device = 0;

	while ((showing = first_of(showing, names->user)) != NULL) {
		bool is_there =
		    strcmp(showing->names.device, names->device) == 0;

		if (is_there &&
		    strcmp(showing->names.session, names->session) == 0)
			return false;
		of_user++;
		of_device += is_there &&
		    (showing->activity.is_started ||
		        activity_is_running(&showing->activity, now_ms));
		showing = showing->beside;
	}
	return delivery->showings.count < SHOWING_MAX &&
	    of_user < SHOWING_USER_MAX && of_device < SHOWING_DEVICE_MAX;
}

/* A session that runs, on each device where she may want to see it. */
static void
meet(struct delivery *delivery, const struct person *person,
    struct activities_one *names)
{
	for (const struct place *place = person->places; place != NULL;
	     place = place->next) {
		struct showing *showing = NULL;

		if (!can_show(place) ||
		    !registry_wishes(person, place)->progress)
			continue;
		(void)snprintf(names->device, sizeof(names->device), "%s",
		    place->name);
		if (may_begin(delivery, names))
			showing = add(delivery, names);
		if (showing != NULL)
			look(delivery, person, showing);
	}
}

static struct activities_one
names_of(const struct person *person, const struct host *host,
    const struct agent_session *session)
{
	struct activities_one names = { .started_ms = 0 };

	(void)snprintf(names.user, sizeof(names.user), "%s", person->name);
	(void)snprintf(names.host, sizeof(names.host), "%s", host->name);
	(void)snprintf(names.session, sizeof(names.session), "%s", session->id);
	return names;
}

/* The first that run. A device that shows some of them has as much less room for
 * others, so it never needs more.
 * Returns: how many there are. */
static size_t
find_running(const struct person *person,
    struct activities_one running[SHOWING_DEVICE_MAX])
{
	size_t count = 0;

	for (const struct host *host = person->hosts; host != NULL;
	     host = host->next) {
		const struct agent *agent = &host->agent;

		for (size_t i = 0; i < agent->count; i++) {
			if (count == SHOWING_DEVICE_MAX)
				return count;
			if (is_at_work(&agent->sessions[i]))
				running[count++] =
				    names_of(person, host, &agent->sessions[i]);
		}
	}
	return count;
}

static void
follow(struct delivery *delivery, const struct person *person)
{
	struct showing *showing = *list_of(delivery, person->name);
	struct activities_one running[SHOWING_DEVICE_MAX];
	size_t count = find_running(person, running);

	while ((showing = first_of(showing, person->name)) != NULL) {
		look(delivery, person, showing);
		showing = showing->beside;
	}
	for (size_t i = 0; i < count; i++)
		meet(delivery, person, &running[i]);
	if (delivery->showings.first != NULL)
		delivery->showings.next_ms = 0;
}

/* The event that a provider gets is one of ours: the session's names. */
static struct event
event_of(const struct delivery *delivery, struct showing *showing)
{
	int64_t life_ms =
	    showing->step == ACTIVITY_END ? LIFE_MS : ACTIVITY_STALE_MS;
	struct event event = {
		.kind = KIND_SESSION_BUSY,
		.host = showing->names.host,
		.session_id = showing->names.session,
		.expires_ms = delivery->at->now_ms + life_ms,
	};

	(void)snprintf(event.id, sizeof(event.id), "progress-%lld-%lld",
	    (long long)showing->number, (long long)showing->ts_ms);
	return event;
}

static struct service *
find_service(struct delivery *delivery, const struct device *device,
    const char *user)
{
	char name[PUSH_SERVICE_MAX];

	provider_service(device, delivery->settings, name);
	return roster_find(&delivery->roster, name, user);
}

/* Ended is what nobody wants to see, whatever the session does. */
static void
choose_state(struct showing *showing)
{
	showing->sent = showing->activity.is;
	if (showing->step == ACTIVITY_END && showing->sent.doing != AGENT_ERROR)
		showing->sent.doing = AGENT_IDLE;
}

static void
pause(struct showing *showing, int64_t until_ms)
{
	showing->step = ACTIVITY_NOTHING;
	showing->activity.pause_ms = until_ms;
}

static void
fly(struct delivery *delivery, struct showing *showing, const struct job *job)
{
	int64_t now_ms = delivery->at->monotonic_ms;
	struct service *service =
	    find_service(delivery, job->device, job->user);
	const struct outbox_job stored = {
		.id = -showing->number,
		.user = job->user,
		.device = job->device_name,
		.event_id = job->event->id,
		.event.arrived_ms = delivery->at->now_ms,
	};
	struct flight *flight;

	if (service != NULL &&
	    (service_room(service) <= 0 ||
	        service_share(service, job->user) <= 0)) {
		pause(showing, now_ms + ACTIVITY_ROOM_MS);
		return;
	}
	flight = service != NULL ? service_take_off(service, &stored) : NULL;
	if (flight == NULL) {
		pause(showing, now_ms + ACTIVITY_AGAIN_MS);
		return;
	}
	flight->expires_ms = job->event->expires_ms;
	/* From here on the device may have it. */
	if (showing->step == ACTIVITY_START) {
		showing->names.started_ms = delivery->at->now_ms;
		activities_put(delivery->activities, &showing->names);
		showing->activity.is_started = true;
	}
	showing->activity.told_ms = now_ms;
	if (delivery_send(delivery, flight, job) == STATUS_OK)
		return;
	service_land(flight);
	pause(showing, now_ms + ACTIVITY_AGAIN_MS);
}

static void
tell(struct delivery *delivery, struct showing *showing,
    const struct person *person, const struct place *place)
{
	int64_t now_ms = delivery->at->now_ms;
	const struct progress progress = {
		.step = showing->step,
		.session = &showing->sent,
		/* Apple counts seconds, and takes no older one. */
		.ts_ms = now_ms >= showing->ts_ms + 1000
		    ? now_ms
		    : showing->ts_ms + 1000,
		.stale_ms = now_ms + ACTIVITY_STALE_MS,
	};
	const struct look look = {
		.privacy = registry_wishes(person, place)->privacy,
		.sound = "",
		.badge = LOOK_BADGE_UNKNOWN,
	};
	struct event event;
	const struct job job = {
		.purpose = PURPOSE_PROGRESS,
		.look = &look,
		.event = &event,
		.device = &place->device,
		.user = person->name,
		.device_name = place->name,
		.key = outbox_key(delivery->outbox),
		.progress = &progress,
	};
	const struct provider *provider = provider_find(place->device.service);

	choose_state(showing);
	showing->ts_ms = progress.ts_ms;
	event = event_of(delivery, showing);
	showing->activity.has_no_way = !provider->shows(&job);
	if (showing->activity.has_no_way)
		showing->step = ACTIVITY_NOTHING;
	else
		fly(delivery, showing, &job);
}

/* Returns: milliseconds until it may be due. */
static int64_t
tend(struct delivery *delivery, struct showing *showing)
{
	const struct person *person =
	    registry_person(delivery->retained->registry, showing->names.user);
	const struct place *place =
	    registry_device(delivery->retained->registry, showing->names.user,
	        showing->names.device);
	int64_t now_ms = delivery->at->monotonic_ms;
	int64_t wait_ms;

	if (showing->step != ACTIVITY_NOTHING)
		return ACTIVITY_NEVER;
	showing->step = activity_next(&showing->activity, now_ms, &wait_ms);
	if (showing->step == ACTIVITY_NOTHING)
		return wait_ms;
	if (person == NULL || place == NULL) {
		showing->step = ACTIVITY_NOTHING;
		forget(delivery, showing);
		return 0;
	}
	tell(delivery, showing, person, place);
	return showing->step == ACTIVITY_NOTHING ? 0 : ACTIVITY_NEVER;
}

static void
leave_list(struct delivery *delivery, const struct showing *showing)
{
	struct showing **link = list_of(delivery, showing->names.user);

	while (*link != showing)
		link = &(*link)->beside;
	*link = showing->beside;
}

static void
tend_all(struct delivery *delivery)
{
	struct showings *showings = &delivery->showings;
	int64_t now_ms = delivery->at->monotonic_ms;
	struct showing **link = &showings->first;

	showings->next_ms = ACTIVITY_NEVER;
	while (*link != NULL) {
		struct showing *showing = *link;
		int64_t wait_ms = tend(delivery, showing);

		if (wait_ms != ACTIVITY_NEVER &&
		    now_ms + wait_ms < showings->next_ms)
			showings->next_ms = now_ms + wait_ms;
		if (showing->step == ACTIVITY_NOTHING &&
		    activity_is_over(&showing->activity, now_ms)) {
			*link = showing->next;
			leave_list(delivery, showing);
			showings->count--;
			free(showing);
		} else {
			link = &showing->next;
		}
	}
}

/* At first each person is new. */
void
showing_run(struct delivery *delivery, bool is_complete)
{
	struct showings *showings = &delivery->showings;
	struct person *person;

	showings->is_on = is_complete;
	if (!is_complete)
		return;
	while ((person = registry_take_changed(delivery->retained->registry)) !=
	    NULL)
		follow(delivery, person);
	if (showings->next_ms <= delivery->at->monotonic_ms)
		tend_all(delivery);
}

int64_t
showing_due_ms(const struct delivery *delivery)
{
	const struct showings *showings = &delivery->showings;

	return showings->is_on ? showings->next_ms : ACTIVITY_NEVER;
}

/* What did not get an answer was perhaps taken: then it must be ended. */
static void
settle_failure(struct delivery *delivery, struct showing *showing,
    const struct flight *flight, const struct verdict *verdict)
{
	bool is_refused = verdict->outcome != OUTCOME_RETRY;

	log_info("%s/%s: %s did not take the %s of a turn: %s", flight->user,
	    flight->device, flight->service->provider->name,
	    activity_step_str(showing->step), verdict->reason);
	showing->activity.is_refused = is_refused;
	if (is_refused ||
	    (showing->step == ACTIVITY_START && flight->response.status != 0))
		forget(delivery, showing);
	pause(showing, delivery->at->monotonic_ms + ACTIVITY_AGAIN_MS);
}

void
showing_settle(struct delivery *delivery, const struct flight *flight,
    const struct verdict *verdict)
{
	struct showing *showing = *list_of(delivery, flight->user);

	while (showing != NULL && showing->number != -flight->job)
		showing = showing->beside;
	if (showing == NULL)
		return;
	if (verdict->outcome != OUTCOME_DELIVERED)
		settle_failure(delivery, showing, flight, verdict);
	else if (showing->step == ACTIVITY_END)
		forget(delivery, showing);
	else
		showing->activity.shown = showing->sent;
	showing->step = ACTIVITY_NOTHING;
	delivery->showings.next_ms = 0;
}
