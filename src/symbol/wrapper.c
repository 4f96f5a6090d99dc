// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/wrapper.h"

#include <string.h>

#include "base/banned.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum match {
	MATCH_EXACT,  /* the whole plain name */
	MATCH_WORD,   /* the name, or the name and _anything: zmalloc, zmalloc_usable */
	MATCH_PREFIX, /* any plain name that starts so */
	MATCH_SUFFIX, /* any plain name that ends so */
	MATCH_RAW,    /* any demangled name that starts so, before it is made plain */
};

struct wrapper_row {
	enum match match;
	const char *name;
};

/* A site must stay visible, so a row stands for pure pass-through functions only: what a program
 * does with the memory (sdsnewlen, vector::push_back) is its site. */
static const struct wrapper_row wrappers[] = {
	/* malloc family of any allocator, and glibc's internals where a symbol table names them */
	{MATCH_EXACT, "malloc"},
	{MATCH_EXACT, "calloc"},
	{MATCH_EXACT, "realloc"},
	{MATCH_EXACT, "reallocarray"},
	{MATCH_EXACT, "free"},
	{MATCH_EXACT, "memalign"},
	{MATCH_EXACT, "aligned_alloc"},
	{MATCH_EXACT, "posix_memalign"},
	{MATCH_EXACT, "valloc"},
	{MATCH_EXACT, "pvalloc"},
	{MATCH_PREFIX, "__libc_malloc"},
	{MATCH_PREFIX, "__libc_calloc"},
	{MATCH_PREFIX, "__libc_realloc"},
	{MATCH_PREFIX, "__libc_reallocarray"},
	{MATCH_PREFIX, "__libc_memalign"},
	{MATCH_PREFIX, "__libc_free"},
	{MATCH_PREFIX, "__libc_alloc_buffer"},
	{MATCH_PREFIX, "__libc_scratch_buffer"},
	{MATCH_EXACT, "__malloc"},
	{MATCH_EXACT, "__posix_memalign"},
	{MATCH_EXACT, "_int_malloc"},
	{MATCH_EXACT, "_int_realloc"},
	{MATCH_EXACT, "_int_memalign"},
	{MATCH_EXACT, "_int_free"},
	{MATCH_EXACT, "_mid_memalign"},
	{MATCH_EXACT, "sysmalloc"},
	{MATCH_EXACT, "sysmalloc_mmap"},
	{MATCH_EXACT, "sysmalloc_mmap_fallback"},
	{MATCH_EXACT, "arena_get2"},
	{MATCH_EXACT, "_int_new_arena"},
	{MATCH_EXACT, "ptmalloc_init"},
	{MATCH_EXACT, "tcache_init"},
	{MATCH_EXACT, "malloc_hook_ini"},
	{MATCH_EXACT, "__default_morecore"},
	{MATCH_EXACT, "__glibc_morecore"},
	{MATCH_EXACT, "sbrk"},
	{MATCH_EXACT, "__sbrk"},
	{MATCH_EXACT, "brk"},
	{MATCH_EXACT, "__brk"},
	{MATCH_EXACT, "mmap"},
	{MATCH_EXACT, "mmap64"},
	{MATCH_EXACT, "__mmap"},
	{MATCH_EXACT, "__mmap64"},
	{MATCH_EXACT, "munmap"},
	{MATCH_EXACT, "__munmap"},
	{MATCH_EXACT, "mremap"},
	{MATCH_EXACT, "__mremap"},
	/* libc: copies handed to the caller */
	{MATCH_EXACT, "strdup"},
	{MATCH_EXACT, "__strdup"},
	{MATCH_EXACT, "strndup"},
	{MATCH_EXACT, "__strndup"},
	{MATCH_EXACT, "wcsdup"},
	{MATCH_EXACT, "asprintf"},
	{MATCH_EXACT, "__asprintf"},
	{MATCH_EXACT, "__asprintf_chk"},
	{MATCH_EXACT, "___asprintf_chk"},
	{MATCH_EXACT, "vasprintf"},
	{MATCH_EXACT, "__vasprintf"},
	{MATCH_EXACT, "__vasprintf_chk"},
	{MATCH_EXACT, "__vasprintf_internal"},
	{MATCH_EXACT, "_IO_vasprintf"},
	/* C programs' own: redis and valkey, GNU, glib, OpenSSL, CPython */
	{MATCH_WORD, "zmalloc"},
	{MATCH_WORD, "ztrymalloc"},
	{MATCH_WORD, "zcalloc"},
	{MATCH_WORD, "ztrycalloc"},
	{MATCH_WORD, "zrealloc"},
	{MATCH_WORD, "ztryrealloc"},
	{MATCH_EXACT, "zstrdup"},
	{MATCH_WORD, "valkey_malloc"},
	{MATCH_WORD, "valkey_calloc"},
	{MATCH_WORD, "valkey_realloc"},
	{MATCH_EXACT, "valkey_strdup"},
	{MATCH_WORD, "s_malloc"},
	{MATCH_WORD, "s_trymalloc"},
	{MATCH_WORD, "s_realloc"},
	{MATCH_WORD, "s_tryrealloc"},
	{MATCH_EXACT, "xmalloc"},
	{MATCH_EXACT, "xzalloc"},
	{MATCH_EXACT, "xcalloc"},
	{MATCH_EXACT, "xrealloc"},
	{MATCH_EXACT, "xreallocarray"},
	{MATCH_EXACT, "xnmalloc"},
	{MATCH_EXACT, "xnrealloc"},
	{MATCH_EXACT, "xcharalloc"},
	{MATCH_EXACT, "xmemdup"},
	{MATCH_EXACT, "xstrdup"},
	{MATCH_EXACT, "xstrndup"},
	{MATCH_EXACT, "xasprintf"},
	{MATCH_EXACT, "xvasprintf"},
	{MATCH_PREFIX, "g_malloc"},
	{MATCH_PREFIX, "g_try_malloc"},
	{MATCH_PREFIX, "g_realloc"},
	{MATCH_PREFIX, "g_try_realloc"},
	{MATCH_EXACT, "g_slice_alloc"},
	{MATCH_EXACT, "g_slice_alloc0"},
	{MATCH_EXACT, "g_slice_copy"},
	{MATCH_EXACT, "g_strdup"},
	{MATCH_EXACT, "g_strndup"},
	{MATCH_EXACT, "g_memdup"},
	{MATCH_EXACT, "g_memdup2"},
	{MATCH_EXACT, "CRYPTO_malloc"},
	{MATCH_EXACT, "CRYPTO_zalloc"},
	{MATCH_EXACT, "CRYPTO_realloc"},
	{MATCH_EXACT, "CRYPTO_clear_realloc"},
	{MATCH_EXACT, "CRYPTO_memdup"},
	{MATCH_EXACT, "CRYPTO_strdup"},
	{MATCH_EXACT, "CRYPTO_strndup"},
	{MATCH_EXACT, "CRYPTO_secure_malloc"},
	{MATCH_EXACT, "CRYPTO_secure_zalloc"},
	{MATCH_PREFIX, "OPENSSL_malloc"},
	{MATCH_PREFIX, "OPENSSL_zalloc"},
	{MATCH_PREFIX, "OPENSSL_realloc"},
	{MATCH_PREFIX, "PyMem_"},
	{MATCH_PREFIX, "_PyMem_"},
	{MATCH_EXACT, "PyObject_Malloc"},
	{MATCH_EXACT, "PyObject_Calloc"},
	{MATCH_EXACT, "PyObject_Realloc"},
	{MATCH_EXACT, "_PyObject_Malloc"},
	{MATCH_EXACT, "_PyObject_Calloc"},
	{MATCH_EXACT, "_PyObject_Realloc"},
	{MATCH_EXACT, "_PyObject_Alloc"},
	{MATCH_EXACT, "_PyObject_DebugRawAlloc"},
	{MATCH_EXACT, "_PyObject_Arena"},
	{MATCH_EXACT, "_PyObject_ArenaMmap"},
	{MATCH_EXACT, "_PyObject_ArenaMalloc"},
	{MATCH_EXACT, "pymalloc_alloc"},
	{MATCH_EXACT, "pymalloc_realloc"},
	/* C++ */
	{MATCH_RAW, "operator new"},
	{MATCH_RAW, "operator delete"},
	{MATCH_SUFFIX, "::operator new"}, /* a class's own */
	{MATCH_SUFFIX, "::operator new[]"},
	{MATCH_EXACT, "std::allocator::allocate"},
	{MATCH_EXACT, "std::__new_allocator::allocate"},
	{MATCH_EXACT, "std::allocator_traits::allocate"},
	{MATCH_EXACT, "__gnu_cxx::new_allocator::allocate"},
	{MATCH_EXACT, "__gnu_cxx::malloc_allocator::allocate"},
	{MATCH_EXACT, "__gnu_cxx::__alloc_traits::allocate"},
	{MATCH_EXACT, "std::__allocate_guarded"},
	{MATCH_EXACT, "std::_Vector_base::_M_allocate"},
	{MATCH_EXACT, "std::__cxx11::basic_string::_M_create"},
	{MATCH_EXACT, "std::basic_string::_Rep::_S_create"},
	{MATCH_EXACT, "std::__detail::_Hashtable_alloc::_M_allocate_node"},
	{MATCH_EXACT, "std::__detail::_Hashtable_alloc::_M_allocate_buckets"},
	/* Rust */
	{MATCH_PREFIX, "__rust_alloc"},
	{MATCH_PREFIX, "__rust_realloc"},
	{MATCH_PREFIX, "__rdl_alloc"},
	{MATCH_PREFIX, "__rdl_realloc"},
	{MATCH_PREFIX, "__rg_alloc"},
	{MATCH_PREFIX, "__rg_realloc"},
	{MATCH_PREFIX, "__rustc::__r"},
	{MATCH_PREFIX, "alloc::alloc::"},
	{MATCH_RAW, "<alloc::alloc::"},
	{MATCH_RAW, "<std::alloc::System as "},
	{MATCH_PREFIX, "std::sys::alloc::"},
	{MATCH_PREFIX, "std::sys::unix::alloc::"},
	{MATCH_PREFIX, "std::sys::pal::unix::alloc::"},
	{MATCH_PREFIX, "alloc::raw_vec::"},
	{MATCH_RAW, "<alloc::raw_vec::RawVec"},
	/* Go: the runtime allocates for the program. No more than Go's own profiles hide: readers of
	 * those look for strings.(*Builder).grow and fmt.Sprintf where they are used to. */
	{MATCH_PREFIX, "runtime."},
	{MATCH_PREFIX, "internal/runtime/"},
};

