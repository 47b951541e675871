#include "push/template.h"

#include "core/json.h"

#include <string.h>

bool
template_is_json(const char *text)
{
	text += strspn(text, " \t\r\n");
	return text[0] == '{' && text[1] != '{';
}

static const struct template_word *
find(const char *name, size_t len, const struct template_word *words,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(words[i].name) == len &&
		    memcmp(words[i].name, name, len) == 0)
			return &words[i];
	}
	return NULL;
}

/* What stands between the quotes of the text as JSON. */
static void
add_escaped(struct buf *out, const char *text)
{
	struct buf quoted;

	buf_init(&quoted, out->max);
	buf_add_json(&quoted, text);
	if (buf_status(&quoted) == STATUS_OK)
		buf_add(out, quoted.data + 1, quoted.len - 2);
	else if (out->status == STATUS_OK)
		out->status = buf_status(&quoted);
	buf_finish(&quoted);
}

/* Fill one name in; what follows it. */
static const char *
fill_in(const struct template_word *word, const char *rest, bool is_json,
    struct buf *out)
{
	bool is_quoted =
	    out->len > 0 && out->data[out->len - 1] == '"' && *rest == '"';

	if (!is_json) {
		buf_addf(out, "%s", word->text);
	} else if (word->is_number && is_quoted) {
		out->data[--out->len] = '\0';
		buf_addf(out, "%s", word->text);
		return rest + 1;
	} else {
		add_escaped(out, word->text);
	}
	return rest;
}

static void
check_json(const struct buf *out, size_t start, struct fault *fault)
{
	struct fault inner = { "" };
	struct json_object object;
	struct cJSON *root;

	if (json_parse(out->data + start, out->len - start, &inner, &root,
	        &object) == STATUS_OK)
		json_free(root);
	else
		fault_set(fault, "with its names filled in, it is no JSON: %s",
		    inner.text);
}

enum status
template_fill(const char *text, const struct template_word *words, size_t count,
    struct buf *out, struct fault *fault)
{
	bool is_json = template_is_json(text);
	size_t start = out->len;
	const char *at;

	while ((at = strstr(text, "{{")) != NULL) {
		const char *end = strstr(at, "}}");
		size_t len = end != NULL ? (size_t)(end - at - 2) : 0;
		const struct template_word *word =
		    end != NULL ? find(at + 2, len, words, count) : NULL;

		if (word == NULL) {
			fault_set(fault, "{{%.*s}} is no name that is known",
			    len < 32 ? (int)len : 32, at + 2);
			return STATUS_BAD_INPUT;
		}
		buf_add(out, text, (size_t)(at - text));
		text = fill_in(word, end + 2, is_json, out);
	}
	buf_addf(out, "%s", text);
	if (is_json && buf_status(out) == STATUS_OK)
		check_json(out, start, fault);
	return fault_is_set(fault) ? STATUS_BAD_INPUT : buf_status(out);
}
