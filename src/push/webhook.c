/* webhook.c - any service that takes an HTTP request of a person's own making.
 *
 * The registration has the URL, the method and the body as a template; what
 * must stay secret, the headers, is in a file of this machine, by origin. Only
 * hosts of allow_hosts are asked. Recipes are in docs/providers.md, and
 * tests/e2e/webhook.test.mjs runs them.
 */
#include "base/text.h"
#include "push/address.h"
#include "push/content.h"
#include "push/opaque.h"
#include "push/provider.h"
#include "push/template.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define BODY_MAX 16384
#define HEADER_NAME_MAX 64
/* RFC 9110 5.6.2 */
#define TOKEN_CHARACTERS                             \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop" \
	"qrstuvwxyz0123456789!#$%&'*+-.^_`|~"

/* What Gotify takes, and a reader of JSON understands. */
static const char preset[] =
    "{\"title\":\"{{title}}\",\"message\":\"{{message}}\","
    "\"priority\":\"{{priority}}\",\"url\":\"{{url}}\",\"tag\":\"{{tag}}\"}";

static const char *const no_hosts[] = { NULL };
static const char *const methods[] = { "POST", "PUT", "PATCH", NULL };

/* Of the registration, NULL = it is none that is known. */
static const char *
method_of(const struct device *device)
{
	const char *const *method = methods;

	if (device->method == NULL)
		return methods[0];
	while (*method != NULL && strcmp(*method, device->method) != 0)
		method++;
	return *method;
}

/* What is called. */
struct target {
	struct buf url; /* with its id filled in; address points into it */
	struct address address;
};

/* Out: target  buf_finish() its url in any case */
static enum status
read_target(const struct device *device, const struct settings *settings,
    const char *id, struct target *target, struct fault *fault)
{
	const struct address_rules rules = {
		.known = no_hosts,
		.allowed = settings->webhook.allow_hosts,
		.allows_http = settings->webhook.allow_http == SETTING_YES,
	};
	const struct template_word words[] = { { "id", id, false } };
	struct fault inner = { "" };
	enum status status;

	buf_init(&target->url, REQUEST_URL_MAX);
	if (device->url == NULL) {
		fault_set(fault, "url: is missing");
		return STATUS_BAD_INPUT;
	}
	status = template_fill(device->url, words, COUNT_OF(words),
	    &target->url, &inner);
	if (status == STATUS_BAD_INPUT)
		fault_set(fault, "url: %s", inner.text);
	if (status != STATUS_OK)
		return status;
	return address_read("url", buf_text(&target->url), &rules,
	    &target->address, fault);
}

static int
priority(const struct look *look)
{
	if (look->level == LEVEL_PASSIVE || *look->sound == '\0')
		return 2;
	return look->level == LEVEL_TIME_SENSITIVE ? 8 : 5;
}

/* What a template may name. What must not leave is empty. */
struct words {
	struct notice notice;
	struct buf message;
	struct buf page;
	char priority[8];
	char id[OPAQUE_UUID_LEN + 1];
	char tag[OPAQUE_ID_LEN + 1];
};

static enum status
find_words(const struct job *job, struct words *words)
{
	enum status status = opaque_push_id(job, words->id);

	if (status == STATUS_OK)
		status = opaque_collapse_id(job, words->tag);
	notice_write(job->event, job->look, &words->notice);
	content_add_words(&words->message, &words->notice);
	if (!content_is_secret(job))
		content_add_page(&words->page, job);
	(void)snprintf(words->priority, sizeof(words->priority), "%d",
	    priority(job->look));
	return status;
}

static const char *
template_of(const struct device *device)
{
	return device->body != NULL ? device->body : preset;
}

static const char *
open_text(const struct job *job, const char *text)
{
	return text != NULL && !content_is_secret(job) ? text : "";
}

