/* bridge.h - the whole bridge, from its settings to its end.
 *
 * Main thread. Three stories meet in its loop: intake stores what arrives (on
 * Paho's thread), dispatch judges it, delivery pushes it.
 */
#ifndef BRIDGE_H
#define BRIDGE_H

#include "base/fault.h"
#include "core/settings.h"

#include <stdbool.h>

struct bridge;

/* Open everything; nothing is connected yet.
 * In:      settings  borrowed for the bridge's life
 * Returns: STATUS_BAD_INPUT, STATUS_IO with the fault set. */
enum status bridge_create(const struct settings *settings,
    struct bridge **bridge, struct fault *fault);
void bridge_destroy(struct bridge *bridge);

/* Run until SIGTERM or SIGINT.
 * In:      reload  called on SIGHUP; it may change the settings in place
 * Returns: STATUS_IO if it cannot listen for signals. */
enum status bridge_run(struct bridge *bridge, void (*reload)(void *context),
    void *context);

#endif