/* Files that are an allocator as a whole, by the start of their base name. */
static const char *const allocator_files[] = {
	"libjemalloc", "libtcmalloc", "libmimalloc", "libsnmalloc", "librpmalloc", "libhoard",
};

/* Internals of glibc's malloc whose names a program may well use for its own: only inside libc. */
static const char *const libc_internals[] = {
	"systrim",   "munmap_chunk", "mremap_chunk", "new_heap",	   "alloc_new_heap",
	"grow_heap", "shrink_heap",  "heap_trim",    "malloc_consolidate", "tcache_thread_shutdown",
};

/* What compilers append to the symbol of a changed copy. */
static const char *const clone_suffixes[] = {
	" [clone", ".constprop", ".isra", ".part.", ".cold", ".lto_priv", ".llvm.", ".localalias",
};

static bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static size_t without_clone(const char *function)
{
	size_t len = strlen(function);

	for (size_t i = 0; i < COUNT(clone_suffixes); i++) {
		const char *at = strstr(function, clone_suffixes[i]);

		if (at && at != function && (size_t)(at - function) < len)
			len = (size_t)(at - function);
	}
	return len;
}

static bool ends_with(const char *function, size_t len, const char *suffix)
{
	size_t want = strlen(suffix);

	return len >= want && !strncmp(function + len - want, suffix, want);
}

