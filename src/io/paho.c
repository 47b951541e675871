#include "io/paho.h"

#ifdef PAHO_HOOKS

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHORT_US 2000
#define HELD_MAX 64    /* acknowledgements; the broker waits for none of them */
#define ADDRESS_MAX 64 /* bytes of an IPv6 address with the NUL */
#define CONNACK 2      /* MQTT 5.0 2.1.2 */
#define PUBLISH 3
#define PUBACK_LEN 4 /* one that says no more than that: MQTT 5.0 3.4.2.1 */

/* What Paho knows of its connection begins with the descriptor; nothing else of
 * it is read. Should another version begin otherwise, that is no socket, and
 * each message is committed by itself. */
struct network {
	int socket;
};

struct ssl_st; /* OpenSSL's */

/* An acknowledgement held back; net and client_id are Paho's. */
struct held {
	int version;
	int msgid;
	struct network *net;
	const char *client_id;
};

static _Atomic bool is_connected_now;
/* The reason to leave that Paho gives by itself: MQTT 5.0 3.14.2.1. */
static _Atomic int farewell;
/* The calls came to us, at least once. */
static _Atomic bool has_acknowledged;
static _Atomic bool has_published;
/* OpenSSL has taken more from the socket than Paho from OpenSSL. */
static _Atomic bool has_decrypted;
/* Paho's receiving thread: the connection it read from last. NULL elsewhere. */
static _Thread_local const struct network *receiving;
/* The same thread's: its descriptor is where we think it is. */
static _Thread_local bool has_descriptor;

static struct {
	pthread_mutex_t lock;
	void (*commit)(void *context);
	void *context;
	bool takes_packets;
	struct held held[HELD_MAX];
	size_t count;
} batch = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* MQTTPacket.h of 1.3.12, as far as it is read. */
struct publish {
	union {
		char byte;
		unsigned bits;
	} header;
	char *topic;
	int topic_len;
	int id;
	char *payload;
	int payload_len;
};

/* MQTTPacket.h and WebSocket.c of 1.3.12: what follows the first buffer. */
struct packet_buffers {
	int count;
	char **buffers;
	size_t *lens;
	int *frees;
	unsigned char mask[4];
};
#define INTERRUPTED (-22) /* Socket.h: Paho writes the rest later, and frees */

void *MQTTAsync_malloc(size_t size);
void MQTTAsync_free(void *memory);
int WebSocket_putdatas(struct network *net, char **bytes, size_t *len,
    struct packet_buffers *rest);
int __real_MQTTPacket_send_publish(struct publish *publish, int dup, int qos,
    int retained, struct network *net, const char *client_id);
int __wrap_MQTTPacket_send_publish(struct publish *publish, int dup, int qos,
    int retained, struct network *net, const char *client_id);
struct client; /* Paho's */
struct properties;
int __real_MQTTPacket_send_disconnect(struct client *client, int reason,
    struct properties *properties);
int __wrap_MQTTPacket_send_disconnect(struct client *client, int reason,
    struct properties *properties);
struct x509_st; /* OpenSSL's */
int __real_X509_check_ip_asc(struct x509_st *certificate, const char *address,
    unsigned flags);
int __wrap_X509_check_ip_asc(struct x509_st *certificate, const char *address,
    unsigned flags);
int __real_usleep(useconds_t duration_us);
int __wrap_usleep(useconds_t duration_us);
int SSL_pending(const struct ssl_st *ssl);
int __real_SSL_read(struct ssl_st *ssl, void *bytes, int len);
int __wrap_SSL_read(struct ssl_st *ssl, void *bytes, int len);
int __real_MQTTPacket_send_puback(int version, int msgid, struct network *net,
    const char *client_id);
int __wrap_MQTTPacket_send_puback(int version, int msgid, struct network *net,
    const char *client_id);
void *__real_MQTTPacket_Factory(int version, struct network *net, int *error);
void *__wrap_MQTTPacket_Factory(int version, struct network *net, int *error);

bool
paho_is_hooked(void)
{
	return true;
}

bool
paho_holds(void)
{
	return atomic_load(&has_acknowledged);
}

bool
paho_publishes(void)
{
	return atomic_load(&has_published);
}

void
paho_set_connected(bool is_connected)
{
	atomic_store(&is_connected_now, is_connected);
}

void
paho_set_farewell(int reason)
{
	atomic_store(&farewell, reason);
}

void
paho_set_commit(void (*commit)(void *context), void *context,
    bool takes_packets)
{
	(void)pthread_mutex_lock(&batch.lock);
	batch.commit = commit;
	batch.context = context;
	batch.takes_packets = takes_packets;
	batch.count = 0;
	(void)pthread_mutex_unlock(&batch.lock);
}

void
paho_commit(void)
{
	(void)pthread_mutex_lock(&batch.lock);
	if (batch.commit != NULL)
		batch.commit(batch.context);
	(void)pthread_mutex_unlock(&batch.lock);
}

/* Plain, encrypted or in a frame of a WebSocket, as Paho does with its own. */
static int
send_bytes(struct network *net, const void *from, size_t len)
{
	struct packet_buffers rest = { .count = 0 };
	char *bytes = MQTTAsync_malloc(len);
	int result;

	if (bytes == NULL)
		return -1;
	memcpy(bytes, from, len);
	result = WebSocket_putdatas(net, &bytes, &len, &rest);
	if (result != INTERRUPTED)
		MQTTAsync_free(bytes);
	return result;
}