static enum status
fill_body(const struct job *job, const struct words *words, struct buf *body,
    struct fault *fault)
{
	const struct event *event = job->event;
	const struct template_word list[] = {
		{ "title", words->notice.title, false },
		{ "message", buf_text(&words->message), false },
		{ "priority", words->priority, true },
		{ "level", content_level(job), false },
		{ "kind", open_text(job, kind_str(event->kind)), false },
		{ "host", open_text(job, event->host), false },
		{ "event", open_text(job, event->id), false },
		{ "session", open_text(job, event->session_id), false },
		{ "request", open_text(job, event->request_id), false },
		{ "url", buf_text(&words->page), false },
		{ "tag", words->tag, false },
		{ "id", words->id, false },
	};

	return template_fill(template_of(job->device), list, COUNT_OF(list),
	    body, fault);
}

static enum status
write_body(const struct job *job, struct words *words, struct buf *body,
    struct fault *fault)
{
	enum status status;

	buf_init(&words->message, NOTICE_BODY_MAX + NOTICE_SUBTITLE_MAX + 1);
	buf_init(&words->page, REQUEST_URL_MAX);
	status = find_words(job, words);
	if (status == STATUS_OK)
		status = fill_body(job, words, body, fault);
	buf_finish(&words->message);
	buf_finish(&words->page);
	return status;
}

/* A template is tried before anything hangs on it. */
static void
check_body(const struct device *device, struct fault *fault)
{
	static const uint8_t key[32];
	const struct event event = { .id = "check", .kind = KIND_TEST };
	const struct look look = { .sound = "", .badge = LOOK_BADGE_UNKNOWN };
	const struct job job = {
		.look = &look,
		.event = &event,
		.device = device,
		.user = "check",
		.device_name = "check",
		.key = key,
	};
	struct fault inner = { "" };
	struct words words;
	struct buf body;

	buf_init(&body, BODY_MAX);
	if (write_body(&job, &words, &body, &inner) == STATUS_BAD_INPUT)
		fault_set(fault, "body: %s", inner.text);
	buf_finish(&body);
}

static enum status
check(const struct device *device, const struct settings *settings,
    struct fault *fault)
{
	struct target target;

	if (device->encrypt != NULL)
		fault_set(fault,
		    "encrypt: a webhook cannot; set the privacy none instead");
	else if (method_of(device) == NULL)
		fault_set(fault, "method: must be POST, PUT or PATCH");
	if (fault_is_set(fault))
		return STATUS_BAD_INPUT;
	if (read_target(device, settings, "0", &target, fault) == STATUS_OK)
		check_body(device, fault);
	buf_finish(&target.url);
	return fault_is_set(fault) ? STATUS_BAD_INPUT : STATUS_OK;
}

static void
write_origin(const struct device *device, const struct settings *settings,
    char origin[PUSH_ORIGIN_MAX])
{
	struct fault ignored = { "" };
	struct target target;

	*origin = '\0';
	if (read_target(device, settings, "0", &target, &ignored) == STATUS_OK)
		address_write_origin(&target.address, buf_text(&target.url),
		    origin, PUSH_ORIGIN_MAX);
	buf_finish(&target.url);
}

/* The next line of the headers' file that says something; its length, 0 = there
 * is none. */
static size_t
next_line(const char **text)
{
	while (**text != '\0') {
		size_t len;

		*text += strspn(*text, " \t\r\n");
		len = strcspn(*text, "\r\n");
		if (**text != '#') {
			while (
			    len > 0 && isblank((unsigned char)(*text)[len - 1]))
				len--;
			return len;
		}
		*text += len;
	}
	return 0;
}

static bool
is_origin(const char *line)
{
	return strncmp(line, "https://", 8) == 0 ||
	    strncmp(line, "http://", 7) == 0;
}

static void
check_line(const char *line, size_t len, bool has_origin, struct fault *fault)
{
	size_t name_len = strspn(line, TOKEN_CHARACTERS);

	if (is_origin(line)) {
		if (memchr(line + 8, '/', len - 8) != NULL)
			fault_set(fault,
			    "an origin has no path: https://host, or "
			    "https://host:port");
	} else if (!has_origin) {
		fault_set(fault,
		    "must begin with the origin that its headers are for, such "
		    "as https://gotify.lan");
	} else if (name_len == 0 || name_len > HEADER_NAME_MAX ||
	    name_len >= len || line[name_len] != ':') {
		fault_set(fault,
		    "has a line that is neither an origin nor a header, "
		    "'Name: value'");
	}
}

