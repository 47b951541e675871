#include "core/device.h"

#include "base/attr.h"
#include "base/b64url.h"
#include "base/text.h"
#include "core/json.h"
#include "core/preferences.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN 256   /* bytes of a topic or server address */
#define PRESENCE_TTL_S 120 /* when nobody says how long */

/* A text that goes to a service as it is: cutting or folding would change it,
 * so a bad one is refused. */
static char *
copy_exact(const struct json_object *object, const char *name, size_t max)
{
	const char *text = json_text(object, name, JSON_MAX);

	if (text == NULL)
		return NULL;
	if (*text == '\0' || strlen(text) > max || !text_is_line(text)) {
		fault_set(object->fault,
		    "%s%s: must be one line of 1 to %zu bytes", object->path,
		    name, max);
		return NULL;
	}
	return strdup(text);
}

/* A template, which may have several lines; JSON may be given as such. */
static char *
copy_template(const struct json_object *object, const char *name)
{
	const cJSON *item =
	    cJSON_GetObjectItemCaseSensitive(object->node, name);
	char *text = NULL;

	if (cJSON_IsObject(item))
		text = cJSON_PrintUnformatted(item);
	else if (cJSON_IsString(item))
		text = strdup(item->valuestring);
	else if (item != NULL && !cJSON_IsNull(item))
		fault_set(object->fault, "%s%s: must be a text or JSON",
		    object->path, name);
	if (text != NULL && strlen(text) > DEVICE_BODY_MAX) {
		fault_set(object->fault, "%s%s: at most %d bytes", object->path,
		    name, DEVICE_BODY_MAX);
		free(text);
		text = NULL;
	}
	return text;
}

/* "p256dh" and "auth" as a browser gives them. */
static enum status
read_keys(const struct json_object *registration, const char *name,
    struct device_keys **out)
{
	struct device_keys *keys;
	struct json_object object = json_member(registration, name);
	const char *point = json_text(&object, "p256dh", JSON_MAX);
	const char *auth = json_text(&object, "auth", JSON_MAX);

	if (object.node == NULL)
		return STATUS_OK;
	keys = *out = calloc(1, sizeof(*keys));
	if (keys == NULL)
		return STATUS_NO_MEMORY;
	if (point == NULL ||
	    !b64url_read(point, keys->point, sizeof(keys->point)) ||
	    keys->point[0] != 4)
		fault_set(registration->fault,
		    "%s.p256dh: must be a P-256 key, 65 bytes in base64url",
		    name);
	if (auth == NULL || !b64url_read(auth, keys->auth, sizeof(keys->auth)))
		fault_set(registration->fault,
		    "%s.auth: must be 16 bytes in base64url", name);
	return STATUS_OK;
}

/* It becomes a link that a person taps. */
static bool
is_web_address(const char *url)
{
	size_t scheme = strncasecmp(url, "https://", 8) == 0 ? 8
	    : strncasecmp(url, "http://", 7) == 0            ? 7
	                                                     : 0;
	size_t host = strcspn(url + scheme, "/?#");

	return scheme > 0 && host > 0 &&
	    memchr(url + scheme, '@', host) == NULL &&
	    strcspn(url, " \"<>\\^`{|}") == strlen(url);
}

static void
check_server(const struct device_server *server, struct fault *fault)
{
	if (!text_is_id(server->host) || server->url == NULL)
		fault_set(fault, "servers: must map a host to its address");
	else if (!is_web_address(server->url))
		fault_set(fault,
		    "servers.%s: must be http:// or https://, a host, perhaps "
		    "a port and a path; no login",
		    server->host);
}

static enum status
read_servers(const struct json_object *registration, struct device *device)
{
	struct json_object servers = json_member(registration, "servers");
	int count = cJSON_GetArraySize(servers.node);
	const cJSON *item;

	if (count == 0)
		return STATUS_OK;
	if (count > DEVICE_SERVERS_MAX) {
		fault_set(registration->fault, "servers: at most %d hosts",
		    DEVICE_SERVERS_MAX);
		return STATUS_BAD_INPUT;
	}
	device->servers = calloc((size_t)count, sizeof(*device->servers));
	if (device->servers == NULL)
		return STATUS_NO_MEMORY;
	cJSON_ArrayForEach(item, servers.node)
	{
		struct device_server *server =
		    &device->servers[device->server_count++];

		server->host = strdup(item->string);
		server->url = copy_exact(&servers, item->string, LINE_MAX_LEN);
		if (server->host == NULL)
			return STATUS_NO_MEMORY;
		check_server(server, registration->fault);
	}
	return STATUS_OK;
}

/* "progress" of APNs: where turns begin to be shown, and those that are. */
static enum status
read_progress(const struct json_object *registration, struct device *device)
{
	struct json_object object = json_member(registration, "progress");
	struct json_object turns = json_member(&object, "turns");
	struct device_progress *progress = &device->progress;
	int count = cJSON_GetArraySize(turns.node);
	const cJSON *item;

	progress->is_set = object.node != NULL;
	progress->start = copy_exact(&object, "start", DEVICE_TOKEN_MAX);
	if (count == 0)
		return STATUS_OK;
	if (count > DEVICE_TURNS_MAX) {
		fault_set(registration->fault, "progress.turns: at most %d",
		    DEVICE_TURNS_MAX);
		return STATUS_BAD_INPUT;
	}
	progress->turns = calloc((size_t)count, sizeof(*progress->turns));
	if (progress->turns == NULL)
		return STATUS_NO_MEMORY;
	cJSON_ArrayForEach(item, turns.node)
	{
		struct device_turn *turn =
		    &progress->turns[progress->turn_count++];

		turn->id = strdup(item->string);
		turn->token =
		    copy_exact(&turns, item->string, DEVICE_TOKEN_MAX);
		if (turn->id == NULL)
			return STATUS_NO_MEMORY;
		if (!text_is_id(turn->id) || turn->token == NULL)
			fault_set(registration->fault,
			    "progress.turns: must map a turn's id to a token");
	}
	return STATUS_OK;
}

