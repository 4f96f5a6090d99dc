// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/remote_document.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/remote.h"
#include "base/banned.h"

char *remote_document__text(const char *path, json_t *request, size_t *ret_len, struct error *error)
{
	struct remote *remote = remote__open(path, error);
	json_t *answer = NULL;
	char *text = NULL;
	FILE *file;

	if (!remote) {
		json_decref(request);
		return NULL;
	}
	answer = remote__ask(remote, request, error);
	file = answer ? open_memstream(&text, ret_len) : NULL;
	if (file && remote__copy(remote, file, error))
		*ret_len = 0;
	if (file)
		fclose(file);
	json_decref(answer);
	remote__close(remote);
	if (text && *ret_len)
		return text;
	free(text);
	return NULL;
}

json_t *remote_document__get(const char *path, json_t *request, struct error *error)
{
	size_t len = 0;
	char *text = remote_document__text(path, request, &len, error);
	json_error_t parse;
	json_t *document;

	if (!text)
		return NULL;
	document = json_loadb(text, len, 0, &parse);
	free(text);
	if (!document)
		error__set(error, EXIT_RUNTIME, -1, "the daemon's answer cannot be read");
	return document;
}
