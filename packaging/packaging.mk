# SPDX-License-Identifier: GPL-2.0-or-later
# make install, uninstall, deb. Included by the Makefile.

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=

.PHONY: install uninstall deb

BIN_DIR = $(DESTDIR)$(PREFIX)/bin
MAN_DIR = $(DESTDIR)$(PREFIX)/share/man
UNIT_DIR = $(DESTDIR)$(PREFIX)/lib/systemd/system
SHARE_DIR = $(DESTDIR)$(PREFIX)/share/heapbeat
BASH_DIR = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_DIR = $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions
DOC_DIR = $(DESTDIR)$(PREFIX)/share/doc/heapbeat
CONFIG_DIR = $(DESTDIR)$(SYSCONFDIR)/heapbeat

DASHBOARDS := $(wildcard dashboards/*.json)
RULES := $(wildcard dashboards/rules/*.yml)

install: all ## install below PREFIX (/usr/local), configuration below SYSCONFDIR (/etc)
	$(SAY) INSTALL $(DESTDIR)$(PREFIX)
	$(Q)install -D -m 755 $(BIN) $(BIN_DIR)/heapbeat
	$(Q)install -D -m 644 -t $(MAN_DIR)/man1 $(wildcard man/*.1)
	$(Q)install -D -m 644 -t $(MAN_DIR)/man8 $(wildcard man/*.8)
	$(Q)install -D -m 644 -t $(MAN_DIR)/man5 $(wildcard man/*.5)
	$(Q)install -d $(BASH_DIR) $(ZSH_DIR) $(UNIT_DIR)
	$(Q)$(BIN) completion bash >$(BASH_DIR)/heapbeat
	$(Q)$(BIN) completion zsh >$(ZSH_DIR)/_heapbeat
	$(Q)chmod 644 $(BASH_DIR)/heapbeat $(ZSH_DIR)/_heapbeat
	$(Q)sed 's,/usr/bin/heapbeat,$(PREFIX)/bin/heapbeat,; s,/etc/heapbeat,$(SYSCONFDIR)/heapbeat,' \
		packaging/heapbeat.service >$(UNIT_DIR)/heapbeat.service
	$(Q)chmod 644 $(UNIT_DIR)/heapbeat.service
	$(Q)[ -e $(CONFIG_DIR)/heapbeat.yml ] || \
		install -D -m 644 packaging/heapbeat.yml $(CONFIG_DIR)/heapbeat.yml
	$(Q)install -D -m 644 -t $(SHARE_DIR)/schema docs/schema/*.json
	$(Q)install -D -m 644 -t $(SHARE_DIR)/snippets packaging/snippets/*
	$(Q)install -D -m 644 -t $(SHARE_DIR)/kubernetes packaging/kubernetes/*
	$(Q)install -D -m 644 LICENSES/MIT.txt $(SHARE_DIR)/dashboards/LICENSE.MIT
	$(if $(DASHBOARDS),$(Q)install -m 644 -t $(SHARE_DIR)/dashboards $(DASHBOARDS))
	$(if $(RULES),$(Q)install -D -m 644 -t $(SHARE_DIR)/rules $(RULES))
	$(Q)install -D -m 644 -t $(DOC_DIR) README.md CHANGELOG.md docs/accounting.md LICENSES/GPL-2.0-or-later.txt

# A configuration that was changed is somebody's work and stays.
uninstall: ## remove what install put there, and the configuration if it was never changed
	$(SAY) REMOVE $(DESTDIR)$(PREFIX)
	$(Q)rm -f $(BIN_DIR)/heapbeat $(UNIT_DIR)/heapbeat.service
	$(Q)rm -f $(patsubst man/%,$(MAN_DIR)/man1/%,$(wildcard man/*.1))
	$(Q)rm -f $(patsubst man/%,$(MAN_DIR)/man8/%,$(wildcard man/*.8))
	$(Q)rm -f $(patsubst man/%,$(MAN_DIR)/man5/%,$(wildcard man/*.5))
	$(Q)rm -f $(BASH_DIR)/heapbeat $(ZSH_DIR)/_heapbeat
	$(Q)rm -rf $(SHARE_DIR) $(DOC_DIR)
	$(Q)! cmp -s packaging/heapbeat.yml $(CONFIG_DIR)/heapbeat.yml || rm -f $(CONFIG_DIR)/heapbeat.yml
	$(Q)for dir in $(CONFIG_DIR) $(UNIT_DIR) $(BASH_DIR) $(ZSH_DIR) $(MAN_DIR)/man1 $(MAN_DIR)/man5 $(MAN_DIR)/man8; do \
		[ ! -d $$dir ] || rmdir -p --ignore-fail-on-non-empty $$dir; done
	$(Q)[ ! -d $(BIN_DIR) ] || rmdir -p --ignore-fail-on-non-empty $(BIN_DIR)
	$(Q)for dir in $(DESTDIR)$(PREFIX)/share/doc $(DESTDIR)$(PREFIX)/share; do \
		[ ! -d $$dir ] || rmdir -p --ignore-fail-on-non-empty $$dir; done

deb: all ## .output/heapbeat_VERSION_ARCH.deb
	$(SAY) DEB $(OUT)
	$(Q)packaging/deb/build.sh $(OUT) $(VERSION)
