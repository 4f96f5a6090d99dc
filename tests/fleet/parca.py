#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does a real Parca find the daemon's targets, scrape their profiles, and say the same?

usage: parca.py PARCA PPROF [URL]; called by engines.sh.
"""
import base64
import contextlib
import datetime
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from target import BIN, Checks, WORKLOADS, demand, need_root, wait_for

INTERVAL_S = 3
# Two jobs on the same targets: cumulative profiles, and ?seconds=N.
JOBS = {"cumulative": False, "delta": True}
ALLOC_SPACE = "memory:alloc_space:bytes:space:bytes"
CONFIG_HEAD = """object_storage:
  bucket:
    type: FILESYSTEM
    config:
      directory: %s
scrape_configs:
"""
# Parca sets __profile_path__ itself, from its own table of kinds: the target's comes as a meta label.
CONFIG_JOB = """- job_name: %(job)s
  scrape_interval: %(interval)ds
  scrape_timeout: %(timeout)ds
  http_sd_configs:
  - url: %(url)s/sd/parca
    refresh_interval: 2s
  relabel_configs:
  - source_labels: [__meta_heapbeat_profile_path]
    target_label: __profile_path__
  profiling_config:
    pprof_config:
      memory: {enabled: true, path: /debug/pprof/allocs, delta: %(delta)s}
      block: {enabled: false}
      goroutine: {enabled: false}
      mutex: {enabled: false}
      process_cpu: {enabled: false}
"""


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def fetch(url, timeout=30):
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read()


def answers(url):
    with contextlib.suppress(OSError):
        fetch(url, 2)
        return True
    return False


@contextlib.contextmanager
def running(arguments, log):
    """A program that is ended again, by its own pid."""
    with open(log, "wb") as file:
        child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=file,
                                 stderr=subprocess.STDOUT, cwd=os.path.dirname(log))
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def tail(path):
    with open(path, errors="replace") as file:
        return " ".join(file.read()[-600:].split())


class Pprof:
    """The real pprof as a reader."""

    def __init__(self, program, folder):
        self.program = program
        self.path = os.path.join(folder, "profile.pb.gz")

    def top(self, body, sample_type="alloc_space"):
        """({function: flat}, total) of a profile."""
        with open(self.path, "wb") as file:
            file.write(body)
        done = subprocess.run([self.program, "-top", "-nodefraction=0", "-nodecount=100000",
                               "-unit=B", "-sample_index=" + sample_type, self.path],
                              capture_output=True, text=True, timeout=60, check=False)
        demand(done.returncode == 0, "pprof: %s" % done.stderr[:300])
        rows = {}
        for line in done.stdout.splitlines():
            found = re.match(r"\s*(\d+)B?\s+\S+%\s+\S+%\s+\d+B?\s+\S+%\s+(.+)$", line)
            if found:
                name = found.group(2).replace(" (inline)", "")
                rows[name] = rows.get(name, 0) + int(found.group(1))
        total = re.search(r"of (\d+)B? total", done.stdout)
        return rows, int(total.group(1)) if total else 0


class Parca:
    """The store's REST interface."""

    def __init__(self, port):
        self.url = "http://127.0.0.1:%d" % port

    def get(self, path, **parameters):
        return json.loads(fetch("%s/api/profiles/%s?%s" % (
            self.url, path, urllib.parse.urlencode(parameters))))

    def types(self):
        """Names of what has been stored, as queries spell them."""
        names = set()
        for row in self.get("types").get("types", []):
            names.add(":".join(row[key] for key in ("name", "sampleType", "sampleUnit",
                                                    "periodType", "periodUnit"))
                      + (":delta" if row.get("delta") else ""))
        return names

    def times(self, query, since):
        """Times of the profiles that @query has found since @since, as RFC 3339."""
        try:
            # without a step all deltas are summed into one
            answer = self.get("query_range", query=query, start=since, end=now(), step="1s")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return []  # nothing stored yet
            raise
        return sorted(sample["timestamp"] for series in answer.get("series", [])
                      for sample in series.get("samples", []))

    def single(self, query, at):
        """The profile of the time @at, as pprof."""
        return self.pprof({"mode": "MODE_SINGLE_UNSPECIFIED", "single.query": query,
                           "single.time": at})

    def merge(self, query, start, end):
        """The sum of all profiles between, as pprof."""
        return self.pprof({"mode": "MODE_MERGE", "merge.query": query, "merge.start": start,
                           "merge.end": end})

    def pprof(self, parameters):
        answer = self.get("query", report_type="REPORT_TYPE_PPROF", **parameters)
        return base64.b64decode(answer["pprof"])


