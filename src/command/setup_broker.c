/* setup_broker.c - mosquitto itself, and what is added to its settings. */
#include "command/setup.h"
#include "io/program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static enum status
plan_package(struct setup *setup, struct fault *fault)
{
	(void)fault;
	if (setup->is_here && !setup->has_broker)
		setup_intend(setup,
		    "install mosquitto: apt-get install "
		    "mosquitto");
	return STATUS_OK;
}

static bool
install(struct fault *fault)
{
	return program_run((const char *const[]){ "apt-get", "install", "-y",
	                       "--no-install-recommends", "mosquitto", NULL },
	           fault) == STATUS_OK;
}

static enum status
install_package(struct setup *setup, struct fault *fault)
{
	struct fault ignored = { "" };

	if (!setup->is_here || setup->has_broker)
		return STATUS_OK;
	(void)printf("Installing mosquitto …\n");
	(void)fflush(stdout);
	setup->is_broker_new = true;
	/* What is known of packages may be old. */
	if (install(&ignored) ||
	    (program_run((const char *const[]){ "apt-get", "update", NULL },
	         &ignored) == STATUS_OK &&
	        install(&ignored)))
		return STATUS_OK;
	fault_set(fault,
	    "mosquitto cannot be installed: 'apt-get install mosquitto' tells "
	    "why");
	return STATUS_IO;
}

const struct setup_step setup_package = { plan_package, install_package };

/* Where this machine reaches a listener, or NULL. mosquitto takes "::" for IPv6
 * alone. */
static const char *
near(const struct brokerconf_listener *listener)
{
	static const struct {
		const char *address;
		const char *host;
	} known[] = { { "", "127.0.0.1" }, { "0.0.0.0", "127.0.0.1" },
		{ "localhost", "127.0.0.1" }, { "::", "::1" },
		{ "::1", "::1" } };

	if (listener->is_elsewhere)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		if (strcmp(listener->address, known[i].address) == 0)
			return known[i].host;
	}
	return strncmp(listener->address, "127.", 4) == 0 ? listener->address
	                                                  : NULL;
}

/* A listener of others for MQTT as it is, that this machine reaches. */
static const struct brokerconf_listener *
find_plain(const struct setup *setup)
{
	for (size_t i = 0; i < setup->others.listener_count; i++) {
		const struct brokerconf_listener *listener =
		    &setup->others.listeners[i];

		if (listener->port > 0 && !listener->is_websocket &&
		    !listener->is_tls && near(listener) != NULL)
			return listener;
	}
	return NULL;
}

void
setup_local_url(const struct setup *setup, char url[SETUP_URL_MAX])
{
	const struct brokerconf_listener *plain = find_plain(setup);

	setup_url("mqtt", plain != NULL ? near(plain) : "127.0.0.1",
	    plain != NULL ? plain->port : setup->wishes.port, url);
}

static bool
is_taken(const struct setup *setup, int port, bool is_near)
{
	for (size_t i = 0; i < setup->others.listener_count; i++) {
		const struct brokerconf_listener *listener =
		    &setup->others.listeners[i];

		if (listener->port == port &&
		    (!is_near || near(listener) != NULL))
			return true;
	}
	return false;
}

/* Whom we would lock out, or could not serve. */
static void
object(const struct setup *setup, struct fault *fault)
{
	const struct setup_wishes *wishes = &setup->wishes;
	const struct brokerconf *others = &setup->others;

	if (others->is_dynamic)
		fault_set(fault,
		    "the broker here keeps its logins in the dynamic security "
		    "plugin: make them with 'nudge user add --admin …', then "
		    "nudge setup --broker mqtt://localhost");
	if (strcmp(others->per_listener_settings, "true") == 0 ||
	    others->has_several)
		fault_set(fault,
		    "%s tells its listeners apart (per_listener_settings): "
		    "logins that are added would not count for all of them",
		    setup->places.broker_conf);
	if (is_taken(setup, wishes->tls_port, false) ||
	    is_taken(setup, wishes->ws_port, false) ||
	    (find_plain(setup) == NULL && is_taken(setup, wishes->port, true)))
		fault_set(fault,
		    "port %d, %d or %d of the broker here is in use already: "
		    "choose others with --ports MQTT,MQTTS,WSS,PAGE",
		    wishes->port, wishes->tls_port, wishes->ws_port);
	if (setup->has_broker && *others->include_dir == '\0')
		fault_set(fault,
		    "%s reads no folder: add the line \"include_dir %.*s\", "
		    "and run this again",
		    setup->places.broker_conf,
		    (int)(strrchr(setup->places.own_conf, '/') -
		        setup->places.own_conf),
		    setup->places.own_conf);
}

