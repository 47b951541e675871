#include "io/mailbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NAMES 1024 /* two that share a place are both handed on */

struct mailbox {
	pthread_mutex_t lock;
	pthread_cond_t arrived;
	struct letter *first;
	struct letter **end;
	size_t size; /* bytes waiting */
	size_t count;
	size_t shares[MAILBOX_OWNERS]; /* of them, by owner */
	struct letter *newest[NAMES]; /* of some name each; NULL = none waits */
	bool overflowed;
	bool crowded;
	bool skipped;
};

enum status
mailbox_create(struct mailbox **mailbox)
{
	struct mailbox *fresh = calloc(1, sizeof(*fresh));
	pthread_condattr_t attributes;

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	(void)pthread_mutex_init(&fresh->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&fresh->arrived, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	fresh->end = &fresh->first;
	*mailbox = fresh;
	return STATUS_OK;
}

void
mailbox_destroy(struct mailbox *mailbox)
{
	struct letter *letter;

	if (mailbox == NULL)
		return;
	while ((letter = mailbox_take(mailbox)) != NULL)
		free(letter);
	(void)pthread_cond_destroy(&mailbox->arrived);
	(void)pthread_mutex_destroy(&mailbox->lock);
	free(mailbox);
}

/* What the owner of a letter has waiting; NULL = it is nobody's. */
static size_t *
share_of(struct mailbox *mailbox, const struct letter *letter)
{
	return letter->owner != 0
	    ? &mailbox->shares[letter->owner % MAILBOX_OWNERS]
	    : NULL;
}

static struct letter **
newest_of(struct mailbox *mailbox, const struct letter *letter)
{
	uint32_t hash = 5381;

	for (const char *at = letter->name; *at != '\0'; at++)
		hash = hash * 33 + (unsigned char)*at;
	return &mailbox->newest[hash % NAMES];
}

/* Of many that wait, those that say what is no longer so are not worth a look. */
static void
supersede(struct mailbox *mailbox, struct letter *letter)
{
	struct letter **newest = newest_of(mailbox, letter);

	if (*newest != NULL && mailbox->count >= MAILBOX_MANY &&
	    strcmp((*newest)->name, letter->name) == 0)
		(*newest)->is_stale = true;
	*newest = letter;
}

static void
append(struct mailbox *mailbox, struct letter *letter)
{
	size_t *share = share_of(mailbox, letter);

	letter->next = NULL;
	letter->is_stale = false;
	if (letter->name != NULL)
		supersede(mailbox, letter);
	mailbox->count++;
	*mailbox->end = letter;
	mailbox->end = &letter->next;
	mailbox->size += letter->size;
	if (share != NULL)
		*share += letter->size;
}

void
mailbox_put(struct mailbox *mailbox, struct letter *letter)
{
	size_t most =
	    letter->is_spare ? MAILBOX_MAX : MAILBOX_MAX + MAILBOX_RESERVE;
	const size_t *share = share_of(mailbox, letter);
	bool has_share;
	bool fits;

	(void)pthread_mutex_lock(&mailbox->lock);
	has_share = share == NULL || letter->size <= MAILBOX_SHARE - *share;
	fits = mailbox->size <= most && letter->size <= most - mailbox->size;
	if (fits && has_share)
		append(mailbox, letter);
	else if (letter->is_spare)
		mailbox->skipped = true;
	else if (fits)
		mailbox->crowded = true;
	else
		mailbox->overflowed = true;
	fits = fits && has_share;
	(void)pthread_cond_signal(&mailbox->arrived);
	(void)pthread_mutex_unlock(&mailbox->lock);
	if (!fits)
		free(letter);
}

static struct letter *
take_first(struct mailbox *mailbox)
{
	struct letter *letter = mailbox->first;

	if (letter == NULL)
		return NULL;
	mailbox->first = letter->next;
	mailbox->size -= letter->size;
	mailbox->count--;
	if (letter->owner != 0)
		*share_of(mailbox, letter) -= letter->size;
	if (letter->name != NULL && *newest_of(mailbox, letter) == letter)
		*newest_of(mailbox, letter) = NULL;
	if (mailbox->first == NULL)
		mailbox->end = &mailbox->first;
	return letter;
}

struct letter *
mailbox_take(struct mailbox *mailbox)
{
	struct letter *letter;

	(void)pthread_mutex_lock(&mailbox->lock);
	while ((letter = take_first(mailbox)) != NULL && letter->is_stale)
		free(letter);
	(void)pthread_mutex_unlock(&mailbox->lock);
	return letter;
}

void
mailbox_wait(struct mailbox *mailbox, int timeout_ms)
{
	struct timespec until;
	int error = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	(void)pthread_mutex_lock(&mailbox->lock);
	while (mailbox->first == NULL && error == 0)
		error = pthread_cond_timedwait(&mailbox->arrived,
		    &mailbox->lock, &until);
	(void)pthread_mutex_unlock(&mailbox->lock);
}

static bool
take_flag(struct mailbox *mailbox, bool *flag)
{
	bool was;

	(void)pthread_mutex_lock(&mailbox->lock);
	was = *flag;
	*flag = false;
	(void)pthread_mutex_unlock(&mailbox->lock);
	return was;
}

bool
mailbox_overflowed(struct mailbox *mailbox)
{
	return take_flag(mailbox, &mailbox->overflowed);
}

bool
mailbox_crowded(struct mailbox *mailbox)
{
	return take_flag(mailbox, &mailbox->crowded);
}

bool
mailbox_skipped(struct mailbox *mailbox)
{
	return take_flag(mailbox, &mailbox->skipped);
}
