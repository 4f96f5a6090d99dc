# SPDX-License-Identifier: GPL-2.0-or-later
# Drivers of the tests in this folder. Included by the Makefile.
GO_PROBES := $(OUT)/tests/bpf/go_probes

$(GO_PROBES): tests/bpf/go_probes.c $(LIB)
	$(SAY) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP $< $(LIB) $(LDFLAGS) $(LDLIBS) -o $@
