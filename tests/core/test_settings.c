#include "core/settings.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X250 X50 X50 X50 X50 X50

static enum status
read_text(const char *text, struct settings *settings,
    struct settings_fault *fault)
{
	const struct settings_source source = { .file = "nudge.conf",
		.text = text };

	return settings_read(&source, settings, fault);
}

static void
assert_read(const char *text, struct settings *settings)
{
	struct settings_fault fault;

	if (read_text(text, settings, &fault) != STATUS_OK)
		fail_msg("%s: %s", fault.where, fault.what.text);
}

static void
assert_refused(const char *text, const char *where, const char *what)
{
	struct settings untouched;
	struct settings settings;
	struct settings_fault fault;

	memset(&settings, 0x55, sizeof(settings));
	memset(&untouched, 0x55, sizeof(untouched));
	assert_int_equal(read_text(text, &settings, &fault), STATUS_BAD_INPUT);
	assert_string_equal(fault.what.text, what);
	assert_string_equal(fault.where, where);
	assert_memory_equal(&settings, &untouched, sizeof(settings));
}

static void
assert_defaults(const struct settings *settings)
{
	assert_string_equal(settings->mqtt.url, "mqtt://localhost:1883");
	assert_string_equal(settings->mqtt.username, "");
	assert_string_equal(settings->mqtt.password_file, "");
	assert_string_equal(settings->mqtt.client_id, "nudge");
	assert_string_equal(settings->mqtt.root, "nudge");
	assert_string_equal(settings->mqtt.users, "+");
	assert_string_equal(settings->mqtt.share, "");
	assert_string_equal(settings->state.directory, "/var/lib/nudge");
	assert_int_equal(settings->state.durability, DURABILITY_POWER);
	assert_int_equal(settings->state.keep_decisions, 1000);
	assert_string_equal(settings->apns.key_file, "");
	assert_int_equal(settings->apns.environment, APNS_PRODUCTION);
	assert_string_equal(settings->apns.production_url,
	    "https://api.push.apple.com");
	assert_string_equal(settings->apns.sandbox_url,
	    "https://api.sandbox.push.apple.com");
	assert_int_equal(settings->homeassistant.discovery,
	    DISCOVERY_WHEN_SEEN);
	assert_string_equal(settings->homeassistant.prefix, "homeassistant");
	assert_int_equal(settings->log.level, LOG_LEVEL_INFO);
}

TEST(has_a_default_for_everything)
{
	static const char *const texts[] = { "", "\n\n", "; only\n# comments\n",
		"[mqtt]\n[apns]\n", "[mqtt]\nurl =\nusers =\n[log]\nlevel =\n",
		"\xef\xbb\xbf[mqtt]\n" };

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct settings settings;

		assert_read(texts[i], &settings);
		assert_defaults(&settings);
	}
}

