/* examine.h - what 'nudge doctor' looks at, one line for each finding.
 */
#ifndef COMMAND_EXAMINE_H
#define COMMAND_EXAMINE_H

#include "base/attr.h"
#include "core/brokerconf.h"
#include "core/device.h"
#include "core/json.h"
#include "core/settings.h"

#include <stdbool.h>
#include <stddef.h>

#define EXAMINE_DEVICES_MAX 256
#define EXAMINE_NAME_MAX 132 /* bytes of "user/device" with the NUL */

enum grade {
	GRADE_OK,
	GRADE_WARN, /* it works, but not as it should */
	GRADE_FAIL,
};

/* A registration, as the broker has it. */
struct patient {
	char name[EXAMINE_NAME_MAX];
	struct device device;
};

struct examination {
	const struct settings *settings;
	const struct brokerconf *broker; /* NULL = it cannot be read here */
	const char *other;               /* another login; NULL = none */
	const char *other_password_file;
	bool as_json;
	enum grade worst;
	size_t said;              /* findings */
	struct patient *patients; /* owned, patient_count long */
	size_t patient_count;
};

/* Print one finding. */
void examine_say(struct examination *examination, enum grade grade,
    const char *what, const char *format, ...) PRINTF_LIKE(4, 5);

/* The broker, what it lets us do, and what it has of the bridge and the devices,
 * which go into patients. */
void examine_broker(struct examination *examination);

/* How the running bridge is, as it told last: nudge/bridge/<id>/health. */
void examine_health(struct examination *examination,
    const struct json_object *health);

/* What it warns of, in a document's warnings.
 * In:      user  whose devices these are; NULL = they say so themselves
 * Returns: how many. */
size_t examine_warnings(struct examination *examination, const char *user,
    const struct json_object *document);

/* Whom the broker lets in without a login: where the bridge meets it, and on each
 * address of this machine. */
void examine_anonymous(struct examination *examination, const char *password);
void examine_network(struct examination *examination);

/* Whether the ACL keeps from those without a login what is asked of a person, and
 * the answers.
 * In:      password  of ours; may be NULL */
bool examine_is_bounded(const struct examination *examination,
    const char *password);

/* Whether logins are kept apart: ours, which may be any, and the other one.
 * In:      password  of ours; may be NULL */
void examine_bounds(struct examination *examination, const char *password);
void examine_other(struct examination *examination);

/* Whether Home Assistant can be told of the bridge.
 * In:      probe  that has entered */
struct probe;
void examine_homeassistant(struct examination *examination,
    struct probe *probe);

/* What the settings allow devices to name. */
void examine_hosts(struct examination *examination);

/* The clock, the keys, the services behind them, and the devices. */
void examine_clock(struct examination *examination);
void examine_keys(struct examination *examination);
void examine_services(struct examination *examination);

#endif
