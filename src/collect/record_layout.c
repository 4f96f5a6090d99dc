// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/record_layout.h"

#include "base/banned.h"

#define FIELD(struct_name, member, of_kind)                                   \
	{                                                                     \
#member, offsetof(struct struct_name, member),                \
			sizeof(((struct struct_name *)NULL)->member), of_kind \
	}
#define N(member) FIELD(S, member, FIELD_NUMBER)
#define I(member) FIELD(S, member, FIELD_SIGNED)
#define X(member) FIELD(S, member, FIELD_HEX)
#define T(member) FIELD(S, member, FIELD_STRING)
#define B(member) FIELD(S, member, FIELD_BYTES)
#define L(member) FIELD(S, member, FIELD_LIST)
#define END       \
	{         \
		0 \
	}

#define LIST(name) static const struct record_field name[] =

#define S record_host
LIST(host_fields){T(kernel), T(host), T(version), N(cpu_cnt), END};
#undef S
#define S record_image
LIST(image_fields){N(image),   N(tgid),	     N(start_ticks), N(exec_id), T(comm), T(exe),
		   T(runtime), T(allocator), T(hides),	     T(refusal), END};
#undef S
#define S record_module
LIST(module_fields){N(module), N(build_id_bytes), B(build_id), T(path), END};
#undef S
#define S record_exit
LIST(exit_fields){N(image), N(reason), END};
#undef S
#define S record_plan
LIST(plan_fields){N(image),	     N(epoch),	    N(mode),	  N(link),
		  N(interval_bytes), N(opened_ns),  N(closed_ns), N(observed_ns),
		  N(cpu_ns),	     N(charged_ns), N(stolen_ns), END};
#undef S
#define S record_counters
LIST(counters_fields){N(image),
		      N(epoch),
		      N(failures),
		      N(frees),
		      N(free_nulls),
		      N(nested),
		      N(freed_bytes),
		      N(live_bytes),
		      N(live_objects),
		      N(table_full),
		      N(unmatched),
		      N(row_cnt),
		      END};
#undef S
#define S counters_row
LIST(counters_rows){N(func), N(size_class), N(calls), N(bytes), END};
#undef S
#define S frame
LIST(frame_fields){N(module), N(flags), X(offset), END};
#undef S
#define S record_sample
LIST(sample_fields){N(image),	    N(epoch),	       X(sample_id),	   X(address),
		    N(size_bytes),  N(old_size_bytes), N(probability_q32), X(call_cfa),
		    X(return_slot), X(return_address), X(caller_cfa),	   N(tid),
		    N(func),	    N(flags),	       N(frame_cnt),	   END};
#undef S
#define S record_block
LIST(block_fields){N(image),	      N(epoch),	  X(sample_id),	    X(address), N(size_bytes),
		   N(old_size_bytes), N(born_ns), X(stack_address), N(steps),	N(tid),
		   N(birth_tid),      END};
#undef S
#define S record_loss
LIST(loss_fields){N(image),	  N(hits),	    N(counted),		N(in_flight),
		  N(sampled),	  N(delivered),	    N(lost_ring_full),	N(lost_free_records),
		  N(lost_stacks), N(lost_unpaired), N(tracked),		N(inserted),
		  N(table_full),  N(freed),	    N(still_live),	N(purged_exec),
		  N(purged_exit), N(purged_window), N(purged_reused),	N(purged_putback),
		  N(foreign),	  N(shut),	    N(lost_queue_full), END};
#undef S
#define S record_vitals
LIST(vitals_fields){N(image), N(rss_bytes), N(anon_bytes), N(cpu_ns), END};
#undef S
#define S record_go_program
LIST(go_program_fields){
	N(image), X(parts), N(module), T(version), T(coverage), N(profile_rate_bytes), END};
