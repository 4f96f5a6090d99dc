// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "base/mailbox.h"
#include "base/banned.h"

#define SENDERS 3
#define LETTERS 2309 /* a prime, each */

static bool is_readable(const struct mailbox *mailbox)
{
	struct pollfd fd = {.fd = mailbox__fd(mailbox), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

static void letters_come_out_in_order(void **state)
{
	int letters[23];
	struct mailbox *box = mailbox__new(23);

	(void)state;
	assert_non_null(box);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 7; i++)
			assert_int_equal(mailbox__put(box, &letters[i]), 0);
		for (int i = 0; i < 7; i++)
			assert_ptr_equal(mailbox__take(box), &letters[i]);
		assert_null(mailbox__take(box));
	}
	mailbox__free(box);
}

static void full_box_refuses_and_keeps_its_letters(void **state)
{
	int letters[3];
	struct mailbox *box = mailbox__new(2);

	(void)state;
	assert_int_equal(mailbox__put(box, &letters[0]), 0);
	assert_int_equal(mailbox__put(box, &letters[1]), 0);
	assert_int_equal(mailbox__put(box, &letters[2]), -EAGAIN);
	assert_ptr_equal(mailbox__take(box), &letters[0]);
	assert_int_equal(mailbox__put(box, &letters[2]), 0);
	assert_ptr_equal(mailbox__take(box), &letters[1]);
	assert_ptr_equal(mailbox__take(box), &letters[2]);
	mailbox__free(box);
}

static void fd_is_readable_exactly_while_letters_wait(void **state)
{
	int letters[2];
	struct mailbox *box = mailbox__new(2);

	(void)state;
	assert_false(is_readable(box));
	mailbox__put(box, &letters[0]);
	mailbox__put(box, &letters[1]);
	assert_true(is_readable(box));
	mailbox__take(box);
	assert_true(is_readable(box));
	mailbox__take(box);
	assert_false(is_readable(box));
	mailbox__free(box);
}

static void closed_box_gives_what_it_holds_and_takes_nothing(void **state)
{
	int letter;
	struct mailbox *box = mailbox__new(2);

	(void)state;
	mailbox__put(box, &letter);
	assert_false(mailbox__is_closed(box));
	mailbox__close(box);
	assert_true(mailbox__is_closed(box));
	assert_int_equal(mailbox__put(box, &letter), -EPIPE);
	assert_ptr_equal(mailbox__wait(box, -1), &letter);
	assert_null(mailbox__wait(box, -1));
	mailbox__free(box);
}

static void wait_ends_at_its_timeout(void **state)
{
	struct mailbox *box = mailbox__new(1);
	struct timespec before, after;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_null(mailbox__wait(box, 20));
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true((after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec -
			    before.tv_nsec >=
		    20 * 1000000LL);
	mailbox__free(box);
}

static void box_without_room_is_refused(void **state)
{
	(void)state;
	assert_null(mailbox__new(0));
	assert_int_equal(errno, EINVAL);
	assert_null(mailbox__new(SIZE_MAX / 4));
	mailbox__free(NULL);
}

struct sender {
	struct mailbox *box;
	uintptr_t first;
};

static void *send_all(void *arg)
{
	struct sender *sender = arg;

	for (uintptr_t i = 0; i < LETTERS; i++)
		while (mailbox__put(sender->box, (void *)(sender->first + i)) == -EAGAIN)
			sched_yield();
	return NULL;
}

static void no_letter_is_lost_or_doubled_between_threads(void **state)
{
	struct mailbox *box = mailbox__new(11);
	struct sender senders[SENDERS];
	pthread_t threads[SENDERS];
	uintptr_t next[SENDERS] = {0};
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender){box, 1 + i * LETTERS};
		assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
	}
	while (taken < SENDERS * LETTERS) {
		uintptr_t letter = (uintptr_t)mailbox__wait(box, 10000);
		size_t sender;

		assert_true(letter > 0);
		sender = (letter - 1) / LETTERS;
		/* Letters of one sender keep their order. */
		assert_int_equal((letter - 1) % LETTERS, next[sender]++);
		taken++;
	}
	for (size_t i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	assert_null(mailbox__take(box));
	assert_false(is_readable(box));
	mailbox__free(box);
}

static void *wait_for_close(void *arg)
{
	return mailbox__wait(arg, -1);
}

static void close_wakes_every_waiter(void **state)
{
	struct mailbox *box = mailbox__new(1);
	pthread_t threads[SENDERS];
	void *result = box;

	(void)state;
	for (size_t i = 0; i < SENDERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, wait_for_close, box), 0);
	mailbox__close(box);
	for (size_t i = 0; i < SENDERS; i++) {
		pthread_join(threads[i], &result);
		assert_null(result);
	}
	mailbox__free(box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_come_out_in_order),
		cmocka_unit_test(full_box_refuses_and_keeps_its_letters),
		cmocka_unit_test(fd_is_readable_exactly_while_letters_wait),
		cmocka_unit_test(closed_box_gives_what_it_holds_and_takes_nothing),
		cmocka_unit_test(wait_ends_at_its_timeout),
		cmocka_unit_test(box_without_room_is_refused),
		cmocka_unit_test(no_letter_is_lost_or_doubled_between_threads),
		cmocka_unit_test(close_wakes_every_waiter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
