#include "core/patch.h"

#include "core/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DIGITS_15 1e15
#define EXACT_MAX 9007199254740992.0 /* above it no double is */
#define EXACT_LEN 24

static void
take_away(struct cJSON *target, const char *name)
{
	cJSON_DeleteItemFromObjectCaseSensitive(target, name);
}

static bool
set(struct cJSON *target, const char *name, struct cJSON *value)
{
	if (value == NULL)
		return false;
	take_away(target, name);
	if (cJSON_AddItemToObject(target, name, value))
		return true;
	cJSON_Delete(value);
	return false;
}

/* RFC 7396 2, for two objects, as deep as JSON may be nested. */
static bool /* NOLINTNEXTLINE(misc-no-recursion): JSON_DEPTH_MAX */
merge(struct cJSON *target, const struct cJSON *patch)
{
	const struct cJSON *item;

	cJSON_ArrayForEach(item, patch)
	{
		struct cJSON *old =
		    cJSON_GetObjectItemCaseSensitive(target, item->string);
		bool is_merged = true;

		if (cJSON_IsNull(item)) {
			take_away(target, item->string);
			continue;
		}
		if (!cJSON_IsObject(item)) {
			is_merged = set(target, item->string,
			    cJSON_Duplicate(item, true));
		} else if (cJSON_IsObject(old)) {
			is_merged = merge(old, item);
		} else {
			struct cJSON *fresh = cJSON_CreateObject();

			is_merged = fresh != NULL && merge(fresh, item) &&
			    set(target, item->string, fresh);
		}
		if (!is_merged)
			return false;
	}
	return true;
}

/* Each member is looked for among all, and thousands would keep everybody waiting.
 */
static bool /* NOLINTNEXTLINE(misc-no-recursion): JSON_DEPTH_MAX */
has_too_many(const struct cJSON *patch)
{
	const struct cJSON *item;

	if (cJSON_IsObject(patch) &&
	    cJSON_GetArraySize(patch) > PATCH_MEMBERS_MAX)
		return true;
	cJSON_ArrayForEach(item, patch)
	{
		if (has_too_many(item))
			return true;
	}
	return false;
}

/* cJSON writes 15 digits of a number; a time needs 16. */
static bool /* NOLINTNEXTLINE(misc-no-recursion): JSON_DEPTH_MAX */
make_exact(struct cJSON *node)
{
	struct cJSON *item;

	cJSON_ArrayForEach(item, node)
	{
		if (!make_exact(item))
			return false;
	}
	if (!cJSON_IsNumber(node) || fabs(node->valuedouble) < DIGITS_15 ||
	    fabs(node->valuedouble) > EXACT_MAX)
		return true;
	node->valuestring = cJSON_malloc(EXACT_LEN);
	if (node->valuestring == NULL)
		return false;
	(void)snprintf(node->valuestring, EXACT_LEN, "%.0f", node->valuedouble);
	node->type = cJSON_Raw;
	return true;
}

enum status
patch_merge(const char *document, const struct patch *patch, struct buf *merged,
    struct fault *fault)
{
	struct json_object unused;
	struct cJSON *target = NULL;
	struct cJSON *change = NULL;
	char *text = NULL;
	enum status status =
	    json_parse(document, strlen(document), fault, &target, &unused);

	if (status == STATUS_OK)
		status = json_parse(patch->bytes, patch->len, fault, &change,
		    &unused);
	if (status == STATUS_OK && has_too_many(change)) {
		fault_set(fault, "an object has more than %d members",
		    PATCH_MEMBERS_MAX);
		status = STATUS_BAD_INPUT;
	}
	if (status == STATUS_OK) {
		status = STATUS_NO_MEMORY;
		if (merge(target, change) && make_exact(target))
			text = cJSON_PrintUnformatted(target);
	}
	if (text != NULL) {
		buf_addf(merged, "%s", text);
		status = buf_status(merged);
	}
	cJSON_free(text);
	json_free(target);
	json_free(change);
	return status;
}
