// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "web/file_mark.h"

#include "base/banned.h"

#define CHAIN_MAX     8
#define PEM_MAX	      (1 << 20)
#define LOOK_AGAIN_NS 1000000000ULL

/* Pairs that handshakes under way may still use: a handshake ends within 5 s, a pair is replaced at
 * most once a second. */
#define PAIRS_MAX 8

struct pair {
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned int chain_cnt;
	gnutls_privkey_t key;
};

struct tls {
	char *cert_file, *key_file, *client_ca;
	bool require_client;
	unsigned int min_version;
	struct file_mark cert_mark, key_mark;
	uint64_t looked_ns;
	struct pair *pairs[PAIRS_MAX]; /* ring; the newest at @newest */
	unsigned int newest;
};

static __thread struct tls *thread_tls;

static int read_file(const char *path, gnutls_datum_t *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char *data = NULL;
	ssize_t got = 0;
	size_t len = 0;
	int err = fd < 0 ? -errno : 0;

	if (!err && !(data = malloc(PEM_MAX + 1)))
		err = -ENOMEM;
	while (!err && len <= PEM_MAX && (got = read(fd, data + len, PEM_MAX + 1 - len)) > 0)
		len += (size_t)got;
	if (!err && got < 0)
		err = -errno;
	if (!err && len > PEM_MAX)
		err = -EFBIG;
	if (fd >= 0)
		close(fd);
	if (err) {
		free(data);
		return err;
	}
	data[len] = 0;
	*ret = (gnutls_datum_t){.data = data, .size = (unsigned int)len};
	return 0;
}

static void free_pair(struct pair *pair)
{
	if (!pair)
		return;
	for (unsigned int i = 0; i < pair->chain_cnt; i++)
		gnutls_pcert_deinit(&pair->chain[i]);
	gnutls_privkey_deinit(pair->key);
	free(pair);
}

/* Whether the key signs for the certificate. */
static bool fits(const struct pair *pair)
{
	unsigned char a[64], b[64];
	size_t a_len = sizeof(a), b_len = sizeof(b);
	gnutls_pubkey_t public_key;
	bool same;

	if (gnutls_pubkey_init(&public_key))
		return false;
	same = !gnutls_pubkey_import_privkey(public_key, pair->key, 0, 0) &&
	       !gnutls_pubkey_get_key_id(public_key, GNUTLS_KEYID_USE_SHA256, a, &a_len) &&
	       !gnutls_pubkey_get_key_id(pair->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, b,
					 &b_len) &&
	       a_len == b_len && !memcmp(a, b, a_len);
	gnutls_pubkey_deinit(public_key);
	return same;
}

static int import_pair(struct pair *pair, const gnutls_datum_t *cert, const gnutls_datum_t *key,
		       const char **ret_why)
{
	unsigned int cnt = CHAIN_MAX;
	int ret = gnutls_privkey_init(&pair->key);

	if (!ret)
		ret = gnutls_pcert_list_import_x509_raw(pair->chain, &cnt, cert,
							GNUTLS_X509_FMT_PEM, 0);
	if (!ret) {
		pair->chain_cnt = cnt;
		ret = gnutls_privkey_import_x509_raw(pair->key, key, GNUTLS_X509_FMT_PEM, NULL, 0);
	}
	if (ret) {
		*ret_why = gnutls_strerror(ret);
		return -EINVAL;
	}
	if (!pair->chain_cnt || !fits(pair)) {
		*ret_why = "the key is not the certificate's";
		return -EINVAL;
	}
	return 0;
}

static struct pair *load_pair(const struct tls *tls, struct error *error)
{
	gnutls_datum_t cert = {0}, key = {0};
	const char *why = NULL, *path = tls->cert_file;
	struct pair *pair = calloc(1, sizeof(*pair));
	int err = pair ? read_file(tls->cert_file, &cert) : -ENOMEM;

