#include "push/provider.h"

#include <string.h>

/* The one list of push services, in alphabetical order. */
static const struct provider *const providers[] = {
	&apns_provider,
	&log_provider,
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