TEST(reads_every_key)
{
	struct settings settings;

	assert_read(
	    "[mqtt]\nurl = mqtts://pi.lan\nusername = bridge\n"
	    "password_file = /k/p\nca_file = /k/ca\n"
	    "cert_file = /k/c\nkey_file = /k/k\nclient_id = n-2\n"
	    "root = home\nusers = alice, bob\nshare =\n"
	    "[state]\ndirectory = /s\ndurability = process\n"
	    "keep_decisions = 5\n"
	    "[apns]\nkey_file = /k/a\nkey_id = ABC123DEFG\nteam_id = DEF123GHIJ\n"
	    "topic = dev.example.app\nenvironment = sandbox\n"
	    "production_url = https://p\nsandbox_url = https://s\n"
	    "ca_file = /k/aca\n[log]\nlevel = debug\n"
	    "[fcm]\nservice_account_file = /k/f\nurl = https://f\n"
	    "ca_file = /k/fca\n"
	    "[webpush]\nsubject = mailto:a@b.example\n"
	    "key_file = /k/w\nallow_hosts = pi.lan, *.example.org\n"
	    "allow_http = yes\nca_file = /k/wca\n"
	    "[ntfy]\nallow_hosts = [fd00::1]\nallow_http = yes\n"
	    "ca_file = /k/nca\n"
	    "[homeassistant]\ndiscovery = component\n"
	    "prefix = house/ha-2\n",
	    &settings);
	assert_int_equal(settings.homeassistant.discovery, DISCOVERY_COMPONENT);
	assert_string_equal(settings.homeassistant.prefix, "house/ha-2");
	assert_string_equal(settings.mqtt.url, "mqtts://pi.lan");
	assert_string_equal(settings.mqtt.username, "bridge");
	assert_string_equal(settings.mqtt.password_file, "/k/p");
	assert_string_equal(settings.mqtt.ca_file, "/k/ca");
	assert_string_equal(settings.mqtt.cert_file, "/k/c");
	assert_string_equal(settings.mqtt.key_file, "/k/k");
	assert_string_equal(settings.mqtt.client_id, "n-2");
	assert_string_equal(settings.mqtt.root, "home");
	assert_string_equal(settings.mqtt.users, "alice, bob");
	assert_string_equal(settings.mqtt.share, "");
	assert_string_equal(settings.state.directory, "/s");
	assert_int_equal(settings.state.durability, DURABILITY_PROCESS);
	assert_int_equal(settings.state.keep_decisions, 5);
	assert_string_equal(settings.apns.key_file, "/k/a");
	assert_string_equal(settings.apns.key_id, "ABC123DEFG");
	assert_string_equal(settings.apns.team_id, "DEF123GHIJ");
	assert_string_equal(settings.apns.topic, "dev.example.app");
	assert_int_equal(settings.apns.environment, APNS_SANDBOX);
	assert_string_equal(settings.apns.production_url, "https://p");
	assert_string_equal(settings.apns.sandbox_url, "https://s");
	assert_string_equal(settings.apns.ca_file, "/k/aca");
	assert_int_equal(settings.log.level, LOG_LEVEL_DEBUG);
	assert_string_equal(settings.fcm.service_account_file, "/k/f");
	assert_string_equal(settings.fcm.url, "https://f");
	assert_string_equal(settings.fcm.ca_file, "/k/fca");
	assert_string_equal(settings.webpush.subject, "mailto:a@b.example");
	assert_string_equal(settings.webpush.key_file, "/k/w");
	assert_string_equal(settings.webpush.allow_hosts,
	    "pi.lan, *.example.org");
	assert_int_equal(settings.webpush.allow_http, SETTING_YES);
	assert_string_equal(settings.webpush.ca_file, "/k/wca");
	assert_string_equal(settings.ntfy.allow_hosts, "[fd00::1]");
	assert_int_equal(settings.ntfy.allow_http, SETTING_YES);
	assert_string_equal(settings.ntfy.ca_file, "/k/nca");
}

TEST(keeps_the_key_it_makes_below_the_state)
{
	struct settings settings;

	assert_read("[state]\ndirectory = /s\n", &settings);
	assert_string_equal(settings.webpush.key_file, "/s/webpush.pem");
}

TEST(begins_the_relative_paths_of_the_file_where_it_is_told)
{
	const struct settings_override over = {
		(char[]){ "NUDGE_MQTT_CA_FILE" }, "ca.pem"
	};
	const struct settings_source source = {
		.file = "nudge.conf",
		.folder = "/srv/bridge",
		.text = "[mqtt]\nusername = a\npassword_file = pass/word\n"
		        "client_id = one\n[state]\ndirectory = state\n"
		        "[fcm]\nca_file = /etc/ca.pem\n",
		.overrides = &over,
		.override_count = 1,
	};
	struct settings settings;
	struct settings_fault fault;

	assert_int_equal(settings_read(&source, &settings, &fault), STATUS_OK);
	assert_string_equal(settings.mqtt.password_file,
	    "/srv/bridge/pass/word");
	assert_string_equal(settings.state.directory, "/srv/bridge/state");
	assert_string_equal(settings.webpush.key_file,
	    "/srv/bridge/state/webpush.pem");
	assert_string_equal(settings.fcm.ca_file, "/etc/ca.pem");
	assert_string_equal(settings.apns.ca_file, "");
	assert_string_equal(settings.mqtt.client_id, "one");
	assert_string_equal(settings.mqtt.ca_file, "ca.pem");
}

