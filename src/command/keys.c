/* keys.c - the VAPID public key, which apps subscribe with. */
#include "base/buf.h"
#include "command/configuration.h"
#include "command/options.h"
#include "deliver/roster.h"
#include "io/secret.h"
#include "push/jwt.h"
#include "push/provider.h"

#include <stdio.h>

static enum status
read_public(const char *path, struct buf *key, struct fault *fault)
{
	struct secret secret = { .text = NULL };
	enum status status = roster_make_key(&webpush_provider, path, fault);

	if (status == STATUS_OK)
		status = secret_read(path, &secret, fault);
	if (status == STATUS_OK)
		status = webpush_provider.check_key(secret.text, fault);
	if (status == STATUS_OK)
		status = jwt_add_public(secret.text, key);
	secret_finish(&secret);
	return status;
}

static int
run(int argc, char **argv)
{
	struct configuration configuration;
	struct fault fault = { "" };
	struct buf key;
	const char *path;
	const char *file;
	enum status status;
	int done = options_read_file(&keys_command, argc, argv, &file);

	if (done != OPTIONS_GO_ON)
		return done;
	if (configuration_find(&(struct configuration_wish){ "keys", file,
	                           false },
	        &configuration) != STATUS_OK)
		return EXIT_SETTINGS;
	path = configuration.settings.webpush.key_file;
	buf_init(&key, PUSH_TOKEN_MAX);
	status = read_public(path, &key, &fault);
	if (status == STATUS_OK)
		(void)printf("%s\n", buf_text(&key));
	else
		(void)fprintf(stderr, "nudge keys: %s: %s\n", path,
		    fault_is_set(&fault) ? fault.text : status_str(status));
	buf_finish(&key);
	configuration_finish(&configuration);
	return status == STATUS_OK ? EXIT_DONE : EXIT_FAILED;
}

const struct command keys_command = {
	.name = "keys",
	.synopsis = "[-c FILE]",
	.summary = "Show the VAPID public key; make the pair if there is none.",
	.help = "  -c FILE   the settings file (that of the bridge which runs\n"
	        "            here, else /etc/nudge/nudge.conf)\n"
	        "\n"
	        "Web Push subscriptions belong to this key: keep a copy of "
	        "[webpush] key_file.\nIt is never written over. Run this as "
	        "the user that the bridge runs as.\n"
	        "\n"
	        "Exit status: 0 done, 1 failed, 64 usage, 78 settings.\n",
	.run = run,
};
