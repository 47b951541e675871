#include "push/jwt.h"

#include "base/b64url.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <string.h>

#define COORDINATE_LEN 32 /* bytes of R and of S on P-256 */
#define RSA_LEAST_BITS 2048
#define RSA_MOST_BITS 4096
#define SIGNATURE_MAX (RSA_MOST_BITS / 8) /* bytes; ECDSA's DER is shorter */

/* A key that asks for a pass phrase is refused instead of asking a terminal. */
static int
no_passphrase(char *out, int size, int is_writing, void *closure)
{
	(void)out;
	(void)size;
	(void)is_writing;
	(void)closure;
	return -1;
}

static EVP_PKEY *
read_pem(const char *pem, struct fault *fault)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (key == NULL)
		fault_set(fault, "holds no PEM private key");
	return key;
}

static bool
is_p256(const EVP_PKEY *key)
{
	char group[32] = "";

	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	    strcmp(group, "prime256v1") == 0;
}

static bool
is_rsa(const EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
	    bits >= RSA_LEAST_BITS && bits <= RSA_MOST_BITS;
}

/* A key of one kind; NULL with the fault set. */
static EVP_PKEY *
read_key(const char *pem, bool (*is_kind)(const EVP_PKEY *key),
    struct fault *fault)
{
	EVP_PKEY *key = read_pem(pem, fault);

	if (key == NULL || is_kind(key))
		return key;
	fault_set(fault,
	    is_kind == is_p256
	        ? "holds a key that is not on the curve P-256"
	        : "holds a key that is not RSA of 2048 to 4096 bits");
	EVP_PKEY_free(key);
	return NULL;
}

enum status
jwt_check_es256(const char *pem, struct fault *fault)
{
	EVP_PKEY *key = read_key(pem, is_p256, fault);

	EVP_PKEY_free(key);
	return key != NULL ? STATUS_OK : STATUS_BAD_INPUT;
}

enum status
jwt_check_rs256(const char *pem, struct fault *fault)
{
	EVP_PKEY *key = read_key(pem, is_rsa, fault);

	EVP_PKEY_free(key);
	return key != NULL ? STATUS_OK : STATUS_BAD_INPUT;
}

/* OpenSSL gives DER; JWS wants the two numbers, each filled up with zeros. */
static enum status
to_raw(const uint8_t *der, size_t der_len, uint8_t raw[2 * COORDINATE_LEN])
{
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
	bool is_whole;

	if (signature == NULL)
		return STATUS_NO_MEMORY;
	is_whole = BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw,
	               COORDINATE_LEN) == COORDINATE_LEN &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + COORDINATE_LEN,
	        COORDINATE_LEN) == COORDINATE_LEN;
	ECDSA_SIG_free(signature);
	return is_whole ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Append the signature of what token has from start on. */
static enum status
add_signature(EVP_PKEY *key, size_t start, struct buf *token)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	enum status status = STATUS_NO_MEMORY;
	uint8_t signature[SIGNATURE_MAX];
	uint8_t raw[2 * COORDINATE_LEN];
	size_t len = sizeof(signature);

	if (context != NULL &&
	    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(context, signature, &len,
	        (const uint8_t *)token->data + start, token->len - start) == 1)
		status = STATUS_OK;
	EVP_MD_CTX_free(context);
	if (status == STATUS_OK && is_p256(key))
		status = to_raw(signature, len, raw);
	if (status != STATUS_OK)
		return status;
	buf_addf(token, ".");
	if (is_p256(key))
		b64url_add(token, raw, sizeof(raw));
	else
		b64url_add(token, signature, len);
	return buf_status(token);
}

static enum status
sign(EVP_PKEY *key, const char *header, const char *claims, struct buf *token)
{
	size_t start = token->len;
	enum status status;

	if (key == NULL)
		return STATUS_BAD_INPUT;
	b64url_add(token, header, strlen(header));
	buf_addf(token, ".");
	b64url_add(token, claims, strlen(claims));
	status = buf_status(token);
	if (status == STATUS_OK)
		status = add_signature(key, start, token);
	EVP_PKEY_free(key);
	return status;
}

enum status
jwt_sign_es256(const char *header, const char *claims, const char *pem,
    struct buf *token)
{
	struct fault fault = { "" };

	return sign(read_key(pem, is_p256, &fault), header, claims, token);
}

enum status
jwt_sign_rs256(const char *header, const char *claims, const char *pem,
    struct buf *token)
{
	struct fault fault = { "" };

	return sign(read_key(pem, is_rsa, &fault), header, claims, token);
}

enum status
jwt_make_es256(struct buf *pem)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_secmem());
	enum status status = STATUS_NO_MEMORY;
	char *text = NULL;

	if (key != NULL && bio != NULL &&
	    PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL,
	        NULL) == 1) {
		long len = BIO_get_mem_data(bio, &text);

		buf_add(pem, text, (size_t)len);
		status = buf_status(pem);
	}
	BIO_free(bio);
	EVP_PKEY_free(key);
	return status;
}

enum status
jwt_add_public(const char *pem, struct buf *text)
{
	struct fault fault = { "" };
	EVP_PKEY *key = read_key(pem, is_p256, &fault);
	unsigned char *point = NULL;
	size_t len;

	if (key == NULL)
		return STATUS_BAD_INPUT;
	len = EVP_PKEY_get1_encoded_public_key(key, &point);
	b64url_add(text, point, len);
	OPENSSL_free(point);
	EVP_PKEY_free(key);
	return len > 0 ? buf_status(text) : STATUS_NO_MEMORY;
}
