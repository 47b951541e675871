#include "io/certificate.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

enum status
certificate_fingerprint(const char *path, char print[CERTIFICATE_PRINT_LEN + 1],
    struct fault *fault)
{
	FILE *stream = fopen(path, "re");
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	X509 *certificate;

	if (stream == NULL) {
		fault_set(fault, "cannot read %s: %s", path, strerror(errno));
		return STATUS_IO;
	}
	certificate = PEM_read_X509(stream, NULL, NULL, NULL);
	(void)fclose(stream);
	if (certificate == NULL ||
	    X509_digest(certificate, EVP_sha256(), digest, &len) != 1) {
		X509_free(certificate);
		fault_set(fault, "%s holds no certificate", path);
		return STATUS_BAD_INPUT;
	}
	X509_free(certificate);
	for (unsigned int i = 0; i < len; i++)
		(void)snprintf(print + (size_t)2 * i, 3, "%02x", digest[i]);
	return STATUS_OK;
}