/* Whether the broker lets somebody in from elsewhere without a login. */
static bool
is_open(const struct setup *setup)
{
	return setup->others.listener_count > 0 &&
	    strcmp(setup->others.allow_anonymous, "true") == 0;
}

static void
add_listener(const struct setup *setup, int port, bool is_websocket,
    struct buf *text)
{
	const struct setup_wishes *wishes = &setup->wishes;
	bool is_own = wishes->cert_file == NULL;

	buf_addf(text, "listener %d\n%scertfile %s\nkeyfile %s\n", port,
	    is_websocket ? "protocol websockets\n" : "",
	    is_own ? setup->places.cert : wishes->cert_file,
	    is_own ? setup->places.key : wishes->key_file);
}

/* mosquitto.conf in the source says why each line is there. */
static void
write_text(const struct setup *setup, struct buf *text)
{
	buf_addf(text,
	    SETUP_MARK ", which writes it anew when it runs "
	               "again;\n# 'nudge setup --undo' takes it away.\n");
	if (find_plain(setup) == NULL)
		buf_addf(text,
		    "\n# For this machine alone.\nlistener %d "
		    "127.0.0.1\n",
		    setup->wishes.port);
	buf_addf(text, "\n# For phones, agents and pages.\n");
	add_listener(setup, setup->wishes.tls_port, false, text);
	add_listener(setup, setup->wishes.ws_port, true, text);
	buf_addf(text, "\nallow_anonymous false\n");
	if (setup->has_own_passwords)
		buf_addf(text, "password_file %s\n", setup->places.passwords);
	if (setup->has_own_acl)
		buf_addf(text, "acl_file %s\n", setup->places.acl);
	buf_addf(text,
	    "\npersistence true\nautosave_interval 15\n"
	    "max_queued_messages 300000\nmax_queued_bytes 67108864\n"
	    "memory_limit 268435456\n"
	    "set_tcp_nodelay true\n");
}

static enum status
is_due(const struct setup *setup, bool *due, struct buf *text,
    struct fault *fault)
{
	struct buf old;
	enum status status;

	buf_init(&old, SETUP_TEXT_MAX);
	write_text(setup, text);
	status = setup_read(setup->places.own_conf, &old, fault);
	*due = strcmp(buf_text(&old), buf_text(text)) != 0;
	buf_finish(&old);
	return status;
}

static void
tell(struct setup *setup)
{
	const struct setup_wishes *wishes = &setup->wishes;

	setup_intend(setup,
	    "tell mosquitto, in %s: listen with encryption on ports %d (MQTT) "
	    "and %d (WebSocket)%s; keep what waits; let nobody in without a "
	    "login",
	    setup->places.own_conf, wishes->tls_port, wishes->ws_port,
	    find_plain(setup) == NULL ? ", and without it for this machine "
	                                "alone"
	                              : "");
	if (strcmp(setup->others.allow_anonymous, "false") != 0)
		setup_intend(setup,
		    "what came to the broker here without a login needs one "
		    "from now on: 'nudge user add NAME', or mosquitto_passwd "
		    "and lines in %s",
		    setup->places.acl);
}

static enum status
plan(struct setup *setup, struct fault *fault)
{
	struct buf text;
	bool due = false;
	enum status status;

	if (!setup->is_here)
		return STATUS_OK;
	object(setup, fault);
	if (is_open(setup) && setup->wishes.is_sure && !setup->wishes.may_close)
		fault_set(fault,
		    "the broker here lets anybody in, and nobody else would "
		    "get in any more without a login: say --close if that is "
		    "right");
	if (fault_is_set(fault))
		return STATUS_BAD_INPUT;
	buf_init(&text, SETUP_TEXT_MAX);
	status = is_due(setup, &due, &text, fault);
	if (due)
		tell(setup);
	buf_finish(&text);
	return status;
}

static enum status
carry_out(struct setup *setup, struct fault *fault)
{
	struct buf text;
	bool due = false;
	enum status status;

	if (!setup->is_here)
		return STATUS_OK;
	buf_init(&text, SETUP_TEXT_MAX);
	status = is_due(setup, &due, &text, fault);
	if (status == STATUS_OK && due) {
		status = setup_write(setup->places.own_conf, &text,
		    SETUP_FOR_ALL, fault);
		setup->is_broker_new = true;
	}
	buf_finish(&text);
	return status;
}

const struct setup_step setup_broker = { plan, carry_out };
