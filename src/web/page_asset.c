// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "export/page_assets.h"
#include "web/route.h"

#include "base/banned.h"

static const char *type_of(enum page_asset asset)
{
	switch (asset) {
	case PAGE_STYLE:
		return TYPE_CSS;
	case PAGE_SCRIPT:
		return TYPE_SCRIPT;
	case PAGE_ICON:
		return TYPE_SVG;
	default:
		return TYPE_HTML;
	}
}

/*
 * A file of the page. Its tag is weak, since the same goes for it packed and unpacked; whoever knows
 * that tag, in a list of others or "*", is told that nothing has changed.
 */
void page__asset(const struct web_call *call, struct web_reply *reply)
{
	enum page_asset asset = (enum page_asset)call->route->variant;
	struct page_file file = page_asset__get(asset);
	const char *known = call->if_none_match ? call->if_none_match : "";
	char hash[PAGE_HASH_BYTES];
	FILE *out;

	page_file__hash(hash, file);
	if (hash[0] && (strstr(known, hash) || !strcmp(known, "*"))) {
		reply__release(reply);
		reply->status = 304;
	} else {
		out = reply__open(reply, 200, type_of(asset));
		if (out)
			fwrite(file.data, 1, file.bytes, out);
		if (reply__close(reply, 0))
			return;
	}
	if (hash[0])
		snprintf(reply->etag, sizeof(reply->etag), "W/\"%s\"", hash);
}
