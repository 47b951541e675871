#include "push/provider.h"

#include <stdio.h>
#include <string.h>

/* The one list of push services, in alphabetical order. */
static const struct provider *const providers[] = {
	&apns_provider,
	&fcm_provider,
	&log_provider,
	&ntfy_provider,
	&onesignal_provider,
	&pushwoosh_provider,
	&webhook_provider,
	&webpush_provider,
};

const struct provider *
provider_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(providers); i++) {
		if (strcmp(providers[i]->name, name) == 0)
			return providers[i];
	}
	return NULL;
}

bool
provider_is_on(const struct provider *provider, const struct settings *settings)
{
	return provider->on_setting == NULL ||
	    *settings_text(settings, provider->name, provider->on_setting) !=
	    '\0';
}

void
provider_service_at(const struct provider *provider, const char *origin,
    char service[PUSH_SERVICE_MAX])
{
	(void)snprintf(service, PUSH_SERVICE_MAX, "%s%s%s", provider->name,
	    *origin != '\0' ? " " : "", origin);
}

void
provider_service(const struct device *device, const struct settings *settings,
    char service[PUSH_SERVICE_MAX])
{
	const struct provider *provider = provider_find(device->service);
	char origin[PUSH_ORIGIN_MAX] = "";

	*service = '\0';
	if (provider == NULL)
		return;
	if (provider->origin != NULL)
		provider->origin(device, settings, origin);
	provider_service_at(provider, origin, service);
}

const struct provider *
provider_of_service(const char *service, const char **origin)
{
	char name[PUSH_SERVICE_MAX];
	size_t len = strcspn(service, " ");

	*origin = service + len + (service[len] == ' ' ? 1 : 0);
	if (len >= sizeof(name))
		return NULL;
	memcpy(name, service, len);
	name[len] = '\0';
	return provider_find(name);
}

size_t
provider_count(void)
{
	return COUNT_OF(providers);
}

const struct provider *
provider_at(size_t number)
{
	return providers[number];
}
