/* provider.h - what a push service must be able to do.
 *
 * Layer:   push. Pure: an encoder gets time, keys and tokens as values.
 * To add a service: write src/push/<name>.c, declare its <name>_provider at the
 * end of this file, list it in provider.c, prove it in tests/push/test_<name>.c.
 */
#ifndef PUSH_PROVIDER_H
#define PUSH_PROVIDER_H

#include "base/attr.h"
#include "base/fault.h"
#include "core/device.h"
#include "core/event.h"
#include "core/look.h"
#include "core/request.h"
#include "core/retry.h"
#include "core/settings.h"

#define PUSH_REASON_MAX 64  /* bytes of a service's word for a refusal */
#define PUSH_TOKEN_MAX 2048 /* bytes of an authorization */

/* What an answer means for the job and its device. */
enum outcome {
	OUTCOME_DELIVERED, /* forget the job */
	OUTCOME_RETRY,     /* core/retry decides when */
	OUTCOME_REJECTED,  /* forget the job, log why: ours to fix */
	OUTCOME_GONE,      /* forget the job and the device */
};

struct verdict {
	enum outcome outcome;
	bool fresh_connection;    /* the next request needs a new connection */
	bool fresh_authorization; /* and a new authorization with it */
	int64_t gone_ms; /* GONE: the device is gone since then; 0 = not said */
	char reason[PUSH_REASON_MAX]; /* the service's word; "" = none */
};

enum purpose {
	PURPOSE_SHOW,
	PURPOSE_WITHDRAW, /* take away what was shown for the same event */
};

/* One event for one device. Everything is borrowed. */
struct job {
	enum purpose purpose;
	const struct look *look;
	const struct event *event;
	const struct device *device;
	const char *user;
	const char *device_name;
	const uint8_t *key; /* OPAQUE_KEY_LEN bytes that only this bridge has */
};

/* What stays the same from job to job. */
struct push_env {
	const struct settings *settings;
	const char *authorization; /* as authorize() made it; "" if none */
	int64_t now_s;             /* Unix seconds */
};

struct provider {
	const char *name; /* a registration's platform */
	struct retry_policy retry;
	int32_t in_flight_max;   /* exchanges at a time */
	int32_t authorization_s; /* it is renewed at this age; 0 = none */

	/* The setting in the section of our name that names our key's file; NULL =
	 * we need none. Without it the service is off. */
	const char *key_setting;
	/* Whether the key file's text is a key we can use.
	 * Returns: STATUS_BAD_INPUT with the fault set. */
	enum status (*check_key)(const char *text, struct fault *fault);

	/* Whether a registration can be reached through this service.
	 * Returns: STATUS_BAD_INPUT with the fault set. NULL = always. */
	enum status (*check)(const struct device *device,
	    const struct settings *settings, struct fault *fault);

	/* Make what proves who we are; NULL if authorization_s is 0.
	 * In:  secret  the key file's text, NUL-terminated
	 * Out: token   appended */
	enum status (*authorize)(const struct push_env *env, const char *secret,
	    struct buf *token);

	/* Write job as an HTTP request.
	 * Out: request  untouched unless STATUS_OK; the caller finishes it. */
	enum status (*encode)(const struct job *job, const struct push_env *env,
	    struct request *request);

	/* Read the service's answer. */
	struct verdict (*judge)(const struct response *response);
};

/* The provider of that name, or NULL. */
const struct provider *provider_find(const char *name);

/* All of them, by number: 0 .. provider_count() - 1. */
size_t provider_count(void);
const struct provider *provider_at(size_t number);

extern const struct provider apns_provider;
extern const struct provider log_provider;

#endif
