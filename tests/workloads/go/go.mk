# SPDX-License-Identifier: GPL-2.0-or-later
# Go programs under probes: one folder, one module, one program. The other folders are built by the
# tests that need them, each its own way. Included by workloads.mk. Without a Go toolchain there are
# none, and the tests that need them skip.
GO ?= $(or $(shell command -v go 2>/dev/null),$(wildcard /usr/local/go/bin/go))
GO_WORKLOAD_DIR := $(WORKLOAD_DIR)/go
GO_MODULES := harm service
GO_WORKLOADS := $(if $(GO),$(addprefix $(GO_WORKLOAD_DIR)/,$(GO_MODULES)))

define GO_WORKLOAD_RULE
$(GO_WORKLOAD_DIR)/$(1): $(wildcard tests/workloads/go/$(1)/*.go) tests/workloads/go/$(1)/go.mod
	$$(SAY) GO $$@
	$$(Q)mkdir -p $$(@D)
	$$(Q)cd tests/workloads/go/$(1) && GOTOOLCHAIN=local GOFLAGS= CGO_ENABLED=0 \
		$(GO) build -buildvcs=false -trimpath -o $(abspath $(GO_WORKLOAD_DIR))/$(1) .
endef
$(foreach module,$(GO_MODULES),$(eval $(call GO_WORKLOAD_RULE,$(module))))
