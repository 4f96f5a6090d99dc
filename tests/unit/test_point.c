// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bpf/abi.h"
#include "probe/point.h"
#include "base/banned.h"

#define SLOT 509

static unsigned field(uint64_t cookie, int shift, unsigned mask)
{
	return (unsigned)(cookie >> shift) & mask;
}

static unsigned flags_of(const struct probe_point *point)
{
	return field(point->cookie, HB_COOKIE_FLAGS_SHIFT, 0xff);
}

static unsigned func_of(const struct probe_point *point)
{
	return field(point->cookie, HB_COOKIE_FUNC_SHIFT, 0xff);
}

/* As target/ hands glibc over: heap and vm are two rows of one file, each with a descriptor. */
static struct target glibc_like(void)
{
	struct target target = {.pid = 4242, .file_cnt = 2};

	target.files[0] =
		(struct target_file){.fd = 70, .dev = 8, .ino = 23, .family = FAMILY_HEAP};
	target.files[1] = (struct target_file){.fd = 71, .dev = 8, .ino = 23, .family = FAMILY_VM};
	return target;
}

static struct place *add_place(struct target_file *file, uint16_t func, uint64_t offset)
{
	struct place *place = &file->places[file->place_cnt++];

	*place = (struct place){
		.func = func,
		.file_offset = offset,
		.usable = true,
		.can_return = true,
		.regs = {HB_REG_DI, HB_REG_SI, HB_REG_DX},
	};
	return place;
}

static size_t build(const struct target *target, struct probe_point *points)
{
	return point__build(target, SLOT, points);
}

static void cookie_says_who_what_and_where(void **state)
{
	struct probe_point points[POINTS_MAX_PER_PROCESS];
	struct target target = glibc_like();
	struct place *place = add_place(&target.files[0], HB_CALLOC, 0x996e0);

	(void)state;
	place->regs[0] = HB_REG_R15;
	place->regs[1] = HB_REG_BX;
	place->regs[2] = HB_REG_R8;
	place->sp_words = 11;
	assert_int_equal(build(&target, points), 1);
	assert_int_equal(points[0].fd, 70);
	assert_int_equal(points[0].offset, 0x996e0);
	assert_int_equal(field(points[0].cookie, 0, 0xffff), SLOT);
	assert_int_equal(func_of(&points[0]), HB_CALLOC);
	assert_int_equal(field(points[0].cookie, HB_COOKIE_REG_SHIFT, 15), HB_REG_R15);
	assert_int_equal(field(points[0].cookie, HB_COOKIE_REG_SHIFT + 4, 15), HB_REG_BX);
	assert_int_equal(field(points[0].cookie, HB_COOKIE_REG_SHIFT + 8, 15), HB_REG_R8);
	assert_int_equal(field(points[0].cookie, HB_COOKIE_SP_SHIFT, 0xfff), 11);
	assert_int_equal(flags_of(&points[0]), 0);
	assert_true(points[0].hook_return);
}

static void widest_cookie_spills_into_no_other_field(void **state)
{
	struct probe_point points[POINTS_MAX_PER_PROCESS];
	struct target target = glibc_like();
	struct place *place = add_place(&target.files[0], HB_MALLOC, 1);

	(void)state;
	place->regs[0] = place->regs[1] = place->regs[2] = 15;
	place->sp_words = 0xfff;
	assert_int_equal(point__build(&target, 0xffff, points), 1);
	assert_int_equal(field(points[0].cookie, 0, 0xffff), 0xffff);
	assert_int_equal(func_of(&points[0]), HB_MALLOC);
	assert_int_equal(field(points[0].cookie, HB_COOKIE_SP_SHIFT, 0xfff), 0xfff);
	assert_int_equal(flags_of(&points[0]), 0);
	assert_true(points[0].cookie >> 56 == 0);
}

static void free_comes_first_wherever_it_was_found(void **state)
{
	struct probe_point points[POINTS_MAX_PER_PROCESS];
	struct target target = glibc_like();

	(void)state;
	add_place(&target.files[0], HB_MALLOC, 1);
	add_place(&target.files[0], HB_REALLOC, 2);
	add_place(&target.files[0], HB_FREE, 3);
	add_place(&target.files[0], HB_CALLOC, 4);
	assert_int_equal(build(&target, points), 4);
	assert_int_equal(func_of(&points[0]), HB_FREE);
	assert_int_equal(func_of(&points[1]), HB_MALLOC);
	assert_int_equal(func_of(&points[2]), HB_REALLOC);
	assert_int_equal(func_of(&points[3]), HB_CALLOC);
}

static void rows_of_one_file_share_its_descriptor(void **state)
{
	struct probe_point points[POINTS_MAX_PER_PROCESS];
	struct target target = glibc_like();

	(void)state;
	add_place(&target.files[0], HB_MALLOC, 1);
	add_place(&target.files[1], HB_MUNMAP, 2);
	assert_int_equal(build(&target, points), 2);
	assert_int_equal(points[0].fd, 70);
	assert_int_equal(points[1].fd, 70);

	/* another inode, or the same number on another device, is another file */
	target.files[1].ino = 24;
	build(&target, points);
	assert_int_equal(points[1].fd, 71);
	target.files[1].ino = 23;
	target.files[1].dev = 9;
	build(&target, points);
	assert_int_equal(points[1].fd, 71);
}

