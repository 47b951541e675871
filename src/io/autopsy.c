#include "io/autopsy.h"

#include "io/knock.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ALERT_WAIT_US 300000
#define NAME_MAX_LEN 80 /* bytes of a certificate's name with the NUL */

/* One way to the broker, as far as it goes. */
struct way {
	const struct autopsy_case *body;
	struct knock_door door;
	int fd;
	SSL_CTX *context;
	SSL *ssl;
	char *why;               /* AUTOPSY_MAX bytes */
	char name[NAME_MAX_LEN]; /* of a certificate that is refused */
};

static void
say(struct way *way, const char *text)
{
	(void)snprintf(way->why, AUTOPSY_MAX, "%s", text);
}

static bool
is_set(const char *text)
{
	return text != NULL && *text != '\0';
}

static bool
load_authority(struct way *way)
{
	const char *file = way->body->ca_file;

	if (!is_set(file))
		return SSL_CTX_set_default_verify_paths(way->context) == 1;
	if (SSL_CTX_load_verify_locations(way->context, file, NULL) == 1)
		return true;
	(void)snprintf(way->why, AUTOPSY_MAX,
	    "[mqtt] ca_file: %.160s cannot be read, or holds no certificate",
	    file);
	return false;
}

static bool
load_own(struct way *way)
{
	const struct autopsy_case *body = way->body;

	if (!is_set(body->cert_file))
		return true;
	if (SSL_CTX_use_certificate_chain_file(way->context, body->cert_file) ==
	        1 &&
	    SSL_CTX_use_PrivateKey_file(way->context,
	        is_set(body->key_file) ? body->key_file : body->cert_file,
	        SSL_FILETYPE_PEM) == 1)
		return true;
	say(way,
	    "[mqtt] cert_file and key_file: they cannot be read, or do not "
	    "belong together");
	return false;
}

static bool
is_address(const char *host)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, host, bytes) == 1 ||
	    inet_pton(AF_INET6, host, bytes) == 1;
}

static bool
expect_name(struct way *way)
{
	const char *host = way->door.host;

	if (is_address(host))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(way->ssl),
		           host) == 1;
	return SSL_set1_host(way->ssl, host) == 1 &&
	    SSL_set_tlsext_host_name(way->ssl, way->door.host) == 1;
}

static void
read_name(X509 *certificate, char name[NAME_MAX_LEN])
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *each = sk_GENERAL_NAME_value(names, i);
		const ASN1_STRING *text = each->d.dNSName;

		if (each->type != GEN_DNS)
			continue;
		(void)snprintf(name, NAME_MAX_LEN, "%.*s",
		    ASN1_STRING_length(text),
		    (const char *)ASN1_STRING_get0_data(text));
		break;
	}
	GENERAL_NAMES_free(names);
}

/* A certificate that is refused is not kept: its name is, while it is there. */
static int
take_verdict(int is_good, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	struct way *way = ssl != NULL ? SSL_get_app_data(ssl) : NULL;
	X509 *certificate = X509_STORE_CTX_get_current_cert(store);

	if (!is_good && way != NULL && certificate != NULL)
		read_name(certificate, way->name);
	return is_good;
}

/* Whether TLS may begin.
 * In:      is_strict  the certificate is to be verified */
static bool
prepare(struct way *way, bool is_strict)
{
	way->context = SSL_CTX_new(TLS_client_method());
	if (way->context == NULL)
		return false;
	if (is_strict && (!load_authority(way) || !load_own(way)))
		return false;
	SSL_CTX_set_verify(way->context,
	    is_strict ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, take_verdict);
	way->ssl = SSL_new(way->context);
	return way->ssl != NULL && SSL_set_app_data(way->ssl, way) == 1 &&
	    SSL_set_fd(way->ssl, way->fd) == 1 &&
	    (!is_strict || expect_name(way));
}

static void
finish(struct way *way)
{
	SSL_free(way->ssl);
	SSL_CTX_free(way->context);
	way->ssl = NULL;
	way->context = NULL;
	if (way->fd >= 0)
		(void)close(way->fd);
	way->fd = -1;
	ERR_clear_error();
}

