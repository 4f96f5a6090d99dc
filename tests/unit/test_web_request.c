// SPDX-License-Identifier: GPL-2.0-or-later
/* What a request may look like: address, arguments, Accept, Host; where the server may listen. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

#include "base/random.h"
#include "web/accept.h"
#include "web/authority.h"
#include "web/bucket.h"
#include "web/listener.h"
#include "web/query.h"

static void arguments_are_decoded(void **state)
{
	struct web_query query;

	(void)state;
	assert_int_equal(web_query__parse(&query, "/a%2Fb/+?comm=we%22ird+x&by=&flag&&z=%c3%a9"),
			 0);
	assert_string_equal(query.path, "/a/b/+");
	assert_int_equal(query.arg_cnt, 4);
	assert_string_equal(web_query__get(&query, "comm"), "we\"ird x");
	assert_string_equal(web_query__get(&query, "by"), "");
	assert_string_equal(web_query__get(&query, "flag"), "");
	assert_string_equal(web_query__get(&query, "z"), "\xc3\xa9");
	assert_null(web_query__get(&query, "none"));
	assert_int_equal(web_query__parse(&query, "/?a=1&a=2"), 0);
	assert_string_equal(web_query__get(&query, "a"), "1");
	assert_string_equal(query.path, "/");
}

static void malformed_addresses_are_refused(void **state)
{
	static const char *const bad[] = {
		"",	   "x",	      "*",	 "http://h/", "/%",    "/%4",
		"/%zz",	   "/%00",    "/a%0a",	 "/\x01",     "/?a=%", "/?%00",
		"/?a=%0d", "/?a=%7f", "/?a=%g1", "/\x7f",     "?a=1",
	};
	struct web_query query;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (web_query__parse(&query, bad[i]) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
}

static void overlong_addresses_are_refused(void **state)
{
	char target[TARGET_BYTES_MAX + 10] = "/";
	struct web_query query;
	size_t len = 2;

	(void)state;
	memset(target + 1, 'a', TARGET_BYTES_MAX - 1);
	assert_int_equal(web_query__parse(&query, target), 0);
	assert_int_equal(strlen(query.path), TARGET_BYTES_MAX);
	target[TARGET_BYTES_MAX] = 'a';
	assert_int_equal(web_query__parse(&query, target), -E2BIG);
	memcpy(target, "/?", 3);
	for (int i = 0; i < QUERY_ARGS_MAX; i++, len += 4)
		memcpy(target + len, "a=1&", 5);
	assert_int_equal(web_query__parse(&query, target), 0);
	assert_int_equal(query.arg_cnt, QUERY_ARGS_MAX);
	memcpy(target + len, "a=1", 4);
	assert_int_equal(web_query__parse(&query, target), -E2BIG);
}

/* Whatever comes: an answer within the bounds (the sanitizers see to that), no control byte. */
static void random_addresses_do_no_harm(void **state)
{
	static const char alphabet[] = "/?&=%+%00a1fF \x01\x7f\xff..";
	struct random random = {.state = 7};
	struct web_query query;
	size_t taken = 0;

	(void)state;
	for (int round = 0; round < 20011; round++) {
		char target[64] = "/";
		size_t len = 1 + random__below(&random, sizeof(target) - 2);

		for (size_t i = 1; i < len; i++)
			target[i] = alphabet[random__below(&random, sizeof(alphabet) - 1)];
		if (web_query__parse(&query, target))
			continue;
		taken++;
		for (size_t i = 0; i < query.arg_cnt; i++)
			for (const char *c = query.args[i].value; *c; c++)
				assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
	}
	assert_in_range(taken, 100, 20000);
}

static void numbers_have_a_most(void **state)
{
	struct web_query query;
	uint64_t value = 1;

	(void)state;
	assert_int_equal(
		web_query__parse(&query, "/?a=23&b=-1&c=1x&d=&e=18446744073709551616&f=1001"), 0);
	assert_int_equal(web_query__number(&query, "a", 5, 1000, &value), 0);
	assert_int_equal(value, 23);
	assert_int_equal(web_query__number(&query, "none", 5, 1000, &value), 0);
	assert_int_equal(value, 5);
	for (const char *name = "bcdef"; *name; name++)
		assert_int_equal(web_query__number(&query, (char[]){*name, 0}, 5, 1000, &value),
				 -EINVAL);
	assert_int_equal(value, 5);
}