static enum status
check_key(const char *text, struct fault *fault)
{
	bool has_origin = false;
	size_t len;

	while (!fault_is_set(fault) && (len = next_line(&text)) > 0) {
		check_line(text, len, has_origin, fault);
		has_origin |= is_origin(text);
		text += len;
	}
	return fault_is_set(fault) ? STATUS_BAD_INPUT : STATUS_OK;
}

static void
add_header(struct buf *headers, const char *line, size_t len)
{
	size_t name_len = strspn(line, TOKEN_CHARACTERS);

	for (size_t i = 0; i < name_len; i++) {
		char c = line[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		buf_add(headers, &c, 1);
	}
	buf_add(headers, line + name_len, len - name_len);
	buf_add(headers, "\n", 1);
}

/* The headers for an origin, as they are sent. */
static enum status
authorize(const struct push_env *env, const char *secret, struct buf *token)
{
	size_t origin_len = strlen(env->origin);
	const char *text = secret != NULL ? secret : "";
	bool is_ours = false;
	size_t len;

	while ((len = next_line(&text)) > 0) {
		if (is_origin(text))
			is_ours = len == origin_len &&
			    memcmp(text, env->origin, len) == 0;
		else if (is_ours)
			add_header(token, text, len);
		text += len;
	}
	return buf_status(token);
}

static bool
has_type(const char *headers)
{
	return strncmp(headers, "content-type:", 13) == 0 ||
	    strstr(headers, "\ncontent-type:") != NULL;
}

static void
add_headers(struct buf *headers, const char *authorization,
    const struct device *device)
{
	buf_addf(headers, "%s", authorization);
	if (!has_type(authorization))
		buf_addf(headers, "content-type: %s\n",
		    template_is_json(template_of(device))
		        ? "application/json"
		        : "text/plain; charset=utf-8");
}

static enum status
encode(const struct job *job, const struct push_env *env,
    struct request *request)
{
	struct fault fault = { "" };
	struct target target = { .address = { .path = NULL } };
	struct request draft;
	struct words words;
	enum status status;

	request_init(&draft, BODY_MAX);
	draft.ca_file = env->settings->webhook.ca_file;
	draft.method = method_of(job->device);
	status = write_body(job, &words, &draft.body, &fault);
	/* The settings may have changed since it was checked. */
	if (status == STATUS_OK)
		status = read_target(job->device, env->settings, words.id,
		    &target, &fault);
	if (status == STATUS_OK) {
		draft.allows_http = target.address.is_http;
		buf_addf(&draft.url, "%s", buf_text(&target.url));
		add_headers(&draft.headers,
		    env->authorization != NULL ? env->authorization : "",
		    job->device);
	}
	buf_finish(&target.url);
	return request_hand_over(&draft, status, request);
}

static const char *
advice_by_status(int status)
{
	if (status == 401 || status == 403)
		return "the service wants to know who we are: put its header "
		       "into [webhook] headers_file, below its origin";
	if (status == 404 || status == 405 || status == 410)
		return "is url right, and method?";
	if (status >= 300 && status < 400)
		return "the service sends us elsewhere: put its final address "
		       "into the registration's url";
	if (status == 400 || status == 415 || status == 422)
		return "the service does not take this body: see "
		       "docs/providers.md for what others send";
	return NULL;
}

static struct verdict
judge(const struct response *response)
{
	struct verdict verdict = verdict_of_status(response->status,
	    advice_by_status(response->status));

	/* Each has a form of its own; none is a web page. */
	verdict_check_form(response, NULL, &verdict);
	if (verdict.outcome != OUTCOME_DELIVERED)
		verdict_read_reason(response, &verdict);
	return verdict;
}

const struct provider webhook_provider = {
	.name = "webhook",
	.retry = { .first_s = 5, .ceiling_s = 300 },
	.in_flight_max = 8,
	.cannot_withdraw = true,
	.authorization_s = INT32_MAX,
	.on_setting = "allow_hosts",
	.key_setting = "headers_file",
	.check_key = check_key,
	.check = check,
	.origin = write_origin,
	.authorize = authorize,
	.encode = encode,
	.judge = judge,
};
