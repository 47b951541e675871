/* jwt.h - signed tokens.
 *
 * Layer:   push. Pure but for the signature's own randomness.
 * Source:  RFC 7515 (JWS, compact form), RFC 7518 3.4 (ES256: the signature is
 *          the raw R and S, 32 bytes each, not DER; 3.3, RS256).
 */
#ifndef PUSH_JWT_H
#define PUSH_JWT_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"

/* Append header.claims.signature.
 *
 * In:      header, claims  JSON objects
 *          pem             a PKCS#8 private key on P-256, NUL-terminated
 * Returns: STATUS_BAD_INPUT if it is no such key, STATUS_NO_MEMORY.
 */
enum status jwt_sign_es256(const char *header, const char *claims,
    const char *pem, struct buf *token);

/* The same with RS256 (RFC 7518 3.3) and an RSA key. */
enum status jwt_sign_rs256(const char *header, const char *claims,
    const char *pem, struct buf *token);

/* Whether pem is an RSA private key of 2048 to 4096 bits. */
enum status jwt_check_rs256(const char *pem, struct fault *fault);

/* A new private key on P-256, as PEM. */
enum status jwt_make_es256(struct buf *pem);
/* Append its public key: 65 bytes in base64url, as browsers want it. */
enum status jwt_add_public(const char *pem, struct buf *text);

/* Whether pem is a private key on P-256; the fault says what it is instead. */
enum status jwt_check_es256(const char *pem, struct fault *fault);

#endif