	if (!err) {
		path = tls->key_file;
		err = read_file(tls->key_file, &key);
	}
	if (err)
		why = strerror(-err);
	else
		err = import_pair(pair, &cert, &key, &why);
	free(cert.data);
	if (key.data)
		explicit_bzero(key.data, key.size);
	free(key.data);
	if (err) {
		free_pair(pair);
		error__set(error, EXIT_USAGE, err, "cannot use certificate and key '%s': %s", path,
			   why);
		return NULL;
	}
	return pair;
}

static int load_client_ca(struct tls *tls, const char *path, struct error *error)
{
	gnutls_datum_t pem = {0};
	int err = read_file(path, &pem);

	if (err)
		return error__set(error, EXIT_USAGE, err, "cannot read client CA '%s': %s", path,
				  strerror(-err));
	tls->client_ca = (char *)pem.data;
	return 0;
}

struct tls *tls__new(const struct web_config *config, struct error *error)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	int err = 0;

	if (!tls || !(tls->cert_file = strdup(config->cert_file)) ||
	    !(tls->key_file = strdup(config->key_file))) {
		error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
		tls__free(tls);
		return NULL;
	}
	tls->require_client = config->require_client_cert;
	tls->min_version = config->min_version;
	file_mark__take(&tls->cert_mark, tls->cert_file);
	file_mark__take(&tls->key_mark, tls->key_file);
	tls->pairs[0] = load_pair(tls, error);
	if (tls->pairs[0] && config->client_ca_file)
		err = load_client_ca(tls, config->client_ca_file, error);
	if (!tls->pairs[0] || err) {
		tls__free(tls);
		return NULL;
	}
	return tls;
}

void tls__free(struct tls *tls)
{
	if (!tls)
		return;
	for (int i = 0; i < PAIRS_MAX; i++)
		free_pair(tls->pairs[i]);
	free(tls->cert_file);
	free(tls->key_file);
	free(tls->client_ca);
	free(tls);
}

const char *tls__priorities(const struct tls *tls)
{
	if (tls->min_version >= 13)
		return "NORMAL:-VERS-ALL:+VERS-TLS1.3";
	return "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3";
}

const char *tls__client_ca(const struct tls *tls)
{
	return tls->client_ca;
}

void tls__serve_here(struct tls *tls)
{
	thread_tls = tls;
}

static void refresh(struct tls *tls)
{
	uint64_t now = clock__boottime_ns();
	struct file_mark cert, key;
	struct error error;
	struct pair *pair;

	if (now - tls->looked_ns < LOOK_AGAIN_NS)
		return;
	tls->looked_ns = now;
	file_mark__take(&cert, tls->cert_file);
	file_mark__take(&key, tls->key_file);
	if (file_mark__is_same(&cert, &tls->cert_mark) && file_mark__is_same(&key, &tls->key_mark))
		return;
	tls->cert_mark = cert;
	tls->key_mark = key;
	pair = load_pair(tls, &error);
	if (!pair) {
		/* also between the two renames of a rotation: the second one is a change, too */
		log_warn("web", "%s; keeping the certificate that was read before", error.text);
		return;
	}
	tls->newest = (tls->newest + 1) % PAIRS_MAX;
	free_pair(tls->pairs[tls->newest]);
	tls->pairs[tls->newest] = pair;
	log_info("web", "certificate '%s' read again", tls->cert_file);
}

int tls__retrieve(gnutls_session_t session, const gnutls_datum_t *req_ca_dn, int nreqs,
		  const gnutls_pk_algorithm_t *pk_algos, int pk_algos_length,
		  gnutls_pcert_st **pcert, unsigned int *pcert_length, gnutls_privkey_t *privkey)
{
	struct tls *tls = thread_tls;
	struct pair *pair;

	(void)req_ca_dn, (void)nreqs, (void)pk_algos, (void)pk_algos_length;
	if (!tls)
		return -1;
	refresh(tls);
	pair = tls->pairs[tls->newest];
	if (tls->client_ca) {
		/* the library only asks; what comes must verify, and where required it must come */
		if (tls->require_client)
			gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
		gnutls_session_set_verify_cert(session, NULL, 0);
	}
	*pcert = pair->chain;
	*pcert_length = pair->chain_cnt;
	*privkey = pair->key;
	return 0;
}
