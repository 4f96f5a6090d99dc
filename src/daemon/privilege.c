// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/banned.h"

static const struct {
	unsigned int capability;
	const char *without; /* NULL: nothing works, and what fails says so */
} needed[] = {
	{CAP_BPF, NULL},     /* programs and maps */
	{CAP_PERFMON, NULL}, /* uprobe links, process events */
	{CAP_SYS_PTRACE, "nearly every process is refused"},
	{CAP_DAC_READ_SEARCH, "processes whose files root may not read are refused"},
	{CAP_CHECKPOINT_RESTORE, "programs and libraries that were deleted cannot be read"},
	{CAP_SYS_NICE, "windows end late on a busy machine"},
};

static void keep(unsigned int capability)
{
	capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, capability);
}

static int keep_asked(const struct daemon_options *options, struct error *error)
{
	for (size_t i = 0; i < options->keep_capabilities.cnt; i++) {
		int capability = capng_name_to_capability(options->keep_capabilities.items[i]);

		if (capability < 0)
			return error__set(error, EXIT_USAGE, -EINVAL,
					  "--capabilities.keep: no capability '%s'",
					  options->keep_capabilities.items[i]);
		keep((unsigned int)capability);
	}
	return 0;
}

/* Only what is there can be kept. */
static void limit_to(const unsigned char *had)
{
	for (unsigned int capability = 0; capability <= CAP_LAST_CAP; capability++)
		if (!had[capability])
			capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, capability);
}

int privilege__drop(const struct daemon_options *options, struct error *error)
{
	unsigned char had[CAP_LAST_CAP + 1];
	int err;

	capng_get_caps_process();
	for (unsigned int capability = 0; capability <= CAP_LAST_CAP; capability++)
		had[capability] = capng_have_capability(CAPNG_PERMITTED, capability) != 0;
	capng_clear(CAPNG_SELECT_CAPS);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		keep(needed[i].capability);
	if (options->link == LINK_PERF)
		keep(CAP_SYS_ADMIN);
	err = keep_asked(options, error);
	if (err)
		return err;
	limit_to(had);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return error__set(error, EXIT_RUNTIME, -errno, "cannot set no_new_privs: %s",
				  strerror(errno));
	if (capng_apply(CAPNG_SELECT_CAPS))
		return error__set(error, EXIT_REFUSED, -EPERM, "cannot drop capabilities");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!had[needed[i].capability] && needed[i].without)
			log_warn("privilege", "without capability %s %s",
				 capng_capability_to_name(needed[i].capability), needed[i].without);
	return 0;
}
