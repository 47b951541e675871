#include "core/contact.h"
#include "unit.h"

TEST(takes_what_leads_to_somebody)
{
	static const char *const good[] = {
		"mailto:me@example.org",
		"mailto:first.last+nudge@mail.example.org",
		"mailto:o'neil@example.museum",
		"https://example.org",
		"https://example.org/",
		"https://Nudge.Example.org:8443/contact?x=y#z",
		"https://xn--bcher-kva.example",
	};

	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(contact_is_good(good[i]));
}

TEST(refuses_what_a_push_service_refuses)
{
	static const char *const bad[] = {
		"",
		"me@example.org",
		"mailto:",
		"mailto:@",
		"mailto:me",
		"mailto:me@",
		"mailto:@example.org",
		"mailto:me@localhost",
		"mailto:me@pi",
		"mailto:me@example..org",
		"mailto:me@example.org.",
		"mailto:me@.org",
		"mailto: me@example.org",
		"mailto:<me@example.org>",
		"mailto:me@example.org, you@example.org",
		"mailto:me@you@example.org",
		"https://",
		"https://localhost",
		"https://localhost:8080/",
		"https://nudge.localhost/",
		"https://127.0.0.1/",
		"https://[::1]/",
		"https:///contact",
		"https://me@example.org/",
		"https://example.org/a b",
		"http://example.org",
		"ftp://example.org",
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(contact_is_good(bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_leads_to_somebody),
		cmocka_unit_test(refuses_what_a_push_service_refuses),
	};

	return cmocka_run_group_tests_name("contact", tests, NULL, NULL);
}
