/* log.c - the notification as one line of the bridge's log: what one watches
 * before there are any credentials.
 *
 * A request without a URL is such a line; there is no service to ask.
 */
#include "base/text.h"
#include "core/notice.h"
#include "push/progress.h"
#include "push/provider.h"

#define LINE_MAX_LEN 2048 /* bytes */

static enum status
encode_progress(const struct job *job, struct request *request)
{
	struct request draft;
	enum status status;

	request_init(&draft, LINE_MAX_LEN);
	buf_addf(&draft.body, "%s/%s: ", job->user, job->device_name);
	status = progress_message(job, &draft.body);
	return request_hand_over(&draft, status, request);
}

static enum status
log_encode(const struct job *job, const struct push_env *env,
    struct request *request)
{
	struct notice notice;
	struct request draft;

	(void)env;
	if (job->purpose == PURPOSE_PROGRESS)
		return encode_progress(job, request);
	notice_write(job->event, job->look, &notice);
	text_fold(notice.body);
	request_init(&draft, LINE_MAX_LEN);
	buf_addf(&draft.body, "%s/%s: %s", job->user, job->device_name,
	    notice.title);
	if (notice.subtitle[0] != '\0')
		buf_addf(&draft.body, " (%s)", notice.subtitle);
	buf_addf(&draft.body, ": %s", notice.body);

	return request_hand_over(&draft, STATUS_OK, request);
}

static bool
log_shows(const struct job *job)
{
	(void)job;
	return true;
}

static struct verdict
log_judge(const struct response *response)
{
	(void)response;
	return (struct verdict){ .outcome = OUTCOME_DELIVERED };
}

const struct provider log_provider = {
	.name = "log",
	.retry = { .first_s = 1, .ceiling_s = 60 },
	.in_flight_max = 64,
	.cannot_withdraw = true,
	.shows = log_shows,
	.encode = log_encode,
	.judge = log_judge,
};
