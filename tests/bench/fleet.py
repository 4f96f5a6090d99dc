# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows daemon.*: `run --all` on a host of 300 processes and 100 short-lived ones a second."""
import contextlib
import os
import subprocess
import tempfile
import time
import urllib.request

import host
from figures import Figure
from target import BIN, OUT, demand, wait_for

FLEET = os.path.join(OUT, "tests", "workloads", "fleet")
LIVE, SPAWNS = 300, 100
WARM_S, SPAN_S, STEP_S = 20, 60, 10


class Daemon:
    """`heapbeat run` with its own socket; HTTP on a port that the kernel chose."""

    def __init__(self, folder, *options):
        self.log_path = os.path.join(folder, "daemon.log")
        self.log = open(self.log_path, "w")
        self.child = subprocess.Popen(
            [BIN, "run", "--web.listen-address=127.0.0.1:0",
             "--socket.path=" + os.path.join(folder, "socket"), *options],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        wait_for(lambda: self.port() or self.child.poll() is not None,
                 lambda: "the daemon: " + self.text(), 30)
        demand(self.child.poll() is None, "the daemon ended: " + self.text())

    def text(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def port(self):
        at = self.text().find("http on port ")
        return int(self.text()[at + 13:].split(",")[0]) if at >= 0 else None

    def get(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.port(), path),
                                    timeout=10) as answer:
            return answer.read().decode()

    @property
    def pid(self):
        return self.child.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(timeout=10)
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        self.log.close()


@contextlib.contextmanager
def fleet(seconds):
    child = subprocess.Popen([FLEET, str(LIVE), str(SPAWNS), str(seconds)],
                             stdout=subprocess.PIPE, text=True)
    try:
        demand(child.stdout.readline().strip() == "%d live" % LIVE, "the fleet did not start")
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def kept_share(text):
    """Of the 10 s intervals of all processes: the share within the budget."""
    found = host.series(text, "heapbeat_observation_intervals_total")
    inside = sum(v for labels, v in found.items() if 'within="true"' in labels)
    return inside / max(1, sum(found.values())), int(sum(found.values()))


def measure(daemon):
    """Figures of one span: CPU share, and the largest of the rest."""
    cpu, begun = host.cpu_s(daemon.pid), time.monotonic()
    most = {"rss": 0, "fds": 0, "bpf": 0, "backlog": 0}
    while time.monotonic() < begun + SPAN_S:
        time.sleep(STEP_S / 5)
        text = daemon.get("/metrics")
        most["rss"] = max(most["rss"], host.rss_bytes(daemon.pid))
        most["fds"] = max(most["fds"], host.fds(daemon.pid))
        most["bpf"] = max(most["bpf"],
                          sum(host.series(text, "heapbeat_map_memory_bytes").values()))
        most["backlog"] = max(most["backlog"], host.value(text, "heapbeat_attach_backlog"))
    share = (host.cpu_s(daemon.pid) - cpu) / (time.monotonic() - begun)
    return share, most, text


def row():
    before = host.bpf_objects()
    with tempfile.TemporaryDirectory() as folder:
        with fleet(WARM_S + SPAN_S + 30), Daemon(folder, "--all") as daemon:
            time.sleep(WARM_S)
            share, most, text = measure(daemon)
        kept, intervals = kept_share(text)
    wait_for(lambda: host.bpf_objects() == before, "BPF objects back where they were", 20)
    how = "run --all, %d processes and %d short-lived ones a second, %d s; " % (LIVE, SPAWNS, SPAN_S)

    def one(name, value, unit, more):
        return Figure("daemon." + name, value, value, value, unit, 1, how + more)
    return [
        one("cpu_share", share, "ratio", "CPU of all its threads"),
        one("rss_mb", most["rss"] / 1e6, "MB", "the largest seen"),
        one("bpf_mb", most["bpf"] / 1e6, "MB", "maps, the largest seen"),
        one("fds", most["fds"], "count", "the largest seen"),
        one("backlog", most["backlog"], "count", "processes that wait, the largest seen"),
        Figure("daemon.within_budget", kept, kept, kept, "ratio", intervals,
               how + "10 s intervals of processes whose charged cost kept the budget"),
    ]


ROWS = {"daemon": row}