TEST(refuses_a_path_that_is_too_long_behind_its_folder)
{
	const struct settings_source source = {
		.file = "nudge.conf",
		.folder = "/" X250,
		.text = "[mqtt]\nca_file = ca.pem\n",
	};
	struct settings settings;
	struct settings_fault fault;

	assert_int_equal(settings_read(&source, &settings, &fault),
	    STATUS_BAD_INPUT);
	assert_string_equal(fault.where, "nudge.conf:2");
	assert_string_equal(fault.what.text,
	    "[mqtt] ca_file is too long: at most 255 bytes");
}

TEST(takes_what_people_write)
{
	static const char *const texts[] = {
		"[mqtt]\nurl=mqtt://pi\nusername=bob\n",
		"[mqtt]\r\nurl = mqtt://pi\r\nusername = bob\r\n",
		"[mqtt]\nurl = mqtt://pi ; ours\nusername = bob",
		"[mqtt]\n  url = mqtt://pi\n  username = bob\n",
		"[mqtt]\n url = mqtt://pi\n\tusername = bob\n",
		"[mqtt]\nurl: mqtt://pi\nusername: bob\n",
		"[mqtt]\nurl = mqtt://pi\n[log]\n[mqtt]\nusername = bob\n",
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct settings settings;

		assert_read(texts[i], &settings);
		assert_string_equal(settings.mqtt.url, "mqtt://pi");
		assert_string_equal(settings.mqtt.username, "bob");
	}
}

TEST(takes_the_limits_of_each_type)
{
	static const char *const texts[] = {
		"[mqtt]\nurl = mqtt://a\n",
		"[mqtt]\nurl = mqtts://a\n",
		"[mqtt]\nurl = ws://a\n",
		"[mqtt]\nurl = wss://a\n",
		"[mqtt]\nusers = a\n",
		"[mqtt]\nusers = a,b ,  c\n",
		"[state]\nkeep_decisions = 0\n",
		"[state]\nkeep_decisions = 1000000\n",
		"[log]\nlevel = error\n",
		"[log]\nlevel = warn\n",
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct settings settings;

		assert_read(texts[i], &settings);
	}
}

#define ID_FORM "must be 1 to 64 of the characters A-Z a-z 0-9 _ -"
#define APPLE_FORM "must be ten of the characters A-Z 0-9, as Apple shows it"
#define LEVELS_FORM \
	"must be names of the characters A-Z a-z 0-9 _ - between slashes"
#define USERS_FORM "[mqtt] users must be + or user names between commas"
#define URL_FORM "[mqtt] url must begin with mqtt://, mqtts://, ws:// or wss://"
#define NUMBER_FORM \
	"[state] keep_decisions must be a whole number from 0 to 1000000"
#define LINE_FORM "must be one line of UTF-8"

