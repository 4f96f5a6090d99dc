/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One decoded instruction, reduced to what placement and the search for variables ask of it. The
 * only user of Zydis. Pure; called by place.c and go_addresses.c.
 */
#ifndef HB_TARGET_INSN_H
#define HB_TARGET_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum insn_flow {
	FLOW_NEXT,    /* falls through */
	FLOW_SYSCALL, /* falls through; rcx and r11 are lost, rax is the result */
	FLOW_JUMP,    /* jmp or jcc to a fixed address */
	FLOW_CALL,    /* call of a fixed address */
	FLOW_OTHER,   /* ret, indirect branch, loop, trap, halt: what follows is not proven */
};

/* Of the ways to name a variable, those that compilers write out: with one general register and one
 * memory operand. */
enum insn_access {
	ACCESS_NONE,
	ACCESS_LOAD,  /* mov r, m, also with extension */
	ACCESS_STORE, /* mov m, r or xchg m, r */
	ACCESS_LEA,
	ACCESS_ADD, /* add m, r */
};

#define INSN_NO_REGISTER 0xff

/* Registers are numbered as enum hb_reg. */
struct insn {
	unsigned bytes;
	enum insn_flow flow;
	uint64_t target; /* FLOW_JUMP and FLOW_CALL */
	bool emulated;	 /* by the kernel's uprobe code, on every supported kernel or a newer one */
	bool long_nop;	 /* 5 bytes or more: kernels rewrite it into a call that pushes */
	uint16_t written; /* bit n: register n is written, wholly or in part */
	bool copies;	  /* mov r64, r64: @copy_to = @copy_from */
	uint8_t copy_from, copy_to;
	bool moves_sp; /* rsp changes ... */
	bool sp_known; /* ... by exactly @sp_down bytes downwards */
	int64_t sp_down;
	enum insn_access access;
	uint8_t access_reg;
	uint8_t access_bytes; /* of the memory operand; 0 for lea */
	bool is_relative;     /* the operand is [rip + n]: @access_vaddr */
	uint64_t access_vaddr;
	uint8_t base; /* else [base + displacement]; INSN_NO_REGISTER: anything else */
	int64_t displacement;
};

/* Decode the instruction at @code (link-time address @vaddr). 0, or -EILSEQ if it is none. */
int insn__decode(const uint8_t *code, size_t code_bytes, uint64_t vaddr, struct insn *ret_insn);

/* Its text in Intel syntax, "?" if it is none. Returns @text. */
char *insn__format(const uint8_t *code, size_t code_bytes, uint64_t vaddr, char *text,
		   size_t text_bytes);

#endif
