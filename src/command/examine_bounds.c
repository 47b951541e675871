/* examine_bounds.c - whether the logins of a broker are kept apart. */
#include "base/attr.h"
#include "command/command.h"
#include "command/examine.h"
#include "command/probe.h"
#include "io/secret.h"

#include <stdio.h>
#include <string.h>

#define TOPIC_MAX 640 /* bytes */

/* What one login hears: the one topic that it should not, and the one behind it
 * that it may. */
struct ear {
	struct probe probe;
	char foreign[TOPIC_MAX];
	char fence[TOPIC_MAX];
	bool has_foreign;
	bool has_fence;
};

static void
take(void *context, const struct mqtt_message *message)
{
	struct ear *ear = context;

	if (strcmp(message->topic, ear->foreign) == 0)
		ear->has_foreign = true;
	else if (strcmp(message->topic, ear->fence) == 0)
		ear->has_fence = true;
}

static bool
open_ear(struct ear *ear, const struct examination *examination,
    const char *username, const char *password)
{
	ear->probe.take = take;
	ear->probe.context = ear;
	return probe_open(&ear->probe, examination->settings,
	           &(struct probe_login){
	               .username = username,
	               .password = password,
	           }) &&
	    probe_enter(&ear->probe, PROBE_WITHIN_MS);
}

/* mosquitto.conf says who may log in, and not what. */
static bool
has_no_acl(const struct brokerconf *broker)
{
	return broker != NULL && *broker->password_file != '\0' &&
	    *broker->acl_file == '\0' && !broker->is_dynamic;
}

/* The answers of a person whom nobody has: the bridge needs none of them. What
 * cannot be published there cannot come back either. */
static bool
hears_answers(struct ear *ear, const struct examination *examination)
{
	const char *root = examination->settings->mqtt.root;

	(void)snprintf(ear->foreign, sizeof(ear->foreign), "%s/%s/reply", root,
	    ear->probe.id);
	(void)snprintf(ear->fence, sizeof(ear->fence), "%s/bridge/%s/doctor",
	    root, examination->settings->mqtt.client_id);
	if (mqtt_try_subscribe(ear->probe.mqtt, ear->foreign) != STATUS_OK ||
	    !probe_subscribe(&ear->probe,
	        &(struct mqtt_filter){ ear->fence, 1 }, 1))
		return false;
	return probe_publish(&ear->probe, ear->foreign, "{}") &&
	    probe_publish(&ear->probe, ear->fence, ear->probe.id) &&
	    probe_wait_until(&ear->probe, &ear->has_fence, PROBE_WITHIN_MS) &&
	    ear->has_foreign;
}

void
examine_bounds(struct examination *examination, const char *password)
{
	const struct settings *settings = examination->settings;
	const struct brokerconf *broker = examination->broker;
	struct ear ear = { .has_foreign = false };

	/* Without any login there is nothing to keep apart. */
	if (*settings->mqtt.username == '\0')
		return;
	if (has_no_acl(broker))
		examine_say(examination, GRADE_FAIL, "bounds",
		    "mosquitto.conf has a password_file and no acl_file: any "
		    "login reads and answers for everybody; set acl_file, then "
		    "'nudge user add NAME' for each person");
	else if (!open_ear(&ear, examination, settings->mqtt.username,
	             password) ||
	    !hears_answers(&ear, examination))
		examine_say(examination, GRADE_OK, "bounds",
		    "our login does not read what people answer");
	else if (broker != NULL && *broker->acl_file != '\0')
		examine_say(examination, GRADE_WARN, "bounds",
		    "our login may do more than it needs: 'nudge user add "
		    "NAME' gives it its rights; take its other lines out of %s",
		    broker->acl_file);
	else
		examine_say(examination, GRADE_FAIL, "bounds",
		    "our login reads what any person answers: if the broker "
		    "has no ACL, any login reads and answers for everybody; "
		    "'nudge user show NAME' prints the lines it needs");
	probe_close(&ear.probe);
}

/* What the bridge publishes on the one topic, and then on the fence. */
static bool
hears_bridge(struct ear *ear, struct probe *bridge)
{
	if (mqtt_try_subscribe(ear->probe.mqtt, ear->foreign) != STATUS_OK ||
	    !probe_subscribe(&ear->probe,
	        &(struct mqtt_filter){ ear->fence, 1 }, 1))
		return false;
	return probe_publish(bridge, ear->foreign, "{}") &&
	    probe_publish(bridge, ear->fence, "{}") &&
	    probe_wait_until(&ear->probe, &ear->has_fence, PROBE_WITHIN_MS) &&
	    ear->has_foreign;
}