static const struct {
	const char *text;
	const char *where;
	const char *what;
} faulty[] = {
	{ "[mqtt]\nurl = tcp://a\n", "nudge.conf:2", URL_FORM },
	{ "[mqtt]\n\n; x\nurl = a\n", "nudge.conf:4", URL_FORM },
	{ "[mqtt]\nclient_id = a/b\n", "nudge.conf:2",
	    "[mqtt] client_id " ID_FORM },
	{ "[mqtt]\nroot = a b\n", "nudge.conf:2", "[mqtt] root " ID_FORM },
	{ "[mqtt]\nroot = +\n", "nudge.conf:2", "[mqtt] root " ID_FORM },
	{ "[mqtt]\nshare = group\n", "nudge.conf:2",
	    "[mqtt] share must stay empty: members of a shared group do not "
	    "see the answers to what another pushed; divide the people with "
	    "users" },
	{ "[mqtt]\nusers = a,,b\n", "nudge.conf:2", USERS_FORM },
	{ "[mqtt]\nusers = a,\n", "nudge.conf:2", USERS_FORM },
	{ "[mqtt]\nusers = a,+\n", "nudge.conf:2", USERS_FORM },
	{ "[mqtt]\nusers = a b\n", "nudge.conf:2", USERS_FORM },
	{ "[mqtt]\nusers = a +\n", "nudge.conf:2", USERS_FORM },
	{ "[mqtt]\nusers = a,bridge\n", "nudge.conf:2", USERS_FORM },
	{ "[mqtt]\nusername = \xff\n", "nudge.conf:2",
	    "[mqtt] username " LINE_FORM },
	{ "[mqtt]\nusername = a\x1b[m\n", "nudge.conf:2",
	    "[mqtt] username " LINE_FORM },
	{ "[state]\ndurability = Power\n", "nudge.conf:2",
	    "[state] durability must be one of power, process, not 'Power'" },
	{ "[state]\nkeep_decisions = -1\n", "nudge.conf:2", NUMBER_FORM },
	{ "[state]\nkeep_decisions = 1000001\n", "nudge.conf:2", NUMBER_FORM },
	{ "[state]\nkeep_decisions = 5x\n", "nudge.conf:2", NUMBER_FORM },
	{ "[state]\nkeep_decisions = 99999999999999999999\n", "nudge.conf:2",
	    NUMBER_FORM },
	{ "[mqtt]\nurl = mqtt://[fe80::1%eth0]:1883\n", "nudge.conf:2",
	    "[mqtt] url must name another address than one of a link (with "
	    "%): the MQTT library reaches none of those" },
	{ "[mqtt]\nurl = mqtt://\n", "nudge.conf:2",
	    "[mqtt] url must name a host" },
	{ "[mqtt]\nurl = mqtt://:1883\n", "nudge.conf:2",
	    "[mqtt] url must name a host" },
	{ "[mqtt]\nurl = mqtt://pi lan\n", "nudge.conf:2",
	    "[mqtt] url must name a host" },
	{ "[mqtt]\nurl = mqtt://pi:0\n", "nudge.conf:2",
	    "[mqtt] url must have a port from 1 to 65535, or none" },
	{ "[mqtt]\nurl = ws://pi:65536/mqtt\n", "nudge.conf:2",
	    "[mqtt] url must have a port from 1 to 65535, or none" },
	{ "[mqtt]\nurl = mqtts://pi:18x\n", "nudge.conf:2",
	    "[mqtt] url must have a port from 1 to 65535, or none" },
	{ "[mqtt]\nurl = mqtt://pi:\n", "nudge.conf:2",
	    "[mqtt] url must have a port from 1 to 65535, or none" },
	{ "[mqtt]\nurl = mqtt://::1:1883\n", "nudge.conf:2",
	    "[mqtt] url must have its IPv6 address in brackets: [::1]" },
	{ "[mqtt]\nurl = mqtt://[::1\n", "nudge.conf:2",
	    "[mqtt] url must have its IPv6 address in brackets: [::1]" },
	{ "[mqtt]\nurl = mqtt://pi/mqtt\n", "nudge.conf:2",
	    "[mqtt] url must end after the host and its port" },
	{ "[mqtt]\nurl = ws://pi/mqtt?a\n", "nudge.conf:2",
	    "[mqtt] url must have no '?', '#' or blank" },
	{ "[fcm]\nurl = https://\n", "nudge.conf:2",
	    "[fcm] url must name a host" },
	{ "[apns]\nsandbox_url = https://relay:99999\n", "nudge.conf:2",
	    "[apns] sandbox_url must have a port from 1 to 65535, or none" },
	{ "[http]\nbroker = wss://\n", "nudge.conf:2",
	    "[http] broker must name a host" },
	{ "[http]\nbroker = wss://pi:0\n", "nudge.conf:2",
	    "[http] broker must have a port from 1 to 65535, or none" },
	{ "[homeassistant]\nprefix = nudge/ha\n", "nudge.conf",
	    "[homeassistant] prefix must not begin with [mqtt] root" },
	{ "[apns]\nproduction_url = http://a\n", "nudge.conf:2",
	    "[apns] production_url must begin with https://" },
	{ "[log]\nlevel = loud\n", "nudge.conf:2",
	    "[log] level must be one of error, warn, info, debug, "
	    "not 'loud'" },
	{ "[homeassistant]\ndiscovery = on\n", "nudge.conf:2",
	    "[homeassistant] discovery must be one of device, component, off, "
	    "not 'on'" },
	{ "[homeassistant]\nprefix = home/\n", "nudge.conf:2",
	    "[homeassistant] prefix " LEVELS_FORM },
	{ "[homeassistant]\nprefix = home/+\n", "nudge.conf:2",
	    "[homeassistant] prefix " LEVELS_FORM },
	{ "[apns]\nkey_id = ABC123DEF\n", "nudge.conf:2",
	    "[apns] key_id " APPLE_FORM },
	{ "[apns]\nkey_id = ABC123DEFGH\n", "nudge.conf:2",
	    "[apns] key_id " APPLE_FORM },
	{ "[apns]\nteam_id = abc123defg\n", "nudge.conf:2",
	    "[apns] team_id " APPLE_FORM },
	{ "[apns]\ntopic = dev.example app\n", "nudge.conf:2",
	    "[apns] topic must be an app's bundle id, of the characters "
	    "A-Z a-z 0-9 . -" },
	{ "[log]\nlevel = info\n[mqtt]\n[log]\nlevel = debug\n", "nudge.conf:5",
	    "[log] level is set in line 2 and again in line 5: keep one" },
	{ "[mqtt]\nurl = mqtt://a\nurl = mqtt://a\n", "nudge.conf:3",
	    "[mqtt] url is set in line 2 and again in line 3: keep one" },
	{ "[mqtt]\nusername =\nusername = a\n", "nudge.conf:3",
	    "[mqtt] username is set in line 2 and again in line 3: keep one" },
	{ "[fax]\nnumber = 1\n", "nudge.conf:2", "unknown section [fax]" },
	{ "url = mqtt://a\n", "nudge.conf:1",
	    "'url' stands below no [section]" },
	{ "[mqtt]\nurls = a\n", "nudge.conf:2",
	    "unknown key 'urls' in [mqtt]" },
	{ "[log]\nurl = a\n", "nudge.conf:2", "unknown key 'url' in [log]" },
	{ "[mqtt]\nurl\n", "nudge.conf:2",
	    "neither '[section]' nor 'key = value'" },
	{ "[mqtt]\n\n[state\n", "nudge.conf:3",
	    "neither '[section]' nor 'key = value'" },
	{ "[mqtt]\nurl = mqtt://" X50 X50 X50 X50 "\n", "nudge.conf:2",
	    "the line is too long: at most 199 bytes" },
	{ "[apns]\nkey_file = /k\n", "nudge.conf",
	    "[apns] key_file, key_id and team_id belong together" },
	{ "[apns]\nkey_id = ABC123DEFG\nteam_id = DEF123GHIJ\n", "nudge.conf",
	    "[apns] key_file, key_id and team_id belong together" },
	{ "[onesignal]\napp_id = a\n", "nudge.conf",
	    "[onesignal] key_file and app_id belong together" },
	{ "[pushwoosh]\nkey_file = /k\n", "nudge.conf",
	    "[pushwoosh] key_file and application belong together" },
	{ "[webpush]\nsubject = me@b.example\n", "nudge.conf:2",
	    "[webpush] subject must be where you are reached: "
	    "mailto:me@example.org, or https:// and a host with a dot" },
	{ "[webpush]\nsubject = mailto:me\n", "nudge.conf:2",
	    "[webpush] subject must be where you are reached: "
	    "mailto:me@example.org, or https:// and a host with a dot" },
	{ "[webpush]\nsubject = mailto:@\n", "nudge.conf:2",
	    "[webpush] subject must be where you are reached: "
	    "mailto:me@example.org, or https:// and a host with a dot" },
	{ "[webpush]\nsubject = https://localhost\n", "nudge.conf:2",
	    "[webpush] subject must be where you are reached: "
	    "mailto:me@example.org, or https:// and a host with a dot" },
	{ "[ntfy]\nallow_hosts = https://pi.lan\n", "nudge.conf:2",
	    "[ntfy] allow_hosts: entry 1 can never match: it must be a host "
	    "alone, without https://" },
	{ "[ntfy]\nallow_hosts = a,*b\n", "nudge.conf:2",
	    "[ntfy] allow_hosts: entry 2 can never match: it must be a host, "
	    "*. and a domain, or an IPv6 address in brackets" },
	{ "[mqtt]\nurl = mqtt://alice:S3cret@pi\n", "nudge.conf:2",
	    "[mqtt] url must not hold a login: set username, and put the "
	    "password alone into a file that password_file names" },
	{ "[log]\nlevel = info\n[mqtt]\nurl = ws://alice:S3/cret@pi/mqtt\n",
	    "nudge.conf:4",
	    "[mqtt] url must not hold a login: set username, and put the "
	    "password alone into a file that password_file names" },
	{ "[apns]\nproduction_url = https://a:b@relay\n", "nudge.conf:2",
	    "[apns] production_url must not hold a login" },
	{ "[apns]\nsandbox_url = https://a@relay\n", "nudge.conf:2",
	    "[apns] sandbox_url must not hold a login" },
	{ "[fcm]\nurl = https://a:b@relay\n", "nudge.conf:2",
	    "[fcm] url must not hold a login" },
	{ "[webpush]\nsubject = https://a:b@relay/me\n", "nudge.conf:2",
	    "[webpush] subject must not hold a login" },
	{ "[ntfy]\nallow_http = maybe\n", "nudge.conf:2",
	    "[ntfy] allow_http must be one of no, yes, not 'maybe'" },
	{ "[mqtt]\npassword_file = /p\n", "nudge.conf",
	    "[mqtt] password_file needs a username" },
	{ "[mqtt]\nkey_file = /p\n", "nudge.conf",
	    "[mqtt] key_file needs a cert_file" },
	/* The first fault of a file is the one that is told. */
	{ "[log]\nlevel = x\nlevel = y\n[fax]\n", "nudge.conf:2",
	    "[log] level must be one of error, warn, info, debug, not 'x'" },
};

