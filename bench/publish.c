/* publish.c - publishes as fast as the broker takes it, or at an even rate, and
 * costs little beside what is measured: one socket, MQTT 3.1.1, QoS 1.
 *
 * Usage:   publish PORT events COUNT RATE USERS    RATE 0 = at once
 *          publish PORT devices USERS PER_USER     retained registrations
 *          publish PORT prefs USERS                retained preferences
 *          publish PORT flood KIND COUNT USER      what one person can do, at
 *              once: notes, permissions, patches, devices, dead hosts
 * Source:  OASIS MQTT 3.1.1.
 * The body of an event holds "@NANOSECONDS;", the time it was published. Ends
 * when the broker has acknowledged everything.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WINDOW 500 /* unacknowledged at a time */
#define PACKET_MAX 1024
#define SILENCE_MS 30000 /* the broker is dead */

struct link {
	int fd;
	int64_t sent;
	int64_t acknowledged;
	size_t partial; /* bytes of an acknowledgement so far */
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t
now_ns(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
send_all(struct link *link, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t wrote = send(link->fd, bytes, len, MSG_NOSIGNAL);

		if (wrote <= 0)
			die("send");
		bytes += wrote;
		len -= (size_t)wrote;
	}
}

/* Wait for acknowledgements, at most timeout_ms: 4 bytes each. */
static void
read_acknowledgements(struct link *link, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = link->fd, .events = POLLIN };
	uint8_t bytes[4096];
	ssize_t len;

	if (poll(&poll_fd, 1, timeout_ms) <= 0)
		return;
	len = recv(link->fd, bytes, sizeof(bytes), 0);
	if (len <= 0)
		die("the broker closed the connection");
	link->partial += (size_t)len;
	link->acknowledged += (int64_t)(link->partial / 4);
	link->partial %= 4;
}

static void
wait_for(struct link *link, int64_t acknowledged)
{
	while (link->acknowledged < acknowledged) {
		int64_t before = link->acknowledged;

		read_acknowledgements(link, SILENCE_MS);
		if (link->acknowledged == before && link->partial == 0)
			die("the broker is silent");
	}
}

