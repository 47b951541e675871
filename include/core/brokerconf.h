/* brokerconf.h - what matters to us in a mosquitto.conf.
 *
 * Layer:   core. Pure: text in, struct out.
 * Source:  mosquitto.conf(5), versions 2.0 and 2.1.
 */
#ifndef CORE_BROKERCONF_H
#define CORE_BROKERCONF_H

#include <stdbool.h>
#include <stddef.h>

#define BROKERCONF_VALUE_MAX 512    /* bytes with the NUL */
#define BROKERCONF_LISTENERS_MAX 16 /* further ones are passed over */
#define BROKERCONF_MAX 262144       /* bytes of a file */

struct brokerconf_listener {
	int port; /* 0 = a socket in the file system */
	bool is_websocket;
	bool is_tls;
	bool has_family;   /* socket_domain is set */
	bool is_elsewhere; /* bound to an interface other than lo */
	char address[BROKERCONF_VALUE_MAX]; /* "" = every one */
};

/* "" = not set. Zero it before the first brokerconf_add(). */
struct brokerconf {
	char password_file[BROKERCONF_VALUE_MAX];
	char acl_file[BROKERCONF_VALUE_MAX];
	char pid_file[BROKERCONF_VALUE_MAX];
	char user[BROKERCONF_VALUE_MAX]; /* that mosquitto becomes */
	char include_dir[BROKERCONF_VALUE_MAX];
	char allow_anonymous[BROKERCONF_VALUE_MAX];       /* "true" */
	char per_listener_settings[BROKERCONF_VALUE_MAX]; /* "true" */
	bool has_several; /* a listener has another password_file or acl_file */
	bool is_dynamic;  /* the dynamic security plugin is loaded */
	struct brokerconf_listener listeners[BROKERCONF_LISTENERS_MAX];
	size_t listener_count;
};

/* Take in one file. In:  text  NUL-terminated */
void brokerconf_add(struct brokerconf *conf, const char *text);

#endif
