/* Each preference once: what docs/schema says of them is what the bridge reads,
 * writes and has by default. */
#include "core/canonical.h"
#include "core/catalog.h"
#include "core/preferences.h"
#include "unit.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "docs/schema/preferences.schema.json"
#define SCHEMA_MAX 32768 /* bytes */
#define JSON_LEN 2048

static cJSON *
read_schema(void)
{
	static char text[SCHEMA_MAX];
	FILE *file = fopen(SCHEMA, "r");
	size_t len;
	cJSON *root;

	assert_non_null(file);
	len = fread(text, 1, sizeof(text), file);
	assert_true(len < sizeof(text));
	(void)fclose(file);
	root = cJSON_ParseWithLength(text, len);
	assert_non_null(root);
	return root;
}

static const cJSON *
get(const cJSON *node, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(node, name);
}

/* What the schema says of a row, or of one of its kinds. */
static const cJSON *
find(const cJSON *schema, const char *path, const char *kind)
{
	char name[CATALOG_NAME_MAX];

	while (schema != NULL && catalog_next_name(&path, name))
		schema = get(get(schema, "properties"), name);
	return kind != NULL ? get(get(schema, "properties"), kind) : schema;
}

static const char *
type_of(enum shape shape)
{
	switch (shape) {
	case SHAPE_BOOL:
		return "\"boolean\"";
	case SHAPE_INTEGER:
	case SHAPE_INSTANT:
		return "\"integer\"";
	case SHAPE_CHOICE:
		return "\"string\"";
	case SHAPE_SOUND:
		return "[\"string\",\"null\"]";
	case SHAPE_KINDS:
	case SHAPE_TIMES:
	case SHAPE_NAMES:
	case SHAPE_HOURS:
	case SHAPE_STEPS:
		break;
	}
	return "\"array\"";
}

static void
write_times(const struct times *times, char json[JSON_LEN])
{
	size_t len = (size_t)snprintf(json, JSON_LEN, "[");

	for (int i = 0; i < times->count; i++)
		len += (size_t)snprintf(json + len, JSON_LEN - len, "%s%d",
		    i > 0 ? "," : "", (int)times->after_s[i]);
	(void)snprintf(json + len, JSON_LEN - len, "]");
}

/* A value as a document says it; of lists only the empty one. */
static void
write_value(const struct catalog_row *row, const void *value,
    char json[JSON_LEN])
{
	(void)snprintf(json, JSON_LEN, "[]");
	if (row->shape == SHAPE_BOOL)
		(void)snprintf(json, JSON_LEN, "%s",
		    *(const bool *)value ? "true" : "false");
	else if (row->shape == SHAPE_INTEGER)
		(void)snprintf(json, JSON_LEN, "%d",
		    (int)*(const int32_t *)value);
	else if (row->shape == SHAPE_INSTANT)
		(void)snprintf(json, JSON_LEN, "%lld",
		    (long long)*(const int64_t *)value);
	else if (row->shape == SHAPE_CHOICE)
		(void)snprintf(json, JSON_LEN, "\"%s\"",
		    row->choices[*(const unsigned int *)value]);
	else if (row->shape == SHAPE_SOUND)
		(void)snprintf(json, JSON_LEN, "\"%s\"", (const char *)value);
	else if (row->shape == SHAPE_TIMES)
		write_times(value, json);
}

static void
assert_json(const cJSON *node, const char *json)
{
	char *text = node != NULL ? cJSON_PrintUnformatted(node) : NULL;

	assert_non_null(text);
	assert_string_equal(text, json);
	free(text);
}

static void
assert_number(const cJSON *schema, const char *name, double number)
{
	const cJSON *node = get(schema, name);

	assert_true(cJSON_IsNumber(node));
	assert_true(node->valuedouble == number);
}

static void
assert_choices(const cJSON *list, const char *const *choices)
{
	int count = 0;

	for (; choices[count] != NULL; count++) {
		const cJSON *item = cJSON_GetArrayItem(list, count);

		assert_true(cJSON_IsString(item));
		assert_string_equal(item->valuestring, choices[count]);
	}
	assert_int_equal(cJSON_GetArraySize(list), count);
}

