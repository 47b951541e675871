#include "tell/asks.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTS_MAX 4096 /* bytes; twice what the longest names need */
#define FRAME_MAX (FACTS_MAX + 512)
#define NAME_MAX_LEN 128 /* bytes */

/* A list on its way out. */
struct listing {
	struct buf *json; /* NULL = only measured */
	size_t most;      /* bytes of each ask */
	int count;
	size_t frame;          /* bytes of all but the asks */
	size_t lens[ASKS_MAX]; /* bytes of each ask, whole */
};

/* A name of at most NAME_MAX_LEN bytes, or null: a JSON member. */
static void
add_name(struct buf *json, const char *member, const char *name)
{
	char text[NAME_MAX_LEN + 1];

	buf_addf(json, "\"%s\":", member);
	if (name == NULL) {
		buf_addf(json, "null");
		return;
	}
	(void)snprintf(text, sizeof(text), "%.*s",
	    (int)text_cut(name, NAME_MAX_LEN), name);
	buf_add_json(json, text);
}

/* The members between the kind and the ask. */
static void
write_facts(const struct event *event, struct buf *json)
{
	bool has_session =
	    event->session_id != NULL || event->session_title != NULL;

	buf_addf(json, "\"request\":{");
	add_name(json, "id", event->request_id);
	buf_addf(json, ",\"nonce\":");
	buf_add_json(json, event->request_nonce);
	buf_addf(json, "},\"session\":%s", has_session ? "{" : "null");
	if (has_session) {
		add_name(json, "id", event->session_id);
		buf_addf(json, ",");
		add_name(json, "title", event->session_title);
		buf_addf(json, "}");
	}
	buf_addf(json, ",");
	add_name(json, "project", event->project_name);
	buf_addf(json, ",");
	add_name(json, "host", event->host);
}

void
asks_put(struct people *people, const char *user, const struct event *event,
    const struct people_ask *numbers)
{
	struct people_ask ask = {
		.seq = numbers->seq,
		.thread = numbers->thread,
		.request = numbers->request,
		.kind = (int)event->kind,
		.expires_ms = event->expires_ms,
		.ts_ms = event->ts_ms,
	};
	struct buf facts;
	struct buf what;

	(void)snprintf(ask.event, sizeof(ask.event), "%s", event->id);
	buf_init(&facts, FACTS_MAX);
	buf_init(&what, ASKS_ONE_MAX);
	write_facts(event, &facts);
	if (event->ask.node != NULL)
		(void)ask_write(&event->ask, ASKS_ONE_MAX, &what);
	if (buf_status(&facts) != STATUS_OK || buf_status(&what) != STATUS_OK) {
		buf_clear(&facts);
		buf_clear(&what);
		if (event->request_id != NULL)
			(void)snprintf(ask.name, sizeof(ask.name), "%s",
			    event->request_id);
	}
	ask.facts = buf_text(&facts);
	ask.ask = buf_text(&what);
	/* Without memory it waits all the same, and less is told of it. */
	people_put_ask(people, user, &ask);
	buf_finish(&facts);
	buf_finish(&what);
}

/* All but the ask, which comes last. A file of an older nudge knows only the
 * request. */
static void
write_frame(const struct people_ask *ask, struct buf *json)
{
	buf_addf(json, "{\"id\":\"%s\",\"kind\":\"%s\",\"ts\":%" PRId64 ",",
	    ask->event, kind_str((enum kind)ask->kind), ask->ts_ms);
	if (*ask->facts != '\0') {
		buf_addf(json, "%s", ask->facts);
	} else {
		buf_addf(json, "\"request\":{");
		add_name(json, "id", *ask->name != '\0' ? ask->name : NULL);
		buf_addf(json, "}");
	}
	buf_addf(json, ",\"ask\":");
}

/* What is stored was written by us; were it not, nothing of it is told. */
static void
cut_ask(const char *text, size_t most, struct buf *json)
{
	struct fault ignored = { "" };
	struct json_object object;
	struct cJSON *root;
	struct ask ask;

	if (json_parse(text, strlen(text), &ignored, &root, &object) !=
	    STATUS_OK) {
		buf_addf(json, "{\"cut\":true}");
		return;
	}
	ask = (struct ask){ .node = object.node, .is_cut = true };
	(void)ask_write(&ask, most, json);
	json_free(root);
}

static void
list(void *context, const struct people_ask *ask)
{
	struct listing *listing = context;
	const char *what = *ask->ask != '\0' ? ask->ask : "null";
	size_t len = strlen(what);
	struct buf frame;

	if (listing->count == ASKS_MAX)
		return;
	buf_init(&frame, FRAME_MAX);
	write_frame(ask, &frame);
	listing->lens[listing->count++] = len;
	listing->frame += frame.len + strlen(",}");
	if (listing->json != NULL) {
		buf_addf(listing->json, listing->count > 1 ? "," : "");
		buf_add(listing->json, buf_text(&frame), frame.len);
		if (len > listing->most)
			cut_ask(what, listing->most, listing->json);
		else
			buf_add(listing->json, what, len);
		buf_addf(listing->json, "}");
	}
	buf_finish(&frame);
}

static size_t
len_of(const struct listing *listing, size_t most)
{
	size_t len = listing->frame + strlen("[]");

	for (int i = 0; i < listing->count; i++)
		len += listing->lens[i] < most ? listing->lens[i] : most;
	return len;
}

/* Write them in the space that is there, as whole as they fit. */
static void
write_fitting(struct people *people, struct people_list *wanted, size_t max,
    struct buf *json)
{
	struct listing measure = { .json = NULL };
	struct listing listing = { .json = json, .most = ASKS_ONE_MAX };

	wanted->context = &measure;
	people_list_asks(people, wanted);
	while (listing.most > ASK_LEAST && len_of(&measure, listing.most) > max)
		listing.most -= ASK_LEAST;
	buf_addf(json, "[");
	wanted->context = &listing;
	people_list_asks(people, wanted);
	buf_addf(json, "]");
}

void
asks_write(struct people *people, const char *user, int64_t now_ms, size_t max,
    struct buf *json)
{
	struct buf whole;
	struct listing listing = { .json = &whole, .most = ASKS_ONE_MAX };
	struct people_list wanted = {
		.user = user,
		.now_ms = now_ms,
		.max = ASKS_MAX,
		.take = list,
		.context = &listing,
	};

	/* Mostly there is room for all of each. */
	buf_init(&whole, max - strlen("[]"));
	people_list_asks(people, &wanted);
	if (buf_status(&whole) == STATUS_OK) {
		buf_addf(json, "[");
		buf_add(json, buf_text(&whole), whole.len);
		buf_addf(json, "]");
	} else {
		write_fitting(people, &wanted, max, json);
	}
	buf_finish(&whole);
}
