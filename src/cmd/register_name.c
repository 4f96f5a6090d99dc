// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/register_name.h"

#include "bpf/abi.h"

#include "base/banned.h"

static const char *const names[HB_REG_MAX] = {
	[HB_REG_AX] = "rax", [HB_REG_DX] = "rdx", [HB_REG_CX] = "rcx",	[HB_REG_BX] = "rbx",
	[HB_REG_SI] = "rsi", [HB_REG_DI] = "rdi", [HB_REG_BP] = "rbp",	[HB_REG_SP] = "rsp",
	[HB_REG_R8] = "r8",  [9] = "r9",	  [HB_REG_R10] = "r10", [11] = "r11",
	[12] = "r12",	     [13] = "r13",	  [14] = "r14",		[HB_REG_R15] = "r15",
	[HB_REG_IP] = "rip",
};

const char *register__name(unsigned reg)
{
	return reg < HB_REG_MAX ? names[reg] : "?";
}
