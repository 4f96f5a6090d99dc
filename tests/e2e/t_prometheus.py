#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does a real Prometheus find the daemon by its discovery page, scrape it for a minute without a
miss while programs come, go and grow, and get data for every panel of every dashboard?

HB_EXPORTER=URL takes what already answers there instead of a daemon (for trying this test).
"""
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from target import (BIN, Checks, Failure, Skip, Workload, demand, need_root, run,  # noqa: E402
                    wait_for)
import go_build  # noqa: E402
import servers  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
DASHBOARDS = [os.path.join(ROOT, "dashboards", name + ".json")
              for name in ("overview", "process", "go", "self")]
RULES = os.path.join(ROOT, "dashboards", "rules", "*.yml")
PANELS = os.path.join(ROOT, "tests", "dashboards", "panels.mjs")
MAY_BE_EMPTY = os.path.join(ROOT, "tests", "dashboards", "may_be_empty.json")
GIVEN = os.environ.get("HB_EXPORTER", "").rstrip("/")
SPAN_S = 60
CHURN_S = 0.05  # between two processes that live for a moment
SCRAPE_S = 1
OPENMETRICS = "application/openmetrics-text; version=1.0.0"

CONFIG = """
global: {scrape_interval: %ds, scrape_timeout: %ds, evaluation_interval: 5s}
rule_files: ["%s"]
scrape_configs:
  - job_name: heapbeat
    http_sd_configs: [{url: "%s/sd/metrics", refresh_interval: 5s}]
"""

# Two large blocks a second: so few calls that every budget counts them throughout, so large that
# each is sampled. Whatever else runs here, some group's live bytes are known and not 0. Under a name
# of its own, since live bytes are those of every process of a group, or unknown: one python3 that is
# busy enough to be seen in windows alone would take them away.
HOARDING = "import time; kept = []\nwhile True: kept = kept[-40:] + [bytes(2000000)]; time.sleep(0.5)"
# Keeps 1 MB in small pieces each second, 100 MB at most.
GROWING = """
import time
kept = []
while len(kept) < 100000:
    kept.extend(bytes(1000 + i) for i in range(20))
    time.sleep(0.02)
