/* account.h - a service account of Google, and the access tokens it gets.
 *
 * Layer:   push. Pure.
 * Source:  developers.google.com, "Using OAuth 2.0 for Server to Server
 *          Applications"; RFC 7523 2.1.
 * The key file is the JSON that the Firebase console hands out. An authorization
 * is "PROJECT TOKEN".
 */
#ifndef PUSH_ACCOUNT_H
#define PUSH_ACCOUNT_H

#include "push/provider.h"

/* As check_key(), ask() and take() of a provider. */
enum status account_check(const char *text, struct fault *fault);
enum status account_ask(const struct push_env *env, const char *secret,
    struct request *request);
void account_take(const struct response *response, const char *secret,
    struct grant *grant);

#endif
