/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#include "../core.h"

struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};

struct pt_regs {
	union {
		struct user_pt_regs user_regs;
		struct {
			u64 regs[31];
			u64 sp;
			u64 pc;
			u64 pstate;
		};
	};
};

#endif
