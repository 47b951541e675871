/* settings.h - the bridge's settings file.
 *
 * Layer:   core. Pure: text in, struct out.
 * Source:  inih's dialect of INI.
 */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTING_MAX 256      /* bytes of a value with the NUL */
#define SETTING_WHERE_MAX 80 /* bytes of "file:line" or a variable's name */

enum durability {
	DURABILITY_POWER,
	DURABILITY_PROCESS,
};

enum apns_environment {
	APNS_PRODUCTION,
	APNS_SANDBOX,
};

enum setting_switch {
	SETTING_NO,
	SETTING_YES,
};

/* How Home Assistant is told of us. */
enum discovery_form {
	DISCOVERY_WHEN_SEEN, /* nobody said: as a device, once it shows itself */
	DISCOVERY_DEVICE,    /* each device with its entities in one message */
	DISCOVERY_COMPONENT, /* each entity in one */
	DISCOVERY_OFF,
};

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* Every text is "" while not set. */
struct settings {
	struct {
		char url[SETTING_MAX];
		char username[SETTING_MAX];
		char password_file[SETTING_MAX];
		char ca_file[SETTING_MAX];
		char cert_file[SETTING_MAX];
		char key_file[SETTING_MAX];
		char client_id[SETTING_MAX];
		char root[SETTING_MAX];
		char users[SETTING_MAX]; /* "+", or names between commas */
		char share[SETTING_MAX];
	} mqtt;
	struct {
		char directory[SETTING_MAX];
		enum durability durability;
		int64_t keep_decisions;
	} state;
	struct {
		char key_file[SETTING_MAX];
		char key_id[SETTING_MAX];
		char team_id[SETTING_MAX];
		char topic[SETTING_MAX];
		enum apns_environment environment;
		char production_url[SETTING_MAX];
		char sandbox_url[SETTING_MAX];
		char ca_file[SETTING_MAX];
	} apns;
	struct {
		char service_account_file[SETTING_MAX];
		char url[SETTING_MAX];
		char ca_file[SETTING_MAX];
	} fcm;
	struct {
		char subject[SETTING_MAX];
		char key_file[SETTING_MAX]; /* below the state, if not set */
		char allow_hosts[SETTING_MAX];
		enum setting_switch allow_http;
		char ca_file[SETTING_MAX];
	} webpush;
	struct {
		char allow_hosts[SETTING_MAX];
		enum setting_switch allow_http;
		char ca_file[SETTING_MAX];
	} ntfy;
	struct {
		char allow_hosts[SETTING_MAX];
		enum setting_switch allow_http;
		char headers_file[SETTING_MAX];
		char ca_file[SETTING_MAX];
	} webhook;
	struct {
		char app_id[SETTING_MAX];
		char key_file[SETTING_MAX];
		char url[SETTING_MAX];
		char ca_file[SETTING_MAX];
	} onesignal;
	struct {
		char application[SETTING_MAX];
		char key_file[SETTING_MAX];
		char url[SETTING_MAX];
		char ca_file[SETTING_MAX];
	} pushwoosh;
	struct {
		char listen[SETTING_MAX]; /* core/visit.h has its form */
		char cert_file[SETTING_MAX];
		char key_file[SETTING_MAX];
		char page[SETTING_MAX];
		char broker[SETTING_MAX];
	} http;
	struct {
		enum discovery_form discovery;
		char prefix[SETTING_MAX];
	} homeassistant;
	struct {
		int64_t devices;      /* of one user */
		int64_t retained_kib; /* of her preferences and registrations */
		int64_t waiting;      /* events of hers */
	} limits;
	struct {
		enum log_level level;
	} log;
};

/* One value of the environment: NUDGE_<SECTION>_<KEY>. */
struct settings_override {
	char *name; /* owned by whoever collected it */
	const char *value;
};

/* Where a faulty or questionable setting stands. */
struct settings_fault {
	char where[SETTING_WHERE_MAX + SETTING_MAX]; /* "file:line" or a name */
	struct fault what;
};

/* Read a whole file, then lay the environment over it.
 *
 * In:      file       its name, for messages
 *          folder     where relative paths in it begin; NULL = they stay
 *          text       its contents, NUL-terminated; "" = all defaults
 *          overrides  override_count of them; those whose name does not begin
 *                     with NUDGE_ and a section are passed over
 * Out:     settings   untouched unless STATUS_OK
 * Returns: STATUS_BAD_INPUT with the fault set.
 */
struct settings_source {
	const char *file;
	const char *folder;
	const char *text;
	const struct settings_override *overrides;
	size_t override_count;
};
enum status settings_read(const struct settings_source *source,
    struct settings *settings, struct settings_fault *fault);

/* Take over from fresh what a running bridge can change.
 * Out:     needs_restart  something else differs too; it stays as it was */
void settings_adopt(struct settings *settings, const struct settings *fresh,
    bool *needs_restart);

/* A text setting's value by name; it must exist. */
const char *settings_text(const struct settings *settings, const char *section,
    const char *key);

/* The environment's variables that look like ours and are no setting: 0 .. until
 * NULL. They change nothing, but may be a slip. */
const char *settings_stray(const struct settings_source *source, size_t number);

/* Where a setting got its value: "file:line", or the variable's name. */
void settings_where(const struct settings_source *source, const char *section,
    const char *key, char where[SETTING_WHERE_MAX + SETTING_MAX]);

/* The settings that name files nobody else may read, by number.
 * Returns: false when there is no such number. */
bool settings_secret_file(size_t number, const char **section,
    const char **key);

/* One line of the table. */
struct setting_note {
	const char *section;
	const char *key;
	const char *preset; /* "" = none */
	const char *help;
	bool is_fixed; /* until a restart */
};

/* The settings by number, with what a value must be appended to form ("" = any
 * text).
 * Returns: false when there is no such number. */
bool settings_note(size_t number, struct setting_note *note, struct buf *form);

/* The table as text: key, default and meaning, one a line. */
void settings_describe(struct buf *out);

#endif
