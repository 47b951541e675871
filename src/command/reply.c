/* reply.c - a signed answer to what an agent asks. */
#include "core/reply.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/text.h"
#include "command/client.h"
#include "command/command.h"
#include "command/options.h"
#include "command/outcome.h"
#include "core/json.h"
#include "core/pending.h"
#include "io/replykey.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE_WITHIN_MS 5000    /* what is retained comes at once */
#define RECEIPT_WITHIN_MS 10000 /* agents answer within a second or two */
#define LINE_MAX_LEN 2048       /* bytes */

struct reply_options {
	const char *user;
	const char *key_file;
	const char *message;
	bool as_json;
	const char *request;
	char **words; /* the answer, ends with NULL */
};

struct replying {
	const struct reply_options *options;
	struct client client;
	struct buf state;   /* the document, once it came */
	struct buf receipt; /* what became of the answer, likewise */
	bool is_sent;
};

static int
read_operands(int argc, char **argv, struct reply_options *options)
{
	if (optind == argc || !text_is_id(argv[optind]))
		return command_refuse(&reply_command,
		    "say the REQUEST: per_… or que_…, as 'nudge watch' and the "
		    "state show it");
	options->request = argv[optind];
	options->words = argv + optind + 1;
	return CLIENT_GO_ON;
}

/* --key-file; else the one that 'nudge pair' keeps, on the bridge's machine; else
 * the plugin's, on the agent's. */
static enum status
read_key(const struct replying *replying, uint8_t key[REPLY_KEY_LEN],
    struct fault *fault)
{
	const struct reply_options *options = replying->options;
	const char *home = getenv("HOME");
	char text[REPLY_KEY_TEXT_LEN + 1];
	char path[REPLYKEY_PATH_MAX];
	struct fault ours = { "" };
	enum status status;

	if (options->key_file != NULL) {
		status = replykey_read(options->key_file, text, fault);
	} else {
		replykey_path(replying->client.settings->state.directory,
		    options->user, path);
		status = replykey_read(path, text, &ours);
		if (status == STATUS_IO && home != NULL) {
			(void)snprintf(path, sizeof(path),
			    "%s/.config/nudge/reply-key", home);
			status = replykey_read(path, text, fault);
		}
		if (status == STATUS_BAD_INPUT && !fault_is_set(fault))
			*fault = ours;
	}
	if (status == STATUS_OK)
		(void)reply_read_key(text, key);
	explicit_bzero(text, sizeof(text));
	return status;
}

static void
keep(struct buf *buf, const struct mqtt_message *message)
{
	buf_clear(buf);
	buf_add(buf, message->payload, message->len);
}

/* Whether a receipt speaks of our request, and is the last one of interest: an
 * agent that does not know a request leaves it to one that does. */
static bool
take_receipt(struct replying *replying, const struct mqtt_message *message)
{
	struct fault ignored = { "" };
	struct json_object receipt;
	struct cJSON *root;
	const char *request;
	const char *reason;
	bool is_last = false;

	if (json_parse(message->payload, message->len, &ignored, &root,
	        &receipt) != STATUS_OK)
		return false;
	request = json_line(&receipt, "request", TEXT_ID_MAX);
	reason = json_line(&receipt, "reason", TEXT_ID_MAX);
	if (request != NULL &&
	    strcmp(request, replying->options->request) == 0) {
		keep(&replying->receipt, message);
		is_last = reason == NULL || strcmp(reason, "unknown") != 0;
	}
	json_free(root);
	return is_last;
}

static bool
take(void *context, const struct mqtt_message *message)
{
	struct replying *replying = context;
	const char *leaf = strrchr(message->topic, '/');

	if (leaf != NULL && strcmp(leaf, "/state") == 0) {
		keep(&replying->state, message);
		return !replying->is_sent;
	}
	return replying->is_sent && take_receipt(replying, message);
}

