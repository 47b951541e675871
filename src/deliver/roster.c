#include "deliver/roster.h"

#include "io/http.h"
#include "io/log.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum status
roster_make_key(const struct provider *provider, const char *path,
    struct fault *fault)
{
	struct buf text;
	enum status status;

	if (provider->make_key == NULL || secret_exists(path))
		return STATUS_OK;
	buf_init(&text, SECRET_MAX);
	status = provider->make_key(&text);
	if (status == STATUS_OK)
		status = secret_write(path, buf_text(&text), text.len, fault);
	if (status == STATUS_OK)
		log_info("made a key in %s: keep a copy of it", path);
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	buf_finish(&text);
	return status;
}

static enum status
read_key(const struct provider *provider, const struct settings *settings,
    struct secret *secret, struct fault *fault)
{
	const char *path;

	if (provider->key_setting == NULL ||
	    !provider_is_on(provider, settings))
		return STATUS_OK;
	path = settings_text(settings, provider->name, provider->key_setting);
	/* A key that is not the switch may be left out. */
	if (*path == '\0')
		return STATUS_OK;
	if (roster_make_key(provider, path, fault) != STATUS_OK ||
	    secret_read(path, secret, fault) != STATUS_OK)
		return STATUS_BAD_INPUT;
	return provider->check_key(secret->text, fault);
}

enum status
roster_init(struct roster *roster, const struct instant *at,
    const struct settings *settings, struct fault *fault)
{
	enum status status = STATUS_OK;

	assert(provider_count() <= ROSTER_PROVIDERS_MAX);
	memset(roster, 0, sizeof(*roster));
	roster->at = at;
	roster->crowd.max = http_crowd_max();
	for (size_t i = 0; i < provider_count() && status == STATUS_OK; i++)
		status = read_key(provider_at(i), settings, &roster->secrets[i],
		    fault);
	return status;
}

void
roster_finish(struct roster *roster)
{
	for (size_t i = 0; i < roster->count; i++)
		service_destroy(roster->services[i]);
	for (size_t i = 0; i < ROSTER_PROVIDERS_MAX; i++)
		secret_finish(&roster->secrets[i]);
	roster->count = 0;
}

const struct secret *
roster_secret(const struct roster *roster, const struct provider *provider)
{
	for (size_t i = 0; i < provider_count(); i++) {
		if (provider_at(i) == provider)
			return &roster->secrets[i];
	}
	return NULL;
}

/* A user's device names its host, so that she could name any number of them. One
 * where others push, too, is nobody's own. */
static bool
is_own_of(const struct service *service, const char *user)
{
	return service->provider->origin != NULL && *service->origin != '\0' &&
	    !service->is_shared && strcmp(service->user, user) == 0;
}

/* Nothing is lost if it has to come to life again. */
static bool
can_leave(const struct service *service)
{
	return service->in_flight == 0 && !service->is_asking &&
	    (!service->has_due_jobs || service_room(service) == 0);
}

/* Of those that can leave, of a user alone or of any, the one that rested
 * longest, an idle one first; NULL = there is none. */
static struct service **
find_leaver(struct roster *roster, const char *user)
{
	struct service **best = NULL;

	for (size_t i = 0; i < roster->count; i++) {
		struct service **place = &roster->services[i];
		bool is_idle = service_is_idle(*place);

		if (!can_leave(*place) ||
		    (user != NULL && !is_own_of(*place, user)))
			continue;
		if (best == NULL || is_idle > service_is_idle(*best) ||
		    (is_idle == service_is_idle(*best) &&
		        (*place)->used_ms < (*best)->used_ms))
			best = place;
	}
	return best;
}

/* The place of a new one: at the end, or of one that leaves. */
static struct service **
make_room(struct roster *roster, const struct service *fresh)
{
	bool has_share = !is_own_of(fresh, fresh->user);
	struct service **leaver;
	size_t own = 0;

	for (size_t i = 0; i < roster->count; i++)
		own += is_own_of(roster->services[i], fresh->user);
	has_share |= own < ROSTER_SHARE;
	if (has_share && roster->count < ROSTER_MAX)
		return &roster->services[roster->count++];
	leaver = find_leaver(roster, has_share ? NULL : fresh->user);
	if (leaver != NULL)
		service_destroy(*leaver);
	return leaver;
}

struct service *
roster_find(struct roster *roster, const char *name, const char *user)
{
	struct service **place;
	struct service *fresh = NULL;
	const char *origin;

	for (size_t i = 0; i < roster->count; i++) {
		if (strcmp(roster->services[i]->name, name) == 0)
			return roster->services[i];
	}
	if (service_create(roster->at, &roster->crowd, name,
	        roster_secret(roster, provider_of_service(name, &origin)),
	        &fresh) != STATUS_OK)
		return NULL;
	(void)snprintf(fresh->user, sizeof(fresh->user), "%s", user);
	place = make_room(roster, fresh);
	if (place == NULL) {
		service_destroy(fresh);
		return NULL;
	}
	*place = fresh;
	return fresh;
}
