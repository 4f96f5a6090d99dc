// SPDX-License-Identifier: GPL-2.0-or-later
/* The web configuration file: what other exporters accept, with the place of each mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "config_file.h"
#include "web/config.h"
#include "base/banned.h"

#define SALT_HASH "abcdefghijklmnopqrstuABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
#define HASH	  "$2y$10$" SALT_HASH

static struct web_config accepted(const char *text)
{
	struct web_config config;
	struct error error = {0};

	write_text(text);
	if (web_config__read(&config, path, &error))
		fail_msg("refused: %s", error.text);
	return config;
}

static void refused(const char *text, const char *why)
{
	struct web_config config;
	struct error error = {0};

	write_text(text);
	if (!web_config__read(&config, path, &error))
		fail_msg("accepted, not refused for '%s'", why);
	assert_int_equal(error.code, EXIT_USAGE);
	if (!strstr(error.text, why))
		fail_msg("'%s' does not say '%s'", error.text, why);
	assert_null(config.cert_file);
	assert_int_equal(config.user_cnt, 0);
}

static void a_whole_file_lands(void **state)
{
	struct web_config config = accepted(
		"tls_server_config:\n  cert_file: server.crt\n  key_file: /etc/x/server.key\n"
		"  client_auth_type: RequireAndVerifyClientCert\n"
		"  client_ca_file: ca.crt\n  min_version: TLS13\n  max_version: TLS13\n"
		"http_server_config:\n  http2: false\n  headers:\n"
		"    X-Frame-Options: deny\n    Strict-Transport-Security: max-age=9\n"
		"basic_auth_users:\n  alice: " HASH "\n  bob: $2b$12$" SALT_HASH "\n"
		"rate_limit:\n  interval: 1m30.5s\n  burst: 7\n");
	char expected[128];

	(void)state;
	assert_true(config.tls && config.require_client_cert && !config.http2);
	snprintf(expected, sizeof(expected), "%s/server.crt", dir);
	assert_string_equal(config.cert_file, expected);
	assert_string_equal(config.key_file, "/etc/x/server.key");
	snprintf(expected, sizeof(expected), "%s/ca.crt", dir);
	assert_string_equal(config.client_ca_file, expected);
	assert_int_equal(config.min_version, 13);
	assert_int_equal(config.header_cnt, 2);
	assert_string_equal(config.headers[1].name, "Strict-Transport-Security");
	assert_string_equal(config.headers[1].value, "max-age=9");
	assert_int_equal(config.user_cnt, 2);
	assert_string_equal(config.users[0].name, "alice");
	assert_string_equal(config.users[0].bcrypt, HASH);
	assert_true(config.rate_interval_s == 90.5);
	assert_int_equal(config.rate_burst, 7);
	assert_true(web_config__is_guarded(&config));
	web_config__release(&config);
	web_config__release(&config);
}

static void an_empty_file_means_plain_http_for_all(void **state)
{
	static const char *const texts[] = {"", "# nothing\n", "basic_auth_users:\n",
					    "tls_server_config: {}\nhttp_server_config:\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct web_config config = accepted(texts[i]);

		assert_false(config.tls || config.user_cnt || config.header_cnt);
		assert_int_equal(config.min_version, 12);
		assert_true(config.rate_interval_s == 0);
		assert_false(web_config__is_guarded(&config));
		web_config__release(&config);
	}
}

static void tls_alone_is_no_guard(void **state)
{
	struct web_config config = accepted("tls_server_config: {cert_file: a, key_file: b}\n");

	(void)state;
	assert_true(config.tls);
	assert_false(web_config__is_guarded(&config));
	web_config__release(&config);
	config = accepted("basic_auth_users: {a: " HASH "}\n");
	assert_true(web_config__is_guarded(&config));
	web_config__release(&config);
}

static void unknown_keys_have_a_place(void **state)
{
	(void)state;
	refused("tls_sever_config: {}\n",
		"c.yml:1:1: unknown key 'tls_sever_config'; did you mean 'tls_server_config'?");
	refused("http_server_config:\n  http3: true\n", "c.yml:2:3: unknown key 'http3'");
	refused("rate_limit: {intervall: 1s}\n", "did you mean 'interval'");
	refused("- a\n", "c.yml:1:1: expected keys");
	refused("basic_auth_users: [a]\n", "c.yml:1:19: expected keys");
	refused("tls_server_config: x\n", "c.yml:1:20: expected keys");
}

static void tls_that_would_be_weaker_than_said_is_refused(void **state)
{
	(void)state;
	refused("tls_server_config: {cert_file: a}\n", "key_file is missing");
	refused("tls_server_config: {key_file: a}\n", "cert_file is missing");
	refused("tls_server_config: {cert_file: a, key_file: }\n", "a value is missing");
	refused("tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}\n",
		"need each other");
	refused("tls_server_config: {cert_file: a, key_file: b, client_auth_type: "
		"RequireAndVerifyClientCert}\n",
		"need each other");
	refused("tls_server_config: {client_auth_type: RequireAnyClientCert}\n", "not supported");
	refused("tls_server_config: {min_version: TLS10}\n", "'TLS10' is not offered");
	refused("tls_server_config: {max_version: TLS12}\n", "only TLS13");
	refused("tls_server_config:\n  cipher_suites: [x]\n",
		"c.yml:2:3: 'cipher_suites' is not supported here");
	refused("tls_server_config:\n  client_allowed_sans: [x]\n", "not supported here");
}

static void headers_are_the_known_ones(void **state)
{
	(void)state;
	refused("http_server_config:\n  headers:\n    Set-Cookie: a\n",
		"c.yml:3:5: header 'Set-Cookie'");
	refused("http_server_config: {headers: {X-Frame-Options: allow}}\n", "'allow'");
	refused("http_server_config: {headers: {X-Content-Type-Options: sniff}}\n", "'sniff'");
	refused("http_server_config: {headers: {X-XSS-Protection: \"1\\r\\nSet-Cookie: a\"}}\n",
		"X-XSS-Protection cannot be");
	refused("http_server_config: {headers: {X-XSS-Protection: [1]}}\n", "a value is missing");
	refused("http_server_config: {http2: maybe}\n", "true or false");
}

static void passwords_are_bcrypt_and_never_quoted(void **state)
{
	static const char *const bad[] = {
		"secret",
		"$2y$10$tooshort",
		"$1y$10$" SALT_HASH,
		"$2x$10$" SALT_HASH,
		"$2y$3$x" SALT_HASH,
		"$2y$03$" SALT_HASH,
		"$2y$17$" SALT_HASH,
		"$2y$31$" SALT_HASH,
		"$2y$10$" SALT_HASH "x",
		"'$2y$10$!bcdefghijklmnopqrstuABCDEFGHIJKLMNOPQRSTUVWXYZ012345'",
	};
	struct web_config config;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error error = {0};
		char text[256];

		snprintf(text, sizeof(text), "basic_auth_users:\n  alice: %s\n", bad[i]);
		write_text(text);
		assert_int_equal(web_config__read(&config, path, &error), -EINVAL);
		assert_non_null(strstr(error.text, "c.yml:2:10: the password of 'alice'"));
		assert_null(strstr(error.text, "secret"));
	}
	refused("basic_auth_users: {'a:b': x}\n", "'a:b' cannot be a user");
	refused("basic_auth_users: {'': x}\n", "cannot be a user");
	refused("basic_auth_users: {alice: [a]}\n", "a value is missing");
	for (const char *variant = "aby"; *variant; variant++) {
		char text[256];

		snprintf(text, sizeof(text), "basic_auth_users: {a: $2%c$04$%s}\n", *variant,
			 SALT_HASH);
		config = accepted(text);
		web_config__release(&config);
	}
}

static void users_have_a_bound(void **state)
{
	struct text text = {0};
	struct web_config config;

	(void)state;
	text__add(&text, "basic_auth_users:\n");
	for (int i = 0; i < WEB_USERS_MAX; i++)
		text__add(&text, "  u%d: %s\n", i, HASH);
	config = accepted(text__str(&text));
	assert_int_equal(config.user_cnt, WEB_USERS_MAX);
	web_config__release(&config);
	text__add(&text, "  one_more: %s\n", HASH);
	refused(text__str(&text), "more than 64 users");
	text__release(&text);
}

static void rates_are_times_and_numbers(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} good[] = {{"0", 0}, {"0s", 0}, {"1s", 1}, {"100ms", 0.1}, {"1h", 3600}, {"1m1s", 61}};
	static const char *const bad[] = {"",	 "1",	"s",   "-1s", "1x",    "1s2", "1e3s",
					  "inf", "25h", "1ss", ".s",  "1..5s", "[1s]"};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct web_config config;

		snprintf(text, sizeof(text), "rate_limit: {interval: %s}\n", good[i].text);
		config = accepted(text);
		assert_true(config.rate_interval_s == good[i].seconds);
		assert_int_equal(config.rate_burst, good[i].seconds > 0);
		web_config__release(&config);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "rate_limit: {interval: %s}\n", bad[i]);
		refused(text, "expected a time");
	}
	refused("rate_limit: {burst: -1}\n", "expected a number");
	refused("rate_limit: {burst: 1000001}\n", "expected a number");
	refused("rate_limit: {burst: 99999999999999999999}\n", "expected a number");
}

/* Each prefix of a good file is read or refused, and nothing leaks. */
static void a_truncated_file_does_no_harm(void **state)
{
	static const char text[] =
		"tls_server_config:\n  cert_file: a\n  key_file: b\nhttp_server_config:\n"
		"  headers:\n    X-Frame-Options: deny\nbasic_auth_users:\n  a: " HASH "\n"
		"rate_limit: {interval: 1s, burst: 2}\n";
	size_t good = 0, bad = 0;

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		struct web_config config;
		struct error error = {0};

		write_bytes(text, len);
		if (web_config__read(&config, path, &error)) {
			bad++;
			continue;
		}
		good++;
		web_config__release(&config);
	}
	assert_true(good >= 5 && bad >= 50);
}

