// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/socket_owner.h"

#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

int socket_owner__set(const char *path, const char *group, struct error *error)
{
	struct group *entry;

	if (!group)
		return chmod(path, 0600) ? -errno : 0;
	entry = getgrnam(group);
	if (!entry)
		return error__set(error, EXIT_USAGE, -EINVAL, "--socket.group: no group '%s'",
				  group);
	if (chown(path, (uid_t)-1, entry->gr_gid) || chmod(path, 0660))
		return -errno;
	return 0;
}