TEST(names_the_line_of_what_is_wrong)
{
	for (size_t i = 0; i < COUNT_OF(faulty); i++)
		assert_refused(faulty[i].text, faulty[i].where, faulty[i].what);
}

TEST(takes_a_line_of_the_stated_length_and_no_longer)
{
	static const char key[] = "[mqtt]\nusername = ";
	char text[300];

	for (size_t len = 199; len <= 200; len++) {
		size_t end = strlen("[mqtt]\n") + len;
		struct settings settings;

		memset(text, 'x', sizeof(text));
		memcpy(text, key, strlen(key));
		memcpy(text + end, "\n[log]\n", 8);
		if (len > 199) {
			assert_refused(text, "nudge.conf:2",
			    "the line is too long: at most 199 bytes");
			continue;
		}
		assert_read(text, &settings);
		assert_int_equal(strlen(settings.mqtt.username), 199 - 11);
	}
}

/* The environment, one variable. */
static enum status
read_variable(const char *name, const char *value, struct settings *settings,
    struct settings_fault *fault)
{
	char copy[sizeof(X250 X250 "NUDGE_LOG_")] = "";
	const struct settings_override override = { copy, value };
	const struct settings_source source = {
		.file = "nudge.conf",
		.text = "[mqtt]\nusername = bob\n",
		.overrides = &override,
		.override_count = 1,
	};

