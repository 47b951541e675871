/* vectors.h - what every language is held to, from tests/vectors. */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include "core/json.h"
#include "unit.h"

#include <stdio.h>

#define VECTORS_MAX 65536 /* bytes of a file */

/* Read a file.
 * Out:     object  the document
 * Returns: what to free with json_free() */
static inline struct cJSON *
vectors_read(const char *path, struct json_object *object)
{
	static struct fault fault;
	static char text[VECTORS_MAX];
	FILE *stream = fopen(path, "re");
	struct cJSON *root;
	size_t len;

	assert_non_null(stream);
	len = fread(text, 1, sizeof(text), stream);
	(void)fclose(stream);
	assert_int_equal(json_parse(text, len, &fault, &root, object),
	    STATUS_OK);
	return root;
}

#endif
