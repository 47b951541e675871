/* digest.h - how one notification tells of several events.
 *
 * Layer:   core. Pure.
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include "base/buf.h"
#include "core/event.h"

#include <stdint.h>

#define DIGEST_MAX 128 /* bytes */

/* "3 finished, 1 failed": one kind after the other.
 * Out:     text  appended */
void digest_add(enum kind kind, int32_t count, struct buf *text);

#endif