/* All of them in one write; they are of one connection, see begin(). */
static int
acknowledge_together(void)
{
	unsigned char packets[PUBACK_LEN * HELD_MAX];
	size_t len = 0;

	for (size_t i = 0; i < batch.count; i++) {
		packets[len++] = 0x40;
		packets[len++] = PUBACK_LEN - 2;
		packets[len++] = (unsigned char)(batch.held[i].msgid >> 8);
		packets[len++] = (unsigned char)(batch.held[i].msgid & 0xff);
	}
	return send_bytes(batch.held[0].net, packets, len);
}

/* Returns: the last answer of Paho's, 0 = good. */
static int
acknowledge(void)
{
	struct held held;
	int result = 0;

	paho_commit();
	if (batch.takes_packets && batch.count > 1) {
		result = acknowledge_together();
		batch.count = 0;
	}
	for (size_t i = 0; i < batch.count; i++) {
		held = batch.held[i];
		result = __real_MQTTPacket_send_puback(held.version, held.msgid,
		    held.net, held.client_id);
	}
	batch.count = 0;
	return result;
}

/* Whether Paho will read again from this connection without a wait. */
static bool
has_input(const struct network *net)
{
	struct pollfd waiting = { .events = POLLIN };

	if (!has_descriptor)
		return false;
	waiting.fd = net->socket;
	return atomic_load(&has_decrypted) ||
	    (poll(&waiting, 1, 0) > 0 && !(waiting.revents & POLLNVAL));
}

void
paho_settle(void)
{
	if (receiving == NULL || !has_input(receiving))
		(void)acknowledge();
}

void
paho_forget(void)
{
	paho_commit();
	batch.count = 0;
}

int
__wrap_MQTTPacket_send_puback(int version, int msgid, struct network *net,
    const char *client_id)
{
	atomic_store(&has_acknowledged, true);
	if (batch.commit == NULL)
		return __real_MQTTPacket_send_puback(version, msgid, net,
		    client_id);
	batch.held[batch.count++] =
	    (struct held){ version, msgid, net, client_id };
	if (batch.count < HELD_MAX && has_input(net))
		return 0;
	return acknowledge();
}

int /* NOLINTNEXTLINE(readability-function-size): Paho's six parameters */
__wrap_MQTTPacket_send_publish(struct publish *publish, int dup, int qos,
    int retained, struct network *net, const char *client_id)
{
	atomic_store(&has_published, true);
	if (qos == 0 && strcmp(publish->topic, PAHO_PACKETS) == 0)
		return send_bytes(net, publish->payload,
		    (size_t)publish->payload_len);
	return __real_MQTTPacket_send_publish(publish, dup, qos, retained, net,
	    client_id);
}

/* Paho, destroyed before it left, says that all is well. */
int
__wrap_MQTTPacket_send_disconnect(struct client *client, int reason,
    struct properties *properties)
{
	return __real_MQTTPacket_send_disconnect(client,
	    reason != 0 ? reason : atomic_load(&farewell), properties);
}

/* A connection begins: what was held back belongs to an older one, to which the
 * broker gave it. */
static void
begin(const struct network *net)
{
	int type = 0;
	socklen_t size = sizeof(type);
	int on = 1;

	paho_forget();
	has_descriptor =
	    getsockopt(net->socket, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
	/* On anything but TCP this fails, and nothing is lost. */
	if (has_descriptor)
		(void)setsockopt(net->socket, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on));
}

/* The first byte of a packet is that of its fixed header. */
void *
__wrap_MQTTPacket_Factory(int version, struct network *net, int *error)
{
	unsigned char *packet = __real_MQTTPacket_Factory(version, net, error);
	int type = packet != NULL ? *packet >> 4 : 0;

	receiving = net;
	if (type == CONNACK)
		begin(net);
	else if (type != PUBLISH)
		(void)acknowledge();
	return packet;
}

/* Paho asks for an IPv6 address as it cut it out of the URL: "[::1". */
int
__wrap_X509_check_ip_asc(struct x509_st *certificate, const char *address,
    unsigned flags)
{
	char bare[ADDRESS_MAX];
	size_t len;

	if (*address != '[')
		return __real_X509_check_ip_asc(certificate, address, flags);
	len = strcspn(++address, "]");
	if (len >= sizeof(bare))
		return 0;
	memcpy(bare, address, len);
	bare[len] = '\0';
	return __real_X509_check_ip_asc(certificate, bare, flags);
}

int
__wrap_SSL_read(struct ssl_st *ssl, void *bytes, int len)
{
	int result = __real_SSL_read(ssl, bytes, len);

	atomic_store(&has_decrypted, SSL_pending(ssl) > 0);
	return result;
}

/* While the broker takes nothing from us, Paho takes nothing from it, though
 * there is input: what came does not wait for that. Its acknowledgements do. */
int
__wrap_usleep(useconds_t duration_us)
{
	if (receiving != NULL)
		paho_commit();
	if (atomic_load(&is_connected_now) && duration_us > SHORT_US)
		duration_us = SHORT_US;
	return __real_usleep(duration_us);
}

#else /* as Paho is, which acknowledges each message when we have taken it */

#include <stddef.h>

static void (*commit_now)(void *context);
static void *commit_context;

bool
paho_is_hooked(void)
{
	return false;
}

bool
paho_holds(void)
{
	return false;
}

bool
paho_publishes(void)
{
	return false;
}

void
paho_set_connected(bool is_connected)
{
	(void)is_connected;
}

void
paho_set_farewell(int reason)
{
	(void)reason;
}

void
paho_set_commit(void (*commit)(void *context), void *context,
    bool takes_packets)
{
	(void)takes_packets;
	commit_now = commit;
	commit_context = context;
}

void
paho_commit(void)
{
	if (commit_now != NULL)
		commit_now(commit_context);
}

void
paho_settle(void)
{
	paho_commit();
}

void
paho_forget(void)
{
	paho_commit();
}

#endif
