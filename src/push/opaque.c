#include "push/opaque.h"

#include "base/b64url.h"
#include "base/buf.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#define HASH_LEN 32
#define HASH_USED 16    /* 128 bits are enough to be unique */
#define MESSAGE_MAX 512 /* bytes: a word and at most four ids */

/* The parts are ids, so a slash between them keeps them apart. */
static enum status
keyed_hash(const uint8_t *key, const struct buf *message,
    uint8_t hash[HASH_LEN])
{
	unsigned len = HASH_LEN;

	if (buf_status(message) != STATUS_OK)
		return buf_status(message);
	if (HMAC(EVP_sha256(), key, OPAQUE_KEY_LEN,
	        (const uint8_t *)buf_text(message), message->len, hash,
	        &len) == NULL)
		return STATUS_NO_MEMORY;
	return STATUS_OK;
}

static enum status
hash_id(const uint8_t *key, const struct buf *message,
    char id[OPAQUE_ID_LEN + 1])
{
	uint8_t hash[HASH_LEN];
	struct buf text;
	enum status status = keyed_hash(key, message, hash);

	if (status != STATUS_OK)
		return status;
	buf_init(&text, OPAQUE_ID_LEN);
	b64url_add(&text, hash, HASH_USED);
	status = buf_status(&text);
	if (status == STATUS_OK)
		memcpy(id, text.data, OPAQUE_ID_LEN + 1);
	buf_finish(&text);
	return status;
}

enum status
opaque_push_id(const struct job *job, char uuid[OPAQUE_UUID_LEN + 1])
{
	uint8_t h[HASH_LEN] = { 0 };
	struct buf message;
	enum status status;

	buf_init(&message, MESSAGE_MAX);
	buf_addf(&message, "%s/%s/%s/%s",
	    job->purpose == PURPOSE_SHOW ? "push" : "withdraw", job->user,
	    job->event->id, job->device_name);
	status = keyed_hash(job->key, &message, h);
	buf_finish(&message);
	if (status != STATUS_OK)
		return status;

	h[6] = (uint8_t)((h[6] & 0x0f) | 0x80); /* version 8 */
	h[8] = (uint8_t)((h[8] & 0x3f) | 0x80); /* variant 10 */
	(void)snprintf(uuid, OPAQUE_UUID_LEN + 1,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8], h[9], h[10],
	    h[11], h[12], h[13], h[14], h[15]);
	return STATUS_OK;
}

enum status
opaque_collapse_id(const struct job *job, char id[OPAQUE_ID_LEN + 1])
{
	const struct event *event = job->event;
	struct buf message;
	enum status status;

	buf_init(&message, MESSAGE_MAX);
	if (event->session_id != NULL)
		buf_addf(&message, "session/%s/%s/%d", job->user,
		    event->session_id, (int)kind_class(event->kind));
	else
		buf_addf(&message, "event/%s/%s", job->user, event->id);
	/* Two questions of one session are two: the second must not hide the
	 * first, which still waits. */
	if (event->request_id != NULL)
		buf_addf(&message, "/%s", event->request_id);
	status = hash_id(job->key, &message, id);
	buf_finish(&message);
	return status;
}

enum status
opaque_thread_id(const struct job *job, char id[OPAQUE_ID_LEN + 1])
{
	struct buf message;
	enum status status;

	buf_init(&message, MESSAGE_MAX);
	buf_addf(&message, "thread/%s/%s", job->user,
	    job->event->session_id != NULL ? job->event->session_id : "");
	status = hash_id(job->key, &message, id);
	buf_finish(&message);
	return status;
}
