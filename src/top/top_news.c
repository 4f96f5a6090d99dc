// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_source.h"

#include "base/banned.h"

void top_news__fetch(struct top_news *news, const struct top_source *source, uint32_t pid)
{
	struct error ignored = {0};

	*news = (struct top_news){.pid = pid};
	news->processes = source->fetch(source->ctx, "processes", 0, &news->error);
	if (!news->processes || !pid)
		return;
	/* Without an analysis there are none yet; with the next news there may be. */
	news->hotspots = source->fetch(source->ctx, "hotspots", pid, &ignored);
	news->recommendations = source->fetch(source->ctx, "recommendations", pid, &ignored);
}

void top_news__release(struct top_news *news)
{
	json_decref(news->processes);
	json_decref(news->hotspots);
	json_decref(news->recommendations);
	*news = (struct top_news){0};
}
