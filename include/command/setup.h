/* setup.h - from nothing to a running service: 'nudge setup'.
 *
 * What is to be done is planned whole before anything is changed. Each part of it
 * is a step, which finds out by itself whether it is done already.
 */
#ifndef COMMAND_SETUP_H
#define COMMAND_SETUP_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"
#include "core/brokerconf.h"
#include "core/settings.h"
#include "io/secret.h"

#include <stdbool.h>

#define SETUP_MARK "# Written by 'nudge setup'" /* what we add begins so */
#define SETUP_PATH_MAX 512                      /* bytes with the NUL */
#define SETUP_TEXT_MAX 65536 /* bytes of a file, or of the plan */

/* What a person wants; asked for where it is "". */
struct setup_wishes {
	char user[SETTING_MAX];    /* who is told */
	char host[SETTING_MAX];    /* this machine, as phones reach it */
	char broker[SETTING_MAX];  /* one elsewhere; "here" = on this machine */
	char login[SETTING_MAX];   /* of the bridge */
	char subject[SETTING_MAX]; /* for Web Push; may stay "" */
	const char *password_file; /* of the bridge at a broker elsewhere */
	const char *ca_file;   /* who vouches for a certificate that is there
	                            * already; NULL = make both */
	const char *cert_file; /* of this machine, and its key */
	const char *key_file;
	int port;     /* of MQTT on this machine alone */
	int tls_port; /* of MQTT for others */
	int ws_port;  /* of WebSocket for others */
	int page_port;
	bool is_sure;     /* without a question */
	bool may_close;   /* a broker that lets anybody in */
	bool stays_still; /* write files, start nothing */
};

/* Where everything goes. */
struct setup_places {
	char conf[SETUP_PATH_MAX];   /* nudge.conf */
	char before[SETUP_PATH_MAX]; /* what it was */
	char made[SETUP_PATH_MAX];   /* the list of what setup made */
	char ca[SETUP_PATH_MAX];     /* the authority's certificate */
	char ca_key[SETUP_PATH_MAX];
	char password[SETUP_PATH_MAX];    /* the bridge's */
	char broker_conf[SETUP_PATH_MAX]; /* mosquitto.conf */
	char own_conf[SETUP_PATH_MAX];    /* what we add to it */
	char cert[SETUP_PATH_MAX];        /* the broker's */
	char key[SETUP_PATH_MAX];
	char page_cert[SETUP_PATH_MAX]; /* the same for the page */
	char page_key[SETUP_PATH_MAX];
	char passwords[SETUP_PATH_MAX]; /* password_file */
	char acl[SETUP_PATH_MAX];
};

struct setup {
	struct setup_wishes wishes;
	struct setup_places places;
	bool is_here;    /* the broker */
	bool has_broker; /* it is installed */
	bool has_systemd;
	bool has_own_passwords; /* password_file is ours, as is acl_file */
	bool has_own_acl;
	bool is_broker_new; /* it must read its settings again */
	bool is_bridge_new;
	struct brokerconf others; /* of the broker, without our file */
	struct secret password;   /* of the person, when it was made now */
	struct buf plan;          /* a line for each thing */
	struct buf made;          /* a line for each path that is ours */
};

struct setup_step {
	/* Say by setup_intend() what is to be done; nothing = it is so already. */
	enum status (*plan)(struct setup *setup, struct fault *fault);
	enum status (*carry_out)(struct setup *setup, struct fault *fault);
};

extern const struct setup_step setup_made;     /* what is whose */
extern const struct setup_step setup_package;  /* mosquitto itself */
extern const struct setup_step setup_trust;    /* authority, certificate */
extern const struct setup_step setup_page;     /* its certificate */
extern const struct setup_step setup_broker;   /* its settings */
extern const struct setup_step setup_settings; /* nudge.conf */
extern const struct setup_step setup_accounts; /* logins and rights */
extern const struct setup_step setup_service;  /* both are started */

void setup_intend(struct setup *setup, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* What an earlier run was told, in place of what is not said now. */
void setup_recall(const struct setup *setup, struct setup_wishes *wishes);
/* Ask for what is not said yet; false = there is nobody to ask. */
bool setup_ask(struct setup_wishes *wishes,
    const struct setup_wishes *recalled);
/* Whether what is wanted can be.
 * Returns: EXIT_DONE, or EXIT_USAGE with the fault set. */
int setup_check(const struct setup_wishes *wishes, struct fault *fault);
/* A yes to a question. */
bool setup_agree(const char *question);

/* Show how phones and agents get in.
 * Returns: the exit status. */
int setup_show(struct setup *setup);

/* Take away what was added.
 * Returns: the exit status. */
int setup_undo(struct setup *setup);

/* Read a file, "" if there is none. */
enum status setup_read(const char *path, struct buf *text, struct fault *fault);
/* Write a file; a new one is for that account, or for everybody to read. */
enum status setup_write(const char *path, const struct buf *text,
    const char *account, struct fault *fault);
#define SETUP_FOR_ALL NULL

/* Give one file the owner and the mode of another. */
bool setup_dress(const char *path, const char *model);

/* What setup made until now; setup->made is the caller's to finish. */
void setup_made_read(struct setup *setup);
/* Walk through a text of that form. Returns: path, or NULL at its end. */
const char *setup_made_next(const char **at, char path[SETUP_PATH_MAX]);

/* Whether somebody else than setup had a hand in the settings since.
 * In:  before, now  the texts of the file */
bool setup_is_edited(const char *before, const char *now);

#define SETUP_URL_MAX 320 /* bytes with the NUL */

/* The broker as this machine reaches it, without TLS: at a listener of others, or
 * at ours. */
void setup_local_url(const struct setup *setup, char url[SETUP_URL_MAX]);
/* "wss://pi.lan:9001" */
void setup_url(const char *scheme, const char *host, int port,
    char url[SETUP_URL_MAX]);
const char *setup_account(const struct setup *setup); /* mosquitto's */

#endif
