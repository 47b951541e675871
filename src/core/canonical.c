#include "core/canonical.h"

#include "core/catalog.h"
#include "core/json.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 4 /* names of the longest path, and a kind */

/* A document on its way out: the objects that are open, by their names. */
struct writing {
	struct buf *json;
	char open[DEPTH_MAX][CATALOG_NAME_MAX];
	int depth;
	const char *separator;
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

/* An object of a list: what is known of it. */
static void
write_object(const struct cJSON *node, const char *const *members,
    struct buf *json)
{
	const char *separator = "";

	buf_addf(json, "{");
	for (; *members != NULL; members++) {
		const struct cJSON *value =
		    cJSON_GetObjectItemCaseSensitive(node, *members);

		if (value == NULL || cJSON_IsNull(value))
			continue;
		buf_addf(json, "%s\"%s\":", separator, *members);
		separator = ",";
		write_leaf(value, json);
	}
	buf_addf(json, "}");
}

static void
write_value(const struct cJSON *node, const struct catalog_row *row,
    struct buf *json)
{
	const char *separator = "";
	const struct cJSON *item;

	if (row->members == NULL) {
		write_leaf(node, json);
		return;
	}
	buf_addf(json, "[");
	cJSON_ArrayForEach(item, node)
	{
		buf_addf(json, "%s", separator);
		separator = ",";
		write_object(item, row->members, json);
	}
	buf_addf(json, "]");
}

/* Close the objects below a depth. */
static void
close_to(struct writing *writing, int depth)
{
	for (; writing->depth > depth; writing->depth--) {
		buf_addf(writing->json, "}");
		writing->separator = ",";
	}
}

/* Open the object of that name at a depth, unless it is. */
static void
open_at(struct writing *writing, int depth, const char *name)
{
	if (writing->depth > depth && strcmp(writing->open[depth], name) == 0)
		return;
	close_to(writing, depth);
	buf_addf(writing->json, "%s\"%s\":{", writing->separator, name);
	writing->separator = "";
	(void)snprintf(writing->open[depth], CATALOG_NAME_MAX, "%s", name);
	writing->depth = depth + 1;
}

/* The value of a row, or of one of its kinds.
 * In:      kind  its name; NULL = the row has none */
static const struct cJSON *
find(const struct cJSON *root, const char *path, const char *kind)
{
	char name[CATALOG_NAME_MAX];

	while (catalog_next_name(&path, name))
		root = cJSON_GetObjectItemCaseSensitive(root, name);
	return kind != NULL ? cJSON_GetObjectItemCaseSensitive(root, kind)
	                    : root;
}

/* Null is no value, but for sound: there it is silence, which "" says as well.
 */
static void
write_row(struct writing *writing, const struct cJSON *root,
    const struct catalog_row *row, const char *kind)
{
	const struct cJSON *value = find(root, row->path, kind);
	const char *path = row->path;
	char name[CATALOG_NAME_MAX];
	int depth = 0;

	if (value == NULL || (cJSON_IsNull(value) && row->shape != SHAPE_SOUND))
		return;
	(void)catalog_next_name(&path, name);
	while (*path != '\0') {
		open_at(writing, depth++, name);
		(void)catalog_next_name(&path, name);
	}
	if (kind != NULL)
		open_at(writing, depth++, name);
	close_to(writing, depth);
	buf_addf(writing->json, "%s\"%s\":", writing->separator,
	    kind != NULL ? kind : name);
	writing->separator = ",";
	if (cJSON_IsNull(value))
		buf_addf(writing->json, "\"\"");
	else
		write_value(value, row, writing->json);
}

static void
write_rows(struct writing *writing, const struct cJSON *root)
{
	for (size_t i = 0; i < CATALOG_COUNT; i++) {
		const struct catalog_row *row = &catalog_rows[i];

		if (row->kinds == 0)
			write_row(writing, root, row, NULL);
		for (int kind = 0; kind < KIND_COUNT; kind++) {
			if ((row->kinds >> kind & 1) != 0)
				write_row(writing, root, row,
				    kind_str((enum kind)kind));
		}
	}
	close_to(writing, 0);
}

enum status
canonical_write(const char *bytes, size_t len, int64_t rev, struct buf *json,
    struct fault *fault)
{
	struct writing writing = { .json = json, .separator = "" };
	struct json_object object;
	struct cJSON *root;
	enum status status = json_parse(bytes, len, fault, &root, &object);

	if (status == STATUS_OK) {
		buf_addf(json, "{");
		write_rows(&writing, root);
		buf_addf(json, "%s\"rev\":%" PRId64 "}", writing.separator,
		    rev);
		status = buf_status(json);
	}
	json_free(root);
	return status;
}