/* The schema of a choice may be in another file. */
static const cJSON *
resolve(const cJSON *schema, cJSON **other)
{
	FILE *file;
	static char text[SCHEMA_MAX];
	size_t len;

	*other = NULL;
	if (get(schema, "$ref") == NULL)
		return schema;
	assert_json(get(schema, "$ref"), "\"common.schema.json#/$defs/level\"");
	file = fopen("docs/schema/common.schema.json", "r");
	assert_non_null(file);
	len = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	*other = cJSON_ParseWithLength(text, len);
	return get(get(*other, "$defs"), "level");
}

static void
check_type(const struct catalog_row *row, const cJSON *schema)
{
	cJSON *other;
	const cJSON *type = resolve(schema, &other);
	const cJSON *items = get(type, "items");

	assert_json(get(type, "type"), type_of(row->shape));
	if (row->shape == SHAPE_INTEGER || row->shape == SHAPE_TIMES) {
		const cJSON *of = row->shape == SHAPE_TIMES ? items : type;

		assert_number(of, "minimum", row->min);
		assert_number(of, "maximum", row->max);
	} else if (row->shape == SHAPE_INSTANT) {
		assert_number(type, "maximum",
		    (double)PREFERENCES_SNOOZE_MAX_MS);
	} else if (row->shape == SHAPE_CHOICE) {
		assert_choices(get(type, "enum"), row->choices);
	}
	cJSON_Delete(other);
}

/* A row, or one of its kinds: its type, its limits, its default. */
static void
check(const cJSON *schema, const struct catalog_row *row, int kind)
{
	const char *name = row->kinds != 0 ? kind_str((enum kind)kind) : NULL;
	const cJSON *said = find(schema, row->path, name);
	const char *value = (const char *)&preferences_default + row->offset +
	    (row->kinds != 0 ? (size_t)kind * row->size : 0);
	char json[JSON_LEN];

	if (said == NULL)
		print_error("%s: is not in the schema\n", row->path);
	assert_non_null(said);
	check_type(row, said);
	write_value(row, value, json);
	assert_json(get(said, "default"), json);
}

TEST(each_row_is_what_the_schema_says)
{
	cJSON *schema = read_schema();

	for (size_t i = 0; i < CATALOG_COUNT; i++) {
		const struct catalog_row *row = &catalog_rows[i];

		if (row->kinds == 0)
			check(schema, row, 0);
		for (int kind = 0; kind < KIND_COUNT; kind++) {
			if ((row->kinds >> kind & 1) != 0)
				check(schema, row, kind);
		}
	}
	cJSON_Delete(schema);
}

/* Whether a row stands at a path, or below it. */
static bool
has_row(const char *path)
{
	for (size_t i = 0; i < CATALOG_COUNT; i++) {
		const struct catalog_row *row = &catalog_rows[i];
		size_t len = strlen(row->path);

		if (strcmp(row->path, path) == 0)
			return true;
		if (row->kinds != 0 && strncmp(row->path, path, len) == 0 &&
		    path[len] == '.' &&
		    kind_find(path + len + 1) < KIND_COUNT &&
		    (row->kinds >> kind_find(path + len + 1) & 1) != 0)
			return true;
	}
	return false;
}

static void
check_members(const cJSON *schema, const char *path)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, get(schema, "properties"))
	{
		char below[128];

		(void)snprintf(below, sizeof(below), "%s%s%s", path,
		    *path != '\0' ? "." : "", member->string);
		if (get(member, "properties") != NULL) {
			check_members(member, below);
		} else if (strcmp(below, "rev") != 0) {
			if (!has_row(below))
				print_error("%s: has no row\n", below);
			assert_true(has_row(below));
		}
	}
}

TEST(each_member_of_the_schema_has_a_row)
{
	cJSON *schema = read_schema();

	check_members(schema, "");
	cJSON_Delete(schema);
}

/* Something else than the default. */
static const char *
sample(enum shape shape, const struct catalog_row *row)
{
	switch (shape) {
	case SHAPE_BOOL:
		return strcmp(row->path, "kinds") == 0 ||
		        strcmp(row->path, "enabled") == 0
		    ? "false"
		    : "true";
	case SHAPE_INTEGER:
		return "7";
	case SHAPE_INSTANT:
		return "1764000000000";
	case SHAPE_CHOICE:
		return strcmp(row->path, "presence") == 0 ? "\"ignore\""
		    : row->choices[2] == NULL             ? "\"device\""
		    : strcmp(row->path, "level") == 0     ? "\"passive\""
		                                          : "\"none\"";
	case SHAPE_SOUND:
		return "\"bell\"";
	case SHAPE_KINDS:
		return "[\"note\"]";
	case SHAPE_TIMES:
		return "[60,3600]";
	case SHAPE_NAMES:
		return "[\"one\"]";
	case SHAPE_HOURS:
		return "[{\"from\":\"22:00\",\"to\":\"07:00\",\"tz\":\"UTC\"}]";
	case SHAPE_STEPS:
		break;
	}
	return "[{\"after_s\":300,\"devices\":[\"tablet\"]}]";
}

