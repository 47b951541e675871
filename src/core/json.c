#include "core/json.h"

#include "base/text.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_PART_MAX 20 /* bytes of a name in a path */

/* cJSON recurses; a bomb is refused before it gets there. */
static bool
is_too_deep(const char *bytes, size_t len)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (in_string) {
			if (bytes[i] == '\\')
				i++;
			else if (bytes[i] == '"')
				in_string = false;
		} else if (bytes[i] == '"') {
			in_string = true;
		} else if (bytes[i] == '{' || bytes[i] == '[') {
			if (++depth > JSON_DEPTH_MAX)
				return true;
		} else if (bytes[i] == '}' || bytes[i] == ']') {
			depth--;
		}
	}
	return false;
}

static bool
is_acceptable(const char *bytes, size_t len, struct fault *fault)
{
	if (len > JSON_RETAINED_MAX)
		fault_set(fault, "larger than %d bytes", JSON_RETAINED_MAX);
	else if (!text_is_utf8(bytes, len))
		fault_set(fault, "not valid UTF-8");
	else if (is_too_deep(bytes, len))
		fault_set(fault, "nested deeper than %d", JSON_DEPTH_MAX);
	return !fault_is_set(fault);
}

/* cJSON takes a text for ended at an escaped NUL, which would hide the rest: it
 * becomes U+FFFD. */
static void
show_nul(char *bytes, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if (bytes[i] != '\\')
			continue;
		if (len - i >= 6 && memcmp(bytes + i, "\\u0000", 6) == 0)
			memcpy(bytes + i, "\\ufffd", 6);
		i++;
	}
}

static enum status
parse(const char *bytes, size_t len, struct fault *fault, struct cJSON **root)
{
	const char *end = NULL;
	cJSON *node = cJSON_ParseWithLengthOpts(bytes, len, &end, false);

	while (node != NULL && end < bytes + len && strchr(" \t\r\n", *end))
		end++;
	if (node == NULL || end != bytes + len) {
		fault_set(fault, "not valid JSON at byte %td",
		    end != NULL ? end - bytes : 0);
		cJSON_Delete(node);
		return STATUS_BAD_INPUT;
	}
	if (!cJSON_IsObject(node)) {
		fault_set(fault, "not a JSON object");
		cJSON_Delete(node);
		return STATUS_BAD_INPUT;
	}
	*root = node;
	return STATUS_OK;
}

static enum status
parse_shown(const char *bytes, size_t len, struct fault *fault,
    struct cJSON **root)
{
	enum status status;
	char *copy;

	if (memmem(bytes, len, "\\u0000", 6) == NULL) {
		status = parse(bytes, len, fault, root);
	} else {
		copy = malloc(len);
		if (copy == NULL)
			return STATUS_NO_MEMORY;
		memcpy(copy, bytes, len);
		show_nul(copy, len);
		status = parse(copy, len, fault, root);
		free(copy);
	}
	return status;
}

enum status
json_parse(const char *bytes, size_t len, struct fault *fault,
    struct cJSON **root, struct json_object *object)
{
	*root = NULL;
	if (len > JSON_MAX) {
		fault_set(fault, "larger than %d bytes", JSON_MAX);
		return STATUS_BAD_INPUT;
	}
	return json_parse_retained(bytes, len, fault, root, object);
}

enum status
json_parse_retained(const char *bytes, size_t len, struct fault *fault,
    struct cJSON **root, struct json_object *object)
{
	enum status status = STATUS_BAD_INPUT;

	*root = NULL;
	text_strip(&bytes, &len);
	if (is_acceptable(bytes, len, fault))
		status = parse_shown(bytes, len, fault, root);
	if (status == STATUS_OK)
		*object = (struct json_object){ .node = *root, .fault = fault };
	return status;
}

void
json_free(struct cJSON *root)
{
	cJSON_Delete(root);
}

void
json_write(const struct json_object *object, struct buf *out)
{
	char *text =
	    object->node != NULL ? cJSON_PrintUnformatted(object->node) : NULL;

	if (text != NULL)
		buf_add(out, text, strlen(text));
	cJSON_free(text);
}

static cJSON *
find(const struct json_object *object, const char *name)
{
	cJSON *node = cJSON_GetObjectItemCaseSensitive(object->node, name);

	return cJSON_IsNull(node) ? NULL : node;
}

static void
wrong(const struct json_object *object, const char *name, const char *must)
{
	fault_set(object->fault, "%s%s: must be %s", object->path, name, must);
}

/* Of an object in another one, as far as it is short: "request.". */
static void
write_path(char to[JSON_PATH_MAX], const char *above, const char *name)
{
	size_t len = strnlen(above, PATH_PART_MAX);
	size_t rest = strnlen(name, PATH_PART_MAX);

	memcpy(to, above, len);
	memcpy(to + len, name, rest);
	memcpy(to + len + rest, ".", 2);
}

struct json_object
json_member(const struct json_object *object, const char *name)
{
	struct json_object member = {
		.node = find(object, name),
		.fault = object->fault,
	};

	write_path(member.path, object->path, name);
	if (member.node != NULL && !cJSON_IsObject(member.node)) {
		wrong(object, name, "an object");
		member.node = NULL;
	}
	return member;
}

