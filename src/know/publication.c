#include "know/publication.h"

#include <stdlib.h>
#include <string.h>

#define HEARD_AT "broker" /* where a document was found */

bool
publication_copy_append(struct prefs_copy **list,
    const struct prefs_document *document)
{
	size_t topic_size = strlen(document->topic) + 1;
	size_t user_size = strlen(document->user) + 1;
	struct prefs_copy *copy =
	    malloc(sizeof(*copy) + topic_size + user_size + document->len);
	char *end;

	if (copy == NULL)
		return false;
	end = copy->bytes;
	copy->next = NULL;
	copy->document = *document;
	copy->document.topic = memcpy(end, document->topic, topic_size);
	end += topic_size;
	copy->document.user = memcpy(end, document->user, user_size);
	end += user_size;
	copy->document.payload = memcpy(end, document->payload, document->len);
	copy->document.is_retained = false;
	while (*list != NULL)
		list = &(*list)->next;
	*list = copy;
	return true;
}

struct prefs_copy *
publication_copy_take(struct prefs_copy **list)
{
	struct prefs_copy *first = *list;

	if (first != NULL)
		*list = first->next;
	return first;
}

void
publication_copy_drop_all(struct prefs_copy **list)
{
	struct prefs_copy *copy;

	while ((copy = publication_copy_take(list)) != NULL)
		free(copy);
}

static void
publish(struct retained *retained, const struct prefs_document *document)
{
	retained_tell(retained, document->topic, document->payload,
	    document->len);
	(void)publication_copy_append(&retained->echoes, document);
}

void
publication_init(struct retained *retained)
{
	retained->publish.now_ms = &retained->at->monotonic_ms;
	timer_set(&retained->publish, TIMER_OFF);
	timer_add(retained->timers, &retained->publish);
}

static void
wait(struct retained *retained, struct person *person)
{
	timer_hasten(&retained->publish, person->prefs_due_ms);
	if (person->is_prefs_waiting)
		return;
	person->is_prefs_waiting = true;
	person->next_prefs_waiting = retained->waiting;
	retained->waiting = person;
}

void
publication_send(struct retained *retained,
    const struct prefs_document *document, const struct buf *json)
{
	struct person *person =
	    registry_find_person(retained->registry, document->user);
	int64_t now_ms = retained->at->monotonic_ms;
	struct prefs_document ours = *document;

	ours.payload = buf_text(json);
	ours.len = json->len;
	if (person != NULL && now_ms < person->prefs_due_ms) {
		wait(retained, person);
		return;
	}
	if (person != NULL)
		person->prefs_due_ms = now_ms + PUBLICATION_PAUSE_MS;
	publish(retained, &ours);
}

/* As it is now: it may have been taken away. */
static void
publish_late(struct retained *retained, struct person *person)
{
	char topic[RETAINED_TOPIC_MAX];
	struct document document;

	person->prefs_due_ms =
	    retained->at->monotonic_ms + PUBLICATION_PAUSE_MS;
	retained_topic(retained, person->name, NULL, topic);
	if (documents_find(retained->documents, topic, &document))
		publish(retained,
		    &(struct prefs_document){
		        .topic = topic,
		        .user = person->name,
		        .payload = document.payload,
		        .len = document.len,
		    });
}

void
publication_run(struct retained *retained, bool is_end)
{
	struct person **link = &retained->waiting;

	timer_set(&retained->publish, TIMER_OFF);
	while (*link != NULL) {
		struct person *person = *link;

		if (!is_end &&
		    retained->at->monotonic_ms < person->prefs_due_ms) {
			timer_hasten(&retained->publish, person->prefs_due_ms);
			link = &person->next_prefs_waiting;
			continue;
		}
		*link = person->next_prefs_waiting;
		person->is_prefs_waiting = false;
		publish_late(retained, person);
	}
}

static bool
is_same_document(const struct prefs_document *a, const struct prefs_document *b)
{
	return a->len == b->len && strcmp(a->topic, b->topic) == 0 &&
	    memcmp(a->payload, b->payload, a->len) == 0;
}

/* Of a topic, up to one of them: an older one that did not come never will. */
static void
forget_echoes(struct retained *retained, const struct prefs_copy *last)
{
	struct prefs_copy **link = &retained->echoes;
	bool is_last = false;

	while (!is_last) {
		struct prefs_copy *echo = *link;

		is_last = echo == last;
		if (strcmp(echo->document.topic, last->document.topic) != 0) {
			link = &echo->next;
			continue;
		}
		*link = echo->next;
		if (!is_last)
			free(echo);
	}
}

bool
publication_take_echo(struct retained *retained,
    const struct prefs_document *document)
{
	struct prefs_copy *echo = retained->echoes;

	while (echo != NULL && !is_same_document(&echo->document, document))
		echo = echo->next;
	if (echo == NULL)
		return false;
	forget_echoes(retained, echo);
	free(echo);
	publication_note_heard(retained, document);
	return true;
}

void
publication_note_heard(struct retained *retained,
    const struct prefs_document *document)
{
	struct document known;

	if (documents_find(retained->documents, document->topic, &known) &&
	    *known.reached_at == '\0' && known.len == document->len &&
	    memcmp(known.payload, document->payload, known.len) == 0)
		documents_note_reached(retained->documents, document->topic,
		    HEARD_AT);
}

bool
publication_is_heard(struct retained *retained, const char *topic)
{
	struct document known;

	return !documents_find(retained->documents, topic, &known) ||
	    *known.reached_at != '\0';
}