static void
open_link(struct link *link, const char *port)
{
	char client[] = "bench-0123456"; /* two of us may run at a time */
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	uint8_t packet[64] = { 0x10, 10 + 2 + sizeof(client) - 1, 0, 4, 'M',
		'Q', 'T', 'T', 4, 2, 0, 120, 0, sizeof(client) - 1 };
	int on = 1;

	(void)snprintf(client, sizeof(client), "bench-%07u",
	    (unsigned)getpid() % 10000000u);
	memset(link, 0, sizeof(*link));
	link->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (link->fd < 0 ||
	    connect(link->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die("connect");
	(void)setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	memcpy(packet + 14, client, sizeof(client) - 1);
	send_all(link, packet, 14 + sizeof(client) - 1);
	link->acknowledged = -1; /* CONNACK has 4 bytes too */
	wait_for(link, 0);
}

static void
publish(struct link *link, const char *topic, const char *payload,
    bool is_retained)
{
	size_t topic_len = strlen(topic);
	size_t payload_len = strlen(payload);
	size_t rest = 2 + topic_len + 2 + payload_len;
	uint16_t id = (uint16_t)(link->sent % 65535 + 1);
	uint8_t packet[PACKET_MAX];
	size_t at = 0;

	if (rest > PACKET_MAX - 4)
		abort();
	packet[at++] = (uint8_t)(0x32 | (is_retained ? 1 : 0));
	if (rest > 127)
		packet[at++] = (uint8_t)(rest % 128 + 128);
	packet[at++] = (uint8_t)(rest > 127 ? rest / 128 : rest);
	packet[at++] = (uint8_t)(topic_len >> 8);
	packet[at++] = (uint8_t)topic_len;
	memcpy(packet + at, topic, topic_len);
	at += topic_len;
	packet[at++] = (uint8_t)(id >> 8);
	packet[at++] = (uint8_t)id;
	memcpy(packet + at, payload, payload_len);
	send_all(link, packet, at + payload_len);
	link->sent++;
	if (link->sent - link->acknowledged > WINDOW)
		wait_for(link, link->sent - WINDOW / 2);
}

static void
publish_event(struct link *link, int64_t number, int64_t run, int64_t users)
{
	char topic[64];
	char payload[PACKET_MAX / 2];

	(void)snprintf(topic, sizeof(topic), "nudge/u%" PRId64 "/event",
	    number % users);
	(void)snprintf(payload, sizeof(payload),
	    "{\"v\":1,\"id\":\"evt_%" PRIx64 "_%" PRId64 "\",\"ts\":%" PRId64
	    ",\"kind\":\"permission.asked\",\"host\":\"workstation\","
	    "\"project\":{\"name\":\"webshop\",\"directory\":\"/home/a/shop\"},"
	    "\"session\":{\"id\":\"ses_%" PRId64 "\",\"title\":\"Fix login\"},"
	    "\"request\":{\"id\":\"per_%" PRId64 "\",\"nonce\":\"n%" PRId64
	    "\"},\"body\":\"rm -rf build @%" PRId64 ";\"}",
	    (uint64_t)run, number, now_ns(CLOCK_REALTIME) / 1000000, number % 7,
	    number, number, now_ns(CLOCK_MONOTONIC));
	publish(link, topic, payload, false);
}

static void
publish_events(struct link *link, int64_t count, int64_t rate, int64_t users)
{
	int64_t start_ns = now_ns(CLOCK_MONOTONIC);
	int64_t run = now_ns(CLOCK_REALTIME);

	for (int64_t i = 0; i < count; i++) {
		while (rate > 0) {
			int64_t wait_ns = start_ns + i * 1000000000 / rate -
			    now_ns(CLOCK_MONOTONIC);
			struct timespec pause = { .tv_nsec = wait_ns };

			if (wait_ns <= 0)
				break;
			/* Asleep until it is due, not spinning beside others. */
			if (wait_ns >= 1000000000)
				pause = (struct timespec){ .tv_sec = 1 };
			(void)nanosleep(&pause, NULL);
			read_acknowledgements(link, 0);
		}
		publish_event(link, i, run, users);
	}
}

static void
publish_phones(struct link *link, const char *user, int64_t first,
    int64_t count)
{
	char topic[128];
	char payload[PACKET_MAX / 2];

	for (int64_t i = 0; i < count; i++) {
		(void)snprintf(topic, sizeof(topic),
		    "nudge/%s/device/phone%" PRId64, user, i);
		(void)snprintf(payload, sizeof(payload),
		    "{\"platform\":\"apns\",\"name\":\"A phone\","
		    "\"token\":\"%064" PRIx64 "\"}",
		    (uint64_t)(first + i + 1));
		publish(link, topic, payload, true);
	}
}

static void
publish_devices(struct link *link, int64_t users, int64_t per_user)
{
	char user[32];

	for (int64_t i = 0; i < users; i++) {
		(void)snprintf(user, sizeof(user), "u%" PRId64, i);
		publish_phones(link, user, i * per_user, per_user);
	}
}

/* What the bridge would hold back for people is not held back here. */
static void
publish_preferences(struct link *link, int64_t users)
{
	char topic[64];

	for (int64_t i = 0; i < users; i++) {
		(void)snprintf(topic, sizeof(topic), "nudge/u%" PRId64 "/prefs",
		    i);
		publish(link, topic,
		    "{\"delay_s\":{\"permission.asked\":0},"
		    "\"remind_s\":{\"permission.asked\":[]},"
		    "\"presence\":\"ignore\","
		    "\"rate\":{\"burst\":1000000,\"per_minute\":1000000,"
		    "\"asks\":{\"burst\":1000000,\"per_minute\":1000000}}}",
		    true);
	}
}

static void
publish_of(struct link *link, const char *user, const char *what,
    const char *payload, bool is_retained)
{
	char topic[128];

	(void)snprintf(topic, sizeof(topic), "nudge/%s/%s", user, what);
	publish(link, topic, payload, is_retained);
}

/* A body without "@" is not measured. */
static void
publish_notes(struct link *link, int64_t count, const char *user)
{
	char payload[PACKET_MAX / 2];

	for (int64_t i = 0; i < count; i++) {
		(void)snprintf(payload, sizeof(payload),
		    "{\"id\":\"note_%" PRId64 "_%" PRId64
		    "\",\"kind\":\"note\","
		    "\"body\":\"a note\"}",
		    now_ns(CLOCK_REALTIME), i);
		publish_of(link, user, "event", payload, false);
	}
}

/* Of one session, and what ends one of them without naming it, and all. */
static void
publish_permissions(struct link *link, int64_t count, const char *user)
{
	char payload[PACKET_MAX / 2];

	for (int64_t i = 0; i < count; i++) {
		(void)snprintf(payload, sizeof(payload),
		    "{\"id\":\"ask_%" PRId64 "_%" PRId64
		    "\",\"kind\":\"permission.asked\",\"session\":{\"id\":"
		    "\"ses_1\"},\"request\":{\"id\":\"per_%" PRId64
		    "\",\"nonce\":\"n\"},\"body\":\"rm\"}",
		    now_ns(CLOCK_REALTIME), i, i);
		publish_of(link, user, "event", payload, false);
	}
	publish_of(link, user, "event",
	    "{\"kind\":\"permission.replied\",\"request\":{\"id\":\"per_7\"}}",
	    false);
	publish_of(link, user, "event",
	    "{\"kind\":\"session.deleted\",\"session\":{\"id\":\"ses_1\"}}",
	    false);
}

static void
publish_patches(struct link *link, int64_t count, const char *user)
{
	char payload[64];

	for (int64_t i = 0; i < count; i++) {
		(void)snprintf(payload, sizeof(payload),
		    "{\"hold_s\":%" PRId64 "}", i % 60);
		publish_of(link, user, "prefs/set", payload, false);
	}
}

static void
publish_hosts(struct link *link, int64_t count, const char *user)
{
	char what[64];
	char payload[PACKET_MAX / 2];

	for (int64_t i = 0; i < count; i++) {
		(void)snprintf(what, sizeof(what), "device/host%" PRId64, i);
		/* A network that leads nowhere: RFC 5737. */
		(void)snprintf(payload, sizeof(payload),
		    "{\"platform\":\"ntfy\",\"url\":\"https://192.0.2.%" PRId64
		    ":%" PRId64 "/t\"}",
		    i % 250 + 1, i % 60000 + 1);
		publish_of(link, user, what, payload, true);
	}
}

static bool
publish_flood(struct link *link, const char *kind, int64_t count,
    const char *user)
{
	if (strcmp(kind, "notes") == 0)
		publish_notes(link, count, user);
	else if (strcmp(kind, "permissions") == 0)
		publish_permissions(link, count, user);
	else if (strcmp(kind, "patches") == 0)
		publish_patches(link, count, user);
	else if (strcmp(kind, "hosts") == 0)
		publish_hosts(link, count, user);
	else if (strcmp(kind, "devices") == 0)
		publish_phones(link, user, 1000000, count);
	else
		return false;
	return true;
}

int
main(int argc, char **argv)
{
	static const uint8_t leave[] = { 0xe0, 0 };
	struct link link;

	if (argc == 6 && strcmp(argv[2], "events") == 0) {
		open_link(&link, argv[1]);
		publish_events(&link, atoll(argv[3]), atoll(argv[4]),
		    atoll(argv[5]));
	} else if (argc == 5 && strcmp(argv[2], "devices") == 0) {
		open_link(&link, argv[1]);
		publish_devices(&link, atoll(argv[3]), atoll(argv[4]));
	} else if (argc == 4 && strcmp(argv[2], "prefs") == 0) {
		open_link(&link, argv[1]);
		publish_preferences(&link, atoll(argv[3]));
	} else if (argc == 6 && strcmp(argv[2], "flood") == 0) {
		open_link(&link, argv[1]);
		if (!publish_flood(&link, argv[3], atoll(argv[4]), argv[5]))
			return 64;
	} else {
		(void)fputs("usage: publish PORT events COUNT RATE USERS | "
		            "devices USERS PER_USER | prefs USERS | "
		            "flood KIND COUNT USER\n",
		    stderr);
		return 64;
	}
	wait_for(&link, link.sent);
	send_all(&link, leave, sizeof(leave));
	(void)close(link.fd);
	return 0;
}
