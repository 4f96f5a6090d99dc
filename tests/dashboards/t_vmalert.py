#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the alerts fire in VictoriaMetrics too: one at once, one over hours of replayed history?"""
import datetime
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from target import Checks, Skip, demand, wait_for  # noqa: E402

import servers  # noqa: E402

RULES = os.path.join(ROOT, "dashboards", "rules")
HOURS = 3
GROUP = 'job="h",instance="a",comm="leaky",exe="leaky",unit="u",runtime="native"'
QUIET = 'job="h",instance="a",comm="flat",exe="flat",unit="u",runtime="native"'


def history(now):
    """Text format with time stamps: a heap that grows, one that does not, and a step of the drop
    counter a minute ago."""
    lines = []
    for step in range(HOURS * 60 + 1):
        at = int((now - (HOURS * 60 - step) * 60) * 1000)
        rows = (("heapbeat_heap_live_bytes{%s,allocator=\"glibc\"}" % GROUP, 1e8 + 6e5 * step),
                ("heapbeat_heap_growing{%s,measure=\"live\"}" % GROUP, 1),
                ("heapbeat_heap_live_bytes{%s,allocator=\"glibc\"}" % QUIET, 1e8),
                ("heapbeat_heap_growing{%s,measure=\"live\"}" % QUIET, 0),
                ('heapbeat_group_processes{job="h",instance="a",comm="_other"}', 3),
                ('heapbeat_series_dropped_total{job="h",instance="a"}',
                 40 if step >= HOURS * 60 - 1 else 0))
        lines += ["%s %r %d" % (name, value, at) for name, value in rows]
    return "\n".join(lines) + "\n"


def stamp(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def vmalert(base, *more):
    return ["vmalert", "-rule=%s/alerts.yml" % RULES, "-rule=%s/rules.yml" % RULES,
            "-datasource.url=" + base, "-remoteWrite.url=" + base, *more]


class Notified(http.server.ThreadingHTTPServer):
    """Stands where Alertmanager would: keeps what it is sent."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Notification)
        self.alerts = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Notification(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        for alert in json.loads(self.rfile.read(int(self.headers["Content-Length"]))):
            self.server.alerts[alert["labels"]["alertname"]] = alert["annotations"]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def firing(alert_base):
    answer = servers.fetch_json(alert_base + "/api/v1/alerts")
    return {alert["name"] for alert in answer["data"]["alerts"] or []
            if alert["state"] == "firing"}


def check_live(checks, base, directory):
    port, notified = servers.free_port(), Notified()
    alert_base = "http://127.0.0.1:%d" % port
    command = vmalert(base, "-httpListenAddr=127.0.0.1:%d" % port, "-evaluationInterval=1s",
                      "-notifier.url=http://127.0.0.1:%d" % notified.server_port)
    with checks.case("vmalert_fires_what_needs_no_time"), \
            servers.Server(command, alert_base + "/health", directory + "/vmalert.log"):
        wait_for(lambda: "HeapbeatSeriesDropped" in firing(alert_base),
                 lambda: "HeapbeatSeriesDropped to fire; %s do" % firing(alert_base), 30)
        rules = servers.fetch_json(alert_base + "/api/v1/rules")["data"]["groups"]
        bad = [rule["name"] for group in rules for rule in group["rules"] if rule.get("lastError")]
        demand(not bad, "rules with errors: %s" % bad)
        wait_for(lambda: "HeapbeatSeriesDropped" in notified.alerts, "the notification", 20)
        summary = notified.alerts["HeapbeatSeriesDropped"]["summary"]
        demand("on a leaves" in summary, "the template was not filled: %r" % summary)
    notified.shutdown()


def check_replay(checks, base, now):
    command = vmalert(base, "-replay.timeFrom=" + stamp(now - HOURS * 3600),
                      "-replay.timeTo=" + stamp(now), "-replay.disableProgressBar",
                      "-replay.rulesDelay=0s", "-evaluationInterval=1m", "-datasource.queryStep=1m")
    with checks.case("vmalert_fires_over_hours_of_history_for_what_grows_alone"):
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        demand(done.returncode == 0, done.stderr[-500:])
        expr = 'count_over_time(ALERTS{alertname="HeapbeatHeapGrowing",alertstate="firing"}[4h])'
        wait_for(lambda: servers.query(base, expr), "the alert in the store", 20)
        found = servers.query(base, expr)
        demand({labels["comm"] for labels, _ in found} == {"leaky"}, found)


def main():
    checks = Checks()
    port, now = servers.free_port(), time.time()
    base = "http://127.0.0.1:%d" % port
    with tempfile.TemporaryDirectory() as directory:
        command = ["victoria-metrics", "-storageDataPath=" + directory + "/data",
                   "-httpListenAddr=127.0.0.1:%d" % port, "-search.latencyOffset=1s",
                   "-retentionPeriod=1"]
        try:
            store = servers.Server(command, base + "/health", directory + "/store.log")
        except Skip as why:
            print(why)
            sys.exit(77)
        with store:
            servers.fetch(base + "/api/v1/import/prometheus", history(now).encode())
            wait_for(lambda: servers.query(base, "heapbeat_heap_live_bytes", now),
                     "what was ingested", 20)
            check_live(checks, base, directory)
            check_replay(checks, base, now)
    checks.finish()


if __name__ == "__main__":
    main()