/* A document that says one thing. */
static void
write_document(const struct catalog_row *row, const char *kind,
    const char *value, char json[JSON_LEN])
{
	const char *path = row->path;
	char name[CATALOG_NAME_MAX];
	size_t len = 0;
	int depth = 0;

	while (catalog_next_name(&path, name)) {
		len += (size_t)snprintf(json + len, JSON_LEN - len,
		    "{\"%s\":", name);
		depth++;
	}
	if (kind != NULL) {
		len += (size_t)snprintf(json + len, JSON_LEN - len,
		    "{\"%s\":", kind);
		depth++;
	}
	len += (size_t)snprintf(json + len, JSON_LEN - len, "%s", value);
	while (depth-- > 1)
		len += (size_t)snprintf(json + len, JSON_LEN - len, "}");
	(void)snprintf(json + len, JSON_LEN - len, ",\"rev\":3}");
}

static struct preferences
apply(const struct preferences *before, const char *json)
{
	struct preferences after;
	struct fault fault = { "" };
	const struct preferences_origin origin = { .layer = LAYER_USER };

	assert_int_equal(preferences_copy(before, &after), STATUS_OK);
	assert_int_equal(preferences_parse(json, strlen(json), &origin, &after,
	                     &fault),
	    STATUS_OK);
	return after;
}

/* It is read, its layer is known, and null takes it back. */
static void
check_reading(const struct catalog_row *row, int kind, const char *json,
    const char *null)
{
	size_t at = row->kinds != 0 ? (size_t)kind : 0;
	size_t offset = row->offset + at * row->size;
	const char *preset = (const char *)&preferences_default + offset;
	struct preferences said = apply(&preferences_default, json);
	struct preferences again = apply(&said, null);

	assert_memory_not_equal((char *)&said + offset, preset, row->size);
	assert_int_equal(said.layers[row->number + (int)at], LAYER_USER);
	if (row->shape != SHAPE_SOUND) {
		assert_memory_equal((char *)&again + offset, preset, row->size);
		assert_int_equal(again.layers[row->number + (int)at],
		    LAYER_DEFAULT);
	}
	preferences_finish(&said);
	preferences_finish(&again);
}

static void
check_row(const struct catalog_row *row, int kind)
{
	const char *name = row->kinds != 0 ? kind_str((enum kind)kind) : NULL;
	char json[JSON_LEN];
	char null[JSON_LEN];
	struct fault fault = { "" };
	struct buf form;

	write_document(row, name, sample(row->shape, row), json);
	write_document(row, name, "null", null);
	check_reading(row, kind, json, null);
	buf_init(&form, JSON_LEN);
	assert_int_equal(canonical_write(json, strlen(json), 3, &form, &fault),
	    STATUS_OK);
	assert_string_equal(buf_text(&form), json);
	buf_finish(&form);
}

TEST(each_row_is_read_taken_back_and_written)
{
	for (size_t i = 0; i < CATALOG_COUNT; i++) {
		const struct catalog_row *row = &catalog_rows[i];

		if (row->kinds == 0)
			check_row(row, 0);
		for (int kind = 0; kind < KIND_COUNT; kind++) {
			if ((row->kinds >> kind & 1) != 0)
				check_row(row, kind);
		}
	}
}

/* The path of each number leads to its row. */
TEST(each_number_has_its_path)
{
	for (size_t i = 0; i < CATALOG_COUNT; i++) {
		const struct catalog_row *row = &catalog_rows[i];
		struct buf path;

		buf_init(&path, PREFERENCES_PATH_MAX);
		preferences_path(row->number, &path);
		assert_memory_equal(buf_text(&path), row->path,
		    row->kinds != 0 ? strlen(row->path) : path.len);
		buf_finish(&path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_is_what_the_schema_says),
		cmocka_unit_test(each_member_of_the_schema_has_a_row),
		cmocka_unit_test(each_row_is_read_taken_back_and_written),
		cmocka_unit_test(each_number_has_its_path),
	};

	return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
