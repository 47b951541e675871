/* autopsy.h - why a connection to the broker fails, in words that say what to do.
 *
 * Layer:   io. Any thread; it takes some seconds at most.
 * Paho says that it failed, and keeps to itself why. So the way is gone again, to
 * where it ends: name, port, TLS, protocol. OpenSSL gives its own verdict.
 * Source:  SSL_get_verify_result(3ssl), X509_check_host(3ssl); MQTT 5.0 3.2.
 */
#ifndef IO_AUTOPSY_H
#define IO_AUTOPSY_H

#define AUTOPSY_MAX 256 /* bytes with the NUL */

/* Borrowed; "" or NULL = not set. */
struct autopsy_case {
	const char *url;
	const char *ca_file;
	const char *cert_file;
	const char *key_file;
};

#define AUTOPSY_OLD_BROKER                                                \
	"this broker speaks MQTT 3.1.1; nudge needs 5: mosquitto 1.6 or " \
	"later, EMQX, HiveMQ, Artemis"

/* Out:     why  "" = nothing is found to be wrong, now */
void autopsy_make(const struct autopsy_case *body, char why[AUTOPSY_MAX]);

#endif
