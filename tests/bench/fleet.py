# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows daemon.* and http.*: `run --all` on a host of 300 processes and 100 short-lived ones a
second."""
import http.client
import tempfile
import time

import host
from daemon import Daemon, fleet
from figures import Figure, quantile
from target import wait_for

LIVE, SPAWNS = 300, 100
WARM_S, SPAN_S, STEP_S = 20, 60, 10
ATTACHED = 30  # of 32 places: some are always changing hands
SERIES, SCRAPE_EVERY_S, CROWD, BUSY_BELOW = 10000, 0.05, 500, 60


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


def count_series(text):
    return sum(not line.startswith("#") for line in text.splitlines())


def row():
    before = host.bpf_objects()
    with tempfile.TemporaryDirectory() as folder:
        with fleet(LIVE, SPAWNS, WARM_S + SPAN_S + 30), Daemon(folder, "--all") as daemon:
            wait_for(lambda: host.value(daemon.get("/metrics"), "heapbeat_attach_backlog") and
                     sum(v for labels, v in host.series(daemon.get("/metrics"),
                                                        "heapbeat_targets").items()
                         if 'state="attached"' in labels) >= ATTACHED,
                     "every place taken", 2 * WARM_S)
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


def scrapes(daemon, seconds):
    """Times (ms) of scrapes over one connection, 20 a second, and the last one's text."""
    times, body = [], b""
    link = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=10)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.perf_counter()
        link.request("GET", "/metrics", headers={"Accept": "text/plain"})
        body = link.getresponse().read()
        times.append(1e3 * (time.perf_counter() - begun))
        time.sleep(SCRAPE_EVERY_S)
    link.close()
    return times, body.decode()


def scrape_row():
    """A group for each process, as many as make 10,000 series, while stacks are unwound and named."""
    with tempfile.TemporaryDirectory() as folder, fleet(CROWD, 0, 240 + SPAN_S, BUSY_BELOW), \
            Daemon(folder, "--all", "--labels.pid", "--max-targets=511", "--interval=16K") as daemon:
        wait_for(lambda: count_series(daemon.get("/metrics")) >= SERIES,
                 lambda: "%d series" % count_series(daemon.get("/metrics")), 220)
        times, text = scrapes(daemon, SPAN_S / 2)
    how = ("GET /metrics over one connection, 20 a second, of `run --all --labels.pid --interval=16K` on %d "
           "processes, %d series" % (CROWD, count_series(text)))
    p99 = quantile(times, 0.99)
    return [Figure("http.scrape_p99_ms", p99, quantile(times, 0.5), max(times), "ms", len(times),
                   how + "; low: median, high: the longest")]


ROWS = {"daemon": row, "http": scrape_row}
