#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Is what is shipped sound: the package, the unit, the configuration, the snippets, the pages?
# Nothing is installed outside a scratch folder and nothing is started.
set -u
tests=$(cd "$(dirname "$0")/.." && pwd)
. "$tests/lib/lib.sh"

top=$(cd "$tests/.." && pwd)
out=${HB_OUT:-$top/.output}
bin=${HB_BIN:-$out/heapbeat}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

make_quietly() { # TARGET VARIABLE...
	env -u MAKEFLAGS -u MFLAGS make --no-print-directory -C "$top" OUT="$out" "$@" \
		>"$work/make.log" 2>&1 || { cat "$work/make.log" && false; }
}

has() { # COMMAND
	command -v "$1" >/dev/null 2>&1
}

# need NAME COMMAND: a skip line and 1 if the command is not installed.
need() {
	has "$2" || { skip "$1" "no $2 here" && false; }
}

### the Debian package

check_deb() {
	rm -f "$out"/heapbeat_*.deb
	make_quietly deb || return
	deb=$(echo "$out"/heapbeat_*.deb)
	dpkg-deb -x "$deb" "$work/deb" && dpkg-deb -e "$deb" "$work/deb/DEBIAN" || return
	(cd "$work/deb" && md5sum --quiet -c DEBIAN/md5sums) || return
	[ -x "$work/deb/usr/bin/heapbeat" ] || return
	# started by nobody but the administrator
	! grep -E '^[^#]*(enable|start)' "$work"/deb/DEBIAN/post* || return
	[ "$(cat "$work/deb/DEBIAN/conffiles")" = /etc/heapbeat/heapbeat.yml ] || return
	"$work/deb/usr/bin/heapbeat" version
}

check_lintian() {
	lintian --fail-on warning "$deb" 2>&1 | grep -v 'running with root' >"$work/lintian"
	cat "$work/lintian"
	! grep -q '^[EW]:' "$work/lintian"
}

if need deb_builds_and_unpacks_whole dpkg-shlibdeps; then
	expect deb_builds_and_unpacks_whole "see above" check_deb
	if need lintian_finds_nothing lintian; then
		expect lintian_finds_nothing "see above" check_lintian
	fi
fi

### make install

check_install() {
	make_quietly install DESTDIR="$work/root" PREFIX=/usr || return
	[ -x "$work/root/usr/bin/heapbeat" ] || return
	for page in man1/heapbeat-diff.1 man1/heapbeat-top.1 man8/heapbeat.8 man8/heapbeat-run.8 man5/heapbeat.conf.5; do
		[ -s "$work/root/usr/share/man/$page" ] || return
	done
	make_quietly uninstall DESTDIR="$work/root" PREFIX=/usr || return
	find "$work/root" -mindepth 1 >"$work/left" 2>/dev/null
	cat "$work/left"
	[ ! -s "$work/left" ]
}

check_changed_config() {
	config=$work/root2/etc/heapbeat/heapbeat.yml
	make_quietly install DESTDIR="$work/root2" PREFIX=/usr || return
	echo 'all: true' >"$config"
	make_quietly install DESTDIR="$work/root2" PREFIX=/usr || return
	make_quietly uninstall DESTDIR="$work/root2" PREFIX=/usr || return
	[ "$(cat "$config")" = 'all: true' ] || return
	[ "$(find "$work/root2" -type f | wc -l)" = 1 ]
}

expect uninstall_leaves_nothing_of_install "see above" check_install
expect a_changed_configuration_stays "it was overwritten, removed, or is not alone" \
	check_changed_config

### the unit

check_verify() {
	make_quietly install PREFIX="$work/usr" SYSCONFDIR="$work/etc" || return
	unit=$work/usr/lib/systemd/system/heapbeat.service
	grep -q "^ExecStart=$work/usr/bin/heapbeat run --config.file=$work/etc/heapbeat" "$unit" ||
		return
	systemd-analyze verify --man=no "$unit" >"$work/verify" 2>&1
	code=$?
	cat "$work/verify"
	[ "$code" = 0 ] && [ ! -s "$work/verify" ]
}

check_exposure() { # THRESHOLD: tenths
	systemd-analyze security --offline=true --no-pager --threshold="$1" \
		"$top/packaging/heapbeat.service" >"$work/security" 2>&1
}

check_sees_processes() {
	! grep -E '^(ProtectProc|ProcSubset|PrivateUsers|PrivateNetwork)=' \
		"$top/packaging/heapbeat.service"
}

if need unit_verifies systemd-analyze; then
	expect unit_verifies "see above" check_verify
	expect unit_is_exposed_4_0_at_most "$(tail -n 1 "$work/security" 2>/dev/null)" \
		check_exposure 40
	# the threshold is looked at: nobody can be at 1.0 who reads other processes
	if check_exposure 10; then
		not_ok unit_exposure_is_judged "any threshold passes"
	else
		ok unit_exposure_is_judged
	fi
