/* pair.h - the pairing text of a person, made and shown.
 */
#ifndef COMMAND_PAIR_H
#define COMMAND_PAIR_H

#include "base/buf.h"
#include "core/pairing.h"
#include "core/settings.h"

#include <stdbool.h>

/* Append the text: what is given, with the user's reply key, which is made if it
 * is missing, and the fingerprint of [mqtt] ca_file. Says on stderr what failed.
 * In:      given       its key and ca are not looked at
 *          is_new_key  make another key
 * Out:     text        a secret; its maximum should be PAIRING_MAX
 * Returns: the exit status. */
int pair_write(const struct settings *settings, const struct pairing *given,
    bool is_new_key, struct buf *text);

/* Print a text; on a terminal as a QR code, too.
 * Returns: the exit status. */
int pair_show(const char *text);

#endif
