#include "core/request.h"

#include <string.h>

void
request_init(struct request *request, size_t body_max)
{
	memset(request, 0, sizeof(*request));
	buf_init(&request->url, REQUEST_URL_MAX);
	buf_init(&request->headers, REQUEST_HEADERS_MAX);
	buf_init(&request->body, body_max);
	request->ca_file = "";
}

void
request_finish(struct request *request)
{
	buf_finish(&request->url);
	buf_finish(&request->headers);
	buf_finish(&request->body);
}

enum status
request_status(const struct request *request)
{
	enum status status = buf_status(&request->url);

	if (status == STATUS_OK)
		status = buf_status(&request->headers);
	if (status == STATUS_OK)
		status = buf_status(&request->body);
	return status;
}

enum status
request_hand_over(struct request *draft, enum status status,
    struct request *request)
{
	if (status == STATUS_OK)
		status = request_status(draft);
	if (status == STATUS_OK)
		*request = *draft;
	else
		request_finish(draft);
	return status;
}
