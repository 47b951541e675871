#include "arrive/aside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct aside_user *
aside_find(const struct aside *aside, const char *name)
{
	struct aside_user *user = aside->first;

	while (user != NULL && strcmp(user->name, name) != 0)
		user = user->next;
	return user;
}

/* What is lost if it is another's from now on: a while that is over counts nothing. */
static int64_t
worth(const struct aside_account *account, int64_t now_ms)
{
	return now_ms - account->since_ms < ASIDE_WINDOW_MS ? account->spent_us
	                                                    : -1;
}

/* That of the user for this while; where there is none, the least is made one. */
static struct aside_account *
account_of(struct aside *aside, const char *name, int64_t now_ms)
{
	struct aside_account *found = &aside->accounts[0];

	for (int i = 0; i < ASIDE_ACCOUNTS; i++) {
		struct aside_account *account = &aside->accounts[i];

		if (strcmp(account->name, name) == 0) {
			found = account;
			break;
		}
		if (worth(account, now_ms) < worth(found, now_ms))
			found = account;
	}
	if (strcmp(found->name, name) == 0 && worth(found, now_ms) >= 0)
		return found;
	(void)snprintf(found->name, sizeof(found->name), "%s", name);
	found->since_ms = now_ms;
	found->spent_us = 0;
	return found;
}

bool
aside_is_spent(struct aside *aside, const char *name, int64_t now_ms)
{
	return account_of(aside, name, now_ms)->spent_us >= ASIDE_SHARE_US;
}

void
aside_charge(struct aside *aside, const char *name, int64_t now_ms, int64_t us)
{
	account_of(aside, name, now_ms)->spent_us += us;
}

static void
append(struct aside *aside, struct aside_user *user)
{
	struct aside_user **at = &aside->first;

	while (*at != NULL)
		at = &(*at)->next;
	*at = user;
}

static struct aside_user *
add(struct aside *aside, const char *name, int64_t seq)
{
	struct aside_user *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return NULL;
	(void)snprintf(fresh->name, sizeof(fresh->name), "%s", name);
	fresh->after = seq - 1;
	append(aside, fresh);
	return fresh;
}

struct aside_user *
aside_put(struct aside *aside, const char *name, int64_t seq)
{
	struct aside_user *user = aside_find(aside, name);

	if (user == NULL)
		user = add(aside, name, seq);
	if (user != NULL)
		user->last = seq;
	return user;
}

void
aside_turn(struct aside *aside)
{
	struct aside_user *user = aside->first;

	aside->first = user->next;
	user->next = NULL;
	if (user->after >= user->last)
		free(user);
	else
		append(aside, user);
}

int64_t
aside_first(const struct aside *aside)
{
	int64_t first = INT64_MAX;

	for (const struct aside_user *user = aside->first; user != NULL;
	     user = user->next) {
		if (user->after + 1 < first)
			first = user->after + 1;
	}
	return first;
}

void
aside_finish(struct aside *aside)
{
	struct aside_user *user;

	while ((user = aside->first) != NULL) {
		aside->first = user->next;
		free(user);
	}
}