struct json_list
json_list(const struct json_object *object, const char *name)
{
	cJSON *node = find(object, name);
	struct json_list list = { .fault = object->fault };

	(void)snprintf(list.path, sizeof(list.path), "%.20s%.20s", object->path,
	    name);
	if (node != NULL && !cJSON_IsArray(node)) {
		wrong(object, name, "a list");
	} else if (node != NULL) {
		list.next = node->child;
		list.count = cJSON_GetArraySize(node);
	}
	return list;
}

static const cJSON *
take_element(struct json_list *list)
{
	const cJSON *node = list->next;

	list->next = node->next;
	list->index++;
	return node;
}

bool
json_next(struct json_list *list, struct json_object *object)
{
	while (list->next != NULL && !cJSON_IsObject(list->next)) {
		fault_set(list->fault, "%s[%d]: must be an object", list->path,
		    list->index);
		(void)take_element(list);
	}
	if (list->next == NULL)
		return false;
	*object = (struct json_object){ .fault = list->fault };
	(void)snprintf(object->path, sizeof(object->path), "%.36s[%d].",
	    list->path, list->index);
	object->node = take_element(list);
	return true;
}

const char *
json_next_line(struct json_list *list, size_t max)
{
	const cJSON *node = list->next;
	int index = list->index;

	if (node == NULL)
		return NULL;
	(void)take_element(list);
	if (cJSON_IsString(node) && *node->valuestring != '\0' &&
	    strlen(node->valuestring) <= max && text_is_line(node->valuestring))
		return node->valuestring;
	fault_set(list->fault, "%s[%d]: must be a line of 1 to %zu bytes",
	    list->path, index, max);
	list->next = NULL;
	return NULL;
}

const char *
json_next_text(struct json_list *list)
{
	const cJSON *node = list->next;
	int index = list->index;

	if (node == NULL)
		return NULL;
	(void)take_element(list);
	if (cJSON_IsString(node))
		return node->valuestring;
	fault_set(list->fault, "%s[%d]: must be text", list->path, index);
	list->next = NULL;
	return NULL;
}

static bool
is_whole(const cJSON *node, int64_t min, int64_t max)
{
	return cJSON_IsNumber(node) &&
	    floor(node->valuedouble) == node->valuedouble &&
	    node->valuedouble >= (double)min &&
	    node->valuedouble <= (double)max;
}

bool
json_next_integer(struct json_list *list, int64_t min, int64_t max,
    int64_t *value)
{
	const cJSON *node = list->next;
	int index = list->index;

	if (node == NULL)
		return false;
	(void)take_element(list);
	if (is_whole(node, min, max)) {
		*value = (int64_t)node->valuedouble;
		return true;
	}
	fault_set(list->fault,
	    "%s[%d]: must be a whole number from %lld to %lld", list->path,
	    index, (long long)min, (long long)max);
	list->next = NULL;
	return false;
}

bool
json_is_null(const struct json_object *object, const char *name)
{
	return cJSON_IsNull(
	    cJSON_GetObjectItemCaseSensitive(object->node, name));
}

bool
json_has(const struct json_object *object, const char *name)
{
	return find(object, name) != NULL;
}

static char *
text_of(const struct json_object *object, const char *name)
{
	cJSON *node = find(object, name);

	if (node == NULL)
		return NULL;
	if (!cJSON_IsString(node)) {
		wrong(object, name, "text");
		return NULL;
	}
	return node->valuestring;
}

const char *
json_text(const struct json_object *object, const char *name, size_t max)
{
	char *text = text_of(object, name);

	if (text != NULL)
		text[text_cut(text, max)] = '\0';
	return text;
}

const char *
json_line(const struct json_object *object, const char *name, size_t max)
{
	char *text = text_of(object, name);

	if (text != NULL) {
		text[text_cut(text, max)] = '\0';
		text_fold(text);
	}
	return text;
}

const char *
json_id(const struct json_object *object, const char *name)
{
	const char *text = text_of(object, name);

	if (text == NULL || text_is_id(text))
		return text;
	wrong(object, name, "1 to 64 of the characters A-Z a-z 0-9 _ -");
	return NULL;
}

int64_t
json_integer(const struct json_object *object, const char *name, int64_t min,
    int64_t max, int64_t fallback)
{
	const cJSON *node = find(object, name);

	if (node == NULL)
		return fallback;
	if (!is_whole(node, min, max)) {
		fault_set(object->fault,
		    "%s%s: must be a whole number from %lld to %lld",
		    object->path, name, (long long)min, (long long)max);
		return fallback;
	}
	return (int64_t)node->valuedouble;
}

bool
json_bool(const struct json_object *object, const char *name, bool fallback)
{
	const cJSON *node = find(object, name);

	if (node == NULL)
		return fallback;
	if (!cJSON_IsBool(node)) {
		wrong(object, name, "true or false");
		return fallback;
	}
	return cJSON_IsTrue(node);
}

int
json_choice(const struct json_object *object, const char *name,
    const char *const *choices, int fallback)
{
	const char *text = text_of(object, name);
	char list[FAULT_MAX] = "";
	size_t len = 0;

	if (text == NULL)
		return fallback;
	for (int i = 0; choices[i] != NULL; i++) {
		if (strcmp(choices[i], text) == 0)
			return i;
		if (len < sizeof(list))
			len += (size_t)snprintf(list + len, sizeof(list) - len,
			    i > 0 ? " or %s" : "%s", choices[i]);
	}
	wrong(object, name, list);
	return fallback;
}
