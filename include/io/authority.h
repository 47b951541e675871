/* authority.h - an authority of one's own, and what it vouches for.
 *
 * Layer:   io.
 * Source:  RFC 5280; P-256 keys. Nothing it issues lives longer than phones put up
 *          with (825 days: support.apple.com/en-us/103769).
 */
#ifndef IO_AUTHORITY_H
#define IO_AUTHORITY_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUTHORITY_PEM_MAX 16384 /* bytes of a key, or of certificates */
#define AUTHORITY_NAMES_MAX 4096

/* A private key and a certificate (then those that vouch for it), as PEM. Both are
 * initialized with AUTHORITY_PEM_MAX. */
struct authority {
	struct buf key; /* a secret; authority_finish() wipes it */
	struct buf certificate;
};

void authority_init(struct authority *authority);
void authority_finish(struct authority *authority);

/* Make an authority, good for ten years.
 * In:      name  what phones show, at most 64 bytes
 * Returns: STATUS_IO with the fault set. */
enum status authority_make(const char *name, int64_t now_s,
    struct authority *authority, struct fault *fault);

/* Make a certificate of a server, with that of the authority behind it.
 * In:      names  "DNS:pi.lan,IP:10.0.0.2", at most AUTHORITY_NAMES_MAX bytes
 *          name   the first of them, for people
 * Returns: STATUS_IO or STATUS_BAD_INPUT with the fault set. */
struct authority_wish {
	const char *name;
	const char *names;
	int64_t now_s;
};
enum status authority_issue(const struct authority *authority,
    const struct authority_wish *wish, struct authority *server,
    struct fault *fault);

/* Whether a certificate is of this authority, good for another 60 days, and for
 * this name of DNS or address. */
bool authority_serves(const char *certificate, const char *authority,
    const char *name, int64_t now_s);

/* For whom a certificate was made: the name of its authority_wish.
 * Out:     name  untouched unless it is true
 * Returns: whether it says. */
bool authority_name(const char *certificate, char *name, size_t size);

#endif
