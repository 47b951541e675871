#include "arrive/foreign.h"

#include "base/attr.h"
#include "base/text.h"
#include "core/topic.h"
#include "io/log.h"

#include <stdio.h>
#include <string.h>

#define FILTER_MAX 640 /* bytes */

/* What a bridge subscribes to below a user, and below itself. */
static const char *const leaves[] = { "event", "ack", "prefs/set", "prefs",
	"device/#", "presence/#", "agent/#", "request/+" };
static const char *const own_leaves[] = { "request/+", "marker", "witness" };

/* Copy one level. Returns: what follows its slash, NULL = there is none. */
static const char *
read_level(const char *topic, char level[TEXT_ID_MAX + 1])
{
	size_t len = strcspn(topic, "/");

	if (len == 0 || len > TEXT_ID_MAX || topic[len] == '\0')
		return NULL;
	memcpy(level, topic, len);
	level[len] = '\0';
	return topic + len + 1;
}

bool
foreign_is(const struct settings *settings, const char *topic)
{
	char root[TEXT_ID_MAX + 1];
	char user[TEXT_ID_MAX + 1];
	const char *rest = read_level(topic, root);

	if (rest == NULL || read_level(rest, user) == NULL)
		return false;
	if (strcmp(root, settings->mqtt.root) != 0)
		return true;
	return strcmp(user, "bridge") != 0 &&
	    !topic_is_served(settings->mqtt.users, user);
}

static void
unsubscribe(struct mqtt *mqtt, const char *owner, const char *const *list,
    size_t count)
{
	char texts[COUNT_OF(leaves)][FILTER_MAX];
	const char *filters[COUNT_OF(leaves)];

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(texts[i], FILTER_MAX, "%s/%s", owner, list[i]);
		filters[i] = texts[i];
	}
	(void)mqtt_unsubscribe(mqtt, filters, count);
}

void
foreign_drop(struct foreign *foreign, const struct settings *settings,
    struct mqtt *mqtt, const char *topic)
{
	char root[TEXT_ID_MAX + 1];
	char user[TEXT_ID_MAX + 1];
	char owner[FOREIGN_OWNER_MAX];
	const char *rest = read_level(topic, root);

	if (rest == NULL || read_level(rest, user) == NULL)
		return;
	(void)snprintf(owner, sizeof(owner), "%s/%s", root, user);
	if (strcmp(owner, foreign->owner) == 0)
		return;
	(void)snprintf(foreign->owner, sizeof(foreign->owner), "%s", owner);
	log_info("%s is not ours, and was when our session began: giving up "
	         "its subscriptions",
	    owner);
	if (strcmp(user, "bridge") == 0) {
		(void)snprintf(owner, sizeof(owner), "%s/bridge/%s", root,
		    settings->mqtt.client_id);
		unsubscribe(mqtt, owner, own_leaves, COUNT_OF(own_leaves));
		return;
	}
	unsubscribe(mqtt, owner, leaves, COUNT_OF(leaves));
	(void)snprintf(owner, sizeof(owner), "%s/+", root);
	unsubscribe(mqtt, owner, leaves, COUNT_OF(leaves));
}