fi
expect unit_does_not_hide_the_processes "see above" check_sees_processes

### configuration

valid() { # FILE
	"$bin" check-config "$1" >"$work/said" 2>&1 || { cat "$work/said" && false; }
}

# The Nth literal block of the EXAMPLES of heapbeat.conf(5).
example() { # N
	awk -v n="$1" '/^\.Sh EXAMPLES/ { on = 1 }
		on && /^\.Bd/ { block++; next }
		/^\.Ed/ { block += 0.5 }
		on && block == n + (n - 1) * 0.5' "$top/man/heapbeat.conf.5"
}

check_examples() {
	example 2 >"$work/web.yml"
	example 1 | sed "s,/etc/heapbeat/web.yml,$work/web.yml," >"$work/heapbeat.yml"
	grep -q '^basic_auth_users' "$work/web.yml" && grep -q '^budget' "$work/heapbeat.yml" ||
		return
	valid "$work/heapbeat.yml"
}

check_mistake() {
	printf 'web:\n  listen-adress: x\n' >"$work/bad.yml"
	"$bin" check-config "$work/bad.yml" >"$work/said" 2>&1
	[ $? = 2 ] || return
	grep -q "bad.yml:2:3: unknown key 'web.listen-adress'; did you mean" "$work/said" || return
	"$bin" check-config "$work/missing.yml" >"$work/said" 2>&1
	[ $? = 1 ] && grep -q 'No such file' "$work/said"
}

check_unguarded() {
	printf 'web: {listen-address: "0.0.0.0:10060"}\n' >"$work/open.yml"
	"$bin" check-config "$work/open.yml" >"$work/said" 2>&1
	[ $? = 2 ] && grep -q 'reachable from elsewhere' "$work/said"
}

expect shipped_configuration_is_valid "see above" valid "$top/packaging/heapbeat.yml"
expect examples_of_the_manual_are_valid "see above" check_examples
expect a_mistake_has_a_place_and_a_code "$(cat "$work/said")" check_mistake
expect an_open_address_needs_a_guard "$(cat "$work/said")" check_unguarded

### snippets, Kubernetes

check_yaml() {
	python3 - "$top/packaging" "$work" <<-'PY'
		import sys, yaml
		folder, work = sys.argv[1:]
		parca = yaml.safe_load(open(folder + "/snippets/parca.yml"))
		job = parca["scrape_configs"][0]
		assert job["relabel_configs"][0]["source_labels"] == ["__meta_heapbeat_profile_path"]
		assert job["http_sd_configs"][0]["url"].endswith("/sd/parca")
		kinds = {}
		for item in yaml.safe_load_all(open(folder + "/kubernetes/daemonset.yaml")):
		    kinds[item["kind"]] = item
		pod = kinds["DaemonSet"]["spec"]["template"]["spec"]
		guard = pod["containers"][0]["securityContext"]
		assert pod["hostPID"] is True
		assert guard["readOnlyRootFilesystem"] and not guard["privileged"]
		assert guard["capabilities"]["drop"] == ["ALL"]
		mounted = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
		assert mounted == {volume["name"] for volume in pod["volumes"]}
		config = kinds["ConfigMap"]["data"]["heapbeat.yml"]
		config = config.replace("/etc/heapbeat-web/web.yml", work + "/web.yml")
		open(work + "/pod.yml", "w").write(config)
	PY
}

check_pod_config() {
	check_yaml && valid "$work/pod.yml"
}

check_alloy() {
	for kind in block goroutine mutex process_cpu; do
		awk -v kind="profile.$kind" '$1 == kind { on = 1 } on && /enabled += false/ { found = 1 }
			/}/ { on = 0 } END { exit !found }' "$top/packaging/snippets/alloy.river" || return
	done
	[ "$(tr -cd '{' <"$top/packaging/snippets/alloy.river" | wc -c)" = \
		"$(tr -cd '}' <"$top/packaging/snippets/alloy.river" | wc -c)" ]
}

if need prometheus_takes_the_snippet promtool; then
	expect prometheus_takes_the_snippet "promtool refuses it" \
		promtool check config --syntax-only "$top/packaging/snippets/prometheus.yml"
fi
if python3 -c 'import yaml' 2>/dev/null; then
	expect daemonset_and_parca_snippet_hold_together "see above" check_pod_config
else
	skip daemonset_and_parca_snippet_hold_together "no python3-yaml here"
fi
expect alloy_snippet_asks_for_heaps_alone "a kind that answers 404 is enabled" check_alloy

### manual pages

check_pages() {
	mandoc -T lint -W warning "$top"/man/*
}

if need pages_are_clean mandoc; then
	expect pages_are_clean "see above" check_pages
fi
finish
