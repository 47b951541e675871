#include "core/discovery.h"

#include "base/attr.h"

#include <ctype.h>
#include <string.h>

#define ID_MAX 512   /* bytes of three names, doubled, and a key */
#define NAME_MAX 256 /* bytes of what a device is called */
#define OPTIONS_MAX 10

/* Kinds, each between two quotes. */
#define SHOWN(q)                                                        \
	q "permission.asked" q "," q "question.asked" q "," q           \
	  "session.error" q "," q "session.idle" q "," q "note" q "," q \
	  "test" q
#define KINDS(q)                                                      \
	SHOWN(q)                                                      \
	"," q "permission.replied" q "," q "question.replied" q "," q \
	"question.rejected" q "," q "session.busy" q "," q "session.deleted" q

/* One more member of an entity. An '@' stands for where its topics begin. */
struct option {
	const char *name;
	const char *text; /* NULL = json */
	const char *json;
};

struct entity {
	const char *platform;
	const char *key; /* slug of its name */
	const char *name;
	struct option options[OPTIONS_MAX];
};

/* What waits, without what is asked: the recorder takes 16 KiB of attributes. */
#define ASKS                                                         \
	"{% set w = namespace(asks=[]) %}"                           \
	"{% for a in (value_json.get('asks') or [])[:10] %}"         \
	"{% set w.asks = w.asks + [{'kind': a.get('kind'),"          \
	" 'request': a.get('request'), 'session': a.get('session')," \
	" 'project': a.get('project'), 'host': a.get('host'),"       \
	" 'ts': a.get('ts')}] %}{% endfor %}{{ {'asks': w.asks} | tojson }}"

/* Anybody may publish an event: only what is known of it becomes an attribute,
 * as text, and no more of it than the recorder takes. Where the whole of what is
 * asked is not in the body, cut is true: a publisher of ours may cut it to 2000
 * bytes. */
#define EVENT                                                                   \
	"{% set e = value_json if value_json is defined and"                    \
	" value_json is mapping else {'kind': 'note', 'body': value} %}"        \
	"{% if e.get('kind') in [" KINDS(                                       \
	    "'") "] %}"                                                         \
	         "{% set p = e.get('project') %}{% set s = e.get('session') %}" \
	         "{% set r = e.get('request') %}{% set a = e.get('ask') %}"     \
	         "{% set p = p if p is mapping else {} %}"                      \
	         "{% set s = s if s is mapping else {} %}"                      \
	         "{% set r = r if r is mapping else {} %}"                      \
	         "{% set a = a if a is mapping else {} %}"                      \
	         "{% set b = (e.get('body') or '') | string %}"                 \
	         "{{ {'event_type': e.get('kind'), 'topic': '@',"               \
	         " 'id': ((e.get('id') or '') | string)[:64],"                  \
	         " 'title': ((e.get('title') or '') | string)[:256],"           \
	         " 'body': b[:1000], 'cut': not b or b | length > 1000 or"      \
	         " b.encode() | length > 1500 or a.get('cut') is true,"         \
	         " 'host': ((e.get('host') or '') | string)[:64],"              \
	         " 'project': ((p.get('name') or '') | string)[:256],"          \
	         " 'session': {'id': ((s.get('id') or '') | string)[:64],"      \
	         " 'title': ((s.get('title') or '') | string)[:256]},"          \
	         " 'request': {'id': ((r.get('id') or '') | string)[:64],"      \
	         " 'nonce': ((r.get('nonce') or '') | string)[:256]},"          \
	         " 'duration_ms': e.get('duration_ms')"                         \
	         " if e.get('duration_ms') is number else None} | tojson }}{% endif %}"

/* Milliseconds; the last one is that of JSON's safe numbers: until ended by hand.
 * No calendar goes so far. */
#define UNTIL                                                 \
	"{{ (value_json.snooze_until / 1000) |"               \
	" timestamp_custom('%Y-%m-%dT%H:%M:%S+00:00', false)" \
	" if 0 < value_json.snooze_until < 253402300800000 else None }}"
#define MINUTES                                                              \
	"{{ [[((value_json.snooze_until / 1000 - now().timestamp()) / 60) |" \
	" round(0, 'ceil') | int, 0] | max, 1440] | min }}"
