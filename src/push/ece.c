#include "push/ece.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>
#include <string.h>

#define SCALAR_LEN 32
#define SALT_LEN 16
#define HASH_LEN 32
#define KEY_LEN 16
#define NONCE_LEN 12
#define TAG_LEN 16
#define RECORD_LEN 4096 /* bytes of a whole record, as everybody says */
#define LAST_RECORD 2   /* the delimiter before the padding */

/* What the two sides have in common. */
struct agreement {
	uint8_t ours[DEVICE_POINT_LEN]; /* public */
	uint8_t shared[SCALAR_LEN];
};

/* RFC 8188 2.2, 2.3. */
struct record_keys {
	uint8_t key[KEY_LEN];
	uint8_t nonce[NONCE_LEN];
};

static bool
hmac(const uint8_t *key, size_t key_len, const uint8_t *text, size_t len,
    uint8_t hash[HASH_LEN])
{
	unsigned hash_len = HASH_LEN;

	return HMAC(EVP_sha256(), key, (int)key_len, text, len, hash,
	           &hash_len) != NULL;
}

/* A number that is a key. Of 2^32 random ones one is too large; its hash is as
 * random. */
static BIGNUM *
read_scalar(const EC_GROUP *group, const uint8_t dice[SCALAR_LEN])
{
	uint8_t bytes[SCALAR_LEN];
	BIGNUM *scalar = BN_secure_new();

	memcpy(bytes, dice, sizeof(bytes));
	while (scalar != NULL) {
		if (BN_bin2bn(bytes, sizeof(bytes), scalar) == NULL) {
			BN_clear_free(scalar);
			scalar = NULL;
		} else if (!BN_is_zero(scalar) &&
		    BN_cmp(scalar, EC_GROUP_get0_order(group)) < 0) {
			break;
		}
		(void)SHA256(bytes, sizeof(bytes), bytes);
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return scalar;
}

/* Our public key, and the point that theirs and our secret one make. */
static bool
multiply(const EC_GROUP *group, const EC_POINT *theirs, const BIGNUM *scalar,
    struct agreement *agreement)
{
	EC_POINT *point = EC_POINT_new(group);
	BIGNUM *x = BN_secure_new();
	bool is_done = point != NULL && x != NULL &&
	    EC_POINT_mul(group, point, scalar, NULL, NULL, NULL) == 1 &&
	    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED,
	        agreement->ours, sizeof(agreement->ours),
	        NULL) == sizeof(agreement->ours) &&
	    EC_POINT_mul(group, point, NULL, theirs, scalar, NULL) == 1 &&
	    EC_POINT_get_affine_coordinates(group, point, x, NULL, NULL) == 1 &&
	    BN_bn2binpad(x, agreement->shared, SCALAR_LEN) == SCALAR_LEN;

	BN_clear_free(x);
	EC_POINT_clear_free(point);
	return is_done;
}

static enum status
agree(const uint8_t their_point[DEVICE_POINT_LEN],
    const uint8_t dice[SCALAR_LEN], struct agreement *agreement)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *theirs = group != NULL ? EC_POINT_new(group) : NULL;
	BIGNUM *scalar = NULL;
	enum status status = STATUS_NO_MEMORY;

	if (theirs == NULL)
		goto out;
	status = STATUS_BAD_INPUT;
	if (EC_POINT_oct2point(group, theirs, their_point, DEVICE_POINT_LEN,
	        NULL) != 1)
		goto out;
	status = STATUS_NO_MEMORY;
	scalar = read_scalar(group, dice);
	if (scalar != NULL && multiply(group, theirs, scalar, agreement))
		status = STATUS_OK;
out:
	BN_clear_free(scalar);
	EC_POINT_free(theirs);
	EC_GROUP_free(group);
	return status;
}

bool
ece_is_key(const uint8_t point[DEVICE_POINT_LEN])
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *theirs = group != NULL ? EC_POINT_new(group) : NULL;
	bool is_key = theirs != NULL &&
	    EC_POINT_oct2point(group, theirs, point, DEVICE_POINT_LEN, NULL) ==
	        1;

	EC_POINT_free(theirs);
	EC_GROUP_free(group);
	return is_key;
}