time.sleep(600)
"""


def start_daemon(folder, port):
    if not os.path.exists(BIN) or run("run", "--help").returncode:
        raise Skip("this heapbeat has no daemon")
    base = "http://127.0.0.1:%d" % port
    return servers.Server([BIN, "run", "--all", "--bpf.stats", "--budget=1%",
                           "--web.listen-address=127.0.0.1:%d" % port,
                           "--socket.path=" + os.path.join(folder, "heapbeat.sock")],
                          base + "/readyz", os.path.join(folder, "heapbeat.log"), 60)


@contextlib.contextmanager
def short_lived():
    """A process every CHURN_S seconds, each with an image of its own."""
    ending = threading.Event()

    def churn():
        while not ending.wait(CHURN_S):
            subprocess.run(["/bin/ls", "/"], stdout=subprocess.DEVNULL, check=False)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def start_redis(stack, folder):
    if not shutil.which("redis-server") or not shutil.which("redis-benchmark"):
        raise Skip("no redis-server here")
    port = str(servers.free_port())
    command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly",
               "no", "--dir", folder, "--maxmemory", "100mb", "--maxmemory-policy",
               "allkeys-random"]
    stack.enter_context(servers.Server(command, None, os.path.join(folder, "redis.log")))
    ping = ["redis-cli", "-p", port, "ping"]
    wait_for(lambda: subprocess.run(ping, capture_output=True, check=False).stdout == b"PONG\n",
             "redis-server to answer")
    load = ["redis-benchmark", "-h", "127.0.0.1", "-p", port, "-l", "-q", "-P", "8", "-d", "200",
            "-r", "10000", "-t", "set,get,lpush", "-n", "300000"]
    stack.enter_context(servers.Server(load, None, os.path.join(folder, "load.log")))


def start_go(stack, folder):
    program = go_build.build("panels", folder)
    stack.enter_context(Workload(program=program, env={"GOMEMLIMIT": "200MiB"}))


def start_loads(stack, folder):
    start_redis(stack, folder)
    start_go(stack, folder)
    stack.enter_context(servers.Server([sys.executable, "-c", GROWING], None,
                                       os.path.join(folder, "growing.log")))
    hoarder = os.path.join(folder, "hoarder")
    os.symlink(sys.executable, hoarder)
    stack.enter_context(servers.Server([hoarder, "-c", HOARDING], None,
                                       os.path.join(folder, "hoarding.log")))
    # Quiet enough to be counted throughout: has live bytes and lifetimes.
    quiet = stack.enter_context(Workload("churn", 211, SPAN_S + 120))
    quiet.send()
    stack.enter_context(short_lived())


def check_up(prometheus):
    """Every scrape since the first worked, and none is missing."""
    series = servers.query_range(prometheus, 'up{job="heapbeat"}', SPAN_S - 5, SCRAPE_S)
    demand(series, "nothing was scraped")
    for labels, values in series:
        demand(len(values) >= SPAN_S - 10, "%s: %d scrapes" % (labels["instance"], len(values)))
        demand(min(values) == 1, "%s: %d scrapes failed" % (labels["instance"], values.count(0)))


def check_clean(base):
    text = servers.fetch(base + "/metrics")
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                          timeout=60, check=False)
    said = (done.stdout + done.stderr).decode(errors="replace")
    demand(done.returncode == 0 and not said.strip(), "code %d: %s" % (done.returncode, said))


def check_openmetrics(base, prometheus):
    """The page in the other format, read by the reference parser; Prometheus asks for it too."""
    request = urllib.request.Request(base + "/metrics", headers={"Accept": OPENMETRICS})
    with urllib.request.urlopen(request, timeout=10) as answer:
        kind, text = answer.headers["Content-Type"], answer.read().decode()
    demand(kind.startswith("application/openmetrics-text"), "Content-Type %s" % kind)
    demand(text.endswith("# EOF\n"), "the page does not end in # EOF")
    program = ("import sys\nfrom prometheus_client.openmetrics.parser import "
               "text_string_to_metric_families as read\n"
               "print(len(list(read(sys.stdin.read()))))")
    done = subprocess.run(["/usr/bin/python3", "-c", program], input=text, capture_output=True,
                          text=True, timeout=60, check=False)
    demand("No module" not in done.stderr, "python3-prometheus-client is not installed")
    demand(done.returncode == 0 and int(done.stdout) > 20, done.stderr[-300:])
    types = servers.fetch_json(prometheus + "/api/v1/targets/metadata", limit=1)["data"]
    demand(types, "Prometheus knows no type of any metric")


def check_rules(prometheus):
    groups = servers.fetch_json(prometheus + "/api/v1/rules")["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    demand(len(rules) > 15, "%d rules" % len(rules))
    for rule in rules:
        demand(rule["health"] == "ok", "%s: %s" % (rule["name"], rule.get("lastError")))


def check_counters(prometheus):
    names = servers.fetch_json(prometheus + "/api/v1/label/__name__/values", **{
        "match[]": '{__name__=~"heapbeat_.+_(total|bucket|sum|count)"}'})["data"]
    demand(len(names) > 15, "%d counters" % len(names))
    for name in names:
        fallen = servers.query(prometheus, "resets(%s[2m]) > 0" % name)
        demand(not fallen, "%s fell: %s" % (name, fallen[:1]))


def check_programs(prometheus):
    """What was started is there: allocations of each, and growth of the one that grows. Over minutes:
    a counter that ran ahead of the truth stands still until that has caught up."""
    for comm in ("redis-server", "python3", "hoarder", "calls", "panels"):
        expr = 'sum(rate(heapbeat_allocations_total{comm=~"%s.*"}[2m]))' % comm
        found = servers.query(prometheus, expr)
        demand(found and found[0][1] > 0, "no allocations of %s" % comm)
    growth = servers.query(prometheus, 'max(deriv(heapbeat_target_anonymous_memory_bytes'
                                       '{comm=~"python3.*"}[40s]))')
    demand(growth and growth[0][1] > 2e5, "python3 grows by %s bytes a second" % growth)


def check_panels(prometheus):
    if not shutil.which("node"):
        raise Skip("no node here")
    done = subprocess.run(["node", PANELS, "--rate-interval", "20s", "--range", str(SPAN_S),
                           "--allow", MAY_BE_EMPTY, prometheus, *DASHBOARDS],
                          capture_output=True, text=True, timeout=120, check=False)
    bad = [line for line in done.stdout.splitlines() if line.startswith("not ok")]
    demand(done.returncode == 0, "%d panels: %s" % (len(bad), "; ".join(bad) or done.stderr))


def check_end(daemon):
    daemon.child.terminate()
    try:
        code = daemon.child.wait(timeout=20)
    except subprocess.TimeoutExpired:
        raise Failure("it did not end within 20 s of SIGTERM") from None
    demand(code == 0, "exit code %d: %s" % (code, daemon.log_tail()))


def observe(checks, stack, folder):
    """Everything runs for SPAN_S, then the checks."""
    port, daemon, base = servers.free_port(), None, GIVEN
    if not GIVEN:
        base = "http://127.0.0.1:%d" % port
        daemon = stack.enter_context(start_daemon(folder, port))
    prometheus_port = servers.free_port()
    prometheus = "http://127.0.0.1:%d" % prometheus_port
    config = CONFIG % (SCRAPE_S, SCRAPE_S, RULES, base)
    stack.enter_context(servers.prometheus(folder, config, prometheus_port))
    start_loads(stack, folder)
    with checks.case("prometheus_finds_the_daemon_by_its_discovery_page"):
        wait_for(lambda: servers.query(prometheus, 'up{job="heapbeat"} == 1'), "a scrape", 30)
    time.sleep(SPAN_S)  # the span that is asserted on
    for name, check in (
            ("every_scrape_of_a_minute_works", lambda: check_up(prometheus)),
            ("promtool_finds_nothing_to_say_of_the_page", lambda: check_clean(base)),
            ("openmetrics_is_read_by_its_reference", lambda: check_openmetrics(base, prometheus)),
            ("rules_are_loaded_and_healthy", lambda: check_rules(prometheus)),
            ("no_counter_falls_while_processes_come_and_go", lambda: check_counters(prometheus)),
            ("every_panel_of_every_dashboard_has_data", lambda: check_panels(prometheus))):
        with checks.case(name):
            check()
    if daemon:
        with checks.case("programs_that_were_started_are_seen"):
            check_programs(prometheus)
        with checks.case("the_daemon_ends_cleanly"):
            check_end(daemon)


def main():
    if not GIVEN:
        need_root()
    if not shutil.which("prometheus"):
        print("prometheus is not installed")
        sys.exit(77)
    checks = Checks()
    try:
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            observe(checks, stack, folder)
    except Skip as why:
        print(why)
        sys.exit(77)
    except Failure as why:
        checks.failed = True
        checks.line("not ok prometheus_scrapes_the_daemon - %s" % why)
    checks.finish()


if __name__ == "__main__":
    main()