#define SNOOZE                                                                    \
	"{\"snooze_until\": {{ ((now().timestamp() + value | float * 60) * 1000)" \
	" | int if value | float > 0 else 0 }}}"

static const struct entity of_person[] = {
	{ "binary_sensor", "needs_me", "Needs me",
	    { { "stat_t", "@/state", NULL },
	        { "val_tpl", "{{ 'ON' if value_json.waiting > 0 else 'OFF' }}",
	            NULL },
	        { "json_attr_t", "@/state", NULL },
	        { "json_attr_tpl", "{{ {'topic': '@'} | tojson }}", NULL },
	        { "ic", "mdi:hand-wave", NULL } } },
	{ "sensor", "waiting", "Waiting",
	    { { "stat_t", "@/state", NULL },
	        { "val_tpl", "{{ value_json.waiting }}", NULL },
	        { "json_attr_t", "@/state", NULL },
	        { "json_attr_tpl", ASKS, NULL },
	        { "stat_cla", "measurement", NULL },
	        { "ic", "mdi:account-clock", NULL } } },
	{ "sensor", "running", "Running",
	    { { "stat_t", "@/state", NULL },
	        { "val_tpl", "{{ value_json.running }}", NULL },
	        { "stat_cla", "measurement", NULL },
	        { "ic", "mdi:robot", NULL } } },
	{ "sensor", "last_event", "Last event",
	    { { "stat_t", "@/state", NULL },
	        { "val_tpl",
	            "{{ value_json.last.kind if value_json.last else None }}",
	            NULL },
	        { "dev_cla", "enum", NULL },
	        { "ops", NULL, "[" SHOWN("\"") "]" },
	        { "json_attr_t", "@/state", NULL },
	        { "json_attr_tpl", "{{ (value_json.last or {}) | tojson }}",
	            NULL },
	        { "ic", "mdi:message-text", NULL } } },
	{ "event", "event", "Event",
	    { { "stat_t", "@/event", NULL }, { "val_tpl", EVENT, NULL },
	        { "evt_typ", NULL, "[" KINDS("\"") "]" },
	        { "ic", "mdi:bell-ring", NULL } } },
	{ "switch", "notifications", "Notifications",
	    { { "stat_t", "@/state", NULL },
	        { "val_tpl", "{{ 'ON' if value_json.enabled else 'OFF' }}",
	            NULL },
	        { "stat_on", "ON", NULL }, { "stat_off", "OFF", NULL },
	        { "cmd_t", "@/prefs/set", NULL },
	        { "pl_on", "{\"enabled\":true}", NULL },
	        { "pl_off", "{\"enabled\":false}", NULL },
	        { "ic", "mdi:bell", NULL } } },
	{ "switch", "do_not_disturb", "Do not disturb",
	    { { "stat_t", "@/state", NULL },
	        { "val_tpl",
	            "{{ 'ON' if value_json.snooze_until > 0 else 'OFF' }}",
	            NULL },
	        { "stat_on", "ON", NULL }, { "stat_off", "OFF", NULL },
	        { "cmd_t", "@/prefs/set", NULL },
	        { "pl_on", "{\"snooze_until\":9007199254740991}", NULL },
	        { "pl_off", "{\"snooze_until\":0}", NULL },
	        { "ic", "mdi:minus-circle", NULL } } },
	{ "number", "snooze", "Snooze",
	    { { "stat_t", "@/state", NULL }, { "val_tpl", MINUTES, NULL },
	        { "cmd_t", "@/prefs/set", NULL }, { "cmd_tpl", SNOOZE, NULL },
	        { "min", NULL, "0" }, { "max", NULL, "1440" },
	        { "step", NULL, "5" }, { "unit_of_meas", "min", NULL },
	        { "mode", "box", NULL }, { "ic", "mdi:bell-sleep", NULL } } },
	{ "sensor", "snoozed_until", "Snoozed until",
	    { { "stat_t", "@/state", NULL }, { "val_tpl", UNTIL, NULL },
	        { "dev_cla", "timestamp", NULL } } },
	{ "binary_sensor", "quiet_now", "Quiet now",
	    { { "stat_t", "@/state", NULL },
	        { "val_tpl", "{{ 'ON' if value_json.quiet else 'OFF' }}",
	            NULL },
	        { "ent_cat", "diagnostic", NULL },
	        { "ic", "mdi:weather-night", NULL } } },
	{ "binary_sensor", "app_open", "App open",
	    { { "stat_t", "@/state", NULL },
	        { "val_tpl", "{{ 'ON' if value_json.present else 'OFF' }}",
	            NULL },
	        { "ent_cat", "diagnostic", NULL },
	        { "ic", "mdi:cellphone-check", NULL } } },
	{ "sensor", "devices", "Devices",
	    { { "stat_t", "@/state", NULL },
	        { "val_tpl", "{{ value_json.devices }}", NULL },
	        { "ent_cat", "diagnostic", NULL },
	        { "ic", "mdi:cellphone", NULL } } },
	{ "binary_sensor", "problem", "Problem",
	    { { "stat_t", "@/state", NULL },
	        { "val_tpl",
	            "{{ 'ON' if value_json.get('warnings') else 'OFF' }}",
	            NULL },
	        { "json_attr_t", "@/state", NULL },
	        { "json_attr_tpl",
	            "{{ {'warnings': value_json.get('warnings') or []} |"
	            " tojson }}",
	            NULL },
	        { "dev_cla", "problem", NULL },
	        { "ent_cat", "diagnostic", NULL } } },
	{ "button", "test", "Test",
	    { { "cmd_t", "@/event", NULL },
	        { "pl_prs",
	            "{\"kind\":\"test\",\"title\":\"Test\","
	            "\"body\":\"From Home Assistant\"}",
	            NULL },
	        { "ent_cat", "diagnostic", NULL },
	        { "ic", "mdi:bell-check", NULL } } },
	{ "notify", "notify", "Notify",
	    { { "cmd_t", "@/event", NULL },
	        { "cmd_tpl", "{{ {'kind': 'note', 'body': value} | tojson }}",
	            NULL } } },
};

