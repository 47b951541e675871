#include "push/opaque.h"

#include "base/b64url.h"
#include "base/buf.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <string.h>

#define HASH_LEN 32
#define HASH_USED 16    /* 128 bits are enough to be unique */
#define MESSAGE_MAX 512 /* bytes: a word and at most four ids */

/* Getting ready for a key costs more than to hash what is short: it is done once,
 * as there is one key. */
struct keyed {
	EVP_MAC_CTX *context;
	uint8_t key[OPAQUE_KEY_LEN];
};

static _Thread_local struct keyed last;

static EVP_MAC_CTX *
make_context(const uint8_t *key)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
		    0),
		OSSL_PARAM_construct_end(),
	};

	EVP_MAC_free(mac);
	if (EVP_MAC_init(context, key, OPAQUE_KEY_LEN, params) == 1)
		return context;
	EVP_MAC_CTX_free(context);
	return NULL;
}

/* Returns: NULL = no memory. */
static EVP_MAC_CTX *
context_of(const uint8_t *key)
{
	if (last.context != NULL &&
	    memcmp(last.key, key, OPAQUE_KEY_LEN) == 0) {
		if (EVP_MAC_init(last.context, NULL, 0, NULL) == 1)
			return last.context;
	}
	EVP_MAC_CTX_free(last.context);
	last.context = make_context(key);
	memcpy(last.key, key, OPAQUE_KEY_LEN);
	return last.context;
}

/* The parts are ids, so a slash between them keeps them apart. */
static enum status
keyed_hash(const uint8_t *key, const struct buf *message,
    uint8_t hash[HASH_LEN])
{
	EVP_MAC_CTX *context;
	size_t len;

	if (buf_status(message) != STATUS_OK)
		return buf_status(message);
	context = context_of(key);
	if (context == NULL ||
	    EVP_MAC_update(context, (const uint8_t *)buf_text(message),
	        message->len) != 1 ||
	    EVP_MAC_final(context, hash, &len, HASH_LEN) != 1)
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
	static const char digits[] = "0123456789abcdef";
	uint8_t h[HASH_LEN] = { 0 };
	struct buf message;
	enum status status;

	buf_init(&message, MESSAGE_MAX);
	buf_addf(&message, "%s/%s/%s/%s",
	    job->purpose == PURPOSE_WITHDRAW ? "withdraw" : "push", job->user,
	    job->event->id, job->device_name);
	status = keyed_hash(job->key, &message, h);
	buf_finish(&message);
	if (status != STATUS_OK)
		return status;

	h[6] = (uint8_t)((h[6] & 0x0f) | 0x80); /* version 8 */
	h[8] = (uint8_t)((h[8] & 0x3f) | 0x80); /* variant 10 */
	for (size_t i = 0; i < HASH_USED; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*uuid++ = '-';
		*uuid++ = digits[h[i] >> 4];
		*uuid++ = digits[h[i] & 15];
	}
	*uuid = '\0';
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
