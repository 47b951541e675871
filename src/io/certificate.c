#include "io/certificate.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

/* Returns: owned, X509_free(); NULL with the fault and the status set. */
static X509 *
read_certificate(const char *path, enum status *status, struct fault *fault)
{
	FILE *stream = fopen(path, "re");
	X509 *certificate;

	*status = STATUS_IO;
	if (stream == NULL) {
		fault_set(fault, "cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	certificate = PEM_read_X509(stream, NULL, NULL, NULL);
	(void)fclose(stream);
	*status = certificate != NULL ? STATUS_OK : STATUS_BAD_INPUT;
	if (certificate == NULL)
		fault_set(fault, "%s holds no certificate", path);
	return certificate;
}

enum status
certificate_fingerprint(const char *path, char print[CERTIFICATE_PRINT_LEN + 1],
    struct fault *fault)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	enum status status;
	X509 *certificate = read_certificate(path, &status, fault);

	if (certificate == NULL)
		return status;
	if (X509_digest(certificate, EVP_sha256(), digest, &len) != 1) {
		fault_set(fault, "%s holds no certificate", path);
		status = STATUS_BAD_INPUT;
	}
	X509_free(certificate);
	for (unsigned int i = 0; i < len; i++)
		(void)snprintf(print + (size_t)2 * i, 3, "%02x", digest[i]);
	return status;
}

/* Nobody is there to be asked. */
static int
know_no_passphrase(char *buf, int size, int is_writing, void *context)
{
	(void)buf;
	(void)size;
	(void)is_writing;
	(void)context;
	return -1;
}

static EVP_PKEY *
read_key(const char *key)
{
	BIO *bio = BIO_new_mem_buf(key, -1);
	EVP_PKEY *pkey =
	    PEM_read_bio_PrivateKey(bio, NULL, know_no_passphrase, NULL);

	BIO_free(bio);
	return pkey;
}

enum status
certificate_match(const char *path, const char *key, struct fault *fault)
{
	enum status status;
	X509 *certificate = read_certificate(path, &status, fault);
	EVP_PKEY *pkey = certificate != NULL ? read_key(key) : NULL;

	if (certificate != NULL && pkey == NULL)
		fault_set(fault,
		    "holds no private key as PEM, without a passphrase");
	else if (certificate != NULL &&
	    X509_check_private_key(certificate, pkey) != 1)
		fault_set(fault, "is not the key of the certificate in %s",
		    path);
	if (status == STATUS_OK && fault_is_set(fault))
		status = STATUS_BAD_INPUT;
	EVP_PKEY_free(pkey);
	X509_free(certificate);
	/* What OpenSSL noted of it belongs to nobody else. */
	ERR_clear_error();
	return status;
}
