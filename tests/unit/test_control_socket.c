// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_daemon.h"

#include "base/banned.h"

static void socket_greets_and_is_for_root_alone(void **state)
{
	char text[512];
	const char *rest = text;
	struct stat found;
	int fd = knock();
	bool ended;
	json_t *greeting;

	(void)state;
	turn();
	hear(fd, text, sizeof(text), &ended);
	greeting = take_line(&rest);
	assert_int_equal(json_integer_value(json_object_get(greeting, "protocol")),
			 CONTROL_PROTOCOL);
	assert_string_equal(json_string_value(json_object_get(greeting, "heapbeat")),
			    HEAPBEAT_VERSION);
	assert_string_equal(rest, "");
	assert_false(ended);
	assert_int_equal(stat(socket_path, &found), 0);
	assert_int_equal(found.st_mode & 07777, 0600);
	json_decref(greeting);
	close(fd);
}

/* No socket is opened as @options say, for @code, and none is left behind. */
static void expect_no_socket(struct daemon_options *at, enum exit_code code)
{
	struct daemon other = {.options = at};
	struct error error = {0};

	assert_null(control__new(&other, &error));
	assert_int_equal(error.code, code);
	assert_true(error.text[0]);
}

static void socket_that_cannot_be_is_an_error_and_leaves_nothing(void **state)
{
	char place[200], longest[200];
	struct daemon_options other = {.socket_path = place};
	struct stat found;
	FILE *file;

	(void)state;
	snprintf(place, sizeof(place), "%s/other", dir);
	other.socket_group = (char *)"no such group";
	expect_no_socket(&other, EXIT_USAGE);
	assert_int_equal(stat(place, &found), -1);
	other.socket_group = NULL;
	file = fopen(place, "we");
	assert_non_null(file);
	fclose(file);
	expect_no_socket(&other, EXIT_USAGE);
	assert_int_equal(stat(place, &found), 0);
	assert_true(S_ISREG(found.st_mode));
	unlink(place);
	snprintf(place, sizeof(place), "%s/no/folder", dir);
	expect_no_socket(&other, EXIT_RUNTIME);
	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[108] = 0;
	other.socket_path = longest;
	expect_no_socket(&other, EXIT_USAGE);
}

static void socket_of_a_killed_daemon_is_replaced_and_ours_removed(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct daemon_options other = {.socket_path = address.sun_path};
	struct daemon next = {.options = &other};
	struct error error = {0};
	struct control *control;
	struct stat found;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/other", dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	control = control__new(&next, &error);
	assert_non_null(control);
	control__free(control);
	assert_int_equal(stat(address.sun_path, &found), -1);
	control__free(NULL);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_HOME(socket_greets_and_is_for_root_alone),
		AT_HOME(socket_that_cannot_be_is_an_error_and_leaves_nothing),
		AT_HOME(socket_of_a_killed_daemon_is_replaced_and_ours_removed),
	};

	return cmocka_run_group_tests_name("control_socket", tests, NULL, NULL);
}
