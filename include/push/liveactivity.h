/* liveactivity.h - a running turn as a Live Activity of the iPhone.
 *
 * Layer:   push. Pure. A part of the Apple Push Notification service: apns.c.
 * Source:  developer.apple.com, ActivityKit: "Starting and updating Live
 *          Activities with ActivityKit push notifications".
 */
#ifndef PUSH_LIVEACTIVITY_H
#define PUSH_LIVEACTIVITY_H

#include "push/provider.h"

/* The token for job's step, as the device registered it; NULL = it has not. */
const char *liveactivity_token(const struct job *job);

/* Append what APNs wants to have of it. */
enum status liveactivity_add_headers(struct buf *headers, const struct job *job,
    const char *topic);
enum status liveactivity_add_body(struct buf *body, const struct job *job,
    const struct push_env *env);

#endif
