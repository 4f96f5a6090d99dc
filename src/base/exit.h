/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The documented exit codes of every verb (man page, section EXIT STATUS). 128+N: ended by signal N. */
#ifndef HB_EXIT_H
#define HB_EXIT_H

enum exit_code {
	EXIT_OK = 0,
	EXIT_RUNTIME = 1,  /* a vanished process, a foreign capture, another observer running */
	EXIT_USAGE = 2,	   /* unknown verb, option or value */
	EXIT_FINDINGS = 3, /* findings at or above --fail-on */
	EXIT_REFUSED = 4,  /* not permitted, kernel unsupported, a target that must not be probed */
	EXIT_PARTIAL = 5,  /* truncated capture, loss above 1 % of samples */
};

#endif
