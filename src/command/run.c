/* run.c - the bridge itself, in the foreground. */
#include "bridge.h"
#include "command/configuration.h"
#include "command/options.h"
#include "io/beacon.h"
#include "io/descriptors.h"
#include "io/log.h"
#include "io/secret.h"
#include "io/signals.h"

#include <stdio.h>

struct running {
	struct configuration configuration;
	const char *file;
	struct beacon beacon;
};

/* What a running bridge cannot change says so. */
static void
reload(void *context)
{
	struct running *running = context;
	struct settings *current = &running->configuration.settings;
	struct configuration fresh;
	bool needs_restart;

	if (configuration_read(running->file, &fresh) != STATUS_OK ||
	    configuration_check_files(&fresh) != STATUS_OK) {
		log_warn("the new settings are refused; the old ones stay");
		return;
	}
	log_set_level(fresh.settings.log.level);
	settings_adopt(current, &fresh.settings, &needs_restart);
	if (needs_restart)
		log_warn("a change of [mqtt], [state], [http] or a key takes "
		         "effect after a restart");
	configuration_finish(&fresh);
	log_info("the settings are read again");
}

/* Without a place for it all else works. */
static void
light(struct running *running)
{
	struct fault fault = { "" };

	if (running->configuration.has_file &&
	    beacon_light(running->configuration.source.file, &running->beacon,
	        &fault) != STATUS_OK)
		log_debug("commands will not find these settings by "
		          "themselves: %s",
		    fault.text);
}

static void
make_room(void)
{
	int32_t limit = descriptors_raise();

	if (limit < DESCRIPTORS_WANTED)
		log_info("only %d files may be open at a time, and %d are "
		         "wanted: fewer pushes are under way at a time",
		    (int)limit, DESCRIPTORS_WANTED);
}

static int
run_bridge(struct running *running)
{
	struct fault fault = { "" };
	struct bridge *bridge = NULL;
	enum status status;

	log_set_level(running->configuration.settings.log.level);
	signals_block();
	secret_forbid_dumps();
	make_room();
	status =
	    bridge_create(&running->configuration.settings, &bridge, &fault);
	if (status != STATUS_OK) {
		log_error("%s", *fault.text ? fault.text : status_str(status));
		return EXIT_FAILED;
	}
	log_info("nudge %s starts", VERSION);
	light(running);
	status = bridge_run(bridge, reload, running);
	beacon_put_out(&running->beacon);
	bridge_destroy(bridge);
	return status == STATUS_OK ? EXIT_DONE : EXIT_FAILED;
}

static int
run(int argc, char **argv)
{
	struct running running = { .file = NULL };
	int done = options_read_file(&run_command, argc, argv, &running.file);
	int result = EXIT_SETTINGS;

	if (done != OPTIONS_GO_ON)
		return done;
	if (configuration_read(running.file, &running.configuration) !=
	    STATUS_OK)
		return EXIT_SETTINGS;
	if (configuration_check_files(&running.configuration) == STATUS_OK)
		result = run_bridge(&running);
	configuration_finish(&running.configuration);
	return result;
}

const struct command run_command = {
	.name = "run",
	.synopsis = "[-c FILE]",
	.summary = "Run the bridge in the foreground.",
	.help =
	    "  -c FILE   the settings file (/etc/nudge/nudge.conf)\n"
	    "\n"
	    "SIGTERM and SIGINT end it after what is under way; SIGHUP reads "
	    "the settings\nagain. 'nudge --help' lists the settings.\n"
	    "\n"
	    "Exit status: 0 stopped, 1 failed, 78 the settings are wrong.\n",
	.run = run,
};
