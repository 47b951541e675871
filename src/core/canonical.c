#include "core/canonical.h"

#include "core/json.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* A member, and what is known inside of it; NULL = it is written as it is. */
struct member {
	const char *name;
	const struct member *members;
};

static const struct member by_kind[] = {
	{ "permission.asked", NULL },
	{ "question.asked", NULL },
	{ "session.error", NULL },
	{ "session.idle", NULL },
	{ "note", NULL },
	{ NULL, NULL },
};

static const struct member quiet_rule[] = {
	{ "days", NULL },
	{ "from", NULL },
	{ "to", NULL },
	{ "tz", NULL },
	{ "allow", NULL },
	{ "digest", NULL },
	{ NULL, NULL },
};

static const struct member mute[] = {
	{ "sessions", NULL },
	{ "projects", NULL },
	{ "hosts", NULL },
	{ NULL, NULL },
};

static const struct member rate[] = {
	{ "burst", NULL },
	{ "per_minute", NULL },
	{ NULL, NULL },
};

static const struct member document[] = {
	{ "enabled", NULL },
	{ "kinds", by_kind },
	{ "min_duration_s", NULL },
	{ "subagents", NULL },
	{ "delay_s", by_kind },
	{ "presence", NULL },
	{ "presence_scope", NULL },
	{ "hold_s", NULL },
	{ "quiet", quiet_rule },
	{ "snooze_until", NULL },
	{ "mute", mute },
	{ "rate", rate },
	{ "privacy", NULL },
	{ "level", by_kind },
	{ "sound", NULL },
	{ NULL, NULL },
};

static void
write_leaf(const struct cJSON *node, struct buf *json)
{
	char *text;

	/* cJSON keeps 15 digits. */
	if (cJSON_IsNumber(node)) {
		buf_addf(json, "%.0f", node->valuedouble);
		return;
	}
	text = cJSON_PrintUnformatted(node);
	if (text == NULL)
		json->status = STATUS_NO_MEMORY;
	else
		buf_addf(json, "%s", text);
	cJSON_free(text);
}

static void write_value(const struct cJSON *node, const struct member *members,
    struct buf *json);

/* The members without their braces. Null is no value, but for sound: there it
 * is silence, which "" says as well. */
static const char * /* NOLINTNEXTLINE(misc-no-recursion): JSON_DEPTH_MAX */
write_members(const struct cJSON *node, const struct member *members,
    struct buf *json)
{
	const char *separator = "";

	for (; members->name != NULL; members++) {
		const struct cJSON *value =
		    cJSON_GetObjectItemCaseSensitive(node, members->name);
		bool is_sound = strcmp(members->name, "sound") == 0;

		if (value == NULL || (cJSON_IsNull(value) && !is_sound))
			continue;
		buf_addf(json, "%s\"%s\":", separator, members->name);
		separator = ",";
		if (cJSON_IsNull(value))
			buf_addf(json, "\"\"");
		else
			write_value(value, members->members, json);
	}
	return separator;
}

static void /* NOLINTNEXTLINE(misc-no-recursion): JSON_DEPTH_MAX */
write_value(const struct cJSON *node, const struct member *members,
    struct buf *json)
{
	const char *separator = "";
	const struct cJSON *item;

	if (members == NULL) {
		write_leaf(node, json);
	} else if (cJSON_IsArray(node)) {
		buf_addf(json, "[");
		cJSON_ArrayForEach(item, node)
		{
			buf_addf(json, "%s", separator);
			separator = ",";
			write_value(item, members, json);
		}
		buf_addf(json, "]");
	} else {
		buf_addf(json, "{");
		(void)write_members(node, members, json);
		buf_addf(json, "}");
	}
}

enum status
canonical_write(const char *bytes, size_t len, int64_t rev, struct buf *json,
    struct fault *fault)
{
	struct json_object object;
	struct cJSON *root;
	enum status status = json_parse(bytes, len, fault, &root, &object);

	if (status == STATUS_OK) {
		const char *separator;

		buf_addf(json, "{");
		separator = write_members(root, document, json);
		buf_addf(json, "%s\"rev\":%" PRId64 "}", separator, rev);
		status = buf_status(json);
	}
	json_free(root);
	return status;
}
