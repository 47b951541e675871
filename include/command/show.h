/* show.h - what came from others, on standard output.
 *
 * A line that begins with a text of ours is ours: nothing in it can end it, move
 * the cursor or hide.
 */
#ifndef COMMAND_SHOW_H
#define COMMAND_SHOW_H

#include "core/json.h"
#include "io/mqtt.h"

#include <stdbool.h>
#include <stdint.h>

/* Print a text as a part of a line, marked as core/marks.h says. NULL = nothing */
void show_text(const char *text);
/* The same with something before it; NULL = neither. */
void show_part(const char *before, const char *text);

/* Print what a receipt says beside its reason, as " (what to do)", if it does. */
void show_detail(const struct json_object *receipt);

/* Print a date and a time as the clock on the wall shows it: "2026-01-05 07:00",
 * and the seconds. */
void show_time(int64_t time_ms, bool has_seconds);

/* Print a JSON object as one line, its end included; what is none, nothing. */
void show_json(const struct mqtt_message *message);

/* Print a message as one line, its end included: {"topic":…,"kind":…,"payload":…}.
 * kind is the topic's last level, payload the object that came; what is no object
 * comes as "text" in its place. */
void show_message(const struct mqtt_message *message);

#endif