/* The same door, entered in another way. */
static bool
speaks_tls(const struct way *first)
{
	char why[AUTOPSY_MAX];
	struct way way = { .body = first->body, .door = first->door };

	way.why = why;
	way.fd = knock_open(&way.door, why);
	ERR_clear_error();
	if (way.fd >= 0 && prepare(&way, false) && SSL_connect(way.ssl) == 1) {
		finish(&way);
		return true;
	}
	finish(&way);
	return false;
}

static void
explain_name(struct way *way)
{
	(void)snprintf(way->why, AUTOPSY_MAX,
	    "its certificate is for %s, not for %.90s: name it in [mqtt] url "
	    "as its certificate does",
	    *way->name != '\0' ? way->name : "another", way->door.host);
}

static void
explain_authority(struct way *way)
{
	const char *file = way->body->ca_file;

	if (is_set(file))
		(void)snprintf(way->why, AUTOPSY_MAX,
		    "its certificate is signed by none of those in [mqtt] "
		    "ca_file %.140s",
		    file);
	else
		say(way,
		    "its certificate is signed by nobody whom this system "
		    "knows: set [mqtt] ca_file to who signed it");
}

static void
explain_verdict(struct way *way, long verdict)
{
	switch (verdict) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		explain_name(way);
		break;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		say(way,
		    "its certificate has expired, or this machine's clock is "
		    "wrong");
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		say(way,
		    "its certificate is not valid yet: is this machine's clock "
		    "right?");
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		explain_authority(way);
		break;
	default:
		(void)snprintf(way->why, AUTOPSY_MAX,
		    "its certificate is refused: %s",
		    X509_verify_cert_error_string(verdict));
	}
}

static bool
is_about_own_certificate(int reason)
{
	return reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED ||
	    reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE ||
	    reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE ||
	    reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA ||
	    reason == SSL_R_TLSV1_ALERT_ACCESS_DENIED ||
	    reason == SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN;
}

static void
explain_alert(struct way *way, unsigned long error)
{
	const char *reason = ERR_reason_error_string(error);

	if (!is_about_own_certificate(ERR_GET_REASON(error)))
		(void)snprintf(way->why, AUTOPSY_MAX, "TLS fails: %s",
		    reason != NULL ? reason : "the connection ends");
	else if (is_set(way->body->cert_file))
		say(way,
		    "it refuses our certificate, [mqtt] cert_file: is it "
		    "signed by whom the broker trusts?");
	else
		say(way,
		    "it wants a certificate of ours: set [mqtt] cert_file and "
		    "key_file");
}

/* No certificate is to blame: is there TLS at all? */
static void
explain_no_tls(struct way *way)
{
	unsigned long error = ERR_peek_error();

	if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
	    is_about_own_certificate(ERR_GET_REASON(error))) {
		explain_alert(way, error);
		return;
	}
	switch (knock_try(&way->door, KNOCK_SAY_MQTT5)) {
	case KNOCK_MQTT5:
	case KNOCK_MQTT3:
		say(way,
		    "there is no TLS at this port: mqtt:// instead of "
		    "mqtts://, or the broker's port for TLS");
		return;
	case KNOCK_HTTP:
		say(way,
		    "there is no TLS at this port, but HTTP: ws://, or "
		    "the broker's port for TLS");
		return;
	case KNOCK_NOBODY:
	case KNOCK_WEBSOCKET:
	case KNOCK_TLS:
	case KNOCK_OTHER:
		break;
	}
	if (knock_try(&way->door, KNOCK_SAY_UPGRADE) == KNOCK_WEBSOCKET)
		say(way,
		    "there is no TLS at this port, but a WebSocket: ws://");
	else
		explain_alert(way, error);
}

static bool
shake_hands(struct way *way)
{
	long verdict;

	ERR_clear_error();
	if (!prepare(way, true)) {
		if (*way->why == '\0')
			say(way, "TLS cannot begin: out of memory");
		return false;
	}
	if (SSL_connect(way->ssl) == 1)
		return true;
	verdict = SSL_get_verify_result(way->ssl);
	if (verdict != X509_V_OK)
		explain_verdict(way, verdict);
	else
		explain_no_tls(way);
	return false;
}

/* With TLS 1.3 a broker that misses our certificate says so after the handshake,
 * and ends the connection: what we write then takes its word away. */
