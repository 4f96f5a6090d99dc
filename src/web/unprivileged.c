// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/unprivileged.h"

#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/banned.h"

struct call {
	int (*run)(void *ctx);
	void *ctx;
	int ret;
};

/*
 * The raw call acts on the calling thread alone, which is what is wanted. The bounding set needs
 * CAP_SETPCAP and goes first; where that is missing it does no harm, as no_new_privs lets no exec
 * gain from it.
 */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) && errno != EPERM)
			return -errno;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) && errno != EINVAL)
		return -errno;
	if (syscall(SYS_capset, &header, data))
		return -errno;
	return 0;
}

static void *start(void *arg)
{
	struct call *call = arg;

	pthread_setname_np(pthread_self(), "hb-web");
	call->ret = drop_capabilities();
	if (!call->ret)
		call->ret = call->run(call->ctx);
	return NULL;
}

int unprivileged__run(int (*run)(void *ctx), void *ctx)
{
	struct call call = {.run = run, .ctx = ctx};
	sigset_t all, before;
	pthread_t thread;
	int err;

	/* the daemon takes its signals by descriptor: none may be delivered to a thread here */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&thread, NULL, start, &call);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		return -err;
	pthread_join(thread, NULL);
	return call.ret;
}