/* What a bridge says of itself is there while it is. */
#define WHILE_ONLINE                      \
	{                                 \
		"avty_t", "@/state", NULL \
	}
#define DIAGNOSTIC                            \
	{                                     \
		"ent_cat", "diagnostic", NULL \
	}

static const struct entity of_bridge[] = {
	{ "binary_sensor", "connection", "Connection",
	    { { "stat_t", "@/state", NULL }, { "pl_on", "online", NULL },
	        { "pl_off", "offline", NULL },
	        { "dev_cla", "connectivity", NULL }, DIAGNOSTIC } },
	{ "binary_sensor", "problem", "Problem",
	    { { "stat_t", "@/info", NULL }, WHILE_ONLINE,
	        { "val_tpl",
	            "{{ 'ON' if value_json.get('warnings') or"
	            " value_json.get('failing_devices') else 'OFF' }}",
	            NULL },
	        { "json_attr_t", "@/info", NULL },
	        { "json_attr_tpl",
	            "{{ {'warnings': value_json.get('warnings') or [],"
	            " 'failing_devices': value_json.get('failing_devices') or 0}"
	            " | tojson }}",
	            NULL },
	        { "dev_cla", "problem", NULL }, DIAGNOSTIC } },
	{ "sensor", "waiting", "Waiting",
	    { { "stat_t", "@/health", NULL }, WHILE_ONLINE,
	        { "val_tpl",
	            "{{ (value_json.get('waiting_jobs') or {}).values() | sum }}",
	            NULL },
	        { "stat_cla", "measurement", NULL },
	        { "ic", "mdi:tray-full", NULL }, DIAGNOSTIC } },
	{ "sensor", "sent", "Sent",
	    { { "stat_t", "@/health", NULL }, WHILE_ONLINE,
	        { "val_tpl",
	            "{{ (value_json.get('service_sent_total') or {}).values() | sum }}",
	            NULL },
	        { "stat_cla", "total_increasing", NULL },
	        { "ic", "mdi:send-check", NULL }, DIAGNOSTIC } },
	{ "sensor", "failed", "Failed",
	    { { "stat_t", "@/health", NULL }, WHILE_ONLINE,
	        { "val_tpl",
	            "{{ (value_json.get('service_failed_total') or {}).values() | sum }}",
	            NULL },
	        { "stat_cla", "total_increasing", NULL },
	        { "ic", "mdi:send-lock", NULL }, DIAGNOSTIC } },
	{ "sensor", "last_error", "Last error",
	    { { "stat_t", "@/health", NULL }, WHILE_ONLINE,
	        { "val_tpl",
	            "{% set e = value_json.get('last_error') %}"
	            "{{ e.service ~ ': ' ~ e.reason if e else None }}",
	            NULL },
	        { "ic", "mdi:alert-circle-outline", NULL }, DIAGNOSTIC } },
	{ "sensor", "version", "Version",
	    { { "stat_t", "@/info", NULL }, WHILE_ONLINE,
	        { "val_tpl", "{{ value_json.version }}", NULL },
	        { "ic", "mdi:tag", NULL }, DIAGNOSTIC } },
	{ "button", "reload", "Reload",
	    { { "cmd_t", "@/request/reload", NULL }, WHILE_ONLINE,
	        { "pl_prs", "{}", NULL }, { "dev_cla", "restart", NULL },
	        { "ent_cat", "config", NULL } } },
};

