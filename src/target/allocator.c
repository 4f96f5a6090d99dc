// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/allocator.h"

#include <string.h>

#include "base/banned.h"

#define ARRAY_CNT(a) (sizeof(a) / sizeof((a)[0]))

/* The C interface of an allocator; malloc and its kin neither throw nor longjmp, so their return
 * may be hooked. free returns nothing worth a hook. */
static const struct allocator_function heap_functions[] = {
	{"free", HB_FREE, 1, RETURN_NEVER},
	{"malloc", HB_MALLOC, 1, RETURN_NEEDED},
	{"calloc", HB_CALLOC, 2, RETURN_NEEDED},
	{"realloc", HB_REALLOC, 2, RETURN_NEEDED},
	{"posix_memalign", HB_POSIX_MEMALIGN, 3, RETURN_NEEDED},
	{"aligned_alloc", HB_ALIGNED_ALLOC, 2, RETURN_NEEDED},
	{"memalign", HB_MEMALIGN, 2, RETURN_NEEDED},
};

/* (address, bytes), (address, bytes), (address, old bytes, new bytes), (address). */
static const struct allocator_function vm_functions[] = {
	{"munmap", HB_MUNMAP, 2, RETURN_OPTIONAL},
	{"mmap", HB_MMAP, 2, RETURN_OPTIONAL},
	{"mremap", HB_MREMAP, 3, RETURN_OPTIONAL},
	{"brk", HB_BRK, 1, RETURN_OPTIONAL},
};

const struct allocator allocators[] = {
	{"glibc", "libc.so.6", "gnu_get_libc_version", FAMILY_HEAP, heap_functions,
	 ARRAY_CNT(heap_functions)},
	{"jemalloc", "libjemalloc", "mallctl", FAMILY_HEAP, heap_functions,
	 ARRAY_CNT(heap_functions)},
	{"glibc", "libc.so.6", "gnu_get_libc_version", FAMILY_VM, vm_functions,
	 ARRAY_CNT(vm_functions)},
};

const size_t allocator_cnt = ARRAY_CNT(allocators);

static const struct {
	const char *library;
	const char *name;
} unobserved[] = {
	{"libtcmalloc", "tcmalloc"},   {"libmimalloc", "mimalloc"},
	{"libhoard", "hoard"},	       {"libsnmalloc", "snmalloc"},
	{"librpmalloc", "rpmalloc"},   {"libscudo", "scudo"},
	{"libtbbmalloc", "tbbmalloc"}, {"libmesh", "mesh"},
	{"libdmalloc", "dmalloc"},     {"libefence", "efence"},
	{"libduma", "duma"},	       {"libheaptrack", "heaptrack"},
	{"libmemusage", "memusage"},   {"libc_malloc_debug", "glibc's malloc checker"},
	{"ld-musl", "musl"},	       {"libc.musl", "musl"},
};

static bool begins_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

const struct allocator *allocator__vm(void)
{
	return &allocators[allocator_cnt - 1];
}

const struct allocator *allocator__find_by_name(const char *file_name)
{
	/* Up to glibc 2.33 the file behind libc.so.6 was called libc-2.33.so. */
	if (begins_with(file_name, "libc-2."))
		file_name = "libc.so.6";
	for (size_t i = 0; i < allocator_cnt; i++)
		if (allocators[i].family == FAMILY_HEAP &&
		    begins_with(file_name, allocators[i].library))
			return &allocators[i];
	return NULL;
}

const char *allocator__find_unobserved(const char *file_name)
{
	for (size_t i = 0; i < ARRAY_CNT(unobserved); i++)
		if (begins_with(file_name, unobserved[i].library))
			return unobserved[i].name;
	return NULL;
}