	memcpy(copy, name, strlen(name));
	return settings_read(&source, settings, fault);
}

TEST(lets_the_environment_win_over_the_file)
{
	struct settings_fault fault;
	struct settings settings;

	assert_int_equal(read_variable("NUDGE_MQTT_USERNAME", "eve", &settings,
	                     &fault),
	    STATUS_OK);
	assert_string_equal(settings.mqtt.username, "eve");
	assert_int_equal(read_variable("NUDGE_APNS_ENVIRONMENT", "sandbox",
	                     &settings, &fault),
	    STATUS_OK);
	assert_int_equal(settings.apns.environment, APNS_SANDBOX);
	assert_string_equal(settings.mqtt.username, "bob");
	assert_int_equal(read_variable("NUDGE_MQTT_USERNAME", "", &settings,
	                     &fault),
	    STATUS_OK);
	assert_string_equal(settings.mqtt.username, "");
}

TEST(passes_over_variables_that_are_not_the_bridges)
{
	static const char *const names[] = { "NUDGE_URL", "NUDGE_USER",
		"NUDGE_PASSWORD_FILE", "NUDGE_", "PATH", "NUDGE_MQTT",
		"nudge_mqtt_urls" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct settings_fault fault;
		struct settings settings;

		assert_int_equal(read_variable(names[i], "x", &settings,
		                     &fault),
		    STATUS_OK);
	}
}

