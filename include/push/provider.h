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
#include "core/activity.h"
#include "core/device.h"
#include "core/event.h"
#include "core/look.h"
#include "core/request.h"
#include "core/retry.h"
#include "core/settings.h"
#include "push/verdict.h"

#define PUSH_TOKEN_MAX 2048 /* bytes of an authorization */
#define PUSH_ORIGIN_MAX 320 /* bytes of a URL's start, with the NUL */
#define PUSH_DICE_LEN 48
#define PUSH_SERVICE_MAX (PUSH_ORIGIN_MAX + 16)

enum purpose {
	PURPOSE_SHOW,
	PURPOSE_WITHDRAW, /* take away what was shown for the same event */
	PURPOSE_PROGRESS, /* tell how a running turn goes */
};

/* A running turn. Everything is borrowed. */
struct progress {
	enum activity_step step;
	const struct agent_session *session;
	int64_t ts_ms;    /* Unix; later ones have larger ones */
	int64_t stale_ms; /* Unix: it is not shown without a word until then */
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
	const struct progress
	    *progress; /* PURPOSE_PROGRESS; the event is one of
	                                  * ours, with the session's names */
};

/* What stays the same from job to job. */
struct push_env {
	const struct settings *settings;
	const char *origin;        /* of the service, as origin() wrote it */
	const char *authorization; /* as authorize() made it; "" if none */
	const uint8_t *dice;       /* PUSH_DICE_LEN random bytes for this job */
	int64_t now_s;             /* Unix seconds */
};

/* What came of a question for an authorization. */
struct grant {
	struct verdict verdict;
	struct buf authorization;
	int32_t lifetime_s; /* how long it will be taken */
};

/* How 'nudge doctor' finds out whether a service takes us, and tells nobody. */
struct provider_probe {
	/* A token that no device has; a service that knows us refuses it for
	 * one of these reasons, and only that. NULL = it is not asked so. */
	const char *nobody;
	const char *refusals[2];
	/* What is fetched from an origin that a device brought, and what a right
	 * answer has in it; NULL = nothing, and whatever it says. */
	const char *path;
	const char *mark;
};

struct provider {
	const char *name; /* a registration's platform */
	struct retry_policy retry;
	int32_t in_flight_max;   /* exchanges at a time */
	int32_t authorization_s; /* it is renewed at this age; 0 = none */
	bool cannot_withdraw;    /* no job for PURPOSE_WITHDRAW is made */
	bool has_any_host;       /* a registration names it, not the settings */
	/* Whether the device can be told of this step of a running turn now; NULL =
	 * it is never told of any. */
	bool (*shows)(const struct job *job);

	/* The setting in the section of our name that turns the service on; NULL =
	 * it is always on. */
	const char *on_setting;
	/* The setting that names our key's file; NULL = we need none. */
	const char *key_setting;
	/* Whether the key file's text is a key we can use.
	 * Returns: STATUS_BAD_INPUT with the fault set. */
	enum status (*check_key)(const char *text, struct fault *fault);

	/* Make a key where the file is missing; NULL = only others can. */
	enum status (*make_key)(struct buf *text);

	/* Whether a registration can be reached through this service.
	 * Returns: STATUS_BAD_INPUT with the fault set. NULL = always. */
	enum status (*check)(const struct device *device,
	    const struct settings *settings, struct fault *fault);

	/* Where a device that was checked is reached: one connection, one
	 * authorization, one fate. NULL = nowhere, "". */
	void (*origin)(const struct device *device,
	    const struct settings *settings, char origin[PUSH_ORIGIN_MAX]);
	/* Where else it may be reached when origin does not know it; NULL = nowhere.
	 * Returns: false if nowhere. */
	bool (*elsewhere)(const struct device *device,
	    const struct settings *settings, const char *origin,
	    char other[PUSH_ORIGIN_MAX]);

	/* Make what proves who we are; NULL if authorization_s is 0, or if ask()
	 * does it.
	 * In:  secret  the key file's text, NUL-terminated
	 * Out: token   appended */
	enum status (*authorize)(const struct push_env *env, const char *secret,
	    struct buf *token);

	/* Where that takes an exchange of its own: write it, and read its answer.
	 * NULL = it does not.
	 * Out: grant  the authorization is appended if the outcome is DELIVERED */
	enum status (*ask)(const struct push_env *env, const char *secret,
	    struct request *request);
	void (*take)(const struct response *response, const char *secret,
	    struct grant *grant);

	/* Write job as an HTTP request.
	 * Out: request  untouched unless STATUS_OK; the caller finishes it. */
	enum status (*encode)(const struct job *job, const struct push_env *env,
	    struct request *request);

	/* Read the service's answer. */
	struct verdict (*judge)(const struct response *response);

	struct provider_probe probe;
};

/* The provider of that name, or NULL. */
const struct provider *provider_find(const char *name);

/* Whether the settings turn it on. */
bool provider_is_on(const struct provider *provider,
    const struct settings *settings);

/* The service that reaches a device that was checked, as jobs name it: the
 * provider and its origin, "apns https://api.push.apple.com", "log". */
void provider_service(const struct device *device,
    const struct settings *settings, char service[PUSH_SERVICE_MAX]);
/* The same where the origin is known. */
void provider_service_at(const struct provider *provider, const char *origin,
    char service[PUSH_SERVICE_MAX]);
/* The provider of a service, or NULL, and the origin within its name. */
const struct provider *provider_of_service(const char *service,
    const char **origin);

/* All of them, by number: 0 .. provider_count() - 1. */
size_t provider_count(void);
const struct provider *provider_at(size_t number);

extern const struct provider apns_provider;
extern const struct provider fcm_provider;
extern const struct provider log_provider;
extern const struct provider ntfy_provider;
extern const struct provider onesignal_provider;
extern const struct provider pushwoosh_provider;
extern const struct provider webhook_provider;
extern const struct provider webpush_provider;

#endif