static const struct entity *
entities(const struct discovery *discovery, size_t *count)
{
	*count =
	    discovery->user != NULL ? COUNT_OF(of_person) : COUNT_OF(of_bridge);
	return discovery->user != NULL ? of_person : of_bridge;
}

size_t
discovery_count(const struct discovery *discovery)
{
	size_t count;

	(void)entities(discovery, &count);
	if (discovery->form == DISCOVERY_COMPONENT)
		return count;
	return discovery->form == DISCOVERY_DEVICE ? 1 : 0;
}

/* Names hold '_' and '-' themselves, and no two devices may be one. */
static void
add_name(struct buf *id, const char *name)
{
	for (; *name != '\0'; name++)
		buf_addf(id, *name == '_' || *name == '-' ? "-%c" : "%c",
		    *name);
}

/* No person is called bridge. */
static void
add_id(const struct discovery *discovery, const char *user, struct buf *id)
{
	add_name(id, discovery->root);
	buf_addf(id, "_");
	add_name(id, user != NULL ? user : "bridge");
	buf_addf(id, "_");
	add_name(id, discovery->bridge);
}

static void
add_device_name(const struct discovery *discovery, struct buf *name)
{
	if (discovery->user != NULL)
		buf_addf(name, "%s %s", discovery->root, discovery->user);
	else
		buf_addf(name, "%s bridge %s", discovery->root,
		    discovery->bridge);
}

/* As Home Assistant makes an entity's id of a name. */
static void
add_slug(struct buf *slug, const char *name)
{
	bool is_gap = false;

	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		if (!isalnum(c)) {
			is_gap = slug->len > 0;
			continue;
		}
		buf_addf(slug, is_gap ? "_%c" : "%c", tolower(c));
		is_gap = false;
	}
}

/* A JSON string, or a list of one. */
static void
add_id_member(const struct discovery *discovery, const char *user,
    const char *key, struct buf *json)
{
	struct buf id;

	buf_init(&id, ID_MAX);
	add_id(discovery, user, &id);
	buf_addf(&id, "%s%s", key != NULL ? "_" : "", key != NULL ? key : "");
	buf_add_json(json, buf_text(&id));
	buf_finish(&id);
}

static void
add_device(const struct discovery *discovery, struct buf *json)
{
	struct buf name;

	buf_init(&name, NAME_MAX);
	add_device_name(discovery, &name);
	buf_addf(json, "\"dev\":{\"ids\":[");
	add_id_member(discovery, discovery->user, NULL, json);
	buf_addf(json, "],\"name\":");
	buf_add_json(json, buf_text(&name));
	buf_addf(json, ",\"mf\":\"nudge\",\"mdl\":\"%s\",\"sw\":",
	    discovery->user != NULL ? "Person" : "Bridge");
	buf_add_json(json, discovery->version);
	if (discovery->user != NULL) {
		buf_addf(json, ",\"via_device\":");
		add_id_member(discovery, NULL, NULL, json);
	}
	buf_addf(json, "},\"o\":{\"name\":\"nudge\",\"sw\":");
	buf_add_json(json, discovery->version);
	buf_addf(json, "},\"qos\":1");
	/* Of a person it is the bridge that may be away. */
	if (discovery->user != NULL)
		buf_addf(json, ",\"avty\":[{\"t\":\"%s/bridge/%s/state\"}]",
		    discovery->root, discovery->bridge);
	buf_finish(&name);
}

