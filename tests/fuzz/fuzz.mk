# SPDX-License-Identifier: GPL-2.0-or-later
# Only code that clang builds with -fsanitize=fuzzer guides the fuzzer, so targets do not use the library.

FUZZ_SECONDS ?= 60
FUZZ := $(patsubst tests/fuzz/%.c,$(OUT)/fuzz/%.bin,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_FLAGS := -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

$(OUT)/fuzz/fuzz_go_program.bin: $(wildcard src/target/go_*.c) src/target/elf_image.c src/base/table.c src/base/error.c

$(OUT)/fuzz/%.bin: tests/fuzz/%.c
	$(SAY) FUZZ $<
	$(Q)mkdir -p $(@D)/$*
	$(Q)$(CLANG) $(CPPFLAGS) $(FUZZ_FLAGS) $(filter %.c,$^) -o $@

.PHONY: fuzz
fuzz: ## broken input for the readers of foreign files, FUZZ_SECONDS=60 each
	@packaging/install-packages.sh build lint
	@$(MAKE) --no-print-directory $(FUZZ)
	@for bin in $(FUZZ); do \
		dir=$${bin%.bin}; \
		$$bin -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=512 -print_final_stats=1 \
			-artifact_prefix=$$dir/ $$dir || exit 1; \
	done