def eventually(condition, what, deadline_s):
    """As wait_for, at the pace that a store is asked."""
    def ask():
        found = condition()
        if not found:
            time.sleep(0.5)
        return found

    return wait_for(ask, what, deadline_s)


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def targets(url):
    """[(url of a target's profile)] that the discovery page lists."""
    return ["http://%s%s" % (group["targets"][0], group["labels"]["__meta_heapbeat_profile_path"])
            for group in json.loads(fetch(url + "/sd/parca"))]


def job(name, delta=False):
    return ALLOC_SPACE + (":delta" if delta else "") + '{job="%s"}' % name


def check_discovery(url):
    found = eventually(lambda: targets(url), "a target on /sd/parca", 60)
    demand(len(found) == 1, "%d targets: %s" % (len(found), found[:3]))
    return found[0]


def check_types(parca, log):
    want = {ALLOC_SPACE, ALLOC_SPACE + ":delta", ALLOC_SPACE.replace("alloc", "inuse"),
            ALLOC_SPACE.replace("alloc_space:bytes", "alloc_objects:count")}
    eventually(lambda: parca.types() >= want,
             lambda: "types %s; log: %s" % (sorted(want - parca.types()), tail(log)), 60)


def check_cumulative(parca, pprof, target):
    """What Parca stored lies between what the target said before and after."""
    rows, low = pprof.top(fetch(target))
    since = now()
    times = eventually(lambda: parca.times(job("cumulative"), since), "a scrape", 60)
    stored, total = pprof.top(parca.single(job("cumulative"), times[0]))
    _, high = pprof.top(fetch(target))
    demand(0 < low <= total <= high, "Parca has %d, the target said %d, then %d"
           % (total, low, high))
    # shares of estimates wander: the largest is asked for among the largest
    top = sorted(rows, key=rows.get)[-3:]
    demand(max(stored, key=stored.get) in top, "Parca's first is %s, the target's %s"
           % (max(stored, key=stored.get), top))


def check_delta(parca, pprof, target):
    """Deltas add up to no more than what has come meanwhile, and to something."""
    _, low = pprof.top(fetch(target))
    start = now()

    def three():
        found = parca.times(job("delta", True), start)
        return found if len(found) >= 3 else None

    times = eventually(three, "three deltas", 120)
    _, total = pprof.top(parca.merge(job("delta", True), start, now()))
    _, high = pprof.top(fetch(target))
    # the first delta may have begun before @start, by one interval at most
    room = (high - low) * (len(times) + 2) / len(times)
    demand(0 < total <= room, "%d deltas sum up to %d, the target has come from %d to %d"
           % (len(times), total, low, high))


def write_config(path, url):
    with open(path, "w") as file:
        file.write(CONFIG_HEAD % os.path.join(os.path.dirname(path), "bucket"))
        for name, delta in JOBS.items():
            file.write(CONFIG_JOB % {"job": name, "interval": INTERVAL_S, "url": url,
                                     "timeout": 3 * INTERVAL_S, "delta": str(delta).lower()})


def check_store(checks, program, pprof, folder, url):
    config, log, port = os.path.join(folder, "parca.yaml"), os.path.join(folder, "log"), free_port()
    with checks.case("discovery_lists_the_target"):
        target = check_discovery(url)
    if checks.failed:
        return
    write_config(config, url)
    with running([program, "--config-path=" + config, "--http-address=127.0.0.1:%d" % port,
                  "--debuginfod-upstream-servers=", "--log-level=warn"], log):
        parca = Parca(port)
        with checks.case("parca_stores_every_type"):
            eventually(lambda: answers(parca.url + "/api/profiles/types"),
                     lambda: "Parca; log: %s" % tail(log), 60)
            check_types(parca, log)
        for name, check in (("cumulative_profiles_are_what_was_served", check_cumulative),
                            ("deltas_add_up", check_delta)):
            with checks.case(name):
                check(parca, pprof, target)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        url = sys.argv[3] if len(sys.argv) > 3 else None
        if not url:
            need_root()
            url = "http://127.0.0.1:%d" % free_port()
            service = stack.enter_context(running([os.path.join(WORKLOADS, "faulty")],
                                                  os.path.join(folder, "faulty")))
            log = os.path.join(folder, "heapbeat")
            stack.enter_context(running([BIN, "run", "-p", str(service.pid),
                                         "--web.listen-address=" + url[len("http://"):]], log))
            with checks.case("the_daemon_answers"):
                eventually(lambda: answers(url + "/sd/parca"),
                         lambda: "the daemon; log: %s" % tail(log), 60)
        if not checks.failed:
            check_store(checks, sys.argv[1], Pprof(sys.argv[2], folder), folder, url)
    checks.finish()


if __name__ == "__main__":
    main()
