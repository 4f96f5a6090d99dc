# SPDX-License-Identifier: GPL-2.0-or-later
# Programs of known truth that tests, demo and bench observe. Included by the Makefile.
WORKLOAD_DIR := $(OUT)/tests/workloads
CALLS_SRC := calls truth crew basic resize images nesting leaving pace sites
CALLS_OBJ := $(CALLS_SRC:%=$(WORKLOAD_DIR)/%.o)
WORKLOADS := $(addprefix $(WORKLOAD_DIR)/,calls cxx_throw oracle.so remedy fleet lives)
WEB_FIXTURE := $(WORKLOAD_DIR)/web_fixture
GO_DUMP := $(addprefix $(WORKLOAD_DIR)/,go_dump go_pacing)
DEMO_WORKLOADS := $(WORKLOAD_DIR)/faulty

include tests/workloads/go/go.mk

# Never with sanitizers (they bring an allocator of their own) and never with the compiler's
# knowledge of malloc (it turns realloc(NULL, n) into malloc(n) and drops unused pairs).
WORKLOAD_CFLAGS := -O2 -g -fno-builtin $(WARN) $(if $(filter 1,$(DEV)),-Werror)
WORKLOAD_CPPFLAGS := -D_GNU_SOURCE -Isrc -Itests/workloads

.PHONY: workloads workloads-demo
workloads: $(WORKLOADS) $(DEMO_WORKLOADS) $(WEB_FIXTURE) $(GO_DUMP) $(GO_WORKLOADS) $(GO_PROBES)
workloads-demo: $(DEMO_WORKLOADS)

$(WORKLOAD_DIR)/%.o: tests/workloads/%.c
	$(SAY) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WORKLOAD_CPPFLAGS) $(WORKLOAD_CFLAGS) -MMD -MP -c $< -o $@

$(WORKLOAD_DIR)/calls: $(CALLS_OBJ)
	$(SAY) LINK $@
	$(Q)$(CC) $^ -lpthread -o $@

$(WORKLOAD_DIR)/remedy $(WORKLOAD_DIR)/fleet $(WORKLOAD_DIR)/lives: %: %.o
	$(SAY) LINK $@
	$(Q)$(CC) $^ -o $@

$(WORKLOAD_DIR)/cxx_throw: tests/workloads/cxx_throw.cc
	$(SAY) CXX $<
	$(Q)mkdir -p $(@D)
	$(Q)g++ -O2 -g -Wall -Wextra $< -o $@

$(WORKLOAD_DIR)/oracle.so: tests/workloads/oracle.c
	$(SAY) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -fPIC -shared $(WORKLOAD_CPPFLAGS) $(WORKLOAD_CFLAGS) -MMD -MP $< -o $@

# From the library's own objects: the HTTP server with made-up figures, the reader of Go programs.
$(WEB_FIXTURE) $(GO_DUMP): $(WORKLOAD_DIR)/%: tests/workloads/%.c $(LIB)
	$(SAY) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP $< $(LIB) $(LDFLAGS) -lcmocka $(LDLIBS) -o $@

# The service's function names are drawn anew at each build: nobody can know them beforehand.
$(WORKLOAD_DIR)/faulty.c: tests/demo/make-faulty.sh tests/demo/faulty.c.in FORCE
	$(SAY) GEN $@
	$(Q)mkdir -p $(@D)
	$(Q)tests/demo/make-faulty.sh tests/demo/faulty.c.in $@ $(WORKLOAD_DIR)/faulty.map

$(WORKLOAD_DIR)/faulty: $(WORKLOAD_DIR)/faulty.c
	$(SAY) CC $<
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WORKLOAD_CFLAGS) $< -o $@

.PHONY: FORCE
FORCE:
