// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/point.h"

#include "bpf/abi.h"
#include "base/banned.h"

/* munmap and brk have their result in a register at the probe, free has none, mremap's stack
 * pointer has moved. */
bool point__has_return(uint16_t func)
{
	return func <= HB_MEMALIGN || func == HB_MMAP;
}

static uint64_t cookie(const struct place *place, size_t slot)
{
	bool back = point__has_return(place->func) && place->can_return;
	uint64_t flags =
		(place->after_syscall ? HB_COOKIE_RESULT : 0) | (back ? 0 : HB_COOKIE_NO_RETURN);

	return (uint64_t)slot | (uint64_t)place->func << HB_COOKIE_FUNC_SHIFT |
	       (uint64_t)(place->regs[0] & 15) << HB_COOKIE_REG_SHIFT |
	       (uint64_t)(place->regs[1] & 15) << (HB_COOKIE_REG_SHIFT + 4) |
	       (uint64_t)(place->regs[2] & 15) << (HB_COOKIE_REG_SHIFT + 8) |
	       (uint64_t)place->sp_words << HB_COOKIE_SP_SHIFT | flags << HB_COOKIE_FLAGS_SHIFT;
}

/* glibc is two rows, heap and vm, of one file: one descriptor makes it one link. */
static int link_fd(const struct target *target, const struct target_file *file)
{
	for (const struct target_file *first = target->files; first < file; first++)
		if (first->dev == file->dev && first->ino == file->ino && first->fd >= 0)
			return first->fd;
	return file->fd;
}

static size_t add(const struct target_file *file, int fd, size_t slot, bool free_row,
		  struct probe_point *points)
{
	size_t cnt = 0;

	for (size_t i = 0; i < file->place_cnt; i++) {
		const struct place *place = &file->places[i];

		if (!place->usable || (place->func == HB_FREE) != free_row)
			continue;
		points[cnt++] = (struct probe_point){
			.fd = fd,
			.offset = place->file_offset,
			.cookie = cookie(place, slot),
			.hook_return = point__has_return(place->func) && place->can_return,
		};
	}
	return cnt;
}

/* Within a file free comes first: a block that is tracked before its free can be seen would look
 * live for ever. */
size_t point__build(const struct target *target, size_t slot, struct probe_point *points)
{
	size_t cnt = 0;

	for (size_t i = 0; i < target->file_cnt; i++) {
		const struct target_file *file = &target->files[i];

		if (file->fd < 0)
			continue;
		cnt += add(file, link_fd(target, file), slot, true, points + cnt);
		cnt += add(file, link_fd(target, file), slot, false, points + cnt);
	}
	return cnt;
}

size_t point__keep_malloc(struct probe_point *points, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		if ((points[i].cookie >> HB_COOKIE_FUNC_SHIFT & 0xff) != HB_MALLOC)
			continue;
		points[0] = points[i];
		points[0].cookie |= (uint64_t)HB_COOKIE_NO_RETURN << HB_COOKIE_FLAGS_SHIFT;
		points[0].hook_return = false;
		return 1;
	}
	return 0;
}

void point__drop_plain_returns(struct probe_point *points, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		uint64_t func = points[i].cookie >> HB_COOKIE_FUNC_SHIFT & 0xff;

		if (func != HB_MALLOC && func != HB_CALLOC)
			continue;
		points[i].cookie |= (uint64_t)HB_COOKIE_NO_RETURN << HB_COOKIE_FLAGS_SHIFT;
		points[i].hook_return = false;
	}
}
