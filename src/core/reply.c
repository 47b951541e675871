#include "core/reply.h"

#include "base/b64url.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define MAC_LEN 32

bool
reply_read_key(const char *text, uint8_t key[REPLY_KEY_LEN])
{
	return b64url_read_strict(text, key, REPLY_KEY_LEN);
}

void
reply_write(const struct reply *reply, struct buf *text)
{
	buf_addf(text, "{\"request\":");
	buf_add_json(text, reply->request);
	buf_addf(text, ",\"nonce\":");
	buf_add_json(text, reply->nonce);
	if (reply->word == NULL) {
		buf_addf(text, ",\"answers\":%s}", reply->answers);
		return;
	}
	buf_addf(text, ",\"reply\":");
	buf_add_json(text, reply->word);
	if (reply->message != NULL) {
		buf_addf(text, ",\"message\":");
		buf_add_json(text, reply->message);
	}
	buf_addf(text, "}");
}

void
reply_sign(const uint8_t key[REPLY_KEY_LEN], const char *text, size_t len,
    struct buf *mac)
{
	uint8_t code[MAC_LEN];
	unsigned code_len = sizeof(code);

	if (HMAC(EVP_sha256(), key, REPLY_KEY_LEN, (const uint8_t *)text, len,
	        code, &code_len) == NULL)
		mac->status = STATUS_NO_MEMORY;
	else
		b64url_add(mac, code, sizeof(code));
}

void
reply_seal(const uint8_t key[REPLY_KEY_LEN], const struct reply *reply,
    struct buf *json)
{
	struct buf text;

	buf_init(&text, REPLY_MAX);
	reply_write(reply, &text);
	if (buf_status(&text) != STATUS_OK)
		json->status = buf_status(&text);
	buf_addf(json, "{\"signed\":");
	buf_add_json(json, buf_text(&text));
	buf_addf(json, ",\"mac\":\"");
	reply_sign(key, buf_text(&text), text.len, json);
	buf_addf(json, "\"}");
	buf_finish(&text);
}
