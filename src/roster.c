#include "roster.h"

#include "io/log.h"

#include <assert.h>
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
roster_init(struct roster *roster, const struct settings *settings,
    struct fault *fault)
{
	enum status status = STATUS_OK;

	assert(provider_count() <= ROSTER_PROVIDERS_MAX);
	memset(roster, 0, sizeof(*roster));
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

/* The place of a new one: at the end, or of the one that rested longest. */
static struct service **
make_room(struct roster *roster)
{
	struct service **oldest = NULL;

	if (roster->count < ROSTER_MAX)
		return &roster->services[roster->count++];
	for (size_t i = 0; i < roster->count; i++) {
		struct service *service = roster->services[i];

		if (service_is_idle(service) &&
		    (oldest == NULL || service->used_ms < (*oldest)->used_ms))
			oldest = &roster->services[i];
	}
	if (oldest != NULL)
		service_destroy(*oldest);
	return oldest;
}

enum status
roster_find(struct roster *roster, const char *name, struct service **service)
{
	struct service **place;
	struct service *fresh = NULL;
	const char *origin;
	enum status status;

	*service = NULL;
	for (size_t i = 0; i < roster->count; i++) {
		if (strcmp(roster->services[i]->name, name) == 0) {
			*service = roster->services[i];
			return STATUS_OK;
		}
	}
	status = service_create(name,
	    roster_secret(roster, provider_of_service(name, &origin)), &fresh);
	if (status != STATUS_OK)
		return status == STATUS_BAD_INPUT ? STATUS_OK : status;
	place = make_room(roster);
	if (place == NULL) {
		service_destroy(fresh);
		return STATUS_OK;
	}
	*place = *service = fresh;
	return STATUS_OK;
}