/* Other exporters' own checker takes the same file. */
static void promtool_accepts_the_same_file(void **state)
{
	static const char text[] =
		"http_server_config:\n  http2: false\n  headers:\n    X-Frame-Options: deny\n"
		"    X-Content-Type-Options: nosniff\n    X-XSS-Protection: \"1\"\n"
		"    Strict-Transport-Security: max-age=31536000\n"
		"    Content-Security-Policy: default-src 'self'\n"
		"basic_auth_users:\n  alice: " HASH "\n";
	struct web_config config = accepted(text);
	char command[160];

	(void)state;
	assert_int_equal(config.header_cnt, 5);
	web_config__release(&config);
	if (system("command -v promtool >/dev/null 2>&1")) /* NOLINT: a fixed command */
		skip();
	snprintf(command, sizeof(command), "promtool check web-config %s >/dev/null 2>&1", path);
	assert_int_equal(system(command), 0);
	write_text("basic_auth_usrs: {}\n");
	assert_int_not_equal(system(command), 0);
}

int main(void)
{
#define with_file(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		with_file(a_whole_file_lands),
		with_file(an_empty_file_means_plain_http_for_all),
		with_file(tls_alone_is_no_guard),
		with_file(unknown_keys_have_a_place),
		with_file(tls_that_would_be_weaker_than_said_is_refused),
		with_file(headers_are_the_known_ones),
		with_file(passwords_are_bcrypt_and_never_quoted),
		with_file(users_have_a_bound),
		with_file(rates_are_times_and_numbers),
		with_file(a_truncated_file_does_no_harm),
		with_file(promtool_accepts_the_same_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
