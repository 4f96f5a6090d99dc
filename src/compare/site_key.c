// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/site_key.h"

#include <string.h>

#include "base/table.h"
#include "symbol/wrapper.h"

#include "base/banned.h"

static uint64_t hash_string(uint64_t hash, const char *s)
{
	return hash__bytes(hash, s ? s : "", strlen(s ? s : "") + 1);
}

static uint64_t hash_plain(uint64_t hash, const char *function)
{
	char name[256];

	return hash_string(hash, function ? wrapper__plain_name(name, sizeof(name), function) : "");
}

enum compare_family site_key__family(const struct view_site *site)
{
	return site->vm ? COMPARE_PAGES : site->go ? COMPARE_GO : COMPARE_MALLOC;
}

uint64_t site_key__place(const struct view_site *site, bool use)
{
	unsigned char family = (unsigned char)site_key__family(site);
	uint64_t hash = hash_plain(hash__bytes(HASH_SEED, &family, 1), site->function);

	return use ? hash : hash_plain(hash, site->caller);
}

uint64_t site_key__of(const struct view_site *site, bool use)
{
	const struct view_go_trait *trait = site->trait;
	uint64_t hash = site_key__place(site, use);
	unsigned char construct = (unsigned char)(trait ? trait->construct : 0);

	hash = hash__bytes(hash, &construct, 1);
	hash = hash_plain(hash, trait ? trait->via : NULL);
	return hash_string(hash, trait ? trait->type : NULL);
}
