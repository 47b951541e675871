/* setup_files.c - files, for all steps. */
#include "command/setup.h"
#include "io/brokerfiles.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum status
setup_read(const char *path, struct buf *text, struct fault *fault)
{
	bool is_missing = false;

	return brokerfiles_read(path, text, &is_missing, fault);
}

enum status
setup_write(const char *path, const struct buf *text, const char *account,
    struct fault *fault)
{
	bool is_new = access(path, F_OK) != 0;
	enum status status;

	if (buf_status(text) != STATUS_OK) {
		fault_set(fault, "%s: %s", path, status_str(buf_status(text)));
		return buf_status(text);
	}
	status = brokerfiles_replace(path, text,
	    account != NULL ? account : "root", fault);
	if (status == STATUS_OK && is_new && account == SETUP_FOR_ALL &&
	    chmod(path, 0644) != 0) {
		fault_set(fault, "cannot change %s: %s", path, strerror(errno));
		return STATUS_IO;
	}
	return status;
}

bool
setup_dress(const char *path, const char *model)
{
	struct stat info;

	return stat(model, &info) == 0 &&
	    (geteuid() != 0 || chown(path, info.st_uid, info.st_gid) == 0) &&
	    chmod(path, info.st_mode & 0777) == 0;
}

void
setup_url(const char *scheme, const char *host, int port,
    char url[SETUP_URL_MAX])
{
	bool is_ipv6 = strchr(host, ':') != NULL;

	(void)snprintf(url, SETUP_URL_MAX, "%s://%s%s%s:%d", scheme,
	    is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
}

const char *
setup_account(const struct setup *setup)
{
	return *setup->others.user != '\0' ? setup->others.user : "mosquitto";
}
