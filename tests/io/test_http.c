#include "io/http.h"
#include "unit.h"

#include <string.h>
#include <sys/socket.h>

/* One exchange with a port of this machine where nobody listens. */
static struct response
ask(bool is_public)
{
	struct http *http = NULL;
	struct request request;
	struct response response;
	void *tag;

	assert_int_equal(http_create(&http), STATUS_OK);
	request_init(&request, 1);
	request.is_public = is_public;
	buf_addf(&request.url, "https://127.0.0.1:1/");
	assert_int_equal(http_start(http, &request, &request), STATUS_OK);
	while (!http_next(http, &tag, &response))
		http_wait(http, -1, 1000);
	assert_ptr_equal(tag, &request);
	request_finish(&request);
	http_destroy(http);
	return response;
}

TEST(makes_no_connection_to_a_private_address_unless_it_may)
{
	struct response response = ask(true);

	assert_int_equal(response.status, 0);
	assert_true(response.is_private);
	http_response_finish(&response);

	response = ask(false);
	assert_int_equal(response.status, 0);
	assert_false(response.is_private);
	http_response_finish(&response);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    makes_no_connection_to_a_private_address_unless_it_may),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
