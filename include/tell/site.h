/* site.h - the page and the figures, for who asks over HTTP.
 *
 * Main thread, but for the hooks.
 * Off unless [http] listen is set. io/httpd.h serves; here are its files.
 */
#ifndef TELL_SITE_H
#define TELL_SITE_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"
#include "core/settings.h"

#include <stdbool.h>

struct httpd;

struct site {
	const struct settings *settings;
	struct httpd *httpd; /* owned; NULL = it is off */
	struct buf policy;   /* lives as long */
	/* The server's thread: as io/httpd.h has them. */
	void (*write_metrics)(void *context, struct buf *text);
	bool (*write_health)(void *context, struct buf *json);
	void *context;
};

/* Begin to serve, if it is on.
 * Returns: STATUS_BAD_INPUT, STATUS_IO with the fault set. */
enum status site_open(struct site *site, struct fault *fault);
void site_close(struct site *site); /* a zeroed one is fine */

/* Read the certificate again: somebody may have renewed it. One that is wrong is
 * logged, and the old one stays. */
void site_renew(struct site *site);

#endif
