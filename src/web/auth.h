/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Basic authentication against bcrypt hashes. A hash costs some 70 ms, so answers are remembered in
 * two bounded caches: right passwords, and wrong ones, which cannot push the right ones out. The
 * keys are HMACs under a random key, with the hash of the file inside, so that a changed password
 * is asked anew and no password is kept.
 */
#ifndef HB_WEB_AUTH_H
#define HB_WEB_AUTH_H

#include <stdbool.h>

#include "web/config.h"

#define AUTH_NAME_BYTES	    128
#define AUTH_PASSWORD_BYTES 73 /* bcrypt reads 72: a longer one is wrong */

struct auth;

/* NULL with errno set. */
struct auth *auth__new(void);
void auth__free(struct auth *auth);

enum auth_verdict {
	AUTH_UNKNOWN, /* not seen before: auth__check, where a wait does no harm */
	AUTH_OK,
	AUTH_WRONG,
};

/* What is known of @name and @password, in microseconds. Any thread. */
enum auth_verdict auth__look(struct auth *auth, const struct web_config *config, const char *name,
			     const char *password);

/* Hash and compare; an unknown name costs as much as a known one. Any thread, one at a time. */
bool auth__check(struct auth *auth, const struct web_config *config, const char *name,
		 const char *password);

#endif
