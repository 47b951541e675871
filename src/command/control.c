#include "command/control.h"

#include "base/attr.h"
#include "command/command.h"
#include "command/user.h"
#include "core/json.h"

#include <stdio.h>
#include <string.h>

#define CONTROL_TOPIC "$CONTROL/dynamic-security/v1"
#define RESPONSE_TOPIC CONTROL_TOPIC "/response"
#define ANSWER_WITHIN_MS 10000
#define WORD_MAX 128 /* bytes */

/* Answers go to everybody who may read them: ours has our mark. */
static bool
take(void *context, const struct mqtt_message *message)
{
	struct control *control = context;

	if (memmem(message->payload, message->len, control->client.id,
	        strlen(control->client.id)) == NULL)
		return false;
	buf_clear(&control->answer);
	buf_add(&control->answer, message->payload, message->len);
	return true;
}

int
control_open(struct control *control, const struct settings *settings,
    const char *admin, const char *password_file)
{
	static const struct mqtt_filter filters[] = { { RESPONSE_TOPIC, 1 } };
	int result;

	*control = (struct control){ .settings = *settings };
	(void)snprintf(control->settings.mqtt.username, SETTING_MAX, "%s",
	    admin);
	(void)snprintf(control->settings.mqtt.password_file, SETTING_MAX, "%s",
	    password_file);
	buf_init(&control->commands, JSON_MAX);
	buf_init(&control->answer, JSON_MAX);
	control->client = (struct client){
		.command = "user",
		.settings = &control->settings,
		.take = take,
		.context = control,
	};
	result = client_open(&control->client);
	if (result == CLIENT_GO_ON)
		result = client_connect(&control->client, filters,
		    COUNT_OF(filters));
	return result;
}

void
control_close(struct control *control)
{
	client_close(&control->client);
	buf_finish(&control->commands);
	buf_finish(&control->answer);
}

void
control_begin(struct control *control, const char *command)
{
	struct buf *commands = &control->commands;

	buf_addf(commands, "%s{\"command\":\"%s\",\"correlationData\":\"%s\"",
	    commands->len > 0 ? "," : "{\"commands\":[", command,
	    control->client.id);
}

void
control_member(struct control *control, const char *name, const char *value)
{
	buf_addf(&control->commands, ",\"%s\":", name);
	buf_add_json(&control->commands, value);
}

void
control_end(struct control *control)
{
	buf_addf(&control->commands, "}");
}

int
control_send(struct control *control)
{
	int result;

	buf_addf(&control->commands, "]}");
	if (buf_status(&control->commands) != STATUS_OK)
		return user_complain(EXIT_FAILED, "%s",
		    status_str(buf_status(&control->commands)));
	buf_clear(&control->answer);
	result = client_publish(&control->client, CONTROL_TOPIC,
	    buf_text(&control->commands), control->commands.len);
	explicit_bzero(control->commands.data, control->commands.len);
	buf_clear(&control->commands);
	if (result == CLIENT_GO_ON && control->answer.len == 0)
		result = client_wait(&control->client, ANSWER_WITHIN_MS);
	if (result == EXIT_FAILED)
		return user_complain(EXIT_UNAVAILABLE,
		    "the broker does not answer on " RESPONSE_TOPIC
		    ": may '%s' change it?",
		    control->settings.mqtt.username);
	return result;
}

/* Say what failed.
 * Returns: EXIT_DONE, or the exit status. */
static int
judge(struct control *control)
{
	struct fault fault = { "" };
	struct json_object answer;
	struct json_object response;
	struct json_list responses;
	struct cJSON *root;
	int result = EXIT_DONE;

	if (json_parse(buf_text(&control->answer), control->answer.len, &fault,
	        &root, &answer) != STATUS_OK)
		return user_complain(EXIT_FAILED, "the broker's answer: %s",
		    fault.text);
	responses = json_list(&answer, "responses");
	while (json_next(&responses, &response)) {
		const char *error = json_line(&response, "error", WORD_MAX);
		const char *command = json_line(&response, "command", WORD_MAX);

		if (error != NULL)
			result = user_complain(EXIT_FAILED,
			    "the broker refuses %s: %s",
			    command != NULL ? command : "a command", error);
	}
	json_free(root);
	return result;
}

int
control_carry_out(struct control *control)
{
	int result;

	if (control->commands.len == 0)
		return EXIT_DONE;
	result = control_send(control);
	return result == CLIENT_GO_ON ? judge(control) : result;
}