static void
add_text(const struct discovery *discovery, const char *text, struct buf *json)
{
	struct buf full;

	buf_init(&full, DISCOVERY_PAYLOAD_MAX);
	for (; *text != '\0'; text++) {
		if (*text != '@')
			buf_add(&full, text, 1);
		else if (discovery->user != NULL)
			buf_addf(&full, "%s/%s", discovery->root,
			    discovery->user);
		else
			buf_addf(&full, "%s/bridge/%s", discovery->root,
			    discovery->bridge);
	}
	buf_add_json(json, buf_text(&full));
	buf_finish(&full);
}

static void
add_entity(const struct discovery *discovery, const struct entity *entity,
    struct buf *json)
{
	struct buf name;
	struct buf slug;

	buf_init(&name, NAME_MAX);
	buf_init(&slug, NAME_MAX);
	add_device_name(discovery, &name);
	buf_addf(&name, " %s", entity->name);
	add_slug(&slug, buf_text(&name));
	buf_addf(json, "\"name\":\"%s\",\"uniq_id\":", entity->name);
	add_id_member(discovery, discovery->user, entity->key, json);
	buf_addf(json, ",\"def_ent_id\":\"%s.%s\"", entity->platform,
	    buf_text(&slug));
	for (size_t i = 0; i < OPTIONS_MAX; i++) {
		const struct option *option = &entity->options[i];

		if (option->name == NULL)
			break;
		buf_addf(json, ",\"%s\":", option->name);
		if (option->text != NULL)
			add_text(discovery, option->text, json);
		else
			buf_addf(json, "%s", option->json);
	}
	buf_finish(&slug);
	buf_finish(&name);
}

static void
add_topic(const struct discovery *discovery, const struct entity *entity,
    struct buf *topic)
{
	bool is_one = discovery->form == DISCOVERY_COMPONENT;

	buf_addf(topic, "%s/%s/", discovery->prefix,
	    is_one ? entity->platform : "device");
	add_id(discovery, discovery->user, topic);
	if (is_one)
		buf_addf(topic, "/%s", entity->key);
	buf_addf(topic, "/config");
}

static void
add_components(const struct discovery *discovery, struct buf *json)
{
	size_t count;
	const struct entity *list = entities(discovery, &count);

	buf_addf(json, ",\"cmps\":{");
	for (size_t i = 0; i < count; i++) {
		buf_addf(json, "%s\"%s\":{\"p\":\"%s\",", i > 0 ? "," : "",
		    list[i].key, list[i].platform);
		add_entity(discovery, &list[i], json);
		buf_addf(json, "}");
	}
	buf_addf(json, "}");
}

void
discovery_write(const struct discovery *discovery, size_t number,
    struct buf *topic, struct buf *payload)
{
	size_t count;
	const struct entity *entity = entities(discovery, &count) + number;

	add_topic(discovery, entity, topic);
	if (payload == NULL)
		return;
	buf_addf(payload, "{");
	add_device(discovery, payload);
	if (discovery->form == DISCOVERY_COMPONENT) {
		buf_addf(payload, ",");
		add_entity(discovery, entity, payload);
	} else {
		add_components(discovery, payload);
	}
	buf_addf(payload, "}");
}

bool
discovery_has(const struct discovery *discovery, const char *topic)
{
	size_t count;
	const struct entity *list = entities(discovery, &count);
	bool has = false;
	struct buf one;

	buf_init(&one, DISCOVERY_TOPIC_MAX);
	for (size_t i = 0; i < discovery_count(discovery) && !has; i++) {
		/* Most are others', and quickly passed over. */
		if (discovery->form == DISCOVERY_COMPONENT &&
		    strstr(topic, list[i].key) == NULL)
			continue;
		buf_clear(&one);
		discovery_write(discovery, i, &one, NULL);
		has = strcmp(buf_text(&one), topic) == 0;
	}
	buf_finish(&one);
	return has;
}
