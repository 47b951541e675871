#include "deliver/health.h"

#include "io/clock.h"
#include "io/memory.h"

#include <stdio.h>

#define TELL_EVERY_MS 60000
#define TOPIC_MAX 640 /* bytes; three names and a word */

_Static_assert(FIGURES_SERVICES_MAX == ROSTER_PROVIDERS_MAX,
    "each provider has its figures");

void
health_init(struct health *health, const struct instant *at,
    struct timers *timers)
{
	health->at = at;
	health->next.now_ms = &at->monotonic_ms;
	timer_add(timers, &health->next);
	(void)pthread_mutex_init(&health->lock, NULL);
	health->figures.started_ms = at->monotonic_ms;
	health->shown = health->figures;
}

void
health_finish(struct health *health)
{
	backlog_destroy(health->backlog);
	(void)pthread_mutex_destroy(&health->lock);
}

static struct figures_service *
service_of(struct health *health, const struct provider *provider)
{
	size_t number = 0;

	while (number < provider_count() - 1 && provider_at(number) != provider)
		number++;
	return &health->figures.services[number];
}

void
health_note_sent(struct health *health, const struct provider *provider)
{
	service_of(health, provider)->sent++;
}

void
health_note_failed(struct health *health, const struct provider *provider)
{
	service_of(health, provider)->failed++;
}

void
health_note_retried(struct health *health, const struct provider *provider)
{
	service_of(health, provider)->retried++;
}

void
health_note_gone(struct health *health, const struct provider *provider)
{
	service_of(health, provider)->gone++;
}

void
health_note_success(struct health *health, const struct provider *provider)
{
	service_of(health, provider)->success_ms = health->at->monotonic_ms;
}

void
health_note_error(struct health *health, const struct provider *provider,
    const char *reason)
{
	struct figures *figures = &health->figures;

	figures->last_error.at_ms = health->at->now_ms;
	(void)snprintf(figures->last_error.service,
	    sizeof(figures->last_error.service), "%s", provider->name);
	(void)snprintf(figures->last_error.reason,
	    sizeof(figures->last_error.reason), "%s", reason);
}

/* The settings are read again now and then. */
static void
name_services(struct health *health)
{
	for (size_t i = 0; i < provider_count(); i++)
		health->figures.services[i].name =
		    provider_is_on(provider_at(i), health->settings)
		    ? provider_at(i)->name
		    : NULL;
}

/* What others know better than we do. */
static void
look_around(struct health *health, bool is_complete)
{
	struct figures *figures = &health->figures;

	figures->tally = health->post->tally;
	if (!is_complete)
		figures->connected_ms = 0;
	else if (figures->connected_ms == 0)
		figures->connected_ms = health->at->monotonic_ms;
	for (size_t i = 0; i < provider_count(); i++)
		figures->services[i].is_broken = false;
	for (size_t i = 0; i < health->roster->count; i++) {
		const struct service *service = health->roster->services[i];

		if (service_is_broken(service))
			service_of(health, service->provider)->is_broken = true;
	}
}

/* Times of a clock that nobody sets.
 * Returns: whether all is counted. */
static bool
count(struct health *health)
{
	struct backlog_count *jobs = &health->figures.jobs;
	int64_t offset_ms = health->at->now_ms - health->at->monotonic_ms;

	if (!health->is_counting)
		backlog_begin(health->backlog);
	health->is_counting = !backlog_go_on(health->backlog, jobs);
	if (health->is_counting)
		return false;
	for (int i = 0; i < BACKLOG_STAGES; i++) {
		if (jobs->since_ms[i] != 0)
			jobs->since_ms[i] -= offset_ms;
	}
	return true;
}

static struct figures_instant
look_at(const struct instant *at)
{
	return (struct figures_instant){
		.now_ms = at->now_ms,
		.monotonic_ms = at->monotonic_ms,
		.resident = memory_resident(),
	};
}

static void
write_json(const struct health *health, struct buf *json)
{
	const struct figures_instant at = look_at(health->at);

	figures_write_json(&health->figures, &at, json);
}

void
health_write(struct health *health, struct buf *json)
{
	look_around(health, true); /* whoever asks came over the broker */
	(void)count(health);
	write_json(health, json);
}

static void
tell(struct health *health)
{
	char topic[TOPIC_MAX];
	struct buf json;

	buf_init(&json, FIGURES_TEXT_MAX);
	write_json(health, &json);
	(void)snprintf(topic, sizeof(topic), "%s/bridge/%s/health",
	    health->settings->mqtt.root, health->settings->mqtt.client_id);
	if (buf_status(&json) == STATUS_OK)
		post_state(health->post, topic, buf_text(&json), json.len);
	buf_finish(&json);
	post_flush(health->post);
}

static void
show(struct health *health)
{
	(void)pthread_mutex_lock(&health->lock);
	health->shown = health->figures;
	(void)pthread_mutex_unlock(&health->lock);
}

void
health_run(struct health *health, bool is_complete)
{
	bool is_news = is_complete && !health->is_told;
	bool is_due = timer_is_due(&health->next) || is_news ||
	    (is_complete && health->trouble->is_changed);

	health->is_told &= is_complete;
	if (is_due)
		name_services(health);
	look_around(health, is_complete);
	if ((is_due || health->is_counting) && count(health)) {
		timer_set_in(&health->next, TELL_EVERY_MS);
		health->is_told = is_complete;
		if (is_complete)
			tell(health);
	}
	if (health->is_counting)
		timer_set(&health->next, 0);
	show(health);
}

void
health_look(struct health *health, struct figures *figures,
    struct figures_instant *at)
{
	struct instant now;

	(void)pthread_mutex_lock(&health->lock);
	*figures = health->shown;
	(void)pthread_mutex_unlock(&health->lock);
	clock_read(&now);
	*at = look_at(&now);
}
