# SPDX-License-Identifier: GPL-2.0-or-later
# heapbeat: `make help` lists the targets.

OUT ?= .output
ARCH := $(shell uname -m | sed 's/aarch64/arm64/')
BPF_ARCH := $(if $(filter x86_64,$(ARCH)),x86,arm64)
VERSION := 0.1.0
REVISION := $(or $(shell git rev-parse --short=12 HEAD 2>/dev/null),unknown)

CC = gcc
CLANG ?= clang
BPFTOOL ?= bpftool
PKGS := libelf libdw zydis jansson zlib libbpf libmicrohttpd yaml-0.1 libprotobuf-c libcap-ng libcrypt gnutls ncursesw

WARN := -Wall -Wextra -Wformat=2 -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wundef \
	-Wpointer-arith -Wwrite-strings -Wvla -fno-common
CFLAGS ?= -O2 -g
CPPFLAGS = -D_GNU_SOURCE -DHEAPBEAT_VERSION='"$(VERSION)"' -I. -Isrc -I$(OUT) -I/usr/include/libiberty
ALL_CFLAGS = -std=gnu11 $(CFLAGS) $(WARN)
LDLIBS := -lbpf -lelf -ldw -lZydis -ljansson -lz -liberty -lmicrohttpd -lgnutls -lyaml -lprotobuf-c -lcap-ng -lcrypt -lncursesw -ltinfo -lm -lpthread
ifeq ($(DEV),1)
ALL_CFLAGS += -Werror
endif
ifeq ($(SAN),1)
OUT := $(OUT)/san
ALL_CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
endif
ifneq ($(V),1)
Q := @
SAY = @printf '  %-7s %s\n'
else
SAY = @:
endif

