/* progress.h - what is told of a running turn, in the forms that services share.
 *
 * Layer:   push. Pure.
 * Source:  docs/push-payloads.md, "Progress".
 */
#ifndef PUSH_PROGRESS_H
#define PUSH_PROGRESS_H

#include "base/buf.h"
#include "core/notice.h"
#include "push/provider.h"

#include <stdbool.h>

/* Append "state" and "since"; and what the session is, and where a tap leads, if
 * the reader may know. No comma comes before them. */
void progress_add_state(struct buf *json, const struct job *job, bool is_open);

/* The words for a turn that begins to be shown. */
void progress_write_notice(const struct agent_session *session,
    struct notice *notice);

/* What is encrypted to a device: {"progress":{…}}. What it holds beside the state
 * is the privacy's. */
enum status progress_message(const struct job *job, struct buf *json);

#endif
