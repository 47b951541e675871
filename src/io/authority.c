#include "io/authority.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S INT64_C(86400)
#define AUTHORITY_DAYS 3652
#define SERVER_DAYS 824 /* and one before, for clocks that are late */
#define RENEW_DAYS 60
#define SERIAL_BITS 127
#define AUTHORITY_NAME_MAX 256 /* bytes with the NUL */

/* What makes a certificate. */
struct draft {
	X509 *certificate;
	EVP_PKEY *key;
	X509 *issuer; /* the certificate itself, for an authority */
	EVP_PKEY *issuer_key;
};

void
authority_init(struct authority *authority)
{
	buf_init(&authority->key, AUTHORITY_PEM_MAX);
	buf_init(&authority->certificate, AUTHORITY_PEM_MAX);
}

void
authority_finish(struct authority *authority)
{
	if (authority->key.data != NULL)
		explicit_bzero(authority->key.data, authority->key.len);
	buf_finish(&authority->key);
	buf_finish(&authority->certificate);
}

static X509 *
read_certificate(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *certificate =
	    bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return certificate;
}

static EVP_PKEY *
read_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key =
	    bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return key;
}

/* Append what was written to a BIO, and wipe it there. */
static void
take(BIO *bio, struct buf *out)
{
	char *bytes = NULL;
	long len = BIO_get_mem_data(bio, &bytes);

	if (len > 0) {
		buf_add(out, bytes, (size_t)len);
		explicit_bzero(bytes, (size_t)len);
	}
}

static bool
write_pem(const struct draft *draft, struct authority *out)
{
	BIO *key = BIO_new(BIO_s_mem());
	BIO *certificate = BIO_new(BIO_s_mem());
	bool is_done = key != NULL && certificate != NULL &&
	    PEM_write_bio_PKCS8PrivateKey(key, draft->key, NULL, NULL, 0, NULL,
	        NULL) == 1 &&
	    PEM_write_bio_X509(certificate, draft->certificate) == 1;

	/* Whoever trusts a fingerprint needs the authority to be shown. */
	if (is_done && draft->issuer != draft->certificate)
		is_done = PEM_write_bio_X509(certificate, draft->issuer) == 1;
	if (is_done) {
		take(key, &out->key);
		take(certificate, &out->certificate);
	}
	BIO_free(key);
	BIO_free(certificate);
	return is_done && buf_status(&out->key) == STATUS_OK &&
	    buf_status(&out->certificate) == STATUS_OK;
}

static bool
set_serial(X509 *certificate)
{
	BIGNUM *number = BN_new();
	bool is_done = number != NULL &&
	    BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) ==
	        1 &&
	    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) !=
	        NULL;

	BN_free(number);
	return is_done;
}

/* As a text: OpenSSL's time_t may have fewer bits than ours. */
static bool
set_time(ASN1_TIME *time, int64_t at_s)
{
	const time_t at = at_s;
	struct tm parts;
	char text[sizeof("YYYYMMDDHHMMSSZ")];

	return gmtime_r(&at, &parts) != NULL &&
	    strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &parts) > 0 &&
	    ASN1_TIME_set_string_X509(time, text) == 1;
}

static bool
set_life(X509 *certificate, int64_t now_s, int64_t days)
{
	return set_time(X509_getm_notBefore(certificate), now_s - DAY_S) &&
	    set_time(X509_getm_notAfter(certificate), now_s + days * DAY_S);
}

static bool
set_name(X509 *certificate, const char *name)
{
	return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate),
	           "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1,
	           0) == 1;
}

/* Each extension is "name", "value", and NULL at the end. */
static bool
extend(const struct draft *draft, const char *const *extensions)
{
	X509V3_CTX context;
	bool is_done = true;

	X509V3_set_ctx(&context, draft->issuer, draft->certificate, NULL, NULL,
	    0);
	for (; is_done && *extensions != NULL; extensions += 2) {
		X509_EXTENSION *extension = X509V3_EXT_conf(NULL, &context,
		    extensions[0], extensions[1]);

		is_done = extension != NULL &&
		    X509_add_ext(draft->certificate, extension, -1) == 1;
		X509_EXTENSION_free(extension);
	}
	return is_done;
}

