#include "tell/site.h"

#include "core/visit.h"
#include "io/brokerfiles.h"
#include "io/httpd.h"
#include "io/log.h"
#include "io/secret.h"

#include <string.h>
#include <unistd.h>

#define POLICY_MAX 1024       /* bytes */
#define CERTIFICATE_MAX 65536 /* bytes, with those behind it */

/* What makes it https://; texts are NULL where it is http://. */
struct pair {
	struct buf certificate;
	struct secret key;
};

static void
finish_pair(struct pair *pair)
{
	buf_finish(&pair->certificate);
	secret_finish(&pair->key);
}

/* Out:     pair  finish_pair() it */
static enum status
read_pair(const struct settings *settings, struct pair *pair,
    struct fault *fault)
{
	enum status status;

	memset(pair, 0, sizeof(*pair));
	buf_init(&pair->certificate, CERTIFICATE_MAX);
	if (*settings->http.cert_file == '\0')
		return STATUS_OK;
	status = brokerfiles_read(settings->http.cert_file, &pair->certificate,
	    NULL, fault);
	if (status == STATUS_OK)
		status =
		    secret_read(settings->http.key_file, &pair->key, fault);
	return status;
}

/* All else is served without it. */
static void
look_for_page(const struct settings *settings)
{
	if (access(settings->http.page, R_OK | X_OK) != 0)
		log_warn("[http] page: there is no folder %s to read: install "
		         "the page there, or name another",
		    settings->http.page);
}

static enum status
open_httpd(struct site *site, const struct pair *pair, struct fault *fault)
{
	const struct settings *settings = site->settings;
	const struct httpd_options options = {
		.listen = settings->http.listen,
		.certificate = pair->certificate.data,
		.key = pair->key.text,
		.page = settings->http.page,
		.policy = buf_text(&site->policy),
		.ca_file = settings->mqtt.ca_file,
		.write_metrics = site->write_metrics,
		.write_health = site->write_health,
		.context = site->context,
	};

	return httpd_create(&options, &site->httpd, fault);
}

enum status
site_open(struct site *site, struct fault *fault)
{
	const struct settings *settings = site->settings;
	struct pair pair;
	enum status status;

	if (*settings->http.listen == '\0')
		return STATUS_OK;
	buf_init(&site->policy, POLICY_MAX);
	visit_add_policy(settings->http.broker, &site->policy);
	status = read_pair(settings, &pair, fault);
	if (status == STATUS_OK)
		status = open_httpd(site, &pair, fault);
	finish_pair(&pair);
	if (status != STATUS_OK)
		return status;
	log_info("the page, /metrics and /health are served at http%s://%s/",
	    *settings->http.cert_file != '\0' ? "s" : "",
	    settings->http.listen);
	look_for_page(settings);
	return STATUS_OK;
}

void
site_close(struct site *site)
{
	httpd_destroy(site->httpd);
	site->httpd = NULL;
	buf_finish(&site->policy);
}

void
site_renew(struct site *site)
{
	struct fault fault = { "" };
	struct pair pair;
	enum status status;

	if (site->httpd == NULL || *site->settings->http.cert_file == '\0')
		return;
	status = read_pair(site->settings, &pair, &fault);
	if (status == STATUS_OK)
		status = httpd_renew(site->httpd, pair.certificate.data,
		    pair.key.text, &fault);
	finish_pair(&pair);
	if (status != STATUS_OK)
		log_error("%s", fault.text);
}
