#include "io/knock.h"

#include "base/attr.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define CONNACK 0x20 /* MQTT 5.0 3.2.1, and of 3.1.1 */
#define ALERT 0x15   /* RFC 8446 5.1 */

static const struct {
	const char *scheme;
	const char *port;
	bool is_tls;
	bool is_websocket;
} schemes[] = {
	{ "mqtt://", "1883", false, false },
	{ "mqtts://", "8883", true, false },
	{ "tcp://", "1883", false, false },
	{ "ssl://", "8883", true, false },
	{ "ws://", "80", false, true },
	{ "wss://", "443", true, true },
};

static enum status
read_place(const char *text, struct knock_door *door)
{
	bool is_bracketed = *text == '[';
	size_t len = strcspn(text += is_bracketed, is_bracketed ? "]" : ":/");
	const char *rest = text + len;

	if (len == 0 || len >= sizeof(door->host))
		return STATUS_BAD_INPUT;
	memcpy(door->host, text, len);
	door->host[len] = '\0';
	rest += *rest == ']';
	if (*rest != ':')
		return STATUS_OK;
	len = strcspn(++rest, "/");
	if (len == 0 || len >= sizeof(door->port))
		return STATUS_BAD_INPUT;
	memcpy(door->port, rest, len);
	door->port[len] = '\0';
	return STATUS_OK;
}

enum status
knock_read_url(const char *url, struct knock_door *door)
{
	memset(door, 0, sizeof(*door));
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		size_t len = strlen(schemes[i].scheme);

		if (strncmp(url, schemes[i].scheme, len) != 0)
			continue;
		door->is_tls = schemes[i].is_tls;
		door->is_websocket = schemes[i].is_websocket;
		(void)snprintf(door->port, sizeof(door->port), "%s",
		    schemes[i].port);
		return read_place(url + len, door);
	}
	return STATUS_BAD_INPUT;
}

/* SO_SNDTIMEO is the time to connect, too: socket(7). */
static int
connect_to(const struct addrinfo *address)
{
	const struct timeval wait = { KNOCK_WAIT_MS / 1000,
		KNOCK_WAIT_MS % 1000 * 1000L };
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
		int error = errno;

		(void)close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static void
explain_errno(int error, char why[KNOCK_WHY_MAX])
{
	char text[96] = "";
	const char *reason = strerror_r(error, text, sizeof(text));

	if (error == ECONNREFUSED)
		(void)snprintf(why, KNOCK_WHY_MAX,
		    "nobody listens there: is the broker running, and is this "
		    "its port?");
	else if (error == EINPROGRESS || error == EAGAIN || error == ETIMEDOUT)
		(void)snprintf(why, KNOCK_WHY_MAX,
		    "no answer from there: is the machine on, and the port let "
		    "through by its firewall?");
	else
		(void)snprintf(why, KNOCK_WHY_MAX, "it cannot be reached: %s",
		    reason);
}

int
knock_open(const struct knock_door *door, char why[KNOCK_WHY_MAX])
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *list = NULL;
	int code = getaddrinfo(door->host, door->port, &hints, &list);
	int fd = -1;
	int error = 0;

	if (code != 0) {
		(void)snprintf(why, KNOCK_WHY_MAX,
		    "its name %.100s is not found: %s", door->host,
		    gai_strerror(code));
		return -1;
	}
	for (const struct addrinfo *at = list; at != NULL && fd < 0;
	     at = at->ai_next) {
		fd = connect_to(at);
		error = errno;
	}
	freeaddrinfo(list);
	if (fd < 0)
		explain_errno(error, why);
	return fd;
}

static size_t
say_connect(bool is_five, char bytes[512])
{
	static const char id[] = "nudge_asks_why";
	size_t id_len = sizeof(id) - 1;
	size_t properties = is_five ? 1 : 0;
	const char head[] = { 0x10, (char)(12 + properties + id_len), 0, 4, 'M',
		'Q', 'T', 'T', (char)(is_five ? 5 : 4), 0x02, 0, 20 };
	size_t len = sizeof(head);

	memset(bytes, 0, 512);
	memcpy(bytes, head, len);
	len += properties + 1;
	bytes[len++] = (char)id_len;
	memcpy(bytes + len, id, id_len);
	return len + id_len;
}

size_t
knock_word(enum knock_word word, const struct knock_door *door, char bytes[512])
{
	int len;

	if (word != KNOCK_SAY_UPGRADE)
		return say_connect(word == KNOCK_SAY_MQTT5, bytes);
	len = snprintf(bytes, 512,
	    "GET /mqtt HTTP/1.1\r\nHost: %.200s:%s\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Protocol: mqtt\r\n"
	    "Sec-WebSocket-Key: bnVkZ2UgYXNrcyB3aHkhIQ==\r\n\r\n",
	    door->host, door->port);
	return len > 0 && len < 512 ? (size_t)len : 0;
}

enum knock_answer
knock_understand(const char *bytes, size_t len)
{
	if (len == 0)
		return KNOCK_NOBODY;
	if (len >= 4 && bytes[0] == CONNACK)
		return bytes[1] == 2 ? KNOCK_MQTT3 : KNOCK_MQTT5;
	if (len >= 2 && bytes[0] == ALERT && bytes[1] == 3)
		return KNOCK_TLS;
	if (len >= 12 && memcmp(bytes, "HTTP/1.1 101", 12) == 0)
		return KNOCK_WEBSOCKET;
	if (len >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
		return KNOCK_HTTP;
	return KNOCK_OTHER;
}

/* Out:     bytes  the answer
 * Returns: its length, 0 = there is none */
static size_t
exchange(const struct knock_door *door, enum knock_word word, char bytes[512])
{
	char why[KNOCK_WHY_MAX];
	size_t len = knock_word(word, door, bytes);
	int fd = knock_open(door, why);
	ssize_t got = 0;

	if (fd < 0)
		return 0;
	if (send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len)
		got = recv(fd, bytes, 512, 0);
	(void)close(fd);
	return got > 0 ? (size_t)got : 0;
}

enum knock_answer
knock_try(const struct knock_door *door, enum knock_word word)
{
	char bytes[512];
	size_t len = exchange(door, word, bytes);

	return knock_understand(bytes, len);
}

/* The fourth byte says whether: 0 = yes. */
bool
knock_enters(const struct knock_door *door)
{
	static const enum knock_word words[] = { KNOCK_SAY_MQTT5,
		KNOCK_SAY_MQTT3 };
	char bytes[512];

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		size_t len = exchange(door, words[i], bytes);

		if (len >= 4 && bytes[0] == CONNACK && bytes[3] == 0)
			return true;
	}
	return false;
}
