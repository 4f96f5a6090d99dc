// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/target_json.h"

#include <stdio.h>

#include "bpf/abi.h"
#include "cmd/document.h"
#include "cmd/register_name.h"

#include "base/banned.h"

bool target__is_attachable(const struct target *target)
{
	if (target->refusal)
		return false;
	for (size_t i = 0; i < target->file_cnt; i++)
		for (size_t k = 0; k < target->files[i].place_cnt; k++)
			if (target->files[i].fd >= 0 && target->files[i].places[k].usable)
				return true;
	return target->go_fd >= 0; /* its runtime can be read */
}

char *target_file__format_build_id(const struct target_file *file, char *text)
{
	text[0] = 0;
	for (uint32_t i = 0; i < file->build_id_bytes && i < sizeof(file->build_id); i++)
		snprintf(text + 2 * i, 3, "%02x", file->build_id[i]);
	return text;
}

/* json_object_set_new that treats "" as unknown. */
static int set_text(json_t *object, const char *key, const char *bytes)
{
	if (!bytes || !bytes[0])
		return 0;
	return json_object_set_new(object, key, document__string(bytes));
}

/* 0 is that of a process whose memory could not be read, or is gone. */
static int set_rss(json_t *object, uint64_t bytes)
{
	if (!bytes)
		return 0;
	return json_object_set_new(object, "rss_bytes", json_integer((json_int_t)bytes));
}

static json_t *new_file(const struct target_file *file)
{
	char build_id[BUILD_ID_TEXT_BYTES];
	json_t *object = json_object();

	if (!object)
		return NULL;
	if (set_text(object, "path", file->path) ||
	    set_text(object, "allocator", file->allocator) ||
	    set_text(object, "means", file->means) ||
	    json_object_set_new(object, "family",
				json_string(file->family == FAMILY_VM ? "vm" : "heap")) ||
	    set_text(object, "build_id", target_file__format_build_id(file, build_id))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *new_files(const struct target *target)
{
	json_t *files = json_array();

	for (size_t i = 0; files && i < target->file_cnt; i++) {
		if (json_array_append_new(files, new_file(&target->files[i]))) {
			json_decref(files);
			files = NULL;
		}
	}
	return files;
}

json_t *target_json__process(const struct target *target)
{
	json_t *object = json_object();

	if (!object)
		return NULL;
	if (json_object_set_new(object, "pid", json_integer(target->pid)) ||
	    json_object_set_new(object, "start_ticks", document__id(target->start_ticks)) ||
	    json_object_set_new(object, "uid", json_integer(target->uid)) ||
	    set_text(object, "comm", target->comm) || set_text(object, "exe", target->exe) ||
	    set_text(object, "runtime", target->runtime) ||
	    set_text(object, "allocator", target->allocator) ||
	    json_object_set_new(object, "files", new_files(target)) ||
	    json_object_set_new(object, "attachable",
				json_boolean(target__is_attachable(target))) ||
	    set_text(object, "refusal", target->refusal) ||
	    set_text(object, "hides", target->hides) || set_rss(object, target->rss_bytes)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* Argument registers, as many as the place names; the unused ones repeat the calling convention. */
static json_t *new_registers(const struct place *place)
{
	return json_pack("[s, s, s]", register__name(place->regs[0]),
			 register__name(place->regs[1]), register__name(place->regs[2]));
}

static json_t *new_place(const struct place *place)
{
	json_t *object = json_pack("{s:s, s:b}", "symbol", place->symbol, "usable", place->usable);

	if (!object || !place->usable) {
		if (object && set_text(object, "reason", place->reason)) {
			json_decref(object);
			return NULL;
		}
		return object;
	}
	if (json_object_set_new(
		    object, "function",
		    json_sprintf("0x%llx", (unsigned long long)place->function_vaddr)) ||
	    json_object_set_new(object, "delta", json_integer(place->delta)) ||
	    json_object_set_new(object, "file_offset",
				json_sprintf("0x%llx", (unsigned long long)place->file_offset)) ||
	    set_text(object, "instruction", place->instruction) ||
	    json_object_set_new(object, "emulated", json_boolean(place->emulated)) ||
	    json_object_set_new(object, "registers", new_registers(place)) ||
	    json_object_set_new(object, "sp_words", json_integer(place->sp_words)) ||
	    json_object_set_new(object, "after_syscall", json_boolean(place->after_syscall)) ||
	    json_object_set_new(object, "can_return", json_boolean(place->can_return))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static int add_places(json_t *object, const struct target_file *file)
{
	json_t *places = json_array();

	for (size_t i = 0; places && i < file->place_cnt; i++) {
		if (json_array_append_new(places, new_place(&file->places[i]))) {
			json_decref(places);
			return -1;
		}
	}
	return json_object_set_new(object, "functions", places);
}

json_t *target_json__probes(const struct target *target)
{
	json_t *object = target_json__process(target);
	json_t *files = object ? json_object_get(object, "files") : NULL;

	for (size_t i = 0; i < target->file_cnt && object; i++) {
		if (add_places(json_array_get(files, i), &target->files[i])) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}
