// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/go_decoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void libraries_are_told_by_their_path(void **state)
{
	(void)state;
	assert_string_equal(go_decoder__of("encoding/json.Unmarshal"), "encoding/json");
	assert_string_equal(go_decoder__of("encoding/json/v2.unmarshalValueAny"), "encoding/json");
	assert_string_equal(go_decoder__of("gopkg.in/yaml%2ev3.(*decoder).mapping"),
			    "gopkg.in/yaml.v3");
	assert_string_equal(go_decoder__of("github.com/vmihailenco/msgpack/v5.Unmarshal"),
			    "github.com/vmihailenco/msgpack");
	assert_null(go_decoder__of("encoding/jsonl.Unmarshal"));
	assert_null(go_decoder__of("example.org/encoding/json.Unmarshal"));
	assert_null(go_decoder__of("encoding/json"));
	assert_null(go_decoder__of(""));
}

static void what_is_decoded_without_a_type_is_known(void **state)
{
	const char *object = "encoding/json.(*decodeState).objectInterface";
	const char *store = "encoding/json.(*decodeState).literalStore";

	(void)state;
	assert_true(go_decoder__makes_any(object, GO_BY_MAP_INSERT, true));
	assert_true(go_decoder__makes_any(object, GO_BY_TO_STRING, false));
	/* A string member of a struct is a copy, one of a map is a copy and a box. */
	assert_true(go_decoder__makes_any(store, GO_BY_INTERFACE, true));
	assert_false(go_decoder__makes_any(store, GO_BY_INTERFACE, false));
	assert_false(go_decoder__makes_any(store, GO_BY_TO_STRING, true));
	assert_true(go_decoder__makes_any("gopkg.in/yaml%2ev3.(*decoder).sequence",
					  GO_BY_MAKE_SLICE, true));
	assert_false(go_decoder__makes_any("gopkg.in/yaml%2ev3.(*decoder).sequence", GO_BY_REFLECT,
					   true));
}

static void typed_decoding_and_others_functions_make_none(void **state)
{
	(void)state;
	assert_false(
		go_decoder__makes_any("encoding/json.(*decodeState).object", GO_BY_REFLECT, true));
	assert_false(go_decoder__makes_any("encoding/json.Unmarshal", GO_BY_NEW, true));
	assert_false(go_decoder__makes_any("main.(*decodeState).objectInterface", GO_BY_NEW, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libraries_are_told_by_their_path),
		cmocka_unit_test(what_is_decoded_without_a_type_is_known),
		cmocka_unit_test(typed_decoding_and_others_functions_make_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
