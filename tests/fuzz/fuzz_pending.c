/* A state from the broker: what waits in it can be shown and answered, and the
 * answer is JSON. */
#include "core/pending.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_reply(const struct pending *pending, const struct reply *reply)
{
	struct fault fault = { "" };
	struct json_object object;
	struct cJSON *root;
	struct buf text;

	assert(reply->nonce != NULL);
	assert((reply->word == NULL) ==
	    (pending->is_question && reply->answers[0] != '\0'));
	buf_init(&text, REPLY_MAX);
	reply_write(reply, &text);
	if (buf_status(&text) == STATUS_OK) {
		assert(json_parse(buf_text(&text), text.len, &fault, &root,
		           &object) == STATUS_OK);
		json_free(root);
	}
	buf_finish(&text);
}

static void
check_answer(const struct pending *pending, const char *word)
{
	char *first = strdup(word);
	char *words[] = { NULL, NULL, NULL, NULL };
	struct fault fault = { "" };
	struct reply reply;
	struct buf answers;

	for (size_t count = 1; count < COUNT_OF(words); count++) {
		words[count - 1] = first;
		buf_init(&answers, REPLY_MAX);
		fault.text[0] = '\0';
		if (pending_answer(pending, words, &answers, &reply, &fault) ==
		    STATUS_OK)
			check_reply(pending, &reply);
		buf_finish(&answers);
	}
	free(first);
}

/* Every line is ours, or stands behind the margin. */
static void
check_text(const struct pending *pending)
{
	struct buf text;

	buf_init(&text, PENDING_TEXT_MAX);
	pending_describe(pending, &text);
	for (const char *line = buf_text(&text); *line != '\0';) {
		size_t line_len = strcspn(line, "\n");

		assert(line == buf_text(&text) || strncmp(line, "  ", 2) == 0);
		assert(memchr(line, '\033', line_len) == NULL);
		line += line_len + (line[line_len] == '\n');
	}
	buf_finish(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fault fault = { "" };
	struct json_object state;
	struct pending pending;
	struct cJSON *root;

	if (json_parse_retained((const char *)bytes, len, &fault, &root,
	        &state) != STATUS_OK)
		return 0;
	if (pending_find(&state, "per_1", &pending)) {
		check_text(&pending);
		check_answer(&pending, "once");
		check_answer(&pending, "reject");
		check_answer(&pending, "[\"a\"]");
		check_answer(&pending, pending.request);
	}
	json_free(root);
	return 0;
}
