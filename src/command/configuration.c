#include "command/configuration.h"

#include "base/attr.h"
#include "io/certificate.h"
#include "io/secret.h"
#include "push/provider.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_LONGEST 65536 /* bytes; ours has two thousand */

static enum status
complain(const char *where, const char *what)
{
	(void)fprintf(stderr, "%s: %s\n", where, what);
	return STATUS_BAD_INPUT;
}

static enum status
blame(const char *file, const char *what, struct settings_fault *fault)
{
	(void)snprintf(fault->where, sizeof(fault->where), "%s", file);
	fault->what.text[0] = '\0';
	fault_set(&fault->what, "%s", what);
	return STATUS_BAD_INPUT;
}

static enum status
read_text(const char *file, char **text, struct settings_fault *fault)
{
	FILE *stream = fopen(file, "re");
	size_t len = 0;

	*text = calloc(1, FILE_LONGEST + 2);
	if (*text != NULL && stream != NULL)
		len = fread(*text, 1, FILE_LONGEST + 1, stream);
	if (stream == NULL || ferror(stream)) {
		(void)blame(file, strerror(errno), fault);
		if (stream != NULL)
			(void)fclose(stream);
		return STATUS_IO;
	}
	(void)fclose(stream);
	if (len > FILE_LONGEST || (*text != NULL && strlen(*text) != len))
		return blame(file, "is no settings file", fault);
	return *text != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

/* The variables that may be ours, each as a name and a value. */
static enum status
read_environment(struct configuration *configuration)
{
	size_t count = 0;

	while (environ[count] != NULL)
		count++;
	configuration->overrides =
	    calloc(count + 1, sizeof(*configuration->overrides));
	if (configuration->overrides == NULL)
		return STATUS_NO_MEMORY;
	count = 0;
	for (char **pair = environ; *pair != NULL; pair++) {
		const char *value = strchr(*pair, '=');

		if (strncmp(*pair, "NUDGE_", 6) != 0 || value == NULL)
			continue;
		configuration->overrides[count].name =
		    strndup(*pair, (size_t)(value - *pair));
		configuration->overrides[count].value = value + 1;
		if (configuration->overrides[count].name == NULL)
			return STATUS_NO_MEMORY;
		count++;
	}
	configuration->source.overrides = configuration->overrides;
	configuration->source.override_count = count;
	return STATUS_OK;
}

/* In:  configuration  zeroed, but for where it was found */
static enum status
read_file(const char *file, struct configuration *configuration,
    struct settings_fault *fault)
{
	enum status status = STATUS_OK;

	configuration->source.file = file != NULL ? file : CONFIGURATION_FILE;
	configuration->source.text = "";
	configuration->has_file =
	    file != NULL || access(CONFIGURATION_FILE, F_OK) == 0;
	if (configuration->has_file) {
		status = read_text(configuration->source.file,
		    &configuration->text, fault);
		configuration->source.text = configuration->text;
	}
	if (status == STATUS_OK)
		status = read_environment(configuration);
	if (status == STATUS_OK)
		status = settings_read(&configuration->source,
		    &configuration->settings, fault);
	if (status == STATUS_NO_MEMORY)
		(void)blame(configuration->source.file, status_str(status),
		    fault);
	if (status != STATUS_OK)
		configuration_finish(configuration);
	return status;
}

enum status
configuration_try(const char *file, struct configuration *configuration,
    struct settings_fault *fault)
{
	memset(configuration, 0, sizeof(*configuration));
	return read_file(file, configuration, fault);
}

/* Out: found  NULL = no bridge runs here */
static enum status
find_bridge(struct beacon_word **found, struct settings_fault *fault)
{
	struct beacon_word *words = calloc(2, sizeof(*words));
	size_t count = words != NULL ? beacon_find(&words[0], &words[1]) : 0;

	*found = count == 1 ? words : NULL;
	if (words == NULL)
		return blame("nudge", status_str(STATUS_NO_MEMORY), fault);
	if (count > 1) {
		memset(fault, 0, sizeof(*fault));
		(void)snprintf(fault->where, sizeof(fault->where),
		    "several bridges run here");
		fault_set(&fault->what,
		    "say whose settings: -c %.120s, or -c %.120s",
		    words[0].file, words[1].file);
	}
	if (count != 1)
		free(words);
	return count > 1 ? STATUS_BAD_INPUT : STATUS_OK;
}

static void
say_which(const struct configuration_wish *wish,
    const struct configuration *configuration)
{
	const char *file = configuration->source.file;

	if (configuration->found != NULL)
		(void)fprintf(stderr,
		    "nudge %s: reads %s, as the bridge that runs here\n",
		    wish->command, file);
	else if (configuration->has_file)
		(void)fprintf(stderr, "nudge %s: reads %s\n", wish->command,
		    file);
	else
		(void)fprintf(stderr,
		    "nudge %s: finds no running bridge and no %s: the built-in "
		    "settings count\n",
		    wish->command, file);
}

enum status
configuration_try_find(const struct configuration_wish *wish,
    struct configuration *configuration, struct settings_fault *fault)
{
	struct beacon_word *found = NULL;
	enum status status = STATUS_OK;

	memset(configuration, 0, sizeof(*configuration));
	if (wish->file == NULL)
		status = find_bridge(&found, fault);
	if (status != STATUS_OK)
		return status;
	configuration->found = found;
	configuration->source.folder = found != NULL ? found->folder : NULL;
	status = read_file(found != NULL ? found->file : wish->file,
	    configuration, fault);
	if (status == STATUS_OK && wish->file == NULL && !wish->is_silent)
		say_which(wish, configuration);
	return status;
}

enum status
configuration_find(const struct configuration_wish *wish,
    struct configuration *configuration)
{
	struct settings_fault fault;
	enum status status =
	    configuration_try_find(wish, configuration, &fault);

	if (status != STATUS_OK)
		(void)complain(fault.where, fault.what.text);
	return status;
}

enum status
configuration_read(const char *file, struct configuration *configuration)
{
	struct settings_fault fault;
	enum status status = configuration_try(file, configuration, &fault);

	if (status != STATUS_OK)
		(void)complain(fault.where, fault.what.text);
	return status;
}

void
configuration_finish(struct configuration *configuration)
{
	for (size_t i = 0; i < configuration->source.override_count; i++)
		free(configuration->overrides[i].name);
	free(configuration->overrides);
	free(configuration->found);
	free(configuration->text);
	memset(configuration, 0, sizeof(*configuration));
}

/* A key that nobody needs, or that is made when it is needed. */
static bool
may_be_missing(const struct settings *settings, const char *section,
    const char *key, const char *path)
{
	const struct provider *provider = provider_find(section);

	if (provider == NULL || provider->key_setting == NULL ||
	    strcmp(provider->key_setting, key) != 0)
		return false;
	return !provider_is_on(provider, settings) ||
	    (provider->make_key != NULL && !secret_exists(path));
}

/* A provider looks into its own key. */
static enum status
check_key(const char *section, const char *key, const char *text,
    struct fault *fault)
{
	const struct provider *provider = provider_find(section);

	if (strcmp(key, "password_file") == 0 && strcspn(text, "\r\n") == 0) {
		fault_set(fault,
		    "must hold the password alone; its first "
		    "line is empty");
		return STATUS_BAD_INPUT;
	}

	if (provider == NULL || provider->key_setting == NULL ||
	    strcmp(provider->key_setting, key) != 0)
		return STATUS_OK;
	return provider->check_key(text, fault);
}

/* Only what can be a name is printed: it may be anybody's. */
static void
warn_of_strays(const struct settings_source *source)
{
	const char *name;

	for (size_t i = 0; (name = settings_stray(source, i)) != NULL; i++) {
		size_t len = strspn(name,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz0123456789_");

		(void)fprintf(stderr,
		    "%.*s: warning: no setting has this name, it changes "
		    "nothing\n",
		    (int)len, name);
	}
}

/* Whom a server's certificate must be signed by, and our own: each is to be read
 * before anything starts. */
static enum status
check_certificates(const struct configuration *configuration)
{
	static const struct {
		const char *section;
		const char *key;
	} files[] = {
		{ "mqtt", "ca_file" },
		{ "mqtt", "cert_file" },
		{ "http", "cert_file" },
		{ "apns", "ca_file" },
		{ "fcm", "ca_file" },
		{ "webpush", "ca_file" },
		{ "ntfy", "ca_file" },
		{ "webhook", "ca_file" },
		{ "onesignal", "ca_file" },
		{ "pushwoosh", "ca_file" },
	};

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		const char *path = settings_text(&configuration->settings,
		    files[i].section, files[i].key);
		char where[SETTING_WHERE_MAX + SETTING_MAX];
		char print[CERTIFICATE_PRINT_LEN + 1];
		struct fault fault = { "" };
		struct fault line = { "" };

		if (*path == '\0' ||
		    certificate_fingerprint(path, print, &fault) == STATUS_OK)
			continue;
		settings_where(&configuration->source, files[i].section,
		    files[i].key, where);
		fault_set(&line, "[%s] %s: %s", files[i].section, files[i].key,
		    fault.text);
		return complain(where, line.text);
	}
	return STATUS_OK;
}

/* A key that is of another certificate. */
static enum status
check_pair(const struct configuration *configuration, const char *section)
{
	const struct settings *settings = &configuration->settings;
	const char *cert = settings_text(settings, section, "cert_file");
	const char *key = settings_text(settings, section, "key_file");
	char where[SETTING_WHERE_MAX + SETTING_MAX];
	struct secret secret = { 0 };
	struct fault fault = { "" };
	struct fault line = { "" };
	enum status status;

	if (*cert == '\0' || *key == '\0')
		return STATUS_OK;
	status = secret_read(key, &secret, &fault);
	if (status == STATUS_OK)
		status = certificate_match(cert, secret.text, &fault);
	secret_finish(&secret);
	if (status == STATUS_OK)
		return STATUS_OK;
	settings_where(&configuration->source, section, "key_file", where);
	fault_set(&line, "[%s] key_file: %s", section, fault.text);
	return complain(where, line.text);
}

/* A directory may be made later, but not where a file is. */
static enum status
check_directory(const struct configuration *configuration)
{
	const char *path = configuration->settings.state.directory;
	char where[SETTING_WHERE_MAX + SETTING_MAX];
	struct fault line = { "" };
	struct stat info;

	if (stat(path, &info) != 0 || S_ISDIR(info.st_mode))
		return STATUS_OK;
	settings_where(&configuration->source, "state", "directory", where);
	fault_set(&line, "[state] directory: %s is no directory", path);
	return complain(where, line.text);
}

enum status
configuration_check_files(const struct configuration *configuration)
{
	enum status status = STATUS_OK;
	const char *section;
	const char *key;

	warn_of_strays(&configuration->source);
	for (size_t i = 0; settings_secret_file(i, &section, &key); i++) {
		const char *path =
		    settings_text(&configuration->settings, section, key);
		char where[SETTING_WHERE_MAX + SETTING_MAX];
		struct secret secret = { 0 };
		struct fault fault = { "" };
		struct fault line = { "" };

		if (*path == '\0' ||
		    may_be_missing(&configuration->settings, section, key,
		        path))
			continue;
		status = secret_read(path, &secret, &fault);
		if (status == STATUS_OK)
			status = check_key(section, key, secret.text, &fault);
		secret_finish(&secret);
		if (status == STATUS_OK)
			continue;
		settings_where(&configuration->source, section, key, where);
		fault_set(&line, "[%s] %s: %s", section, key, fault.text);
		return complain(where, line.text);
	}
	status = check_certificates(configuration);
	if (status == STATUS_OK)
		status = check_pair(configuration, "mqtt");
	if (status == STATUS_OK)
		status = check_pair(configuration, "http");
	if (status == STATUS_OK)
		status = check_directory(configuration);
	return status;
}