#undef S
#define S record_go_state
LIST(go_state_fields){N(image),
		      I(gogc),
		      N(memory_limit_bytes),
		      N(heap_live_bytes),
		      N(heap_marked_bytes),
		      N(heap_goal_bytes),
		      N(cycles),
		      N(forced_cycles),
		      N(pause_total_ns),
		      N(gc_cpu_ppm),
		      N(mallocs),
		      N(frees),
		      N(allocated_bytes),
		      N(freed_bytes),
		      N(in_heap_bytes),
		      N(in_stacks_bytes),
		      N(committed_bytes),
		      N(released_bytes),
		      N(goroutines),
		      N(procs),
		      N(charged_ns),
		      END};
#undef S
#define S record_go_classes
LIST(go_classes_fields){N(image), N(row_cnt), END};
#undef S
#define S go_class_row
LIST(go_class_rows){N(size_bytes), N(mallocs), N(frees), N(allocated_bytes), N(freed_bytes), END};
#undef S
#define S record_go_bucket
LIST(go_bucket_fields){N(image), N(bucket), N(size_bytes), N(frame_cnt), END};
#undef S
#define S record_go_counts
LIST(go_counts_fields){N(image), N(row_cnt), N(profile_rate_bytes), END};
#undef S
#define S go_count_row
LIST(go_count_rows){N(bucket), N(allocs), N(frees), N(pending_allocs), END};
#undef S
#define S record_go_goroutines
LIST(go_goroutines_fields){N(image), N(row_cnt), N(total), N(dropped), END};
#undef S
#define S go_goroutine_row
LIST(go_goroutine_rows){{"created_module", offsetof(struct S, created.module), 4, FIELD_NUMBER},
			{"created_offset", offsetof(struct S, created.offset), 8, FIELD_HEX},
			{"entry_module", offsetof(struct S, entry.module), 4, FIELD_NUMBER},
			{"entry_offset", offsetof(struct S, entry.offset), 8, FIELD_HEX},
			N(cnt),
			L(by_status),
			N(longest_wait_ns),
			END};
#undef S
#define S record_go_sample
LIST(go_sample_fields){N(image), N(kind), N(size_bytes), N(weight_bytes),
		       X(type),	 N(tid),  N(frame_cnt),	 END};
#undef S
#define S record_go_cycle
LIST(go_cycle_fields){N(image), N(cause), N(cycle), N(ended_wall_ns), N(pause_ns), N(mark_ns), END};
#undef S
#define S record_symbol
LIST(symbol_fields){N(module), N(depth), X(offset), T(function), T(file), N(line), N(flags), END};
#undef S
#define S record_go_site
LIST(go_site_fields){N(module), T(type), X(offset), N(type_bytes), T(callee), END};
#undef S
#define S record_go_look
LIST(go_look_fields){N(image),	    N(looks), N(observed_ns), N(cpu_ns),
		     N(charged_ns), L(calls), N(dropped),     END};
#undef S
#define S record_go_calls
LIST(go_calls_fields){N(image), N(row_cnt), END};
#undef S
#define S go_call_row
LIST(go_call_rows){{"site_module", offsetof(struct S, site.module), 4, FIELD_NUMBER},
		   {"site_offset", offsetof(struct S, site.offset), 8, FIELD_HEX},
		   N(kind),
		   T(type),
		   N(type_bytes),
		   N(size),
		   N(old),
		   N(n),
		   N(bytes),
		   END};
#undef S
#define S record_thread
LIST(thread_fields){N(image), N(tid), T(comm), END};
#undef S
#define S record_memory
LIST(memory_fields){N(image),	   N(limit_bytes),	    N(used_bytes),
		    N(host_bytes), N(host_available_bytes), END};
#undef S
#define S record_unit
LIST(unit_fields){N(image), T(unit), END};
#undef S
#define S record_end
LIST(end_fields){N(reason), END};
#undef S
LIST(no_fields){END};

#define FIXED(type, name, struct_name, fields) \
	RECORD_##type, name, sizeof(struct struct_name), fields
