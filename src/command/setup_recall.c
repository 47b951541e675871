/* setup_recall.c - what an earlier run was told. */
#include "command/configuration.h"
#include "command/setup.h"
#include "core/acl.h"
#include "io/authority.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
recall_host(const struct setup *setup, struct setup_wishes *wishes)
{
	struct fault ignored = { "" };
	struct buf certificate;

	buf_init(&certificate, AUTHORITY_PEM_MAX);
	if (setup_read(setup->places.cert, &certificate, &ignored) == STATUS_OK)
		(void)authority_name(buf_text(&certificate), wishes->host,
		    SETTING_MAX);
	buf_finish(&certificate);
}

/* The first person with a login of ours. */
static void
recall_user(const struct setup *setup, struct setup_wishes *wishes)
{
	const char *bridge = *wishes->login != '\0' ? wishes->login : "nudge";
	struct fault ignored = { "" };
	char login[TEXT_ID_MAX + 1];
	const char *at;
	struct buf acl;

	buf_init(&acl, ACL_MAX);
	(void)setup_read(setup->places.acl, &acl, &ignored);
	at = buf_text(&acl);
	while (*wishes->user == '\0' && acl_next(&at, login)) {
		if (strcmp(login, bridge) != 0)
			(void)snprintf(wishes->user, SETTING_MAX, "%s", login);
	}
	buf_finish(&acl);
}

static void
recall_settings(const struct setup *setup, struct setup_wishes *wishes)
{
	struct configuration configuration;
	struct settings_fault ignored;

	if (configuration_try(setup->places.conf, &configuration, &ignored) !=
	    STATUS_OK)
		return;
	memcpy(wishes->login, configuration.settings.mqtt.username,
	    SETTING_MAX);
	if (access(setup->places.own_conf, F_OK) != 0)
		memcpy(wishes->broker, configuration.settings.mqtt.url,
		    SETTING_MAX);
	configuration_finish(&configuration);
}

void
setup_recall(const struct setup *setup, struct setup_wishes *wishes)
{
	if (access(setup->places.before, F_OK) != 0)
		return; /* there was none */
	recall_settings(setup, wishes);
	recall_host(setup, wishes);
	recall_user(setup, wishes);
}
