/* list.c - every command there is. */
#include "command/command.h"

#include <stddef.h>

const struct command *const command_all[] = {
	&run_command,
	&check_command,
	&setup_command,
	&doctor_command,
	&send_command,
	&watch_command,
	&explain_command,
	&keys_command,
	&pair_command,
	&user_command,
	&reply_command,
	&completion_command,
	&manual_command,
	NULL,
};
