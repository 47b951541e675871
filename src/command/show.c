#include "command/show.h"

#include "base/buf.h"
#include "base/text.h"
#include "core/marks.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A byte takes at most MARKS_GROWTH, and each of those perhaps an escape. */
#define LINE_MAX_LEN (2 * MARKS_GROWTH * (MQTT_PAYLOAD_MAX + 1))

void
show_text(const char *text)
{
	struct buf marked;

	if (text == NULL)
		return;
	buf_init(&marked, 2 * MARKS_GROWTH * strlen(text));
	marks_write_line(text, &marked);
	(void)printf("%s", buf_text(&marked));
	buf_finish(&marked);
}

void
show_part(const char *before, const char *text)
{
	if (text != NULL)
		(void)printf("%s", before);
	show_text(text);
}

void
show_detail(const struct json_object *receipt)
{
	const char *detail = json_line(receipt, "detail", FAULT_MAX);

	show_part(" (", detail);
	if (detail != NULL)
		(void)printf(")");
}

void
show_time(int64_t time_ms, bool has_seconds)
{
	time_t time_s = (time_t)(time_ms / 1000);
	char text[32] = "";
	struct tm parts;

	if (localtime_r(&time_s, &parts) != NULL)
		(void)strftime(text, sizeof(text),
		    has_seconds ? "%F %T" : "%F %H:%M", &parts);
	(void)printf("%s", text);
}

/* Returns: whether it is an object. */
static bool
add_object(const struct mqtt_message *message, struct buf *line)
{
	struct fault ignored = { "" };
	struct json_object object;
	struct cJSON *root;

	if (json_parse(message->payload, message->len, &ignored, &root,
	        &object) != STATUS_OK)
		return false;
	json_write(&object, line);
	json_free(root);
	return true;
}

/* Bytes that are no text at all are shown as marks: JSON cannot hold them. */
static void
add_words(const struct mqtt_message *message, struct buf *line)
{
	struct buf words;

	buf_init(&words, MARKS_GROWTH * message->len);
	if (text_is_utf8(message->payload, message->len))
		buf_add(&words, message->payload, message->len);
	else
		marks_write(message->payload, message->len, &words);
	buf_add_json(line, buf_text(&words));
	buf_finish(&words);
}

/* Beyond U+FFFF JSON knows no escape but two halves: RFC 8259 7. */
static void
print_escape(uint32_t code)
{
	if (code > 0xffff)
		(void)printf("\\u%04x\\u%04x",
		    (unsigned)(0xd800 + ((code - 0x10000) >> 10)),
		    (unsigned)(0xdc00 + ((code - 0x10000) & 0x3ff)));
	else
		(void)printf("\\u%04x", (unsigned)code);
}

/* JSON in which nothing hides; only in its texts could anything. */
static void
print_line(const struct buf *line)
{
	const char *rest = buf_text(line);
	const char *end = rest + line->len;
	const char *plain = rest;
	uint32_t code = 0;
	size_t used;

	if (buf_status(line) != STATUS_OK || line->len == 0)
		return;
	while ((used = text_read(rest, (size_t)(end - rest), &code)) > 0) {
		if (marks_is_hidden(code)) {
			(void)fwrite(plain, 1, (size_t)(rest - plain), stdout);
			print_escape(code);
			plain = rest + used;
		}
		rest += used;
	}
	(void)printf("%s\n", plain);
}

void
show_json(const struct mqtt_message *message)
{
	struct buf line;

	buf_init(&line, LINE_MAX_LEN);
	(void)add_object(message, &line);
	print_line(&line);
	buf_finish(&line);
}

void
show_message(const struct mqtt_message *message)
{
	const char *kind = strrchr(message->topic, '/');
	struct buf object;
	struct buf line;

	buf_init(&line, LINE_MAX_LEN);
	buf_init(&object, LINE_MAX_LEN);
	buf_addf(&line, "{\"topic\":");
	buf_add_json(&line, message->topic);
	buf_addf(&line, ",\"kind\":");
	buf_add_json(&line, kind != NULL ? kind + 1 : message->topic);
	if (add_object(message, &object)) {
		buf_addf(&line, ",\"payload\":%s}", buf_text(&object));
	} else {
		buf_addf(&line, ",\"text\":");
		add_words(message, &line);
		buf_addf(&line, "}");
	}
	print_line(&line);
	buf_finish(&object);
	buf_finish(&line);
}