static void row_keeps_its_own_descriptor_if_the_first_has_none(void **state)
{
	struct probe_point points[POINTS_MAX_PER_PROCESS];
	struct target target = glibc_like();

	(void)state;
	add_place(&target.files[0], HB_MALLOC, 1);
	add_place(&target.files[1], HB_MUNMAP, 2);
	target.files[0].fd = -1;
	assert_int_equal(build(&target, points), 1);
	assert_int_equal(func_of(&points[0]), HB_MUNMAP);
	assert_int_equal(points[0].fd, 71);
}

static void place_that_is_not_usable_gets_no_point(void **state)
{
	struct probe_point points[POINTS_MAX_PER_PROCESS];
	struct target target = glibc_like();

	(void)state;
	add_place(&target.files[0], HB_FREE, 1)->usable = false;
	add_place(&target.files[0], HB_MALLOC, 2)->usable = false;
	assert_int_equal(build(&target, points), 0);
	target.file_cnt = 0;
	assert_int_equal(build(&target, points), 0);
}

static void only_calls_with_a_result_have_a_return(void **state)
{
	(void)state;
	for (uint16_t func = HB_MALLOC; func <= HB_MEMALIGN; func++)
		assert_true(point__has_return(func));
	assert_true(point__has_return(HB_MMAP));
	assert_false(point__has_return(HB_FREE));
	assert_false(point__has_return(HB_MUNMAP));
	assert_false(point__has_return(HB_MREMAP));
	assert_false(point__has_return(HB_BRK));
}

/* A return that cannot be hooked is hooked by nobody: the program must know it, too. */
static void cookie_and_link_agree_on_the_return(void **state)
{
	struct probe_point points[POINTS_MAX_PER_PROCESS];
	struct target target = glibc_like();
	struct place *munmap, *mmap;

	(void)state;
	add_place(&target.files[0], HB_FREE, 1);
	add_place(&target.files[0], HB_MALLOC, 2);
	mmap = add_place(&target.files[1], HB_MMAP, 3);
	munmap = add_place(&target.files[1], HB_MUNMAP, 4);
	mmap->can_return = false;
	munmap->after_syscall = true;
	assert_int_equal(build(&target, points), 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(points[i].hook_return,
				 !(flags_of(&points[i]) & HB_COOKIE_NO_RETURN));
	assert_int_equal(flags_of(&points[0]), HB_COOKIE_NO_RETURN);
	assert_int_equal(flags_of(&points[1]), 0);
	assert_int_equal(flags_of(&points[2]), HB_COOKIE_NO_RETURN);
	assert_int_equal(flags_of(&points[3]), HB_COOKIE_NO_RETURN | HB_COOKIE_RESULT);
}

static void full_target_fills_the_array_and_no_more(void **state)
{
	struct probe_point points[POINTS_MAX_PER_PROCESS + 1];
	struct target target = {.file_cnt = TARGET_FILES_MAX};

	(void)state;
	points[POINTS_MAX_PER_PROCESS].cookie = 77;
	for (size_t i = 0; i < TARGET_FILES_MAX; i++) {
		target.files[i].fd = 100 + (int)i;
		target.files[i].ino = i;
		for (size_t k = 0; k < TARGET_PLACES_MAX; k++)
			add_place(&target.files[i], HB_MALLOC, k);
	}
	assert_int_equal(build(&target, points), POINTS_MAX_PER_PROCESS);
	assert_int_equal(points[POINTS_MAX_PER_PROCESS].cookie, 77);
	assert_int_equal(points[POINTS_MAX_PER_PROCESS - 1].fd, 100 + TARGET_FILES_MAX - 1);
}

static void lean_points_leave_malloc_and_calloc_at_their_entries(void **state)
{
	struct probe_point points[3] = {
		{.cookie = (uint64_t)HB_MALLOC << HB_COOKIE_FUNC_SHIFT, .hook_return = true},
		{.cookie = (uint64_t)HB_CALLOC << HB_COOKIE_FUNC_SHIFT, .hook_return = true},
		{.cookie = (uint64_t)HB_REALLOC << HB_COOKIE_FUNC_SHIFT, .hook_return = true},
	};

	(void)state;
	point__drop_plain_returns(points, 3);
	for (size_t i = 0; i < 2; i++) {
		assert_false(points[i].hook_return);
		assert_true(points[i].cookie >> HB_COOKIE_FLAGS_SHIFT & HB_COOKIE_NO_RETURN);
	}
	/* It may call malloc for itself: without its return nesting would not be seen. */
	assert_true(points[2].hook_return);
	assert_false(points[2].cookie >> HB_COOKIE_FLAGS_SHIFT & HB_COOKIE_NO_RETURN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lean_points_leave_malloc_and_calloc_at_their_entries),
		cmocka_unit_test(cookie_says_who_what_and_where),
		cmocka_unit_test(widest_cookie_spills_into_no_other_field),
		cmocka_unit_test(free_comes_first_wherever_it_was_found),
		cmocka_unit_test(rows_of_one_file_share_its_descriptor),
		cmocka_unit_test(row_keeps_its_own_descriptor_if_the_first_has_none),
		cmocka_unit_test(place_that_is_not_usable_gets_no_point),
		cmocka_unit_test(only_calls_with_a_result_have_a_return),
		cmocka_unit_test(cookie_and_link_agree_on_the_return),
		cmocka_unit_test(full_target_fills_the_array_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
