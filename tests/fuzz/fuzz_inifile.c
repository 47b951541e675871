/* A settings file of anybody: what is set stays set, and all else stays. */
#include "core/inifile.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct inifile_change set = { "mqtt", "url", "mqtt://a" };
	static const struct inifile_change drop = { "mqtt", "url", NULL };
	char *text = strndup((const char *)bytes, len);
	struct buf once;
	struct buf twice;

	assert(text != NULL);
	buf_init(&once, 4 * INIFILE_MAX);
	buf_init(&twice, 4 * INIFILE_MAX);
	inifile_change(text, &set, &once);
	inifile_change(buf_text(&once), &set, &twice);
	assert(strcmp(buf_text(&once), buf_text(&twice)) == 0);
	assert(strstr(buf_text(&once), "url = mqtt://a\n") != NULL);
	buf_clear(&once);
	buf_clear(&twice);
	inifile_change(text, &drop, &once);
	assert(once.len <= strlen(text));
	inifile_change(buf_text(&once), &drop, &twice);
	assert(strcmp(buf_text(&once), buf_text(&twice)) == 0);
	buf_finish(&twice);
	buf_finish(&once);
	free(text);
	return 0;
}