static void openmetrics_is_for_who_prefers_it(void **state)
{
	static const struct {
		const char *accept;
		bool open;
	} rows[] = {
		{NULL, false},
		{"", false},
		{"*/*", false},
		{"text/plain", false},
		{"application/openmetrics-text", true},
		{"application/openmetrics-text; version=1.0.0", true},
		{"application/openmetrics-text;version=0.0.1", false},
		{"APPLICATION/OPENMETRICS-TEXT ; VERSION=1.0.0 ; Q=0.1", true},
		{"application/openmetrics-text;version=1.0.0;q=0.5,"
		 "application/openmetrics-text;version=0.0.1;q=0.4,"
		 "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		 true},
		{"text/plain;q=0.9,application/openmetrics-text;q=0.8", false},
		{"application/openmetrics-text;q=0", false},
		{"application/openmetrics-text;q=0.000", false},
		{"application/openmetrics-text;q=0.001", true},
		{"application/openmetrics-text;q=nonsense", false},
		{"application/openmetrics-text;q=2", false},
		{"application/openmetrics-textile", false},
		{";;;,,,q=1,;q=", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (accept__wants_openmetrics(rows[i].accept) != rows[i].open)
			fail_msg("'%s'", rows[i].accept);
}

static void gzip_is_for_who_takes_it(void **state)
{
	(void)state;
	assert_false(accept__wants_gzip(NULL));
	assert_false(accept__wants_gzip("identity"));
	assert_true(accept__wants_gzip("gzip"));
	assert_true(accept__wants_gzip("br;q=1.0, GZIP;q=0.8, *;q=0.1"));
	assert_true(accept__wants_gzip("*"));
	assert_false(accept__wants_gzip("*;q=0"));
	assert_false(accept__wants_gzip("gzip;q=0, *"));
	assert_false(accept__wants_gzip("gzipped"));
}

static void names_of_strangers_are_refused(void **state)
{
	static const struct {
		const char *host;
		bool loopback, machine, any;
	} rows[] = {
		{"localhost", true, true, true},
		{"LocalHost:10060", true, true, true},
		{"127.0.0.1:10060", true, true, true},
		{"127.9.9.9", true, true, true},
		{"[::1]", true, true, true},
		{"[::1]:80", true, true, true},
		{"10.0.0.1:80", false, true, true},
		{"[2001:db8::1]:80", false, true, true},
		{"node1", false, true, true},
		{"node1.example.org:80", false, true, true},
		{"node11", false, false, true},
		{"evil.example", false, false, true},
		{"127.0.0.1.evil.example", false, false, true},
		{"localhost.evil.example", false, false, true},
		{"", false, false, false},
		{":80", false, false, false},
		{"a b", false, false, false},
		{"a/b", false, false, false},
		{"a\"b", false, false, false},
		{"a:b", false, false, false},
		{"a:123456", false, false, false},
		{"a:80:80", false, false, false},
		{"::1", false, false, false},
		{"[::1", false, false, false},
		{"[node1]", false, false, false},
		{"[::1]x", false, false, false},
		{"user@localhost", false, false, false},
	};
	char overlong[AUTHORITY_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *host = rows[i].host;

		if (authority__is_allowed(host, AUTHORITY_LOOPBACK, "node1") != rows[i].loopback ||
		    authority__is_allowed(host, AUTHORITY_HOST, "node1") != rows[i].machine ||
		    authority__is_allowed(host, AUTHORITY_ANY, "node1") != rows[i].any)
			fail_msg("'%s'", host);
	}
	memset(overlong, 'a', sizeof(overlong) - 1);
	overlong[sizeof(overlong) - 1] = 0;
	assert_false(authority__is_allowed(overlong, AUTHORITY_ANY, ""));
	assert_false(authority__is_allowed(NULL, AUTHORITY_ANY, ""));
	assert_false(authority__is_allowed("anything", AUTHORITY_HOST, ""));
}

static void addresses_to_listen_on_are_read(void **state)
{
	static const struct {
		const char *text;
		int family, port;
		bool local;
	} rows[] = {
		{"127.0.0.1:10060", AF_INET, 10060, true},
		{"localhost:0", AF_INET, 0, true},
		{"0.0.0.0:80", AF_INET, 80, false},
		{":9100", AF_INET6, 9100, false},
		{"[::1]:1", AF_INET6, 1, true},
		{"[::]:65535", AF_INET6, 65535, false},
		{"[::ffff:127.0.0.1]:1", AF_INET6, 1, true},
	};
	struct listener_address address;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(listener__parse(rows[i].text, &address, NULL), 0);
		assert_int_equal(address.any.sa_family, rows[i].family);
		assert_int_equal(ntohs(address.v4.sin_port), rows[i].port);
		assert_int_equal(listener__is_local(&address.any), rows[i].local);
		assert_int_equal(address.activated_fd, -1);
	}
	assert_int_equal(listener__parse("fd://2", &address, NULL), 0);
	assert_int_equal(address.activated_fd, 2);
}

static void other_addresses_are_refused_with_words(void **state)
{
	static const char *const bad[] = {
		"",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:65536",
		"127.0.0.1:-1",
		"host:80",
		"::1:80",
		"[::1]",
		"[::1:80",
		"[]:80",
		"fd://",
		"fd://x",
		"fd://99",
		"1.2.3:80",
		"127.0.0.1:80x",
		"[127.0.0.1]:80",
	};
	struct listener_address address = {.activated_fd = 17};
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (listener__parse(bad[i], &address, &error) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(error.code, EXIT_USAGE);
		assert_non_null(strstr(error.text, "--web.listen-address"));
	}
	assert_int_equal(address.activated_fd, 17);
}

static void a_bucket_refills_at_its_interval(void **state)
{
	struct bucket bucket = {0};
	uint64_t now = 1000000000;
	int taken = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		taken += bucket__take(&bucket, 0.5, 3, now);
	assert_int_equal(taken, 3);
	assert_false(bucket__take(&bucket, 0.5, 3, now + 400000000));
	assert_true(bucket__take(&bucket, 0.5, 3, now + 600000000));
	taken = 0;
	for (int i = 0; i < 10; i++)
		taken += bucket__take(&bucket, 0.5, 3, now + 3600000000000ULL);
	assert_int_equal(taken, 3);
	assert_true(bucket__take(&bucket, 0, 0, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_are_decoded),
		cmocka_unit_test(malformed_addresses_are_refused),
		cmocka_unit_test(overlong_addresses_are_refused),
		cmocka_unit_test(random_addresses_do_no_harm),
		cmocka_unit_test(numbers_have_a_most),
		cmocka_unit_test(openmetrics_is_for_who_prefers_it),
		cmocka_unit_test(gzip_is_for_who_takes_it),
		cmocka_unit_test(names_of_strangers_are_refused),
		cmocka_unit_test(addresses_to_listen_on_are_read),
		cmocka_unit_test(other_addresses_are_refused_with_words),
		cmocka_unit_test(a_bucket_refills_at_its_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