static int
connect_client(struct replying *replying)
{
	const char *root = replying->client.settings->mqtt.root;
	const char *user = replying->options->user;
	char states[CLIENT_TOPIC_MAX];
	char receipts[CLIENT_TOPIC_MAX];
	const struct mqtt_filter filters[] = { { states, 1 }, { receipts, 1 } };
	int result;

	(void)snprintf(states, sizeof(states), "%s/%s/state", root, user);
	(void)snprintf(receipts, sizeof(receipts), "%s/%s/receipt", root, user);
	result = client_connect(&replying->client, filters, COUNT_OF(filters));
	if (result == CLIENT_GO_ON && replying->state.len == 0)
		result = client_wait(&replying->client, STATE_WITHIN_MS);
	if (result == EXIT_FAILED)
		return client_complain(&replying->client,
		    "the broker has no state of this USER: nothing waits, the "
		    "bridge does not run, or this login may not read it",
		    EXIT_UNAVAILABLE);
	return result;
}

static int
is_not_there(const struct replying *replying, const struct json_object *state)
{
	struct fault fault = { "" };
	struct buf names;

	buf_init(&names, LINE_MAX_LEN);
	pending_names(state, &names);
	if (fault_is_set(state->fault))
		fault_set(&fault, "the state: %s", state->fault->text);
	else
		fault_set(&fault, "%s does not wait for an answer; %s%s",
		    replying->options->request,
		    names.len > 0 ? "these do: " : "nothing does",
		    buf_text(&names));
	buf_finish(&names);
	return client_complain(&replying->client, fault.text, EXIT_FAILED);
}

static void
show(const struct replying *replying, const struct pending *pending)
{
	struct buf text;

	if (replying->options->as_json)
		return;
	buf_init(&text, PENDING_TEXT_MAX);
	pending_describe(pending, &text);
	(void)printf("%s", buf_text(&text));
	(void)fflush(stdout);
	buf_finish(&text);
}

static int
no_key(const struct replying *replying, const struct fault *why)
{
	struct fault fault = { "" };

	fault_set(&fault,
	    "%.160s: 'nudge pair USER' makes a reply key, --key-file names one",
	    why->text);
	return client_complain(&replying->client, fault.text, EXIT_SETTINGS);
}

/* In:  reply  but for its message */
static int
seal(struct replying *replying, struct reply *reply, struct buf *json)
{
	uint8_t key[REPLY_KEY_LEN] = { 0 };
	struct fault fault = { "" };
	enum status status;

	if (read_key(replying, key, &fault) != STATUS_OK)
		return no_key(replying, &fault);
	reply->message = replying->options->message;
	reply_seal(key, reply, json);
	explicit_bzero(key, sizeof(key));
	status = buf_status(json);
	return status == STATUS_OK
	    ? CLIENT_GO_ON
	    : client_complain(&replying->client,
	          status == STATUS_TOO_LARGE ? "the answer is too long"
	                                     : status_str(status),
	          EXIT_USAGE);
}

static int
publish(struct replying *replying, const struct buf *json)
{
	char topic[CLIENT_TOPIC_MAX];
	int result;

	(void)snprintf(topic, sizeof(topic), "%s/%s/reply",
	    replying->client.settings->mqtt.root, replying->options->user);
	replying->is_sent = true;
	result =
	    client_publish(&replying->client, topic, buf_text(json), json->len);
	if (result == CLIENT_GO_ON && replying->receipt.len == 0)
		result = client_wait(&replying->client, RECEIPT_WITHIN_MS);
	if (result == CLIENT_GO_ON || result == EXIT_FAILED)
		return outcome_show(replying->options->request,
		    &replying->receipt, replying->options->as_json);
	return result;
}

static int
answer(struct replying *replying, const struct pending *pending)
{
	const struct reply_options *options = replying->options;
	struct fault fault = { "" };
	struct reply reply;
	struct buf answers;
	struct buf json;
	int result = CLIENT_GO_ON;

	show(replying, pending);
	if (options->words[0] == NULL)
		return EXIT_DONE;
	buf_init(&answers, REPLY_MAX);
	buf_init(&json, (size_t)2 * REPLY_MAX);
	if (pending_answer(pending, options->words, &answers, &reply, &fault) !=
	    STATUS_OK)
		result = client_complain(&replying->client,
		    fault_is_set(&fault) ? fault.text
		                         : "the answer is too long",
		    EXIT_USAGE);
	if (result == CLIENT_GO_ON)
		result = seal(replying, &reply, &json);
	if (result == CLIENT_GO_ON)
		result = publish(replying, &json);
	buf_finish(&json);
	buf_finish(&answers);
	return result;
}

