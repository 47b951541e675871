/* brokerfiles.h - the files of a mosquitto on this machine.
 *
 * Layer:   io.
 */
#ifndef IO_BROKERFILES_H
#define IO_BROKERFILES_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"
#include "core/brokerconf.h"

#include <stdbool.h>

#define BROKERFILES_CONF "/etc/mosquitto/mosquitto.conf"

/* Read a mosquitto.conf, and what it includes.
 * Out:     conf  undefined unless STATUS_OK
 * Returns: STATUS_IO or STATUS_BAD_INPUT with the fault set. */
enum status brokerfiles_read_conf(const char *path, struct brokerconf *conf,
    struct fault *fault);

/* The same, without one of the files that are included: what others say. */
enum status brokerfiles_read_conf_but(const char *path, const char *without,
    struct brokerconf *conf, struct fault *fault);

/* Append a file.
 * Out:     is_missing  there is none, which is no failure; NULL = it is one
 * Returns: STATUS_IO or STATUS_BAD_INPUT with the fault set. */
enum status brokerfiles_read(const char *path, struct buf *text,
    bool *is_missing, struct fault *fault);

/* Put a text in place of a file, whole or not at all. It keeps its owner and
 * mode; a new one is for the broker alone.
 * In:      account  that the broker runs as; a new file is its own
 * Returns: STATUS_IO with the fault set. */
enum status brokerfiles_replace(const char *path, const struct buf *text,
    const char *account, struct fault *fault);

/* Hold off everybody who asks for the same, until it is closed.
 * In:      path  of a file, which need not exist
 * Returns: what to close(), < 0 with the fault set. */
int brokerfiles_lock(const char *path, struct fault *fault);

/* Append the line of a password_file, by mosquitto_passwd.
 * Returns: STATUS_IO with the fault set. */
enum status brokerfiles_hash(const char *login, const char *password,
    struct buf *line, struct fault *fault);

/* Let the broker read its files again.
 * In:      pid_file  "" = none
 * Returns: how, in words; NULL if nobody knows where it runs. */
const char *brokerfiles_reload(const char *pid_file);

#endif
