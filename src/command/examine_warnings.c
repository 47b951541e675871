/* examine_warnings.c - what the running bridge warns of. */
#include "command/examine.h"

#include <stdio.h>
#include <time.h>

#define ADVICE_MAX 320 /* bytes */
#define WORD_MAX 160   /* bytes */

static void
show(struct examination *examination, const char *user,
    const struct json_object *warning)
{
	const char *service = json_line(warning, "service", WORD_MAX);
	const char *device = json_line(warning, "device", WORD_MAX);
	const char *reason = json_line(warning, "reason", WORD_MAX);
	const char *advice = json_line(warning, "advice", ADVICE_MAX);
	int64_t at_ms = json_integer(warning, "ts", 0, INT64_MAX / 2, 0);
	time_t at_s = (time_t)(at_ms / 1000);
	struct tm tm;
	char when[32] = "";
	struct buf whose;

	if (gmtime_r(&at_s, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%FT%TZ", &tm);
	buf_init(&whose, ADVICE_MAX);
	if (device != NULL)
		buf_addf(&whose, ", %s%s%s", user != NULL ? user : "",
		    user != NULL ? "/" : "", device);
	examine_say(examination, GRADE_WARN,
	    service != NULL ? service : "bridge", "%s%s%s: %s%s%s", when,
	    buf_text(&whose),
	    json_bool(warning, "gone", false) ? " was removed" : "",
	    reason != NULL ? reason : "", advice != NULL ? ": " : "",
	    advice != NULL ? advice : "");
	buf_finish(&whose);
}

size_t
examine_warnings(struct examination *examination, const char *user,
    const struct json_object *document)
{
	struct json_list warnings = json_list(document, "warnings");
	struct json_object warning;
	size_t count = 0;

	while (json_next(&warnings, &warning)) {
		show(examination, user, &warning);
		count++;
	}
	return count;
}
