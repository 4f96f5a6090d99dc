// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/auth.h"

#include <crypt.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define KEY_BYTES 32
#define CACHE_MAX 64

struct cache {
	unsigned char keys[CACHE_MAX][KEY_BYTES];
	size_t cnt, next;
};

struct auth {
	pthread_mutex_t lock;
	unsigned char secret[KEY_BYTES];
	struct cache right, wrong;
	struct crypt_data crypt; /* 32 kB; of auth__check */
};

struct auth *auth__new(void)
{
	struct auth *auth = calloc(1, sizeof(*auth));

	if (!auth)
		return NULL;
	if (gnutls_rnd(GNUTLS_RND_KEY, auth->secret, sizeof(auth->secret))) {
		free(auth);
		errno = EIO;
		return NULL;
	}
	pthread_mutex_init(&auth->lock, NULL);
	return auth;
}

void auth__free(struct auth *auth)
{
	if (!auth)
		return;
	pthread_mutex_destroy(&auth->lock);
	explicit_bzero(auth, sizeof(*auth));
	free(auth);
}

static const char *hash_of(const struct web_config *config, const char *name)
{
	for (size_t i = 0; i < config->user_cnt; i++)
		if (!strcmp(config->users[i].name, name))
			return config->users[i].bcrypt;
	return NULL;
}

/* The key of a pair: each part with its NUL, so that no two pairs run together. */
static int make_key(const struct auth *auth, const char *hash, const char *name,
		    const char *password, unsigned char *ret_key)
{
	const char *const parts[] = {hash ? hash : "", name, password};
	gnutls_hmac_hd_t hmac;

	if (gnutls_hmac_init(&hmac, GNUTLS_MAC_SHA256, auth->secret, sizeof(auth->secret)))
		return -EIO;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		gnutls_hmac(hmac, parts[i], strlen(parts[i]) + 1);
	gnutls_hmac_deinit(hmac, ret_key);
	return 0;
}

/* Every entry is compared to its end, so that time tells nothing. */
static bool has_key(const struct cache *cache, const unsigned char *key)
{
	bool found = false;

	for (size_t i = 0; i < cache->cnt; i++)
		found |= !gnutls_memcmp(cache->keys[i], key, KEY_BYTES);
	return found;
}

static void add_key(struct cache *cache, const unsigned char *key)
{
	if (has_key(cache, key))
		return;
	memcpy(cache->keys[cache->next], key, KEY_BYTES);
	cache->next = (cache->next + 1) % CACHE_MAX;
	if (cache->cnt < CACHE_MAX)
		cache->cnt++;
}

static bool is_too_long(const char *name, const char *password)
{
	return strnlen(name, AUTH_NAME_BYTES) >= AUTH_NAME_BYTES ||
	       strnlen(password, AUTH_PASSWORD_BYTES) >= AUTH_PASSWORD_BYTES;
}

enum auth_verdict auth__look(struct auth *auth, const struct web_config *config, const char *name,
			     const char *password)
{
	enum auth_verdict verdict = AUTH_UNKNOWN;
	unsigned char key[KEY_BYTES];

	if (is_too_long(name, password) ||
	    make_key(auth, hash_of(config, name), name, password, key))
		return AUTH_WRONG;
	pthread_mutex_lock(&auth->lock);
	if (has_key(&auth->right, key))
		verdict = AUTH_OK;
	else if (has_key(&auth->wrong, key))
		verdict = AUTH_WRONG;
	pthread_mutex_unlock(&auth->lock);
	return verdict;
}

bool auth__check(struct auth *auth, const struct web_config *config, const char *name,
		 const char *password)
{
	const char *hash = hash_of(config, name), *made;
	const char *against = hash;
	unsigned char key[KEY_BYTES];
	size_t len;
	bool right;

	if (!config->user_cnt || is_too_long(name, password) ||
	    make_key(auth, hash, name, password, key))
		return false;
	/* somebody else's hash: an unknown name takes as long as a known one */
	if (!against)
		against = config->users[0].bcrypt;
	len = strlen(against);
	made = crypt_r(password, against, &auth->crypt);
	right = made && made[0] != '*' && strlen(made) == len &&
		!gnutls_memcmp(made, against, len) && hash;
	explicit_bzero(&auth->crypt, sizeof(auth->crypt));
	pthread_mutex_lock(&auth->lock);
	add_key(right ? &auth->right : &auth->wrong, key);
	pthread_mutex_unlock(&auth->lock);
	return right;
}
