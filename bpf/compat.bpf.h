/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between architectures and kernels, one accessor each. */
#ifndef HB_COMPAT_BPF_H
#define HB_COMPAT_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "bpf/abi.h"

#if defined(__TARGET_ARCH_x86)

#define REGS_SP(ctx)	 ((ctx)->sp)
#define REGS_IP(ctx)	 ((ctx)->ip)
#define REGS_RESULT(ctx) ((ctx)->ax)

/* In assembler, or clang merges the loads below into one through a moved context pointer, which the
 * verifier refuses. */
#define REG(ctx, name)                                                                   \
	({                                                                               \
		u64 value;                                                               \
		asm volatile("%0 = *(u64 *)(%1 + %2)"                                    \
			     : "=r"(value)                                               \
			     : "r"(ctx), "i"(__builtin_offsetof(struct pt_regs, name))); \
		value;                                                                   \
	})

/* Register @reg (enum hb_reg). Context pointers take no variable offset, hence the ladder; the
 * first arguments come first, since the placement keeps them there in all but odd allocators. */
static __always_inline u64 regs_get(struct pt_regs *ctx, u32 reg)
{
	if (reg == HB_REG_DI)
		return REG(ctx, di);
	if (reg == HB_REG_SI)
		return REG(ctx, si);
	if (reg == HB_REG_DX)
		return REG(ctx, dx);
	switch (reg) {
	case HB_REG_AX:
		return REG(ctx, ax);
	case HB_REG_CX:
		return REG(ctx, cx);
	case HB_REG_BX:
		return REG(ctx, bx);
	case HB_REG_BP:
		return REG(ctx, bp);
	case 8:
		return REG(ctx, r8);
	case 9:
		return REG(ctx, r9);
	case 10:
		return REG(ctx, r10);
	case 11:
		return REG(ctx, r11);
	case 12:
		return REG(ctx, r12);
	case 13:
		return REG(ctx, r13);
	case 14:
		return REG(ctx, r14);
	}
	return REG(ctx, r15);
}

static __always_inline void regs_copy(u64 *regs, struct pt_regs *ctx)
{
	regs[0] = ctx->ax;
	regs[1] = ctx->dx;
	regs[2] = ctx->cx;
	regs[3] = ctx->bx;
	regs[4] = ctx->si;
	regs[5] = ctx->di;
	regs[6] = ctx->bp;
	regs[7] = ctx->sp;
	regs[8] = ctx->r8;
	regs[9] = ctx->r9;
	regs[10] = ctx->r10;
	regs[11] = ctx->r11;
	regs[12] = ctx->r12;
	regs[13] = ctx->r13;
	regs[14] = ctx->r14;
	regs[15] = ctx->r15;
	regs[16] = ctx->ip;
}

#else
#error "heapbeat's native probes are written for x86-64; this architecture has headers only"
#endif

/* Start of the return trampoline of the current process, 0 before its first hooked return. */
static __always_inline u64 trampoline_of(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	struct xol_area *area = mm ? mm->uprobes_state.xol_area : 0;

	return area ? area->vaddr : 0;
}

static __always_inline struct return_instance *hooked_returns(struct task_struct *task)
{
	struct uprobe_task *utask = task->utask;

	return utask ? utask->return_instances : 0;
}

/* Resident pages were atomics in one struct until 6.2 (f1a7941243c1). Asked of mm_struct's field, not
 * of the struct that is gone: libbpf would look for that in every module's BTF, which takes
 * CAP_SYS_ADMIN. */
struct mm_struct___old {
	struct {
		struct {
			s64 counter;
		} count[4];
	} rss_stat;
} __attribute__((preserve_access_index));

enum { RSS_FILE = 0, RSS_ANON = 1, RSS_SHMEM = 3 };

/* A macro, since the index must be a literal for the access to be one relocation. Per-CPU batches
 * can make the sum dip below 0. */
#define rss_pages(mm, kind)                                                               \
	({                                                                                \
		s64 pages;                                                                \
		if (bpf_core_field_exists(((struct mm_struct___old *)0)->rss_stat.count)) \
			pages = BPF_CORE_READ((struct mm_struct___old *)(mm),             \
					      rss_stat.count[kind].counter);              \
		else                                                                      \
			pages = BPF_CORE_READ(mm, rss_stat[kind].count);                  \
		(u64)(pages > 0 ? pages : 0);                                             \
	})

#endif
