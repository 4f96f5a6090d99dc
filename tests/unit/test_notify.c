// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/notify.h"

#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <cmocka.h>

#include "base/banned.h"

/* A datagram socket at @name; '@' stands for NUL. */
static int listen_at(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(address.sun_path, name, len);
	if (*name == '@')
		address.sun_path[0] = 0;
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
			 0);
	return fd;
}

static void expect_message(int fd, const char *text)
{
	char got[64];
	ssize_t len = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);

	assert_true(len >= 0);
	got[len] = 0;
	assert_string_equal(got, text);
}

static void without_a_manager_nothing_is_sent(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify__send("READY=1"), 0);
	setenv("NOTIFY_SOCKET", "", 1);
	assert_int_equal(notify__send("READY=1"), 0);
}

static void state_arrives_at_a_path(void **state)
{
	int fd = listen_at(path);

	(void)state;
	setenv("NOTIFY_SOCKET", path, 1);
	assert_int_equal(notify__send("READY=1"), 0);
	assert_int_equal(notify__send("STOPPING=1\nSTATUS=bye"), 0);
	expect_message(fd, "READY=1");
	expect_message(fd, "STOPPING=1\nSTATUS=bye");
	close(fd);
}

static void state_arrives_at_an_abstract_name(void **state)
{
	char name[64];
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "@heapbeat-test-%d", (int)getpid());
	fd = listen_at(name);
	setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(notify__send("WATCHDOG=1"), 0);
	expect_message(fd, "WATCHDOG=1");
	close(fd);
}

static void manager_that_does_not_read_blocks_nobody(void **state)
{
	int fd = listen_at(path), err = 0;

	(void)state;
	setenv("NOTIFY_SOCKET", path, 1);
	for (int i = 0; i < 100000 && !err; i++)
		err = notify__send("WATCHDOG=1");
	assert_int_equal(err, -EAGAIN);
	close(fd);
}

static void address_that_cannot_be_is_an_error(void **state)
{
	char name[200];

	(void)state;
	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_int_equal(notify__send("READY=1"), -EINVAL);
	setenv("NOTIFY_SOCKET", path, 1);
	assert_int_equal(notify__send("READY=1"), -ENOENT);
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = 0;
	setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(notify__send("READY=1"), -EINVAL);
}

static void expect_watchdog(const char *usec, const char *pid, uint64_t ns)
{
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	if (usec)
		setenv("WATCHDOG_USEC", usec, 1);
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify__watchdog_ns(), ns);
}

static void watchdog_is_due_at_half_its_time(void **state)
{
	char own[16];

	(void)state;
	snprintf(own, sizeof(own), "%d", (int)getpid());
	expect_watchdog("30000000", NULL, 15000000000ULL);
	expect_watchdog("30000000", own, 15000000000ULL);
	expect_watchdog("30000000", "1", getpid() == 1 ? 15000000000ULL : 0);
	expect_watchdog(NULL, own, 0);
}

static void watchdog_that_is_no_time_is_never(void **state)
{
	(void)state;
	expect_watchdog("", NULL, 0);
	expect_watchdog("0", NULL, 0);
	expect_watchdog("soon", NULL, 0);
	expect_watchdog("30s", NULL, 0);
	expect_watchdog("-1", NULL, 0);
	expect_watchdog("18446744073709551615", NULL, 0);
	expect_watchdog("99999999999999999999999", NULL, 0);
	/* Its nanoseconds would wrap to a few. */
	expect_watchdog("18446744073709552", NULL, 0);
}

#define WITH_PATH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_manager_nothing_is_sent),
		WITH_PATH(state_arrives_at_a_path),
		cmocka_unit_test(state_arrives_at_an_abstract_name),
		WITH_PATH(manager_that_does_not_read_blocks_nobody),
		WITH_PATH(address_that_cannot_be_is_an_error),
		cmocka_unit_test(watchdog_is_due_at_half_its_time),
		cmocka_unit_test(watchdog_that_is_no_time_is_never),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