static bool
is_turned_away(const struct way *way)
{
	const struct timeval brief = { .tv_usec = ALERT_WAIT_US };
	const struct timeval usual = { .tv_sec = KNOCK_WAIT_MS / 1000 + 1 };
	char byte;
	int got;

	(void)setsockopt(way->fd, SOL_SOCKET, SO_RCVTIMEO, &brief,
	    sizeof(brief));
	got = SSL_peek(way->ssl, &byte, 1);
	(void)setsockopt(way->fd, SOL_SOCKET, SO_RCVTIMEO, &usual,
	    sizeof(usual));
	return got <= 0 && SSL_get_error(way->ssl, got) == SSL_ERROR_SSL;
}

static enum knock_answer
converse(struct way *way, enum knock_word word)
{
	char bytes[512];
	int len = (int)knock_word(word, &way->door, bytes);
	int got = 0;

	ERR_clear_error();
	if (way->ssl == NULL)
		return knock_try(&way->door, word);
	if (is_turned_away(way))
		return KNOCK_NOBODY;
	if (SSL_write(way->ssl, bytes, len) == len)
		got = SSL_read(way->ssl, bytes, sizeof(bytes));
	return knock_understand(bytes, got > 0 ? (size_t)got : 0);
}

static void
explain_silence_in_tls(struct way *way)
{
	unsigned long error = ERR_peek_error();

	if (ERR_GET_LIB(error) == ERR_LIB_SSL)
		explain_alert(way, error);
	else if (way->door.is_websocket)
		say(way,
		    "there is no WebSocket at this port: mqtts:// instead "
		    "of wss://, or the broker's port for WebSockets");
	else
		say(way, "it ends the connection: does a broker listen there?");
}

/* It took the connection, and no word of ours. */
static void
explain_silence(struct way *way)
{
	bool is_websocket = way->door.is_websocket;

	if (speaks_tls(way))
		say(way,
		    is_websocket
		        ? "it speaks TLS at this port: wss:// instead of ws://"
		        : "it speaks TLS at this port: mqtts:// instead of "
		          "mqtt://, or the broker's port without TLS");
	else if (!is_websocket &&
	    knock_try(&way->door, KNOCK_SAY_UPGRADE) == KNOCK_WEBSOCKET)
		say(way,
		    "this is the broker's port for WebSockets: ws:// "
		    "instead of mqtt://, or its port for MQTT");
	else if (knock_try(&way->door, KNOCK_SAY_MQTT5) == KNOCK_MQTT5)
		say(way,
		    "there is no WebSocket at this port: mqtt:// instead "
		    "of ws://, or the broker's port for WebSockets");
	else if (knock_try(&way->door, KNOCK_SAY_MQTT3) == KNOCK_MQTT3)
		say(way, AUTOPSY_OLD_BROKER);
	else
		say(way, "it ends the connection: does a broker listen there?");
}

static void
explain_http(struct way *way)
{
	if (way->door.is_websocket)
		say(way,
		    "a web server answers, and no broker: is this its "
		    "port, and its path?");
	else if (way->ssl != NULL)
		say(way,
		    "this is a port for WebSockets: wss:// instead of "
		    "mqtts://, or the broker's port for MQTT");
	else
		say(way,
		    "this is a port for WebSockets: ws:// instead of "
		    "mqtt://, or the broker's port for MQTT");
}

static void
listen_to(struct way *way)
{
	switch (converse(way,
	    way->door.is_websocket ? KNOCK_SAY_UPGRADE : KNOCK_SAY_MQTT5)) {
	case KNOCK_MQTT5:
	case KNOCK_WEBSOCKET:
		break;
	case KNOCK_MQTT3:
		say(way, AUTOPSY_OLD_BROKER);
		break;
	case KNOCK_HTTP:
		explain_http(way);
		break;
	case KNOCK_TLS:
	case KNOCK_OTHER:
	case KNOCK_NOBODY:
		if (way->ssl != NULL)
			explain_silence_in_tls(way);
		else
			explain_silence(way);
		break;
	}
}

void
autopsy_make(const struct autopsy_case *body, char why[AUTOPSY_MAX])
{
	struct way way = { .body = body, .fd = -1, .why = why };

	*why = '\0';
	if (knock_read_url(body->url, &way.door) != STATUS_OK)
		return;
	way.fd = knock_open(&way.door, why);
	if (way.fd >= 0 && (!way.door.is_tls || shake_hands(&way)))
		listen_to(&way);
	finish(&way);
}
