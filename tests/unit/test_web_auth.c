// SPDX-License-Identifier: GPL-2.0-or-later
/* Passwords: what is remembered, what is not, and what a stranger can make it forget. */
#include <crypt.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#include "base/log.h"
#include "web/auth.h"
#include "web/config_store.h"

static char *hash(const char *password)
{
	static struct crypt_data data;
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];

	/* cost 4: the least, as the tests make many */
	assert_non_null(crypt_gensalt_rn("$2y$", 4, NULL, 0, salt, sizeof(salt)));
	return strdup(crypt_r(password, salt, &data));
}

static struct web_config *make_config(void)
{
	struct web_config *config = calloc(1, sizeof(*config));

	assert_non_null(config);
	config->users[0] = (struct web_user){strdup("alice"), hash("s3cret")};
	config->users[1] = (struct web_user){strdup("bob"), hash("")};
	config->user_cnt = 2;
	return config;
}

static void free_config(struct web_config *config)
{
	web_config__release(config);
	free(config);
}

static void a_right_password_is_remembered(void **state)
{
	struct web_config *config = make_config();
	struct auth *auth = auth__new();

	(void)state;
	assert_int_equal(auth__look(auth, config, "alice", "s3cret"), AUTH_UNKNOWN);
	assert_true(auth__check(auth, config, "alice", "s3cret"));
	assert_int_equal(auth__look(auth, config, "alice", "s3cret"), AUTH_OK);
	assert_int_equal(auth__look(auth, config, "bob", "s3cret"), AUTH_UNKNOWN);
	assert_int_equal(auth__look(auth, config, "alice", "s3cre"), AUTH_UNKNOWN);
	assert_true(auth__check(auth, config, "bob", ""));
	auth__free(auth);
	free_config(config);
}

static void a_wrong_one_is_remembered_as_wrong(void **state)
{
	struct web_config *config = make_config();
	struct auth *auth = auth__new();
	char overlong[AUTH_NAME_BYTES + 1] = {0};

	(void)state;
	assert_false(auth__check(auth, config, "alice", "guess"));
	assert_int_equal(auth__look(auth, config, "alice", "guess"), AUTH_WRONG);
	assert_false(auth__check(auth, config, "nobody", "s3cret"));
	assert_int_equal(auth__look(auth, config, "nobody", "s3cret"), AUTH_WRONG);
	assert_false(auth__check(auth, config, "", ""));
	/* bcrypt would take the first 72 bytes for the whole */
	memset(overlong, 'x', sizeof(overlong) - 1);
	assert_int_equal(auth__look(auth, config, "alice", overlong), AUTH_WRONG);
	assert_false(auth__check(auth, config, "alice", overlong));
	assert_int_equal(auth__look(auth, config, overlong, "s3cret"), AUTH_WRONG);
	auth__free(auth);
	free_config(config);
}

static void guesses_do_not_push_the_right_one_out(void **state)
{
	struct web_config *config = make_config();
	struct auth *auth = auth__new();

	(void)state;
	assert_true(auth__check(auth, config, "alice", "s3cret"));
	for (int i = 0; i < 211; i++) {
		char guess[16];

		snprintf(guess, sizeof(guess), "guess%d", i);
		assert_false(auth__check(auth, config, "alice", guess));
	}
	assert_int_equal(auth__look(auth, config, "alice", "s3cret"), AUTH_OK);
	assert_int_equal(auth__look(auth, config, "alice", "guess0"), AUTH_UNKNOWN);
	assert_int_equal(auth__look(auth, config, "alice", "guess210"), AUTH_WRONG);
	auth__free(auth);
	free_config(config);
}

static void a_changed_hash_is_asked_anew(void **state)
{
	struct web_config *config = make_config();
	struct auth *auth = auth__new();

	(void)state;
	assert_true(auth__check(auth, config, "alice", "s3cret"));
	free(config->users[0].bcrypt);
	config->users[0].bcrypt = hash("other");
	assert_int_equal(auth__look(auth, config, "alice", "s3cret"), AUTH_UNKNOWN);
	assert_false(auth__check(auth, config, "alice", "s3cret"));
	assert_true(auth__check(auth, config, "alice", "other"));
	/* what is no hash opens to nobody */
	free(config->users[0].bcrypt);
	config->users[0].bcrypt = strdup("*0");
	assert_false(auth__check(auth, config, "alice", "*0"));
	free(config->users[0].bcrypt);
	config->users[0].bcrypt = strdup("");
	assert_false(auth__check(auth, config, "alice", ""));
	auth__free(auth);
	free_config(config);
}

static void nobody_gets_in_where_there_are_no_users(void **state)
{
	struct web_config config = {0};
	struct auth *auth = auth__new();

	(void)state;
	assert_false(auth__check(auth, &config, "alice", "s3cret"));
	auth__free(auth);
	auth__free(NULL);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void a_broken_file_leaves_the_last_good_one(void **state)
{
	char path[] = "/tmp/heapbeat-test-XXXXXX";
	struct web_snapshot *before, *after;
	struct config_store *store;
	struct error error;

	(void)state;
	close(mkstemp(path));
	log__set_level(LOG_LEVEL_ERROR);
	write_file(path, "http_server_config:\n  http2: false\n");
	store = config_store__new(path, &error);
	assert_non_null(store);
	before = config_store__get(store);
	assert_false(before->config.http2);
	write_file(path, "http_server_config: [\n");
	after = config_store__get(store);
	assert_ptr_equal(before, after);
	web_snapshot__put(after);
	write_file(path, "http_server_config:\n  http2: true\n\n");
	after = config_store__get(store);
	assert_ptr_not_equal(before, after);
	assert_true(after->config.http2);
	/* whoever had the old one may go on reading it */
	assert_false(before->config.http2);
	web_snapshot__put(before);
	web_snapshot__put(after);
	unlink(path);
	after = config_store__get(store);
	assert_true(after->config.http2);
	web_snapshot__put(after);
	config_store__free(store);
	assert_null(config_store__new(path, &error));
	config_store__free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_right_password_is_remembered),
		cmocka_unit_test(a_wrong_one_is_remembered_as_wrong),
		cmocka_unit_test(guesses_do_not_push_the_right_one_out),
		cmocka_unit_test(a_changed_hash_is_asked_anew),
		cmocka_unit_test(nobody_gets_in_where_there_are_no_users),
		cmocka_unit_test(a_broken_file_leaves_the_last_good_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
