#include "core/activity.h"

#include <string.h>

const char *
activity_step_str(enum activity_step step)
{
	static const char *const words[] = {
		[ACTIVITY_NOTHING] = "nothing",
		[ACTIVITY_START] = "start",
		[ACTIVITY_UPDATE] = "update",
		[ACTIVITY_END] = "end",
	};

	return words[step];
}

bool
activity_is_wished(const struct preferences *wishes,
    const struct agent_session *session, const char *host)
{
	return wishes->enabled && wishes->progress &&
	    !muted_has(&wishes->muted_sessions, session->id) &&
	    !muted_has(&wishes->muted_projects, session->project) &&
	    !muted_has(&wishes->muted_hosts, host);
}

bool
activity_is_held(const struct preferences *wishes, int64_t now_ms)
{
	return wishes->snooze_until_ms > now_ms ||
	    quiet_is_on(&wishes->quiet, now_ms);
}

static bool
is_lost(const struct activity *activity, int64_t now_ms)
{
	return activity->lost_ms != 0 &&
	    now_ms - activity->lost_ms >= ACTIVITY_LOST_MS;
}

static bool
is_at_work(const struct activity *activity)
{
	return activity->is.doing == AGENT_BUSY ||
	    activity->is.doing == AGENT_WAITING;
}

bool
activity_is_running(const struct activity *activity, int64_t now_ms)
{
	return is_at_work(activity) && !is_lost(activity, now_ms);
}

static bool
is_news(const struct agent_session *is, const struct agent_session *shown)
{
	return is->doing != shown->doing || is->since_ms != shown->since_ms ||
	    strcmp(is->title, shown->title) != 0 ||
	    strcmp(is->project, shown->project) != 0;
}

/* Milliseconds in which the device is told nothing more; <= 0 = none. */
static int64_t
rest_ms(const struct activity *activity, int64_t now_ms)
{
	return activity->told_ms == 0
	    ? 0
	    : activity->told_ms + ACTIVITY_EVERY_MS - now_ms;
}

/* What should be told, whenever that may be.
 * Out:  due_ms  when it is */
static enum activity_step
plan(const struct activity *activity, int64_t now_ms, int64_t *due_ms)
{
	bool is_running = activity_is_running(activity, now_ms);

	*due_ms = 0;
	if (activity->is_refused || activity->has_no_way)
		return ACTIVITY_NOTHING;
	if (!is_running || !activity->is_wanted)
		return activity->is_started ? ACTIVITY_END : ACTIVITY_NOTHING;
	if (activity->lost_ms != 0)
		return ACTIVITY_NOTHING;
	if (!activity->is_started) {
		*due_ms = now_ms + rest_ms(activity, now_ms);
		return activity->is_held ? ACTIVITY_NOTHING : ACTIVITY_START;
	}
	*due_ms = activity->told_ms +
	    (is_news(&activity->is, &activity->shown) ? ACTIVITY_EVERY_MS
	                                              : ACTIVITY_FRESH_MS);
	return ACTIVITY_UPDATE;
}

enum activity_step
activity_next(const struct activity *activity, int64_t now_ms, int64_t *wait_ms)
{
	int64_t lost_ms = activity->lost_ms + ACTIVITY_LOST_MS - now_ms;
	int64_t due_ms;
	enum activity_step step = plan(activity, now_ms, &due_ms);

	if (due_ms < activity->pause_ms)
		due_ms = activity->pause_ms;
	*wait_ms = due_ms - now_ms;
	if (step == ACTIVITY_NOTHING)
		*wait_ms =
		    !activity->is_started && rest_ms(activity, now_ms) > 0
		    ? rest_ms(activity, now_ms)
		    : ACTIVITY_NEVER;
	else if (*wait_ms <= 0)
		return step;
	if (activity->lost_ms != 0 && lost_ms > 0 && lost_ms < *wait_ms)
		*wait_ms = lost_ms;
	return ACTIVITY_NOTHING;
}

bool
activity_is_over(const struct activity *activity, int64_t now_ms)
{
	if (activity_is_running(activity, now_ms) && activity->is_wanted)
		return false;
	return (!activity->is_started || activity->is_refused) &&
	    rest_ms(activity, now_ms) <= 0;
}
