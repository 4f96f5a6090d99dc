/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where names of frames come from: an interface of one function, so that folding and rendering are
 * pure and tests bring their own names. Used by symbol/fold.c and the writers in export/.
 */
#ifndef HB_NAME_SOURCE_H
#define HB_NAME_SOURCE_H

#include "collect/record.h"
#include "symbol/symbolizer.h"

struct name_source {
	void *ctx;
	/* As symbolizer__lookup: names at link-time @address of @module, innermost first; their
	 * number, at least 1, or -ENOMEM. They live as long as the source. */
	int (*names)(void *ctx, uint32_t module, uint64_t address, const struct symbol_name **ret);
	/* As symbolizer__site; NULL: nothing is known of calls. */
	int (*site)(void *ctx, uint32_t module, uint64_t address, const struct symbol_site **ret);
};

/* Address whose names are those of @frame: a return address may be the first byte of the next
 * function (after a call that does not return), so one byte earlier. */
static inline uint64_t names__address(const struct frame *frame)
{
	if (frame->flags & FRAME_EXACT_PC || !frame->offset)
		return frame->offset;
	return frame->offset - 1;
}

/* Is of the names at its address only the innermost meant? Frames that differ in it are not the
 * same, even at one address. */
static inline bool names__innermost(const struct frame *frame)
{
	return frame->flags & FRAME_INNERMOST;
}

/* Names of @frame in *ret_names; their number, 0 where the module is unknown, or -errno. */
static inline int names__of_frame(const struct name_source *source, const struct frame *frame,
				  const struct symbol_name **ret_names)
{
	int cnt;

	if (!frame->module)
		return 0;
	cnt = source->names(source->ctx, frame->module, names__address(frame), ret_names);
	return cnt > 1 && names__innermost(frame) ? 1 : cnt;
}

static inline int names__symbolizer_lookup(void *ctx, uint32_t module, uint64_t address,
					   const struct symbol_name **ret)
{
	return symbolizer__lookup(ctx, module, address, ret);
}

/* What the call that returns to @frame shows of itself in *ret_site, NULL if nothing. 0 or -ENOMEM. */
static inline int names__site_of_frame(const struct name_source *source, const struct frame *frame,
				       const struct symbol_site **ret_site)
{
	*ret_site = NULL;
	if (!source->site || !frame->module || frame->flags & FRAME_EXACT_PC)
		return 0;
	return source->site(source->ctx, frame->module, names__address(frame), ret_site);
}

static inline int names__symbolizer_site(void *ctx, uint32_t module, uint64_t address,
					 const struct symbol_site **ret)
{
	return symbolizer__site(ctx, module, address, ret);
}

/* The symbolizer as a source. */
static inline struct name_source names__of_symbolizer(struct symbolizer *symbolizer)
{
	return (struct name_source){
		.ctx = symbolizer,
		.names = names__symbolizer_lookup,
		.site = names__symbolizer_site,
	};
}

#endif