/* RFC 8291 3.4. */
static bool
derive(const struct device_keys *to, const struct agreement *agreement,
    const uint8_t salt[SALT_LEN], struct record_keys *keys)
{
	static const char key_info[] = "Content-Encoding: aes128gcm\0\1";
	static const char nonce_info[] = "Content-Encoding: nonce\0\1";
	uint8_t info[14 + 2 * DEVICE_POINT_LEN + 1] = "WebPush: info";
	uint8_t shared[HASH_LEN]; /* RFC 8291: IKM */
	uint8_t prk[HASH_LEN];    /* PRK_key, then PRK */
	uint8_t out[HASH_LEN];
	bool is_done;

	memcpy(info + 14, to->point, DEVICE_POINT_LEN);
	memcpy(info + 14 + DEVICE_POINT_LEN, agreement->ours, DEVICE_POINT_LEN);
	info[sizeof(info) - 1] = 1;
	is_done = hmac(to->auth, sizeof(to->auth), agreement->shared,
	              SCALAR_LEN, prk) &&
	    hmac(prk, HASH_LEN, info, sizeof(info), shared) &&
	    hmac(salt, SALT_LEN, shared, HASH_LEN, prk) &&
	    hmac(prk, HASH_LEN, (const uint8_t *)key_info, sizeof(key_info) - 1,
	        out);
	memcpy(keys->key, out, KEY_LEN);
	is_done = is_done &&
	    hmac(prk, HASH_LEN, (const uint8_t *)nonce_info,
	        sizeof(nonce_info) - 1, out);
	memcpy(keys->nonce, out, NONCE_LEN);
	OPENSSL_cleanse(shared, sizeof(shared));
	OPENSSL_cleanse(prk, sizeof(prk));
	OPENSSL_cleanse(out, sizeof(out));
	return is_done;
}

/* In:  text  at most ECE_TEXT_MAX bytes and a delimiter
 * Out: out   len bytes and the tag */
static bool
seal(const struct record_keys *keys, const uint8_t *text, size_t len,
    uint8_t *out)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int written = 0;
	int rest = 0;
	bool is_done = context != NULL &&
	    EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), NULL, keys->key,
	        keys->nonce) == 1 &&
	    EVP_EncryptUpdate(context, out, &written, text, (int)len) == 1 &&
	    EVP_EncryptFinal_ex(context, out + written, &rest) == 1 &&
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_LEN,
	        out + len) == 1;

	EVP_CIPHER_CTX_free(context);
	return is_done && written + rest == (int)len;
}

/* RFC 8188 2.1. */
static void
add_header(const uint8_t salt[SALT_LEN], const struct agreement *agreement,
    struct buf *body)
{
	static const uint8_t sizes[] = { 0, 0, RECORD_LEN >> 8,
		RECORD_LEN & 0xff, DEVICE_POINT_LEN };

	buf_add(body, salt, SALT_LEN);
	buf_add(body, sizes, sizeof(sizes));
	buf_add(body, agreement->ours, DEVICE_POINT_LEN);
}

static size_t
padded_len(const struct ece_text *text)
{
	size_t len = 256;

	if (text->padded_len > 0)
		return text->padded_len;
	while (len < text->len)
		len *= 2;
	return len;
}

enum status
ece_encrypt(const struct device_keys *to, const uint8_t dice[ECE_DICE_LEN],
    const struct ece_text *text, struct buf *body)
{
	const uint8_t *salt = dice + SCALAR_LEN;
	size_t len = padded_len(text) + 1; /* and the delimiter */
	uint8_t clear[ECE_TEXT_MAX + 1] = { 0 };
	uint8_t sealed[ECE_TEXT_MAX + 1 + TAG_LEN];
	struct agreement agreement;
	struct record_keys keys;
	enum status status;

	if (len > sizeof(clear))
		return STATUS_TOO_LARGE;
	assert(text->len < len);
	status = agree(to->point, dice, &agreement);
	if (status != STATUS_OK)
		return status;
	memcpy(clear, text->bytes, text->len);
	clear[text->len] = LAST_RECORD;
	status = STATUS_NO_MEMORY;
	if (derive(to, &agreement, salt, &keys) &&
	    seal(&keys, clear, len, sealed)) {
		add_header(salt, &agreement, body);
		buf_add(body, sealed, len + TAG_LEN);
		status = buf_status(body);
	}
	OPENSSL_cleanse(clear, sizeof(clear));
	OPENSSL_cleanse(&keys, sizeof(keys));
	OPENSSL_cleanse(agreement.shared, sizeof(agreement.shared));
	return status;
}