static enum status
read_preferences(const struct json_object *registration, struct device *device)
{
	struct json_object prefs = json_member(registration, "prefs");
	struct preferences scratch = preferences_default;

	if (prefs.node == NULL)
		return STATUS_OK;
	if (preferences_apply(&prefs,
	        &(struct preferences_origin){ LAYER_DEVICE, NULL },
	        &scratch) != STATUS_OK)
		return STATUS_BAD_INPUT;
	preferences_finish(&scratch);
	device->prefs_json = cJSON_PrintUnformatted(prefs.node);
	return device->prefs_json != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status
read_registration(const struct json_object *object, struct device *device)
{
	static const char *const environments[] = { "production", "sandbox",
		NULL };
	enum status status;

	(void)json_choice(object, "environment", environments, 0);
	device->service = copy_exact(object, "platform", TEXT_ID_MAX);
	device->name = copy_exact(object, "name", DEVICE_NAME_MAX);
	device->token = copy_exact(object, "token", DEVICE_TOKEN_MAX);
	device->topic = copy_exact(object, "topic", LINE_MAX_LEN);
	device->environment = copy_exact(object, "environment", TEXT_ID_MAX);
	device->fid = copy_exact(object, "fid", DEVICE_TOKEN_MAX);
	device->endpoint = copy_exact(object, "endpoint", DEVICE_URL_MAX);
	device->url = copy_exact(object, "url", DEVICE_URL_MAX);
	device->auth = copy_exact(object, "auth", DEVICE_AUTH_MAX);
	device->method = copy_exact(object, "method", TEXT_ID_MAX);
	device->body = copy_template(object, "body");
	device->takes_data = json_bool(object, "data", false);
	status = read_keys(object, "keys", &device->keys);
	if (status == STATUS_OK)
		status = read_keys(object, "encrypt", &device->encrypt);
	if (status == STATUS_OK)
		status = read_servers(object, device);
	if (status == STATUS_OK)
		status = read_progress(object, device);
	if (status == STATUS_OK)
		status = read_preferences(object, device);
	if (device->service == NULL)
		fault_set(object->fault, "platform: is missing");
	return fault_is_set(object->fault) ? STATUS_BAD_INPUT : status;
}

enum status
device_parse(const char *bytes, size_t len, struct device *device,
    struct fault *fault)
{
	struct json_object object;
	struct cJSON *root;
	enum status status;

	memset(device, 0, sizeof(*device));
	status = json_parse(bytes, len, fault, &root, &object);
	if (status == STATUS_OK)
		status = read_registration(&object, device);
	json_free(root);
	if (status != STATUS_OK)
		device_finish(device);
	return status;
}

const char *
device_turn_token(const struct device *device, const char *id)
{
	for (size_t i = 0; i < device->progress.turn_count; i++) {
		if (strcmp(device->progress.turns[i].id, id) == 0)
			return device->progress.turns[i].token;
	}
	return NULL;
}

static void
finish_progress(struct device_progress *progress)
{
	for (size_t i = 0; i < progress->turn_count; i++) {
		free(progress->turns[i].id);
		free(progress->turns[i].token);
	}
	free(progress->turns);
	free(progress->start);
}

void
device_finish(struct device *device)
{
	finish_progress(&device->progress);
	for (size_t i = 0; i < device->server_count; i++) {
		free(device->servers[i].host);
		free(device->servers[i].url);
	}
	free(device->servers);
	free(device->keys);
	free(device->encrypt);
	free(device->service);
	free(device->name);
	free(device->token);
	free(device->topic);
	free(device->environment);
	free(device->fid);
	free(device->endpoint);
	free(device->url);
	free(device->auth);
	free(device->method);
	free(device->body);
	free(device->reached_at);
	preferences_free(device->preferences);
	free(device->prefs_json);
	memset(device, 0, sizeof(*device));
}

static bool
says(const char *bytes, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(bytes, word, len) == 0;
}

enum status
device_parse_presence(const char *bytes, size_t len, int64_t expiry_s,
    int64_t *ttl_s, struct fault *fault)
{
	static const char *const states[] = { "background", "foreground",
		NULL };
	int64_t wait_s = expiry_s > 0 ? expiry_s : PRESENCE_TTL_S;
	struct json_object object;
	struct cJSON *root;
	int state;

	text_strip(&bytes, &len);
	/* An empty payload is how a retained message is taken away. */
	if (len == 0 || says(bytes, len, "background")) {
		*ttl_s = 0;
		return STATUS_OK;
	}
	if (says(bytes, len, "foreground")) {
		*ttl_s = wait_s;
		return STATUS_OK;
	}
	if (bytes[0] != '{') {
		fault_set(fault, "presence: must be foreground or background");
		return STATUS_BAD_INPUT;
	}
	if (json_parse(bytes, len, fault, &root, &object) != STATUS_OK)
		return STATUS_BAD_INPUT;
	state = json_choice(&object, "state", states, -1);
	(void)json_id(&object, "session");
	wait_s =
	    json_integer(&object, "ttl_s", 1, DEVICE_PRESENCE_MAX_S, wait_s);
	if (state < 0)
		fault_set(fault, "state: is missing");
	json_free(root);
	if (fault_is_set(fault))
		return STATUS_BAD_INPUT;
	*ttl_s = state == 1 ? wait_s : 0;
	return STATUS_OK;
}
