#include "io/paho.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHORT_US 2000
#define HELD_MAX 64 /* acknowledgements; the broker waits for none of them */
#define PUBLISH 3   /* MQTT 5.0 2.1.2 */

/* An acknowledgement held back; net and client_id are Paho's. */
struct held {
	int version;
	int msgid;
	void *net;
	const char *client_id;
};

static _Atomic bool is_connected_now;
static _Atomic int newest_socket = -1;

static struct {
	void (*commit)(void *context);
	void *context;
	struct held held[HELD_MAX];
	size_t count;
} batch;

int __real_usleep(useconds_t duration_us);
int __wrap_usleep(useconds_t duration_us);
int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __real_MQTTPacket_send_puback(int version, int msgid, void *net,
    const char *client_id);
int __wrap_MQTTPacket_send_puback(int version, int msgid, void *net,
    const char *client_id);
void *__real_MQTTPacket_Factory(int version, void *net, int *error);
void *__wrap_MQTTPacket_Factory(int version, void *net, int *error);

void
paho_set_connected(bool is_connected)
{
	atomic_store(&is_connected_now, is_connected);
}

void
paho_set_commit(void (*commit)(void *context), void *context)
{
	batch.commit = commit;
	batch.context = context;
	batch.count = 0;
}

void
paho_commit(void)
{
	if (batch.commit != NULL)
		batch.commit(batch.context);
}

/* Returns: the last answer of Paho's, 0 = good. */
static int
acknowledge(void)
{
	size_t count = batch.count;
	int result = 0;

	paho_commit();
	batch.count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct held *held = &batch.held[i];

		result = __real_MQTTPacket_send_puback(held->version,
		    held->msgid, held->net, held->client_id);
	}
	return result;
}

static bool
has_input(void)
{
	struct pollfd socket = {
		.fd = atomic_load(&newest_socket),
		.events = POLLIN,
	};

	return poll(&socket, 1, 0) > 0;
}

void
paho_settle(void)
{
	if (!has_input())
		(void)acknowledge();
}

void
paho_forget(void)
{
	paho_commit();
	batch.count = 0;
}

int
__wrap_MQTTPacket_send_puback(int version, int msgid, void *net,
    const char *client_id)
{
	if (batch.commit == NULL)
		return __real_MQTTPacket_send_puback(version, msgid, net,
		    client_id);
	batch.held[batch.count++] =
	    (struct held){ version, msgid, net, client_id };
	if (batch.count < HELD_MAX && has_input())
		return 0;
	return acknowledge();
}

/* The first byte of a packet is that of its fixed header. */
void *
__wrap_MQTTPacket_Factory(int version, void *net, int *error)
{
	unsigned char *packet = __real_MQTTPacket_Factory(version, net, error);

	if (packet == NULL || *packet >> 4 != PUBLISH)
		(void)acknowledge();
	return packet;
}

int
__wrap_usleep(useconds_t duration_us)
{
	if (atomic_load(&is_connected_now) && duration_us > SHORT_US)
		duration_us = SHORT_US;
	return __real_usleep(duration_us);
}

int
__wrap_socket(int domain, int type, int protocol)
{
	int fd = __real_socket(domain, type, protocol);
	int on = 1;

	if (fd < 0)
		return fd;
	/* On anything but TCP this fails, and nothing is lost. */
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0)
		atomic_store(&newest_socket, fd);
	return fd;
}