/* In:  draft  issuer and issuer_key NULL = the certificate's own */
static bool
begin(struct draft *draft, const char *name, int64_t now_s, int64_t days)
{
	draft->certificate = X509_new();
	draft->key = EVP_EC_gen("P-256");
	if (draft->certificate == NULL || draft->key == NULL)
		return false;
	if (draft->issuer == NULL) {
		draft->issuer = draft->certificate;
		draft->issuer_key = draft->key;
	}
	return X509_set_version(draft->certificate, X509_VERSION_3) == 1 &&
	    X509_set_pubkey(draft->certificate, draft->key) == 1 &&
	    set_serial(draft->certificate) &&
	    set_name(draft->certificate, name) &&
	    set_life(draft->certificate, now_s, days) &&
	    X509_set_issuer_name(draft->certificate,
	        X509_get_subject_name(draft->issuer)) == 1;
}

static bool
end(const struct draft *draft, const char *const *extensions,
    struct authority *out)
{
	return extend(draft, extensions) &&
	    X509_sign(draft->certificate, draft->issuer_key, EVP_sha256()) >
	    0 &&
	    write_pem(draft, out);
}

enum status
authority_make(const char *name, int64_t now_s, struct authority *authority,
    struct fault *fault)
{
	static const char *const extensions[] = { "basicConstraints",
		"critical,CA:TRUE,pathlen:0", "keyUsage",
		"critical,keyCertSign,cRLSign", "subjectKeyIdentifier", "hash",
		NULL };
	struct draft draft = { NULL, NULL, NULL, NULL };
	bool is_done = begin(&draft, name, now_s, AUTHORITY_DAYS) &&
	    end(&draft, extensions, authority);

	if (!is_done)
		fault_set(fault, "cannot make an authority for '%s'", name);
	X509_free(draft.certificate);
	EVP_PKEY_free(draft.key);
	return is_done ? STATUS_OK : STATUS_IO;
}

enum status
authority_issue(const struct authority *authority,
    const struct authority_wish *wish, struct authority *server,
    struct fault *fault)
{
	const char *const extensions[] = { "basicConstraints",
		"critical,CA:FALSE", "keyUsage", "critical,digitalSignature",
		"extendedKeyUsage", "serverAuth", "subjectKeyIdentifier",
		"hash", "authorityKeyIdentifier", "keyid", "subjectAltName",
		wish->names, NULL };
	struct draft draft = {
		.issuer = read_certificate(buf_text(&authority->certificate)),
		.issuer_key = read_key(buf_text(&authority->key)),
	};
	enum status status = STATUS_OK;

	if (draft.issuer == NULL || draft.issuer_key == NULL) {
		fault_set(fault, "the authority cannot be read");
		status = STATUS_BAD_INPUT;
	} else if (!begin(&draft, wish->name, wish->now_s, SERVER_DAYS) ||
	    !end(&draft, extensions, server)) {
		fault_set(fault, "cannot make a certificate for %s",
		    wish->names);
		status = STATUS_IO;
	}
	X509_free(draft.certificate);
	EVP_PKEY_free(draft.key);
	X509_free(draft.issuer);
	EVP_PKEY_free(draft.issuer_key);
	return status;
}

static bool
is_signed_by(X509 *certificate, X509 *authority)
{
	EVP_PKEY *key = X509_get0_pubkey(authority);

	return key != NULL && X509_verify(certificate, key) == 1;
}

bool
authority_serves(const char *certificate, const char *authority,
    const char *name, int64_t now_s)
{
	X509 *server = read_certificate(certificate);
	X509 *issuer = read_certificate(authority);
	ASN1_TIME *until = ASN1_TIME_new();
	bool serves = server != NULL && issuer != NULL && until != NULL &&
	    is_signed_by(server, issuer) &&
	    set_time(until, now_s + RENEW_DAYS * DAY_S) &&
	    ASN1_TIME_compare(X509_get0_notAfter(server), until) > 0 &&
	    (X509_check_host(server, name, 0, 0, NULL) == 1 ||
	        X509_check_ip_asc(server, name, 0) == 1);

	ASN1_TIME_free(until);
	X509_free(server);
	X509_free(issuer);
	return serves;
}

bool
authority_name(const char *certificate, char *name, size_t size)
{
	X509 *server = read_certificate(certificate);
	char text[AUTHORITY_NAME_MAX] = "";
	int len = server == NULL
	    ? -1
	    : X509_NAME_get_text_by_NID(X509_get_subject_name(server),
	          NID_commonName, text, sizeof(text));

	X509_free(server);
	if (len <= 0 || (size_t)len >= size)
		return false;
	memcpy(name, text, (size_t)len + 1);
	return true;
}
