// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/config_store.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "web/file_mark.h"

#include "base/banned.h"

struct config_store {
	pthread_mutex_t lock;
	char *path;
	struct file_mark mark;
	bool need_users;
	struct web_snapshot *current;
};

static struct web_snapshot *read_snapshot(const char *path, struct error *error)
{
	struct web_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot) {
		error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
		return NULL;
	}
	snapshot->refs = 1;
	if (path && web_config__read(&snapshot->config, path, error)) {
		free(snapshot);
		return NULL;
	}
	return snapshot;
}

struct config_store *config_store__new(const char *path, struct error *error)
{
	struct config_store *store = calloc(1, sizeof(*store));

	if (!store) {
		error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&store->lock, NULL);
	if (path) {
		store->path = strdup(path);
		/* the mark first: a change during the read is then seen as one */
		file_mark__take(&store->mark, path);
	}
	store->current = read_snapshot(path, error);
	if (!store->current || (path && !store->path)) {
		config_store__free(store);
		return NULL;
	}
	return store;
}

void config_store__free(struct config_store *store)
{
	if (!store)
		return;
	web_snapshot__put(store->current);
	pthread_mutex_destroy(&store->lock);
	free(store->path);
	free(store);
}

void config_store__need_users(struct config_store *store)
{
	store->need_users = true;
}

/* Under the lock. */
static void refresh(struct config_store *store)
{
	struct web_snapshot *snapshot;
	struct file_mark mark;
	struct error error;

	file_mark__take(&mark, store->path);
	if (file_mark__is_same(&mark, &store->mark))
		return;
	store->mark = mark;
	snapshot = read_snapshot(store->path, &error);
	if (snapshot && store->need_users && !snapshot->config.user_cnt) {
		error__set(&error, EXIT_USAGE, -EACCES, "'%s' has no users any more", store->path);
		web_snapshot__put(snapshot);
		snapshot = NULL;
	}
	if (!snapshot) {
		log_error("web", "%s; keeping the configuration that was read before", error.text);
		return;
	}
	web_snapshot__put(store->current);
	store->current = snapshot;
}

struct web_snapshot *config_store__get(struct config_store *store)
{
	struct web_snapshot *snapshot;

	pthread_mutex_lock(&store->lock);
	if (store->path)
		refresh(store);
	snapshot = store->current;
	__atomic_add_fetch(&snapshot->refs, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&store->lock);
	return snapshot;
}

void web_snapshot__put(struct web_snapshot *snapshot)
{
	if (!snapshot || __atomic_sub_fetch(&snapshot->refs, 1, __ATOMIC_ACQ_REL))
		return;
	web_config__release(&snapshot->config);
	free(snapshot);
}
