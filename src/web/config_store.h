/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The web configuration in force: read again whenever its file has changed, the last good one kept
 * where the new one does not parse. Snapshots are immutable and counted. Any thread.
 */
#ifndef HB_WEB_CONFIG_STORE_H
#define HB_WEB_CONFIG_STORE_H

#include "web/config.h"

struct config_store;

struct web_snapshot {
	struct web_config config;
	unsigned int refs; /* config_store.c's own */
};

/* Read @path (NULL: an empty configuration). NULL with @error filled. */
struct config_store *config_store__new(const char *path, struct error *error);
void config_store__free(struct config_store *store);

/* From now on a file without users is not taken: they are what keeps strangers out. */
void config_store__need_users(struct config_store *store);

/* The one in force now, at the price of a stat; never NULL. Put it back. */
struct web_snapshot *config_store__get(struct config_store *store);
void web_snapshot__put(struct web_snapshot *snapshot);

#endif
