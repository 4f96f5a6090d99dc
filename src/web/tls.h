/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Certificate, key and client authority for HTTPS. The certificate is looked up at each handshake
 * and read again when its files have changed; a pair that does not load leaves the last good one in
 * force. Minimum version and client authority are those of the start.
 */
#ifndef HB_WEB_TLS_H
#define HB_WEB_TLS_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "web/config.h"

struct tls;

/* Load what @config names. NULL with @error filled (EXIT_USAGE). */
struct tls *tls__new(const struct web_config *config, struct error *error);
void tls__free(struct tls *tls);

/* GnuTLS priority string of the minimum version. */
const char *tls__priorities(const struct tls *tls);
/* PEM of the client authority, NULL if there is none. */
const char *tls__client_ca(const struct tls *tls);

/* Handshakes of the calling thread are served from @tls: the callback below carries no context. */
void tls__serve_here(struct tls *tls);
/* gnutls_certificate_retrieve_function2. */
int tls__retrieve(gnutls_session_t session, const gnutls_datum_t *req_ca_dn, int nreqs,
		  const gnutls_pk_algorithm_t *pk_algos, int pk_algos_length,
		  gnutls_pcert_st **pcert, unsigned int *pcert_length, gnutls_privkey_t *privkey);

#endif
