/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of what no code of a Go program shows: how the structs of its linker and runtime
 * are laid out, a row for each Go version that changed any of them. Offsets that the program's own
 * instructions give away are decoded there and do not belong here. 64-bit little-endian programs.
 *
 * Called by go_program.c and its parts, and by collect/. Append columns and rows only.
 */
#ifndef HB_TARGET_GO_LAYOUT_H
#define HB_TARGET_GO_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GO_OLDEST_MINOR 17

/* Words (8 bytes) of runtime.moduledata that are the same in all versions. */
enum go_moduledata_word {
	GO_WORD_HEADER = 0, /* the pclntab's; slices, three words each, follow */
	GO_WORD_NAMES = 1,
	GO_WORD_UNITS = 4,
	GO_WORD_FILES = 7,
	GO_WORD_PCS = 10,
	GO_WORD_FUNCTIONS = 13,
	GO_WORD_TABLE = 16,
	GO_WORD_TABLE_CNT = 17,
	GO_WORD_MIN_PC = 20,
	GO_WORD_MAX_PC = 21,
	GO_WORD_TEXT = 22,
	GO_WORD_ETEXT = 23,
	GO_WORD_NOPTRDATA = 24, /* start and end: data, bss and noptrbss follow */
	GO_WORD_END = 32,
	GO_WORDS = 48, /* of it that are read */
};

struct go_layout {
	unsigned minor; /* of Go 1.x: from this version up to the next row's */

	/* .gopclntab */
	uint32_t magic;
	bool absolute;		   /* the table has 64-bit addresses, function data has pointers */
	uint8_t header_offsets_at; /* five words in the header: where its parts begin */
	uint8_t function_bytes;	   /* of _func; its function id lies 4 bytes before its end */
	uint8_t function_name_at;  /* then args, deferreturn, pcsp, pcfile, pcln, npcdata, unit */
	uint8_t inlined_bytes;	   /* of inlinedCall */
	uint8_t inlined_name_at;
	uint8_t inlined_parent_at;
	uint8_t wrapper_id; /* function id of generated wrappers */

	/* words of runtime.moduledata; 0: this version has none */
	uint8_t types, etypes, rodata, gofunc;

	/* structs of the running program */
	uint16_t g_status_at;  /* of runtime.g: atomicstatus; goid and waitsince lie 8, 24 on */
	uint16_t g_created_at; /* gopc; startpc lies 16 on */
	uint8_t stats_words;   /* of heapStatsDelta, before tinyAllocCount */
	uint8_t profile_bytes; /* of memRecordCycle: allocs, frees ... */
	uint16_t live_at;   /* of gcControllerState: heapLive, where no code shows it, or 0 ... */
	uint16_t marked_at; /* ... and heapMarked */
	bool goal_kept;	    /* heapGoal is a field, 16 before heapLive; later it is computed */
	int16_t pauses_to_stats;  /* of mstats: from pause_total_ns to heapStats ... */
	int16_t pauses_to_time;	  /* ... and to last_gc_nanotime */
	uint8_t headroom_percent; /* that the pacer leaves below the memory limit */
};

/* The row of Go 1.@minor, that of the newest version for newer ones; NULL if it is too old. */
const struct go_layout *go_layout__find(unsigned minor);
/* The @cnt rows, oldest first. */
const struct go_layout *go_layout__rows(size_t *ret_cnt);

#endif