/* Is the bracket at @at part of an operator's name (operator<, operator(), operator->)? */
static bool after_operator(const char *function, size_t at)
{
	if (function[at] == '(')
		return ends_with(function, at, "operator");
	if (function[at] == ')')
		return ends_with(function, at, "operator(");
	while (at && strchr("<>=-", function[at - 1]))
		at--;
	return ends_with(function, at, "operator");
}

/* Begin of the name proper in @dst: behind the last space of a return type. */
static size_t behind_return_type(const char *dst, size_t len)
{
	const char *operator_name = strstr(dst, "operator");

	for (size_t i = len; i-- > 0;)
		if (dst[i] == ' ' && (!operator_name || dst + i < operator_name))
			return i + 1;
	return 0;
}

/* Bracket depths while walking over a demangled name. */
struct depth {
	size_t angle, round, curly;
};

/* Is @c at @at of @function part of the plain name? Moves @depth. */
static bool is_plain(struct depth *depth, const char *function, size_t at)
{
	char c = function[at];
	bool inside = depth->angle || depth->round;

	if (depth->curly || c == '{') {
		/* {lambda(int)#1} and {closure#0} tell siblings apart: keep them */
		depth->curly += c == '{';
		depth->curly -= c == '}';
		return !inside;
	}
	if (strchr("<>()", c) && !inside && after_operator(function, at))
		return true;
	if (c == '>' && at && function[at - 1] == '-')
		return !inside;
	depth->angle += c == '<';
	depth->round += c == '(';
	inside = depth->angle || depth->round;
	depth->angle -= c == '>' && depth->angle;
	depth->round -= c == ')' && depth->round;
	return !inside;
}

