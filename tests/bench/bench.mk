# SPDX-License-Identifier: GPL-2.0-or-later
# The program behind the rows of hits. Included by the Makefile.
BENCH_DIR := $(OUT)/tests/bench
BENCH_HIT := $(BENCH_DIR)/hit

.PHONY: bench-programs
bench-programs: $(BENCH_HIT)

# -fno-builtin: the compiler must not know that a malloc and its free cancel out.
$(BENCH_DIR)/%.o: tests/bench/%.c
	$(SAY) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests/bench $(ALL_CFLAGS) -fno-builtin -MMD -MP -c $< -o $@

$(BENCH_HIT): $(BENCH_DIR)/hit.o $(BENCH_DIR)/loop.o $(LIB)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@
