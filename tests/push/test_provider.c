#include "base/text.h"
#include "push/provider.h"
#include "unit.h"

#include <string.h>

TEST(lists_the_services_in_alphabetical_order)
{
	assert_true(provider_count() > 0);
	for (size_t i = 1; i < provider_count(); i++)
		assert_true(
		    strcmp(provider_at(i - 1)->name, provider_at(i)->name) < 0);
}

TEST(finds_each_service_by_its_name)
{
	for (size_t i = 0; i < provider_count(); i++)
		assert_ptr_equal(provider_find(provider_at(i)->name),
		    provider_at(i));
	assert_ptr_equal(provider_find("apns"), &apns_provider);
	assert_ptr_equal(provider_find("log"), &log_provider);
}

TEST(finds_no_service_that_is_not_there)
{
	assert_null(provider_find(""));
	assert_null(provider_find("fax"));
	assert_null(provider_find("APNS"));
	assert_null(provider_find("apns "));
}

TEST(names_a_service_after_its_provider_and_origin)
{
	const struct settings_source defaults = { .file = "", .text = "" };
	struct settings_fault fault;
	struct settings settings;
	char apns[] = "apns";
	char log[] = "log";
	struct device device = { .service = apns };
	char service[PUSH_SERVICE_MAX];
	const char *origin;

	assert_int_equal(settings_read(&defaults, &settings, &fault),
	    STATUS_OK);
	provider_service(&device, &settings, service);
	assert_string_equal(service, "apns https://api.push.apple.com");
	assert_ptr_equal(provider_of_service(service, &origin), &apns_provider);
	assert_string_equal(origin, "https://api.push.apple.com");

	device.service = log;
	provider_service(&device, &settings, service);
	assert_string_equal(service, "log");
	assert_ptr_equal(provider_of_service(service, &origin), &log_provider);
	assert_string_equal(origin, "");
	assert_null(provider_of_service("fax tel:1", &origin));
}

/* What delivery relies on. */
TEST(lists_only_services_that_are_whole)
{
	const struct settings_source defaults = { .file = "", .text = "" };
	struct settings_fault fault;
	struct settings settings;

	assert_int_equal(settings_read(&defaults, &settings, &fault),
	    STATUS_OK);
	for (size_t i = 0; i < provider_count(); i++) {
		const struct provider *provider = provider_at(i);

		assert_true(text_is_id(provider->name));
		assert_non_null(provider->encode);
		assert_non_null(provider->judge);
		assert_true(provider->in_flight_max > 0);
		assert_true(provider->retry.first_s >= 1);
		assert_true(
		    provider->retry.ceiling_s >= provider->retry.first_s);
		assert_int_equal(provider->authorize != NULL,
		    provider->authorization_s > 0);
		assert_int_equal(provider->check_key != NULL,
		    provider->key_setting != NULL);
		assert_true(provider->ask == NULL ||
		    (provider->take != NULL && provider->authorize == NULL));
		/* Without a word of a person, only what needs no key is on. */
		assert_int_equal(provider_is_on(provider, &settings),
		    provider->key_setting == NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_the_services_in_alphabetical_order),
		cmocka_unit_test(finds_each_service_by_its_name),
		cmocka_unit_test(finds_no_service_that_is_not_there),
		cmocka_unit_test(names_a_service_after_its_provider_and_origin),
		cmocka_unit_test(lists_only_services_that_are_whole),
	};

	return cmocka_run_group_tests_name("provider", tests, NULL, NULL);
}
