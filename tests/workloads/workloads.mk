# SPDX-License-Identifier: GPL-2.0-or-later
# Programs of known truth that tests, demo and bench observe. Included by the Makefile.
WORKLOADS :=
DEMO_WORKLOADS :=
workloads: $(WORKLOADS) ## (internal) programs of known truth
workloads-demo: $(DEMO_WORKLOADS)
.PHONY: workloads workloads-demo
