// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "symbol/demangle.h"
#include "base/banned.h"

static void expect(const char *symbol, const char *name)
{
	char dst[DEMANGLE_NAME_MAX];

	assert_string_equal(demangle(dst, sizeof(dst), symbol), name);
}

static void c_names_stay_as_they_are(void **state)
{
	(void)state;
	expect("createStringObject", "createStringObject");
	expect("_sdsnewlen", "_sdsnewlen");
	expect("runtime.mallocgc", "runtime.mallocgc");
	expect("main.(*T).grow", "main.(*T).grow");
	expect("", "");
}

static void cpp_names_are_demangled(void **state)
{
	(void)state;
	expect("_Znwm", "operator new(unsigned long)");
	expect("_ZNSt6vectorIiSaIiEE7reserveEm",
	       "std::vector<int, std::allocator<int> >::reserve(unsigned long)");
	expect("_ZN12_GLOBAL__N_14growEPKc", "(anonymous namespace)::grow(char const*)");
}

static void rust_names_are_demangled_without_their_hash(void **state)
{
	(void)state;
	expect("_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$7reserve17h0123456789abcdefE",
	       "alloc::raw_vec::RawVec<T,A>::reserve");
	expect("_RNvCs1234_7mycrate3foo", "mycrate::foo");
	expect("_RNvMC7mycrateNtB2_3Bar3new", "<mycrate::Bar>::new");
}

static void clone_suffixes_stay_readable(void **state)
{
	(void)state;
	expect("grow.part.0", "grow [clone .part.0]");
	expect("grow.isra.0.cold", "grow [clone .isra.0] [clone .cold]");
	expect("_ZN3foo3barEi.constprop.12", "foo::bar(int) [clone .constprop.12]");
	expect("_ZN3foo3barEi.part.0.cold", "foo::bar(int) [clone .part.0] [clone .cold]");
	expect("_ZN4core3fmt5write17h0123456789abcdefE.llvm.1234",
	       "core::fmt::write [clone .llvm.1234]");
	expect("partial.particle", "partial.particle");
	expect("a.cold.b", "a.cold.b");
}

static void versions_are_stripped(void **state)
{
	(void)state;
	expect("memcpy@@GLIBC_2.14", "memcpy");
	expect("_Znwm@GLIBCXX_3.4", "operator new(unsigned long)");
	expect("@@", "");
}

static void names_are_cut_to_their_bound_but_not_within_a_rune(void **state)
{
	char name[3000], dst[16];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = 0;
	assert_int_equal(strlen(demangle(dst, sizeof(dst), name)), 15);
	memcpy(name, "0123456789012\xe2\x82\xac", 17);
	assert_string_equal(demangle(dst, sizeof(dst), name), "0123456789012");
	memcpy(name, "012345678901\xe2\x82\xac", 16);
	assert_string_equal(demangle(dst, sizeof(dst), name), "012345678901\xe2\x82\xac");
	assert_string_equal(demangle(dst, 1, name), "");
}

/* pair<int, int>, then 35 times the pair of the type before it with itself: 2^36 ints. */
static void exploding_name_ends_at_the_bound(void **state)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char name[1024] = "_Z1fSt4pairIiiE", dst[DEMANGLE_NAME_MAX];
	size_t len = strlen(name);

	(void)state;
	for (int i = 0; i < 35; i++)
		len += (size_t)snprintf(name + len, sizeof(name) - len, "S_IS%c_S%c_E", digits[i],
					digits[i]);
	demangle(dst, sizeof(dst), name);
	assert_int_equal(strlen(dst), sizeof(dst) - 1);
	assert_int_equal(strncmp(dst, "f(std::pair<int, int>, std::pair<std::pair<", 43), 0);
}

static void long_and_broken_names_do_no_harm(void **state)
{
	static const char *const heads[] = {"_Z", "_R", "_ZN", "__R", "_ZNSt", "_RINv"};
	char *name = malloc(9000), dst[DEMANGLE_NAME_MAX];

	(void)state;
	srand(7);
	for (int round = 0; round < 4000; round++) {
		size_t len = (size_t)(rand() % (round % 50 ? 60 : 8900));
		int at = snprintf(name, 100, "%s", heads[round % 6]);

		for (size_t i = 0; i < len; i++)
			name[at++] = round % 3 ? "NSIE_0123456789PKcvRT.LXJDpsubt"[rand() % 31]
					       : (char)(1 + rand() % 255);
		name[at] = 0;
		demangle(dst, sizeof(dst), name);
		assert_true(strlen(dst) < sizeof(dst));
	}
	memset(name, 'P', 8999);
	memcpy(name, "_Z1f", 4);
	name[8999] = 0;
	demangle(dst, sizeof(dst), name);
	assert_true(strlen(dst) == sizeof(dst) - 1);
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_names_stay_as_they_are),
		cmocka_unit_test(cpp_names_are_demangled),
		cmocka_unit_test(rust_names_are_demangled_without_their_hash),
		cmocka_unit_test(clone_suffixes_stay_readable),
		cmocka_unit_test(versions_are_stripped),
		cmocka_unit_test(names_are_cut_to_their_bound_but_not_within_a_rune),
		cmocka_unit_test(exploding_name_ends_at_the_bound),
		cmocka_unit_test(long_and_broken_names_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