TEST(tells_of_variables_of_nobodys_and_changes_nothing)
{
	char names[][sizeof("NUDGE_LOG_" X250 X250)] = { "NUDGE_URL",
		"NUDGE_MQTT_SERVICE_HOST", "NUDGE_MQTT_USERNAME",
		"NUDGE_MQTT_PORT_1883_TCP", "NUDGE_STATE_",
		"NUDGE_LOG_" X250 X250 };
	struct settings_override overrides[COUNT_OF(names)];
	const struct settings_source source = {
		.file = "nudge.conf",
		.text = "",
		.overrides = overrides,
		.override_count = COUNT_OF(overrides),
	};
	struct settings_fault fault;
	struct settings settings;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		overrides[i] = (struct settings_override){ names[i], "eve" };
	assert_int_equal(settings_read(&source, &settings, &fault), STATUS_OK);
	assert_string_equal(settings.mqtt.username, "eve");
	assert_string_equal(settings_stray(&source, 0),
	    "NUDGE_MQTT_SERVICE_HOST");
	assert_string_equal(settings_stray(&source, 1),
	    "NUDGE_MQTT_PORT_1883_TCP");
	assert_string_equal(settings_stray(&source, 2), "NUDGE_STATE_");
	assert_non_null(settings_stray(&source, 3));
	assert_null(settings_stray(&source, 4));
}

