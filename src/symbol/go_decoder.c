// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/go_decoder.h"

#include <string.h>

#include "base/banned.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Import paths; the last element of one has its dots escaped in the names of functions. */
static const struct {
	const char *path, *name;
} libraries[] = {
	{"encoding/json", "encoding/json"},
	{"gopkg.in/yaml%2ev2", "gopkg.in/yaml.v2"},
	{"gopkg.in/yaml%2ev3", "gopkg.in/yaml.v3"},
	{"go.yaml.in/yaml", "go.yaml.in/yaml"},
	{"github.com/goccy/go-yaml", "github.com/goccy/go-yaml"},
	{"github.com/goccy/go-json", "github.com/goccy/go-json"},
	{"github.com/json-iterator/go", "github.com/json-iterator/go"},
	{"go.mongodb.org/mongo-driver", "go.mongodb.org/mongo-driver/bson"},
	{"github.com/vmihailenco/msgpack", "github.com/vmihailenco/msgpack"},
};

enum when {
	ANYWHERE, /* all that it allocates, by itself or by what it calls */
	BOXING,	  /* where it boxes a value itself */
	SLICING, /* where it makes a slice itself: it does so by reflection where it knows the type */
};

/* Parts of the names, behind the library's path. */
static const struct {
	const char *part;
	enum when when;
} makers[] = {
	{".(*decodeState).objectInterface", ANYWHERE},
	{".(*decodeState).arrayInterface", ANYWHERE},
	{".(*decodeState).literalInterface", ANYWHERE},
	{".(*decodeState).valueInterface", ANYWHERE},
	/* members of a map[string]interface{} */
	{".(*decodeState).literalStore", BOXING},
	{".(*decodeState).convertNumber", BOXING},
	/* the second edition of the package */
	{".unmarshalValueAny", ANYWHERE},
	{".unmarshalObjectAny", ANYWHERE},
	{".unmarshalArrayAny", ANYWHERE},
	{".(*decoder).sequence", SLICING}, /* yaml */
	{".(*interfaceDecoder).", ANYWHERE},
	{".(*Iterator).Read", BOXING},
	{".(*Iterator).Read.func", ANYWHERE},
	{"mptyInterfaceCodec).", ANYWHERE}, /* bson: emptyInterfaceCodec, EmptyInterfaceCodec */
	{".(*Decoder).DecodeInterface", ANYWHERE},
	{".(*Decoder).decodeMapStringInterface", ANYWHERE},
};

const char *go_decoder__of(const char *function)
{
	for (size_t i = 0; i < COUNT(libraries); i++) {
		size_t len = strlen(libraries[i].path);

		/* a path ends where its function begins, or a package below it */
		if (!strncmp(function, libraries[i].path, len) &&
		    (function[len] == '.' || function[len] == '/'))
			return libraries[i].name;
	}
	return NULL;
}

bool go_decoder__makes_any(const char *function, enum go_construct kind, bool innermost)
{
	if (!go_decoder__of(function))
		return false;
	for (size_t i = 0; i < COUNT(makers); i++) {
		if (!strstr(function, makers[i].part))
			continue;
		if (makers[i].when == ANYWHERE ||
		    (innermost &&
		     kind == (makers[i].when == BOXING ? GO_BY_INTERFACE : GO_BY_MAKE_SLICE)))
			return true;
	}
	return false;
}
