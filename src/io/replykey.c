#include "io/replykey.h"

#include "base/b64url.h"
#include "io/clock.h"
#include "io/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "reply-keys"

void
replykey_path(const char *directory, const char *user,
    char path[REPLYKEY_PATH_MAX])
{
	(void)snprintf(path, REPLYKEY_PATH_MAX, "%s/" FOLDER "/%s", directory,
	    user);
}

enum status
replykey_read(const char *path, char key[REPLY_KEY_TEXT_LEN + 1],
    struct fault *fault)
{
	struct secret secret = { .text = NULL };
	uint8_t bytes[REPLY_KEY_LEN];
	enum status status = secret_read(path, &secret, fault);

	if (status != STATUS_OK)
		return status;
	secret_cut_line(&secret);
	if (reply_read_key(secret.text, bytes)) {
		memcpy(key, secret.text, REPLY_KEY_TEXT_LEN + 1);
	} else {
		fault_set(fault,
		    "%s holds no reply key: 43 characters of base64url", path);
		status = STATUS_BAD_INPUT;
	}
	explicit_bzero(bytes, sizeof(bytes));
	secret_finish(&secret);
	return status;
}

/* Nobody but the owner of the state enters. */
static enum status
make_folder(const char *directory, struct fault *fault)
{
	char path[REPLYKEY_PATH_MAX];
	struct stat info;

	(void)snprintf(path, sizeof(path), "%s/" FOLDER, directory);
	if (stat(directory, &info) != 0)
		fault_set(fault, "[state] directory %s: %s", directory,
		    strerror(errno));
	else if (mkdir(path, 0700) == 0
	        ? geteuid() != 0 || lchown(path, info.st_uid, info.st_gid) == 0
	        : errno == EEXIST)
		return STATUS_OK;
	else
		fault_set(fault,
		    "cannot make %s: %s; run this as root or as the bridge's "
		    "user",
		    path, strerror(errno));
	return STATUS_IO;
}

/* Another pairing may make it at the same instant: the first one holds. */
static enum status
make_key(const char *path, bool is_new, struct fault *fault)
{
	uint8_t bytes[REPLY_KEY_LEN];
	enum status status;
	struct buf text;

	clock_random(bytes, sizeof(bytes));
	buf_init(&text, REPLY_KEY_TEXT_LEN + 1);
	b64url_add(&text, bytes, sizeof(bytes));
	buf_addf(&text, "\n");
	explicit_bzero(bytes, sizeof(bytes));
	status = buf_status(&text);
	if (status == STATUS_OK && is_new)
		status = secret_replace(path, buf_text(&text), text.len, fault);
	else if (status == STATUS_OK)
		status = secret_write(path, buf_text(&text), text.len, fault);
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	buf_finish(&text);
	return status;
}

enum status
replykey_keep(const char *directory, const char *user, bool is_new,
    char key[REPLY_KEY_TEXT_LEN + 1], struct fault *fault)
{
	struct fault ours = { "" };
	char path[REPLYKEY_PATH_MAX];
	enum status status = make_folder(directory, fault);

	replykey_path(directory, user, path);
	if (status == STATUS_OK && (is_new || !secret_exists(path))) {
		status = make_key(path, is_new, &ours);
		if (status == STATUS_IO && !is_new && secret_exists(path))
			status = STATUS_OK;
		else if (status != STATUS_OK)
			*fault = ours;
	}
	return status == STATUS_OK ? replykey_read(path, key, fault) : status;
}
