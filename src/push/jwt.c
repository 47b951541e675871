#include "push/jwt.h"

#include "base/b64url.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#define COORDINATE_LEN 32 /* bytes of R and of S on P-256 */
#define DER_MAX 80        /* bytes of a P-256 signature in DER, with slack */

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
read_key(const char *pem, struct fault *fault)
{
	char group[32] = "";
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (key == NULL) {
		fault_set(fault, "holds no PEM private key");
		return NULL;
	}
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
	    strcmp(group, "prime256v1") != 0) {
		fault_set(fault, "holds a key that is not on the curve P-256");
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

enum status
jwt_check_es256(const char *pem, struct fault *fault)
{
	EVP_PKEY *key = read_key(pem, fault);

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

static enum status
sign(EVP_PKEY *key, const char *text, size_t len,
    uint8_t raw[2 * COORDINATE_LEN])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	enum status status = STATUS_NO_MEMORY;
	uint8_t der[DER_MAX];
	size_t der_len = sizeof(der);

	if (context != NULL &&
	    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(context, der, &der_len, (const uint8_t *)text,
	        len) == 1)
		status = to_raw(der, der_len, raw);
	EVP_MD_CTX_free(context);
	return status;
}

enum status
jwt_sign_es256(const char *header, const char *claims, const char *pem,
    struct buf *token)
{
	struct fault fault = { "" };
	size_t start = token->len;
	uint8_t raw[2 * COORDINATE_LEN];
	enum status status;
	EVP_PKEY *key = read_key(pem, &fault);

	if (key == NULL)
		return STATUS_BAD_INPUT;
	b64url_add(token, header, strlen(header));
	buf_addf(token, ".");
	b64url_add(token, claims, strlen(claims));
	status = buf_status(token);
	if (status == STATUS_OK)
		status =
		    sign(key, token->data + start, token->len - start, raw);
	if (status == STATUS_OK) {
		buf_addf(token, ".");
		b64url_add(token, raw, sizeof(raw));
		status = buf_status(token);
	}
	EVP_PKEY_free(key);
	return status;
}