/* What the bridge says to a person whom nobody has. */
static bool
hears_others(struct ear *ear, struct probe *bridge,
    const struct examination *examination)
{
	const char *root = examination->settings->mqtt.root;

	(void)snprintf(ear->foreign, sizeof(ear->foreign), "%s/%s/receipt",
	    root, bridge->id);
	(void)snprintf(ear->fence, sizeof(ear->fence), "%s/%s/receipt", root,
	    examination->other);
	return hears_bridge(ear, bridge);
}

/* Whether it may answer for a person whom nobody has. */
static bool
answers_for_others(struct ear *ear, const struct probe *bridge,
    const struct examination *examination)
{
	char topic[TOPIC_MAX];

	(void)snprintf(topic, sizeof(topic), "%s/%s/reply",
	    examination->settings->mqtt.root, bridge->id);
	return probe_publish(&ear->probe, topic, "{}");
}

/* What waits for a person's answer stands in the state. */
static bool
hears_asks(struct ear *ear, struct probe *bridge,
    const struct examination *examination)
{
	const char *root = examination->settings->mqtt.root;

	(void)snprintf(ear->foreign, sizeof(ear->foreign), "%s/%s/state", root,
	    bridge->id);
	(void)snprintf(ear->fence, sizeof(ear->fence), "%s/%s/receipt", root,
	    bridge->id);
	return hears_bridge(ear, bridge);
}

bool
examine_is_bounded(const struct examination *examination, const char *password)
{
	const char *username = examination->settings->mqtt.username;
	struct ear ear = { .has_foreign = false };
	struct ear bridge = { .has_foreign = false };
	bool is_bounded = false;

	/* Without a login of its own the bridge itself is anybody. */
	if (*username != '\0' && open_ear(&ear, examination, "", NULL) &&
	    open_ear(&bridge, examination, username, password))
		is_bounded = !hears_asks(&ear, &bridge.probe, examination) &&
		    !answers_for_others(&ear, &bridge.probe, examination);
	probe_close(&ear.probe);
	probe_close(&bridge.probe);
	return is_bounded;
}

static void
examine_pair(struct examination *examination, struct ear *ear,
    struct probe *bridge)
{
	const char *name = examination->other;
	bool hears = hears_others(ear, bridge, examination);
	bool answers = answers_for_others(ear, bridge, examination);

	if (hears || answers)
		examine_say(examination, GRADE_FAIL, name,
		    "this login %s%s%s for other people: 'nudge user add %s' "
		    "gives it bounds",
		    hears ? "reads" : "", hears && answers ? " and " : "",
		    answers ? "answers" : "", name);
	else if (!ear->has_fence)
		examine_say(examination, GRADE_WARN, name,
		    "this login does not hear %s, which is its own: 'nudge "
		    "user add %s' gives it what it needs",
		    ear->fence, name);
	else
		examine_say(examination, GRADE_OK, name,
		    "this login hears its own, and reaches nobody else's");
}

void
examine_other(struct examination *examination)
{
	const struct settings *settings = examination->settings;
	const char *path = settings->mqtt.password_file;
	struct secret password = { .text = NULL };
	struct secret ours = { .text = NULL };
	struct ear ear = { .has_foreign = false };
	struct ear bridge = { .has_foreign = false };
	struct fault fault = { "" };

	if (examination->other == NULL)
		return;
	if (secret_read(examination->other_password_file, &password, &fault) !=
	        STATUS_OK ||
	    (*path != '\0' && secret_read(path, &ours, &fault) != STATUS_OK)) {
		examine_say(examination, GRADE_FAIL, examination->other, "%s",
		    fault.text);
	} else {
		secret_cut_line(&password);
		secret_cut_line(&ours);
		if (!open_ear(&ear, examination, examination->other,
		        password.text))
			examine_say(examination, GRADE_FAIL, examination->other,
			    "%s", ear.probe.text);
		else if (open_ear(&bridge, examination, settings->mqtt.username,
		             ours.text))
			examine_pair(examination, &ear, &bridge.probe);
	}
	probe_close(&ear.probe);
	probe_close(&bridge.probe);
	secret_finish(&password);
	secret_finish(&ours);
}
