#include "core/preferences.h"

#include "core/json.h"

#include <cjson/cJSON.h>

static const char *const presence_wishes[] = { "hold", "suppress", "ignore",
	NULL };
static const char *const presence_scopes[] = { "user", "device", NULL };

const struct preferences preferences_default = {
	.enabled = true,
	.kinds = {
		[KIND_PERMISSION_ASKED] = true,
		[KIND_QUESTION_ASKED] = true,
		[KIND_SESSION_ERROR] = true,
		[KIND_SESSION_IDLE] = true,
		[KIND_NOTE] = true,
		[KIND_TEST] = true,
	},
	.presence = PRESENCE_HOLD,
	.presence_scope = SCOPE_USER,
};

/* null in a patch takes the member away, so that the default shows again. */
static bool
is_null(const struct json_object *object, const char *name)
{
	return cJSON_IsNull(
	    cJSON_GetObjectItemCaseSensitive(object->node, name));
}

static bool
read_bool(const struct json_object *object, const char *name, bool current,
    bool preset)
{
	return json_bool(object, name,
	    is_null(object, name) ? preset : current);
}

static int
read_choice(const struct json_object *object, const char *name,
    const char *const *choices, int current)
{
	/* The first choice of each list is its default. */
	return json_choice(object, name, choices,
	    is_null(object, name) ? 0 : current);
}

static void
read_kinds(const struct json_object *document, struct preferences *draft)
{
	struct json_object kinds = json_member(document, "kinds");

	for (int i = 0; i < KIND_COUNT; i++) {
		bool preset = preferences_default.kinds[i];
		enum kind kind = (enum kind)i;

		/* Neither a test nor a resolution can be switched off. */
		if (kind == KIND_TEST || kind_class(kind) == CLASS_RESOLUTION)
			continue;
		if (is_null(document, "kinds"))
			draft->kinds[i] = preset;
		else
			draft->kinds[i] = read_bool(&kinds, kind_str(kind),
			    draft->kinds[i], preset);
	}
}

enum status
preferences_apply(const struct json_object *document,
    struct preferences *preferences)
{
	struct preferences draft = *preferences;

	draft.enabled = read_bool(document, "enabled", draft.enabled,
	    preferences_default.enabled);
	read_kinds(document, &draft);
	draft.presence = (enum presence_wish)read_choice(document, "presence",
	    presence_wishes, (int)draft.presence);
	draft.presence_scope = (enum presence_scope)read_choice(document,
	    "presence_scope", presence_scopes, (int)draft.presence_scope);
	if (fault_is_set(document->fault))
		return STATUS_BAD_INPUT;
	*preferences = draft;
	return STATUS_OK;
}

enum status
preferences_parse(const char *bytes, size_t len,
    struct preferences *preferences, struct fault *fault)
{
	struct json_object document;
	struct cJSON *root;
	enum status status;

	status = json_parse(bytes, len, fault, &root, &document);
	if (status == STATUS_OK)
		status = preferences_apply(&document, preferences);
	json_free(root);
	return status;
}