static int
find_and_answer(struct replying *replying)
{
	struct fault fault = { "" };
	struct json_object state = { .fault = &fault };
	struct pending pending;
	struct cJSON *root = NULL;
	int result;

	if (json_parse_retained(buf_text(&replying->state), replying->state.len,
	        &fault, &root, &state) != STATUS_OK ||
	    !pending_find(&state, replying->options->request, &pending))
		result = is_not_there(replying, &state);
	else
		result = answer(replying, &pending);
	json_free(root);
	return result;
}

static int
reply_to(void *context)
{
	struct replying *replying = context;
	int result;

	buf_init(&replying->state, JSON_RETAINED_MAX + 1);
	buf_init(&replying->receipt, JSON_MAX);
	result = connect_client(replying);
	if (result == CLIENT_GO_ON)
		result = find_and_answer(replying);
	buf_finish(&replying->state);
	buf_finish(&replying->receipt);
	return result;
}

static int
run(int argc, char **argv)
{
	struct configuration_wish wish = { .command = "reply" };
	struct reply_options options = { .user = command_default_user() };
	struct replying replying = {
		.options = &options,
		.client = { .take = take,
		    .context = &replying,
		    .payload_max = JSON_RETAINED_MAX },
	};
	const struct options_one known[] = {
		{ "config", 'c', .text = &wish.file },
		{ "user", 'u', .text = &options.user },
		{ "key-file", .text = &options.key_file },
		{ "message", .text = &options.message },
		{ "json", 'j', .flag = &wish.is_silent },
		{ .name = NULL },
	};
	struct fault fault = { "" };
	int result = options_read(&reply_command, known, argc, argv);

	if (result == OPTIONS_GO_ON)
		result = read_operands(argc, argv, &options);
	if (result != OPTIONS_GO_ON)
		return result;
	if (!command_is_user(options.user, &fault)) {
		(void)fprintf(stderr, "nudge reply: %s\n", fault.text);
		return EXIT_USAGE;
	}
	options.as_json = wish.is_silent;
	return client_run(&replying.client, &wish, reply_to);
}

const struct command reply_command = {
	.name = "reply",
	.synopsis = "[-c FILE] [-u USER] [--key-file FILE] [--message TEXT] "
	            "[--json] REQUEST [once|always|reject|ANSWER…]",
	.summary = "Answer what an agent asks, with a signature.",
	.help =
	    "  -c FILE          the settings file (that of the bridge which runs\n"
	    "                   here, else /etc/nudge/nudge.conf)\n"
	    "  -u USER          whose request it is ($NUDGE_USER, else me)\n"
	    "  --key-file FILE  USER's reply key (what 'nudge pair' keeps "
	    "here, else\n"
	    "                   ~/.config/nudge/reply-key)\n"
	    "  --message TEXT   told to the agent beside once, always or "
	    "reject\n"
	    "  --json           print for machines\n"
	    "\n"
	    "Shows what is asked, then answers it; without an answer it only "
	    "shows. A\npermission takes once, always or reject. A question "
	    "takes one ANSWER for each of\nits questions, a label or your own "
	    "words, or reject:\n"
	    "\n"
	    "  nudge reply per_1 once\n"
	    "  nudge reply que_1 SQLite\n"
	    "  nudge reply que_2 Yes '[\"unit\",\"e2e\"]'\n"
	    "\n"
	    "Where several labels may be chosen, and where a label is the word "
	    "reject alone or\nbegins with '[', ANSWER is a JSON list. What is "
	    "not shown whole can only be\nrejected here.\n"
	    "\n"
	    "The login of [mqtt] must be one that may write nudge/USER/reply, "
	    "as 'nudge user add'\ngives it. Another one: NUDGE_MQTT_USERNAME "
	    "and NUDGE_MQTT_PASSWORD_FILE.\n"
	    "\n"
	    "Exit status: 0 answered, 1 refused or not waiting, 64 usage, 69 "
	    "the broker or the\nagent is unavailable, 78 settings or no "
	    "key.\n",
	.run = run,
};
