/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages about one site (stack, sizes, lifetimes, advice), about the advice for one process, and the
 * heading of its sites. Pure: from the documents of hotspots and recommendations.
 */
#ifndef HB_TOP_DETAIL_H
#define HB_TOP_DETAIL_H

#include <jansson.h>
#include <stdint.h>

#include "top/top_page.h"

/* @site of the item @process of a document of hotspots; @advice: the document of recommendations, or
 * NULL where there is none yet. */
void detail__site(struct page *page, const json_t *process, const json_t *site,
		  const json_t *advice);
/* Every recommendation for process @pid, and what the rules lack that could not speak. */
void detail__advice(struct page *page, const json_t *advice, uint32_t pid);
/* Recommendations for process @pid. */
size_t detail__advice_cnt(const json_t *advice, uint32_t pid);
/* What is known of the process as a whole, in some lines. @process NULL: that nothing is yet. */
void detail__process(struct page *page, const json_t *process);

#endif
