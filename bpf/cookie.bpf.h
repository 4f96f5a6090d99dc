/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attach cookie says; the layout is in abi.h. */
#ifndef HB_COOKIE_BPF_H
#define HB_COOKIE_BPF_H

#include "compat.bpf.h"

static __always_inline u32 cookie_slot(u64 cookie)
{
	return cookie & 0xffff;
}

static __always_inline u32 cookie_func(u64 cookie)
{
	return cookie >> HB_COOKIE_FUNC_SHIFT & 0xff;
}

static __always_inline u32 cookie_flags(u64 cookie)
{
	return cookie >> HB_COOKIE_FLAGS_SHIFT & 0xff;
}

/* Argument @idx (0..2) of the observed function. */
static __always_inline u64 cookie_arg(struct pt_regs *ctx, u64 cookie, u32 idx)
{
	return regs_get(ctx, cookie >> (HB_COOKIE_REG_SHIFT + 4 * idx) & 0xf);
}

/* Address of the stack word that holds the call's return address. */
static __always_inline u64 cookie_return_slot(struct pt_regs *ctx, u64 cookie)
{
	return REGS_SP(ctx) + 8 * (cookie >> HB_COOKIE_SP_SHIFT & 0xfff);
}

#endif
