#include "push/account.h"

#include "base/text.h"
#include "core/json.h"
#include "push/jwt.h"

#include <inttypes.h>
#include <string.h>

#define REQUEST_MAX 4096 /* bytes */
#define ASSERTION_LIFE_S 3600
#define LIFETIME_MAX_S 86400
#define ACCOUNT_TEXT_MAX 512
#define GRANT "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
#define SCOPE "https://www.googleapis.com/auth/firebase.messaging"

/* The file that the Firebase console hands out. */
struct account {
	struct cJSON *root; /* owned; the texts point into it */
	const char *project_id;
	const char *client_email;
	const char *private_key;
	const char *private_key_id;
	const char *token_uri;
};

static const char *
need(const struct json_object *object, const char *name)
{
	const char *text = json_text(object, name, JSON_MAX);

	if (text == NULL || *text == '\0' || strlen(text) > ACCOUNT_TEXT_MAX ||
	    !text_is_line(text)) {
		fault_set(object->fault,
		    "is no service account file: %s is missing", name);
		return "";
	}
	return text;
}

/* Google: letters, digits and hyphens; it becomes part of a URL. */
static bool
is_project(const char *text)
{
	return *text != '\0' &&
	    strspn(text,
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	        "0123456789-.:") == strlen(text);
}

static enum status
read_account(const char *text, struct account *account, struct fault *fault)
{
	struct json_object object;
	enum status status =
	    json_parse(text, strlen(text), fault, &account->root, &object);

	if (status != STATUS_OK)
		return status;
	account->project_id = need(&object, "project_id");
	account->client_email = need(&object, "client_email");
	account->private_key_id = need(&object, "private_key_id");
	account->token_uri = need(&object, "token_uri");
	account->private_key = json_text(&object, "private_key", JSON_MAX);
	if (account->private_key == NULL)
		fault_set(fault,
		    "is no service account file: private_key is missing");
	else if (!is_project(account->project_id))
		fault_set(fault, "project_id: has characters no project has");
	else if (strncmp(account->token_uri, "https://", 8) != 0)
		fault_set(fault, "token_uri: must begin with https://");
	else if (strchr(account->token_uri, '@') != NULL)
		fault_set(fault, "token_uri: must not hold a login");
	if (!fault_is_set(fault))
		return STATUS_OK;
	json_free(account->root);
	account->root = NULL;
	return STATUS_BAD_INPUT;
}

enum status
account_check(const char *text, struct fault *fault)
{
	struct account account = { .root = NULL };
	enum status status = read_account(text, &account, fault);

	if (status == STATUS_OK)
		status = jwt_check_rs256(account.private_key, fault);
	json_free(account.root);
	return status;
}

static enum status
add_assertion(const struct account *account, int64_t now_s, struct buf *body)
{
	struct buf header;
	struct buf claims;
	enum status status;

	buf_init(&header, PUSH_TOKEN_MAX);
	buf_init(&claims, PUSH_TOKEN_MAX);
	buf_addf(&header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":");
	buf_add_json(&header, account->private_key_id);
	buf_addf(&header, "}");
	buf_addf(&claims, "{\"iss\":");
	buf_add_json(&claims, account->client_email);
	buf_addf(&claims, ",\"aud\":");
	buf_add_json(&claims, account->token_uri);
	buf_addf(&claims,
	    ",\"scope\":\"" SCOPE "\",\"iat\":%" PRId64 ",\"exp\":%" PRId64 "}",
	    now_s, now_s + ASSERTION_LIFE_S);
	status = buf_status(&header);
	if (status == STATUS_OK)
		status = buf_status(&claims);
	if (status == STATUS_OK)
		status = jwt_sign_rs256(buf_text(&header), buf_text(&claims),
		    account->private_key, body);
	buf_finish(&header);
	buf_finish(&claims);
	return status;
}

enum status
account_ask(const struct push_env *env, const char *secret,
    struct request *request)
{
	struct account account = { .root = NULL };
	struct fault ignored = { "" };
	struct request draft;
	enum status status = read_account(secret, &account, &ignored);

	if (status != STATUS_OK)
		return status;
	request_init(&draft, REQUEST_MAX);
	draft.ca_file = env->settings->fcm.ca_file;
	buf_addf(&draft.url, "%s", account.token_uri);
	buf_addf(&draft.headers,
	    "content-type: application/x-www-form-urlencoded\n");
	buf_addf(&draft.body, "grant_type=%s&assertion=", GRANT);
	status = add_assertion(&account, env->now_s, &draft.body);
	json_free(account.root);
	return request_hand_over(&draft, status, request);
}

/* A token that can be a header. */
static bool
is_token(const char *text)
{
	return text != NULL && *text != '\0' && strlen(text) < PUSH_TOKEN_MAX &&
	    text_is_line(text) && strchr(text, ' ') == NULL;
}

static void
read_grant(const struct json_object *object, const char *secret,
    struct grant *grant)
{
	const char *token = json_text(object, "access_token", JSON_MAX);
	struct account account = { .root = NULL };
	struct fault ignored = { "" };

	grant->lifetime_s = (int32_t)json_integer(object, "expires_in", 1,
	    LIFETIME_MAX_S, ASSERTION_LIFE_S);
	if (is_token(token) && !fault_is_set(object->fault) &&
	    read_account(secret, &account, &ignored) == STATUS_OK)
		buf_addf(&grant->authorization, "%s %s", account.project_id,
		    token);
	json_free(account.root);
}

/* Nothing is lost by a grant that is refused: what waits for it goes on
 * waiting. The clock of a machine that just started may be the reason. */
void
account_take(const struct response *response, const char *secret,
    struct grant *grant)
{
	struct verdict *verdict = &grant->verdict;
	struct fault ignored = { "" };
	struct json_object object;
	struct cJSON *root;

	verdict->outcome = OUTCOME_RETRY;
	if (response->status == 200 && response->body != NULL &&
	    json_parse(response->body, strlen(response->body), &ignored, &root,
	        &object) == STATUS_OK) {
		read_grant(&object, secret, grant);
		json_free(root);
	}
	if (grant->authorization.len > 0 &&
	    buf_status(&grant->authorization) == STATUS_OK) {
		verdict->outcome = OUTCOME_DELIVERED;
		return;
	}
	verdict_read_reason(response, verdict);
	if (response->status >= 400 && response->status < 500)
		verdict->advice =
		    "Google does not take the service account: is its key "
		    "revoked, or this machine's clock wrong? Make a new key "
		    "in the Firebase console";
}