TEST(names_the_variable_of_what_is_wrong)
{
	static const struct {
		const char *name;
		const char *value;
		const char *what;
	} cases[] = {
		{ "NUDGE_MQTT_URL", "a", URL_FORM },
		{ "NUDGE_MQTT_USERNAME", "a\nb", "[mqtt] username " LINE_FORM },
		{ "NUDGE_MQTT_USERNAME", X250 "123456",
		    "[mqtt] username is too long: at most 255 bytes" },
		{ "NUDGE_LOG_LEVEL", "loud",
		    "[log] level must be one of error, warn, info, debug, "
		    "not 'loud'" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct settings_fault fault;
		struct settings settings;
		size_t len = strlen(cases[i].name);

		assert_int_equal(read_variable(cases[i].name, cases[i].value,
		                     &settings, &fault),
		    STATUS_BAD_INPUT);
		assert_string_equal(fault.what.text, cases[i].what);
		assert_memory_equal(fault.where, cases[i].name,
		    len < SETTING_WHERE_MAX ? len + 1 : SETTING_WHERE_MAX);
	}
}

TEST(takes_the_longest_value_from_the_environment)
{
	struct settings_fault fault;
	struct settings settings;

	assert_int_equal(read_variable("NUDGE_MQTT_USERNAME", X250 "12345",
	                     &settings, &fault),
	    STATUS_OK);
	assert_string_equal(settings.mqtt.username, X250 "12345");
}

TEST(knows_where_a_setting_got_its_value)
{
	char name[] = "NUDGE_APNS_KEY_FILE";
	const struct settings_override override = { name, "/k" };
	const struct settings_source source = {
		.file = "nudge.conf",
		.text = "[apns]\nkey_file = /a\n[mqtt]\n\n"
		        "password_file = /p\npassword_file = /q\n"
		        "[log]\nlevel = warn\n",
		.overrides = &override,
		.override_count = 1,
	};
	char where[SETTING_WHERE_MAX + SETTING_MAX];

	settings_where(&source, "mqtt", "password_file", where);
	assert_string_equal(where, "nudge.conf:6");
	settings_where(&source, "apns", "key_file", where);
	assert_string_equal(where, name);
}

TEST(lists_the_files_nobody_else_may_read)
{
	static const char *const files[][2] = {
		{ "mqtt", "password_file" },
		{ "mqtt", "key_file" },
		{ "apns", "key_file" },
		{ "fcm", "service_account_file" },
		{ "webpush", "key_file" },
	};
	const char *section;
	const char *key;

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		assert_true(settings_secret_file(i, &section, &key));
		assert_string_equal(section, files[i][0]);
		assert_string_equal(key, files[i][1]);
	}
	assert_false(settings_secret_file(1000, &section, &key));
}

TEST(gives_a_text_by_its_name)
{
	struct settings settings;

	assert_read("[apns]\ntopic = dev.example.app\n", &settings);
	assert_string_equal(settings_text(&settings, "apns", "topic"),
	    "dev.example.app");
	assert_string_equal(settings_text(&settings, "apns", "key_file"), "");
}

TEST(describes_every_section)
{
	static const char *const sections[] = { "[mqtt]\n", "[state]\n",
		"[apns]\n", "[fcm]\n", "[webpush]\n", "[ntfy]\n", "[log]\n" };
	struct buf text;

	buf_init(&text, 8192);
	settings_describe(&text);
	assert_int_equal(buf_status(&text), STATUS_OK);
	for (size_t i = 0; i < COUNT_OF(sections); i++)
		assert_non_null(strstr(buf_text(&text), sections[i]));
	assert_non_null(strstr(buf_text(&text), "mqtt://localhost:1883"));
	buf_finish(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_a_default_for_everything),
		cmocka_unit_test(reads_every_key),
		cmocka_unit_test(keeps_the_key_it_makes_below_the_state),
		cmocka_unit_test(
		    begins_the_relative_paths_of_the_file_where_it_is_told),
		cmocka_unit_test(
		    refuses_a_path_that_is_too_long_behind_its_folder),
		cmocka_unit_test(takes_what_people_write),
		cmocka_unit_test(takes_the_limits_of_each_type),
		cmocka_unit_test(names_the_line_of_what_is_wrong),
		cmocka_unit_test(
		    takes_a_line_of_the_stated_length_and_no_longer),
		cmocka_unit_test(lets_the_environment_win_over_the_file),
		cmocka_unit_test(
		    passes_over_variables_that_are_not_the_bridges),
		cmocka_unit_test(
		    tells_of_variables_of_nobodys_and_changes_nothing),
		cmocka_unit_test(names_the_variable_of_what_is_wrong),
		cmocka_unit_test(takes_the_longest_value_from_the_environment),
		cmocka_unit_test(knows_where_a_setting_got_its_value),
		cmocka_unit_test(lists_the_files_nobody_else_may_read),
		cmocka_unit_test(gives_a_text_by_its_name),
		cmocka_unit_test(describes_every_section),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
