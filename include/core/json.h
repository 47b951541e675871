/* json.h - JSON from outside, read member by member.
 *
 * Layer:   core. Pure.
 * Source:  RFC 8259.
 * A NUL in a text, which RFC 8259 writes as \u0000, is read as U+FFFD.
 * A member that is absent or null gives the fallback. One of the wrong type or
 * out of range sets the fault, with its path; the first fault sticks.
 */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_MAX 65536           /* bytes of a document */
#define JSON_RETAINED_MAX 131072 /* bytes of what a bridge retains */
#define JSON_DEPTH_MAX 16        /* objects and arrays inside each other */
#define JSON_PATH_MAX 48 /* bytes of "session." and the like, with the NUL */

struct cJSON;

/* An object being read. Copy it freely; it owns nothing. */
struct json_object {
	const struct cJSON *node; /* NULL = absent: every member is absent */
	char path[JSON_PATH_MAX]; /* "" at the root, else "session." */
	struct fault *fault;
};

/* Parse one JSON object.
 * Out:     root    owned by the caller: json_free(); NULL unless STATUS_OK
 *          object  reads the root; it points into root
 * Returns: STATUS_BAD_INPUT with the fault set, STATUS_NO_MEMORY.
 */
enum status json_parse(const char *bytes, size_t len, struct fault *fault,
    struct cJSON **root, struct json_object *object);
/* The same for what a bridge retains, which may be longer. */
enum status json_parse_retained(const char *bytes, size_t len,
    struct fault *fault, struct cJSON **root, struct json_object *object);
void json_free(struct cJSON *root);

/* Append an object as one line of RFC 8259, without spaces. Appends nothing if
 * object is absent or memory is short. */
void json_write(const struct json_object *object, struct buf *out);

/* An array of objects or of texts, one after the other. */
struct json_list {
	struct cJSON *next;
	int count; /* of all its elements */
	int index; /* of the next one */
	char path[JSON_PATH_MAX];
	struct fault *fault;
};

struct json_list json_list(const struct json_object *object, const char *name);
bool json_next(struct json_list *list, struct json_object *object);
/* The next element as one line of 1 to max bytes; NULL at the end, and at
 * anything else, which sets the fault. */
const char *json_next_line(struct json_list *list, size_t max);
/* The next element as text of any length; the same. */
const char *json_next_text(struct json_list *list);
/* The next element as a whole number.
 * Returns: false at the end, and at anything else, which sets the fault. */
bool json_next_integer(struct json_list *list, int64_t min, int64_t max,
    int64_t *value);

/* Whether the member says something: null is not absent, and says nothing. */
bool json_has(const struct json_object *object, const char *name);
bool json_is_null(const struct json_object *object, const char *name);

struct json_object json_member(const struct json_object *object,
    const char *name);

/* Texts live as long as the root.
 * json_line: one line, control characters folded to spaces.
 * Both are cut to max bytes on a character boundary. NULL = absent.
 */
const char *json_text(const struct json_object *object, const char *name,
    size_t max);
const char *json_line(const struct json_object *object, const char *name,
    size_t max);
/* [A-Za-z0-9_-]{1,64} */
const char *json_id(const struct json_object *object, const char *name);

int64_t json_integer(const struct json_object *object, const char *name,
    int64_t min, int64_t max, int64_t fallback);
bool json_bool(const struct json_object *object, const char *name,
    bool fallback);
/* The index of the text in choices, which ends with NULL. */
int json_choice(const struct json_object *object, const char *name,
    const char *const *choices, int fallback);

#endif