SRC := $(filter-out src/main.c,$(wildcard src/*/*.c))
PROTO := $(wildcard src/*/*.proto)
OBJ := $(SRC:%.c=$(OUT)/%.o) $(PROTO:%.proto=$(OUT)/%.pb-c.o)
BPF_SRC := $(wildcard bpf/*.bpf.c)
BPF_OBJ := $(BPF_SRC:%.c=$(OUT)/%.o)
SKEL := $(OUT)/heapbeat.skel.h
LIB := $(OUT)/libheapbeat.a
BIN := $(OUT)/heapbeat
UNIT := $(patsubst tests/unit/%.c,$(OUT)/tests/unit/%,$(wildcard tests/unit/test_*.c))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help demo test check check-unit check-dashboards advice check-bpf check-e2e soak bench lint format \
	clean packages unit dashboards page-test pictures story workloads compile_commands metrics-doc rules-doc FORCE

all: $(BIN) ## build the binary (no root needed)

help: ## list the targets
	@awk -F':.*## ' '/^[a-z0-9_-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  variables: V=1 commands shown, DEV=1 warnings are errors, SAN=1 ASan and UBSan, ROW=name one bench row"

$(OUT)/bpf/%.bpf.o: bpf/%.bpf.c
	$(SAY) BPF $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter -D__TARGET_ARCH_$(BPF_ARCH) \
		-Ivmlinux/$(ARCH) -I. -idirafter /usr/include/$(shell uname -m)-linux-gnu -MMD -MP -c $< -o $@

$(OUT)/heapbeat.bpf.o: $(BPF_OBJ)
	$(SAY) GENOBJ $@
	$(Q)$(BPFTOOL) gen object $@ $^

$(SKEL): $(OUT)/heapbeat.bpf.o
	$(SAY) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name heapbeat_bpf >$@

$(OUT)/%.o: %.c
	$(SAY) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# Written anew only when it has changed, so that what depends on it is built again then.
$(OUT)/revision: FORCE
	$(Q)mkdir -p $(@D) && echo '$(REVISION)' | cmp -s - $@ || echo '$(REVISION)' >$@
$(OUT)/src/export/metrics_self.o: $(OUT)/revision
$(OUT)/src/export/metrics_self.o: CPPFLAGS += -DHEAPBEAT_REVISION='"$(REVISION)"'

$(OUT)/%.pb-c.c: %.proto
	$(SAY) PROTO $<
	$(Q)mkdir -p $(OUT)
	$(Q)protoc-c --c_out=$(OUT) $<

$(OUT)/%.pb-c.o: $(OUT)/%.pb-c.c
	$(SAY) CC $<
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# Only export/ and its tests include what protoc-c writes.
PROTO_SRC := $(PROTO:%.proto=$(OUT)/%.pb-c.c)
$(patsubst %.c,$(OUT)/%.o,$(wildcard src/export/*.c)): | $(PROTO_SRC)

# Only kernel/ owns the skeleton.
$(patsubst %.c,$(OUT)/%.o,$(wildcard src/kernel/*.c)): $(SKEL)

# It holds these files (.incbin), of which the compiler's lists know nothing.
$(OUT)/src/cmd/dashboard.o: $(wildcard dashboards/*.json)
$(OUT)/src/export/page_assets.o: $(wildcard src/web/page/*)

$(LIB): $(OBJ)
	$(SAY) AR $@
	$(Q)rm -f $@ && ar rcs $@ $^

$(BIN): $(OUT)/src/main.o $(LIB)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(OUT)/tests/unit/%: tests/unit/%.c $(LIB)
	$(SAY) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP $< $(LIB) $(LDFLAGS) -lcmocka $(LDLIBS) -o $@

unit: $(UNIT)

packages: ## install the Debian packages that building, demo and tests need
	@packaging/install-packages.sh build demo test

include tests/bpf/bpf.mk
include tests/workloads/workloads.mk
include tests/bench/bench.mk
include tests/fuzz/fuzz.mk
include packaging/packaging.mk

# What builds much is built on every CPU, unless it was said on how many.
JOBS ?= $(shell nproc)
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

demo: ## install, build, and observe a live redis and a faulty service
	@packaging/install-packages.sh build demo
	@$(MAKE) --no-print-directory $(PARALLEL) all workloads-demo
	@tests/demo/demo.sh $(BIN) $(OUT)

test: ## install, build, and pass every test (root)
	@packaging/install-packages.sh build demo test
	@$(MAKE) --no-print-directory $(PARALLEL) all workloads unit
	@tests/run.sh $(OUT) unit replay dashboards bpf e2e

check: check-unit

check-unit: ## unit and replay tests under ASan and UBSan (no root)
	@$(MAKE) --no-print-directory $(PARALLEL) all unit workloads
	@tests/run.sh $(OUT) unit replay

check-dashboards: all ## lint, names, rules and types of the dashboards (no root)
	@tests/run.sh $(OUT) dashboards

dashboards: ## write dashboards/*.json from dashboards/source
	@dashboards/build.py

PROMETHEUS ?= http://127.0.0.1:9090
PICTURES ?= $(OUT)/pictures/out
pictures: ## draw the dashboards from PROMETHEUS=URL into PICTURES=DIR, by Grafana's components
	@packaging/install-packages.sh pictures
	@tests/dashboards/pictures.sh $(OUT) --prometheus $(PROMETHEUS) --out $(PICTURES) $(PICTURES_FLAGS)

page-test: all workloads ## drive the page in Chromium, pictures into .output/page/pictures (no root)
	@packaging/install-packages.sh pictures
	@tests/run.sh $(OUT) page

story: all ## Go services before and after their remedies, and what is advised; real PostgreSQL (root, go 1.25)
	@packaging/install-packages.sh story
	@HB_OUT=$(abspath $(OUT)) tests/story/story.py --programs $(OUT)/tests/workloads/go/story $(STORY_FLAGS)
	@HB_OUT=$(abspath $(OUT)) tests/story/pipeline.py --programs $(OUT)/tests/workloads/go/pipeline

advice: all workloads ## rules for Go x (fires, twin, mended) in HB_ROUNDS=20 runs, predictions against what comes (root, long)
	@HB_OUT=$(abspath $(OUT)) tests/advice/advice.py $(ADVICE_FLAGS)
	@HB_OUT=$(abspath $(OUT)) tests/advice/pacing.py

check-bpf: all workloads ## exact counts on the real kernel (root)
	@tests/run.sh $(OUT) bpf

check-e2e: all workloads ## whole programs, harm, bad use (root)
	@tests/run.sh $(OUT) e2e

soak: all workloads ## many rounds: kills, estimates (root, long)
	@tests/run.sh $(OUT) soak

bench: all workloads bench-programs ## cost and accuracy tables into .output/bench.json (root, long)
	@tests/bench/bench.sh $(OUT) $(ROW)

lint: ## clang-format and cppcheck
	@packaging/install-packages.sh build lint
	@clang-format --dry-run -Werror $(shell git ls-files 'src/*.[ch]' 'bpf/*.[ch]' 'tests/*.[ch]')
	@cppcheck --quiet --std=c11 --enable=warning,portability,performance --error-exitcode=1 --inline-suppr \
		--suppress=missingIncludeSystem -I. -Isrc -D__x86_64__ '-DLIBBPF_OPTS(t,n,...)=struct t n={.sz=sizeof(n),__VA_ARGS__}' src

format: ## rewrite the sources in the house style
	@clang-format -i $(shell git ls-files 'src/*.[ch]' 'bpf/*.[ch]' 'tests/*.[ch]')

metrics-doc: $(OUT)/tests/unit/test_metrics_table ## docs/metrics.md from the table of metrics
	@HB_METRICS_DOC=write $< >/dev/null

rules-doc: $(OUT)/tests/unit/test_rules ## the catalogue in README.md from the table of rules
	@HB_RULES_DOC=write $< >/dev/null

compile_commands: clean ## compile_commands.json through bear
	@bear -- $(MAKE) all

clean: ## remove build output
	$(Q)rm -rf $(OUT)

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
