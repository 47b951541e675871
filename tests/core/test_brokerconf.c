#include "core/brokerconf.h"
#include "unit.h"

#include <string.h>

TEST(reads_what_debian_has)
{
	struct brokerconf conf = { .listener_count = 0 };

	brokerconf_add(&conf,
	    "# Place your local configuration in /etc/mosquitto/conf.d/\n"
	    "#\n"
	    "\n"
	    "pid_file /run/mosquitto/mosquitto.pid\r\n"
	    "persistence true\n"
	    "per_listener_settings true\n"
	    "allow_anonymous false\n"
	    "include_dir /etc/mosquitto/conf.d\n");
	assert_string_equal(conf.per_listener_settings, "true");
	assert_string_equal(conf.allow_anonymous, "false");
	assert_string_equal(conf.pid_file, "/run/mosquitto/mosquitto.pid");
	assert_string_equal(conf.include_dir, "/etc/mosquitto/conf.d");
	assert_string_equal(conf.password_file, "");
	assert_int_equal(conf.listener_count, 0);
}

TEST(reads_listeners_with_what_belongs_to_them)
{
	struct brokerconf conf = { .listener_count = 0 };

	brokerconf_add(&conf,
	    "listener 1883 127.0.0.1\n"
	    "listener 9001 \n"
	    "protocol websockets\n"
	    "socket_domain ipv4\n"
	    "bind_interface lo\n"
	    "listener 8883 pi.lan\n"
	    "certfile /a.crt\n"
	    "bind_interface eth0\n"
	    "listener 0 /run/m.sock\n"
	    "listener x\n"
	    "certfile /b.crt\n"
	    "port 99999\n");
	brokerconf_add(&conf, "protocol websockets\nport 1884");
	assert_int_equal(conf.listener_count, 5);
	assert_int_equal(conf.listeners[0].port, 1883);
	assert_string_equal(conf.listeners[0].address, "127.0.0.1");
	assert_false(conf.listeners[0].is_websocket);
	assert_true(conf.listeners[1].is_websocket);
	assert_true(conf.listeners[1].has_family);
	assert_string_equal(conf.listeners[1].address, "");
	assert_true(conf.listeners[2].is_tls);
	assert_true(conf.listeners[2].is_elsewhere);
	assert_false(conf.listeners[1].is_elsewhere);
	assert_int_equal(conf.listeners[3].port, 0);
	assert_false(conf.listeners[3].is_tls);
	assert_int_equal(conf.listeners[4].port, 1884);
}

TEST(reads_files_and_plugins_of_both_versions)
{
	struct brokerconf conf = { .listener_count = 0 };
	struct brokerconf other = { .listener_count = 0 };

	brokerconf_add(&conf,
	    "password_file   /etc/mosquitto/pass words\t\n"
	    "acl_file /etc/acl\n"
	    "user broker\n"
	    "#acl_file /etc/none\n"
	    "plugin /usr/lib/mosquitto_dynamic_security.so\n");
	assert_string_equal(conf.password_file, "/etc/mosquitto/pass words");
	assert_string_equal(conf.acl_file, "/etc/acl");
	assert_string_equal(conf.user, "broker");
	assert_true(conf.is_dynamic);
	assert_false(conf.has_several);
	brokerconf_add(&other,
	    "plugin_load pw /usr/lib/mosquitto_password_file.so\n"
	    "plugin_opt_password_file /etc/pw\n"
	    "plugin_opt_acl_file /etc/acl\n");
	assert_string_equal(other.password_file, "/etc/pw");
	assert_string_equal(other.acl_file, "/etc/acl");
	assert_false(other.is_dynamic);
}

TEST(says_when_listeners_have_different_files)
{
	struct brokerconf conf = { .listener_count = 0 };

	brokerconf_add(&conf,
	    "listener 1\nacl_file /a\nlistener 2\nacl_file /a\n");
	assert_false(conf.has_several);
	brokerconf_add(&conf, "listener 3\nacl_file /b\n");
	assert_true(conf.has_several);
}

TEST(passes_over_what_is_too_long)
{
	struct brokerconf conf = { .listener_count = 0 };
	char text[2048] = "acl_file /";

	memset(text + 10, 'x', 1500);
	(void)strcpy(text + 1510, "\npassword_file /p\n");
	brokerconf_add(&conf, text);
	assert_string_equal(conf.acl_file, "");
	assert_string_equal(conf.password_file, "/p");
	for (size_t i = 0; i <= BROKERCONF_LISTENERS_MAX; i++)
		brokerconf_add(&conf, "listener 1\n");
	assert_int_equal(conf.listener_count, BROKERCONF_LISTENERS_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_debian_has),
		cmocka_unit_test(reads_listeners_with_what_belongs_to_them),
		cmocka_unit_test(reads_files_and_plugins_of_both_versions),
		cmocka_unit_test(says_when_listeners_have_different_files),
		cmocka_unit_test(passes_over_what_is_too_long),
	};

	return cmocka_run_group_tests_name("brokerconf", tests, NULL, NULL);
}