char *wrapper__plain_name(char *dst, size_t size, const char *function)
{
	static const char anonymous[] = "(anonymous namespace)::";
	size_t len = without_clone(function), at = 0, skip;
	struct depth depth = {0};

	for (size_t i = 0; i < len && at + 1 < size; i++) {
		bool top = !depth.angle && !depth.round && !depth.curly;

		if (top && starts_with(function + i, anonymous)) {
			i += sizeof(anonymous) - 2;
			continue;
		}
		/* Go's receiver is no parameter: main.(*T).Run */
		if (top && i && function[i] == '(' && function[i - 1] == '.') {
			while (i < len && at + 1 < size && function[i] != ')')
				dst[at++] = function[i++];
			if (i < len && at + 1 < size)
				dst[at++] = ')';
			continue;
		}
		/* parameters: what follows them (const, &) is not the name */
		if (top && function[i] == '(' && !after_operator(function, i))
			break;
		if (is_plain(&depth, function, i))
			dst[at++] = function[i];
	}
	dst[at] = 0;
	skip = behind_return_type(dst, at);
	memmove(dst, dst + skip, at - skip + 1);
	return dst;
}

static bool row__matches(const struct wrapper_row *row, const char *function, const char *plain)
{
	size_t len = strlen(row->name);

	switch (row->match) {
	case MATCH_EXACT:
		return !strcmp(plain, row->name);
	case MATCH_WORD:
		return !strncmp(plain, row->name, len) && (!plain[len] || plain[len] == '_');
	case MATCH_PREFIX:
		return !strncmp(plain, row->name, len);
	case MATCH_SUFFIX:
		return strlen(plain) >= len && !strcmp(plain + strlen(plain) - len, row->name);
	case MATCH_RAW:
		return !strncmp(function, row->name, len);
	}
	return false;
}

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path ? path : "";
}

static bool is_libc(const char *file)
{
	return starts_with(file, "libc.so") || starts_with(file, "libc-2.");
}

bool wrapper__matches(const char *function, const char *module_path)
{
	const char *file = base_name(module_path);
	char plain[256];

	for (size_t i = 0; i < COUNT(allocator_files); i++)
		if (starts_with(file, allocator_files[i]))
			return true;
	if (!function)
		return is_libc(file);
	wrapper__plain_name(plain, sizeof(plain), function);
	for (size_t i = 0; i < COUNT(wrappers); i++)
		if (row__matches(&wrappers[i], function, plain))
			return true;
	for (size_t i = 0; is_libc(file) && i < COUNT(libc_internals); i++)
		if (!strcmp(plain, libc_internals[i]))
			return true;
	return false;
}
