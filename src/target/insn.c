// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/insn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <Zydis/Zydis.h>

#include "bpf/abi.h"

#include "base/banned.h"

/* Zydis numbers rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi as the encoding does; enum hb_reg as DWARF. */
static const uint8_t dwarf_of_encoding[8] = {HB_REG_AX, HB_REG_CX, HB_REG_DX, HB_REG_BX,
					     HB_REG_SP, HB_REG_BP, HB_REG_SI, HB_REG_DI};

/* The number of a general register or a part of one, or -1. */
static int register_number(ZydisRegister reg)
{
	ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
	int id;

	if (ZydisRegisterGetClass(whole) != ZYDIS_REGCLASS_GPR64)
		return -1;
	id = ZydisRegisterGetId(whole);
	if (id < 0 || id > 15)
		return -1;
	return id < 8 ? dwarf_of_encoding[id] : id;
}

/*
 * The encodings that the kernel's branch_setup_xol_ops() takes for a nop; of the single byte, any
 * number of 0x66 before it. Others are stepped. 41 90 is xchg r8, rax, not a nop.
 */
static bool is_emulated_nop(const uint8_t *code, unsigned bytes)
{
	static const uint8_t nops[][11] = {
		{0x0f, 0x1f, 0x00},
		{0x0f, 0x1f, 0x40, 0x00},
		{0x0f, 0x1f, 0x44, 0x00, 0x00},
		{0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
		{0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
		{0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
		{0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
		{0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
		{0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
	};
	unsigned at = 0;

	if (bytes >= 3 && bytes <= 11 && !memcmp(code, nops[bytes - 3], bytes))
		return true;
	while (at < bytes && code[at] == 0x66)
		at++;
	return at + 1 == bytes && code[at] == 0x90;
}

/* Direct branches without prefixes: the kernel refuses 0x66, and others are not seen in the wild. */
static bool is_emulated_branch(const uint8_t *code)
{
	return code[0] == 0xeb || code[0] == 0xe9 || code[0] == 0xe8 || (code[0] & 0xf0) == 0x70 ||
	       (code[0] == 0x0f && (code[1] & 0xf0) == 0x80);
}

static bool is_emulated_push(const uint8_t *code, unsigned bytes)
{
	return (bytes == 1 && (code[0] & 0xf8) == 0x50) ||
	       (bytes == 2 && code[0] == 0x41 && (code[1] & 0xf8) == 0x50);
}

static void classify_flow(struct insn *insn, const ZydisDecodedInstruction *zi,
			  const ZydisDecodedOperand *ops, uint64_t vaddr)
{
	bool direct = zi->operand_count_visible == 1 &&
		      ops[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && ops[0].imm.is_relative &&
		      ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(zi, &ops[0], vaddr, &insn->target));

	switch (zi->meta.category) {
	case ZYDIS_CATEGORY_COND_BR:
	case ZYDIS_CATEGORY_UNCOND_BR:
		insn->flow = direct ? FLOW_JUMP : FLOW_OTHER;
		break;
	case ZYDIS_CATEGORY_CALL:
		insn->flow = direct ? FLOW_CALL : FLOW_OTHER;
		break;
	case ZYDIS_CATEGORY_SYSCALL:
		insn->flow = zi->mnemonic == ZYDIS_MNEMONIC_SYSCALL ? FLOW_SYSCALL : FLOW_OTHER;
		break;
	case ZYDIS_CATEGORY_RET:
	case ZYDIS_CATEGORY_INTERRUPT:
	case ZYDIS_CATEGORY_SYSRET:
	case ZYDIS_CATEGORY_SYSTEM:
	case ZYDIS_CATEGORY_UINTR:
		insn->flow = FLOW_OTHER;
		break;
	default:
		/* ud2 and xbegin stand in categories of their own making. */
		insn->flow = zi->mnemonic == ZYDIS_MNEMONIC_UD0 ||
					     zi->mnemonic == ZYDIS_MNEMONIC_UD1 ||
					     zi->mnemonic == ZYDIS_MNEMONIC_UD2 ||
					     zi->mnemonic == ZYDIS_MNEMONIC_XBEGIN ||
					     zi->mnemonic == ZYDIS_MNEMONIC_XABORT
				     ? FLOW_OTHER
				     : FLOW_NEXT;
	}
}

static bool is_rsp(const ZydisDecodedOperand *op)
{
	return op->type == ZYDIS_OPERAND_TYPE_REGISTER && op->reg.value == ZYDIS_REGISTER_RSP;
}

/* By how much rsp moves, for the few shapes that prologues use. */
static void track_sp(struct insn *insn, const ZydisDecodedInstruction *zi,
		     const ZydisDecodedOperand *ops)
{
	bool to_sp = zi->operand_count_visible >= 1 && is_rsp(&ops[0]);
	bool imm = zi->operand_count_visible == 2 && ops[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;

	insn->sp_known = true;
	if (zi->mnemonic == ZYDIS_MNEMONIC_PUSH && zi->operand_width == 64) {
		insn->sp_down = 8;
	} else if (zi->mnemonic == ZYDIS_MNEMONIC_POP && zi->operand_width == 64 && !to_sp) {
		insn->sp_down = -8;
	} else if (zi->mnemonic == ZYDIS_MNEMONIC_SUB && to_sp && imm) {
		insn->sp_down = ops[1].imm.value.s;
	} else if (zi->mnemonic == ZYDIS_MNEMONIC_ADD && to_sp && imm) {
		insn->sp_down = -ops[1].imm.value.s;
	} else if (zi->mnemonic == ZYDIS_MNEMONIC_LEA && to_sp &&
		   ops[1].mem.base == ZYDIS_REGISTER_RSP &&
		   ops[1].mem.index == ZYDIS_REGISTER_NONE) {
		insn->sp_down = -ops[1].mem.disp.value;
	} else {
		insn->sp_known = false;
	}
}

static void track_registers(struct insn *insn, const ZydisDecodedInstruction *zi,
			    const ZydisDecodedOperand *ops)
{
	for (unsigned i = 0; i < zi->operand_count; i++) {
		int number;

		if (ops[i].type != ZYDIS_OPERAND_TYPE_REGISTER ||
		    !(ops[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
			continue;
		number = register_number(ops[i].reg.value);
		if (number >= 0)
			insn->written |= (uint16_t)(1U << number);
	}
	if (insn->flow == FLOW_SYSCALL)
		insn->written |= 1U << HB_REG_AX | 1U << HB_REG_CX | 1U << 11;
	insn->moves_sp = insn->written & (1U << HB_REG_SP);
	if (insn->moves_sp)
		track_sp(insn, zi, ops);
	if (zi->mnemonic == ZYDIS_MNEMONIC_MOV && zi->operand_width == 64 &&
	    ops[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	    ops[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	    ZydisRegisterGetClass(ops[0].reg.value) == ZYDIS_REGCLASS_GPR64 &&
	    ZydisRegisterGetClass(ops[1].reg.value) == ZYDIS_REGCLASS_GPR64) {
		insn->copies = true;
		insn->copy_to = (uint8_t)register_number(ops[0].reg.value);
		insn->copy_from = (uint8_t)register_number(ops[1].reg.value);
	}
}

static enum insn_access access_kind(const ZydisDecodedInstruction *zi, bool memory_first)
{
	switch (zi->mnemonic) {
	case ZYDIS_MNEMONIC_MOV:
		return memory_first ? ACCESS_STORE : ACCESS_LOAD;
	case ZYDIS_MNEMONIC_MOVSXD:
	case ZYDIS_MNEMONIC_MOVZX:
		return memory_first ? ACCESS_NONE : ACCESS_LOAD;
	case ZYDIS_MNEMONIC_XCHG:
		return ACCESS_STORE;
	case ZYDIS_MNEMONIC_LEA:
		return memory_first ? ACCESS_NONE : ACCESS_LEA;
	case ZYDIS_MNEMONIC_ADD:
		return memory_first ? ACCESS_ADD : ACCESS_NONE;
	default:
		return ACCESS_NONE;
	}
}

/* Which variable it names, if it is of the shapes in enum insn_access. */
static void find_access(struct insn *insn, const ZydisDecodedInstruction *zi,
			const ZydisDecodedOperand *ops, uint64_t vaddr)
{
	bool memory_first = ops[0].type == ZYDIS_OPERAND_TYPE_MEMORY;
	const ZydisDecodedOperand *mem = &ops[memory_first ? 0 : 1];
	const ZydisDecodedOperand *reg = &ops[memory_first ? 1 : 0];
	int number;

	insn->base = INSN_NO_REGISTER;
	if (zi->operand_count_visible != 2 || mem->type != ZYDIS_OPERAND_TYPE_MEMORY ||
	    reg->type != ZYDIS_OPERAND_TYPE_REGISTER)
		return;
	number = register_number(reg->reg.value);
	if (number < 0 || mem->mem.segment == ZYDIS_REGISTER_FS ||
	    mem->mem.segment == ZYDIS_REGISTER_GS)
		return;
	insn->access = access_kind(zi, memory_first);
	insn->access_reg = (uint8_t)number;
	insn->access_bytes = insn->access == ACCESS_LEA ? 0 : (uint8_t)(mem->size / 8);
	if (mem->mem.base == ZYDIS_REGISTER_RIP) {
		insn->is_relative =
			ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(zi, mem, vaddr, &insn->access_vaddr));
	} else if (mem->mem.index == ZYDIS_REGISTER_NONE) {
		number = register_number(mem->mem.base);
		insn->base = number < 0 ? INSN_NO_REGISTER : (uint8_t)number;
		insn->displacement = mem->mem.disp.value;
	}
}

static int decode(const uint8_t *code, size_t code_bytes, ZydisDecodedInstruction *zi,
		  ZydisDecodedOperand *ops)
{
	ZydisDecoder decoder;

	if (!ZYAN_SUCCESS(
		    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)))
		return -EILSEQ;
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, code_bytes, zi, ops)))
		return -EILSEQ;
	return 0;
}

int insn__decode(const uint8_t *code, size_t code_bytes, uint64_t vaddr, struct insn *ret_insn)
{
	ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction zi;
	struct insn insn = {0};
	int err = decode(code, code_bytes, &zi, ops);

	if (err)
		return err;
	insn.bytes = zi.length;
	classify_flow(&insn, &zi, ops, vaddr);
	track_registers(&insn, &zi, ops);
	find_access(&insn, &zi, ops, vaddr);
	insn.emulated = is_emulated_nop(code, insn.bytes) || is_emulated_push(code, insn.bytes) ||
			is_emulated_branch(code);
	insn.long_nop = zi.mnemonic == ZYDIS_MNEMONIC_NOP && insn.bytes >= 5;
	*ret_insn = insn;
	return 0;
}

char *insn__format(const uint8_t *code, size_t code_bytes, uint64_t vaddr, char *text,
		   size_t text_bytes)
{
	ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction zi;
	ZydisFormatter formatter;

	if (decode(code, code_bytes, &zi, ops) ||
	    !ZYAN_SUCCESS(ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL)) ||
	    !ZYAN_SUCCESS(ZydisFormatterSetProperty(&formatter,
						    ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE,
						    ZYDIS_PADDING_DISABLED)) ||
	    !ZYAN_SUCCESS(
		    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, 0)) ||
	    !ZYAN_SUCCESS(ZydisFormatterFormatInstruction(
		    &formatter, &zi, ops, zi.operand_count_visible, text, text_bytes, vaddr, NULL)))
		snprintf(text, text_bytes, "?");
	return text;
}