#define ROWS(name, struct_name, cnt, row, fields)                                   \
	{                                                                           \
		name, offsetof(struct struct_name, cnt), sizeof(struct row), fields \
	}
#define FRAMES(struct_name) ROWS("frames", struct_name, frame_cnt, frame, frame_fields)
#define NONE      \
	{         \
		0 \
	}

static const struct record_layout layouts[] = {
	{FIXED(HOST, "HOST", record_host, host_fields), NONE},
	{FIXED(IMAGE, "IMAGE", record_image, image_fields), NONE},
	{FIXED(MODULE, "MODULE", record_module, module_fields), NONE},
	{FIXED(EXIT, "EXIT", record_exit, exit_fields), NONE},
	{FIXED(PLAN, "PLAN", record_plan, plan_fields), NONE},
	{FIXED(COUNTERS, "COUNTERS", record_counters, counters_fields),
	 ROWS("rows", record_counters, row_cnt, counters_row, counters_rows)},
	{FIXED(SAMPLE, "SAMPLE", record_sample, sample_fields), FRAMES(record_sample)},
	{FIXED(STEP, "STEP", record_block, block_fields), NONE},
	{FIXED(FREE, "FREE", record_block, block_fields), NONE},
	{FIXED(LOSS, "LOSS", record_loss, loss_fields), NONE},
	{FIXED(VITALS, "VITALS", record_vitals, vitals_fields), NONE},
	{FIXED(GO_PROGRAM, "GO_PROGRAM", record_go_program, go_program_fields), NONE},
	{FIXED(GO_STATE, "GO_STATE", record_go_state, go_state_fields), NONE},
	{FIXED(GO_CLASSES, "GO_CLASSES", record_go_classes, go_classes_fields),
	 ROWS("rows", record_go_classes, row_cnt, go_class_row, go_class_rows)},
	{FIXED(GO_BUCKET, "GO_BUCKET", record_go_bucket, go_bucket_fields),
	 FRAMES(record_go_bucket)},
	{FIXED(GO_COUNTS, "GO_COUNTS", record_go_counts, go_counts_fields),
	 ROWS("rows", record_go_counts, row_cnt, go_count_row, go_count_rows)},
	{FIXED(GO_GOROUTINES, "GO_GOROUTINES", record_go_goroutines, go_goroutines_fields),
	 ROWS("rows", record_go_goroutines, row_cnt, go_goroutine_row, go_goroutine_rows)},
	{FIXED(GO_SAMPLE, "GO_SAMPLE", record_go_sample, go_sample_fields),
	 FRAMES(record_go_sample)},
	{FIXED(GO_CYCLE, "GO_CYCLE", record_go_cycle, go_cycle_fields), NONE},
	{FIXED(SYMBOL, "SYMBOL", record_symbol, symbol_fields), NONE},
	{FIXED(END, "END", record_end, end_fields), NONE},
	{FIXED(READY, "READY", record, no_fields), NONE},
	{FIXED(GO_SITE, "GO_SITE", record_go_site, go_site_fields), NONE},
	{FIXED(GO_LOOK, "GO_LOOK", record_go_look, go_look_fields), NONE},
	{FIXED(GO_CALLS, "GO_CALLS", record_go_calls, go_calls_fields),
	 ROWS("rows", record_go_calls, row_cnt, go_call_row, go_call_rows)},
	{FIXED(THREAD, "THREAD", record_thread, thread_fields), NONE},
	{FIXED(MEMORY, "MEMORY", record_memory, memory_fields), NONE},
	{FIXED(UNIT, "UNIT", record_unit, unit_fields), NONE},
	{FIXED(FAILURE, "FAILURE", record_sample, sample_fields), FRAMES(record_sample)},
};

const struct record_layout *record_layout__of(uint16_t type)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++)
		if (layouts[i].type == type)
			return &layouts[i];
	return NULL;
}
