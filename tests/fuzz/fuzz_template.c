/* A template from a registration, filled in with a text from an event. The first
 * line is the text, what follows is the template. */
#include "base/attr.h"
#include "base/text.h"
#include "core/json.h"
#include "push/template.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define OUT_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Whatever the text is, the JSON that comes out has the members that the template
 * has: no text ends the string it stands in. */
static void
check_json(const char *template, const struct buf *out)
{
	static const struct template_word plain[] = {
		{ "title", "x", false },
		{ "priority", "8", true },
	};
	struct fault fault = { "" };
	struct buf other;
	cJSON *filled = cJSON_ParseWithLength(out->data, out->len);
	cJSON *expected;

	buf_init(&other, OUT_MAX);
	if (template_fill(template, plain, COUNT_OF(plain), &other, &fault) ==
	    STATUS_OK) {
		expected = cJSON_ParseWithLength(other.data, other.len);
		assert(filled != NULL && expected != NULL);
		assert(
		    cJSON_GetArraySize(filled) == cJSON_GetArraySize(expected));
		cJSON_Delete(expected);
	}
	cJSON_Delete(filled);
	buf_finish(&other);
}

static void
check(const char *template, const char *text)
{
	const struct template_word words[] = {
		{ "title", text, false },
		{ "priority", "8", true },
	};
	struct fault fault = { "" };
	struct buf out;
	enum status status;

	buf_init(&out, OUT_MAX);
	status = template_fill(template, words, COUNT_OF(words), &out, &fault);
	assert((status == STATUS_BAD_INPUT) == fault_is_set(&fault));
	if (status == STATUS_OK && template_is_json(template))
		check_json(template, &out);
	buf_finish(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = strndup((const char *)bytes, len);
	char *template;

	assert(text != NULL);
	template = strchr(text, '\n');
	/* Both come out of JSON, and so are UTF-8. */
	if (template != NULL && text_is_utf8(text, strlen(text))) {
		*template ++ = '\0';
		check(template, text);
	}
	free(text);
	return 0;
}
