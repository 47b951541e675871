/* A settings file; behind a zero byte the value of one variable, behind
 * another its name. */
#include "base/text.h"
#include "core/settings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The text up to the next zero byte, the caller's to free. */
static char *
take(const char **bytes, size_t *len)
{
	size_t taken = strnlen(*bytes, *len);
	char *text = strndup(*bytes, taken);

	assert(text != NULL);
	if (taken < *len)
		taken++;
	*bytes += taken;
	*len -= taken;
	return text;
}

static void
check_texts(const struct settings *settings)
{
	static const char *const keys[][2] = {
		{ "mqtt", "url" },
		{ "mqtt", "username" },
		{ "mqtt", "root" },
		{ "mqtt", "users" },
		{ "state", "directory" },
		{ "apns", "topic" },
		{ "apns", "production_url" },
	};

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		const char *text =
		    settings_text(settings, keys[i][0], keys[i][1]);

		assert(strnlen(text, SETTING_MAX) < SETTING_MAX);
		assert(text_is_utf8(text, strlen(text)) && text_is_line(text));
	}
	assert(text_is_id(settings->mqtt.root));
	assert(text_is_id(settings->mqtt.client_id));
	assert(settings->state.keep_decisions >= 0);
	assert(settings->log.level <= LOG_LEVEL_DEBUG);
}

static void
check_read(const struct settings_source *source)
{
	static const struct settings blank;
	char where[SETTING_WHERE_MAX + SETTING_MAX];
	struct settings settings = { 0 };
	struct settings_fault fault;
	const char *section;
	const char *key;

	if (settings_read(source, &settings, &fault) != STATUS_OK) {
		assert(fault_is_set(&fault.what) && fault.where[0] != '\0');
		assert(memcmp(&settings, &blank, sizeof(blank)) == 0);
		return;
	}
	check_texts(&settings);
	for (size_t i = 0; settings_secret_file(i, &section, &key); i++)
		settings_where(source, section, key, where);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *rest = (const char *)bytes;
	struct settings_override override;
	struct settings_source source = { .file = "nudge.conf",
		.overrides = &override };
	char *text = take(&rest, &len);
	char *value = take(&rest, &len);

	override.value = value;
	override.name = take(&rest, &len);
	source.text = text;
	source.override_count = *override.name != '\0' ? 1 : 0;
	check_read(&source);
	free(override.name);
	free(value);
	free(text);
	return 0;
}
