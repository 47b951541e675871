/* control.h - the dynamic security plugin of a mosquitto, told what to do.
 *
 * Source:  the plugin's README, version 1 of its topic.
 */
#ifndef COMMAND_CONTROL_H
#define COMMAND_CONTROL_H

#include "base/buf.h"
#include "command/client.h"
#include "core/settings.h"

/* One conversation. */
struct control {
	struct settings settings; /* with the login that may change it */
	struct client client;     /* its id marks our commands */
	struct buf commands;
	struct buf answer; /* the last one to our commands: JSON */
};

/* Connect as the admin. Say on stderr what failed.
 * Out:     control  control_close() it in any case
 * Returns: CLIENT_GO_ON, or the exit status. */
int control_open(struct control *control, const struct settings *settings,
    const char *admin, const char *password_file);
void control_close(struct control *control);

/* Append a command: begin, its members, end. */
void control_begin(struct control *control, const char *command);
void control_member(struct control *control, const char *name,
    const char *value);
void control_end(struct control *control);

/* Send the commands, and wait for the answer.
 * Returns: CLIENT_GO_ON, or the exit status. */
int control_send(struct control *control);

/* The same, if there are any; each that was refused is told on stderr.
 * Returns: EXIT_DONE, or the exit status. */
int control_carry_out(struct control *control);

#endif
