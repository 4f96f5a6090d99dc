#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Is the daemon flat? Ten minutes with fifty processes attached and others coming and going: resident
memory at minute 10 within 512 kB of minute 3, descriptors and BPF objects equal."""
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import host
from daemon import Daemon, fleet
from target import Failure, wait_for

MINUTES = float(os.environ.get("HB_SOAK_MINUTES", "10"))
FIRST, SPARE_BYTES = 0.3, 512 << 10
LIVE, SPAWNS, ATTACHED = 50, 20, 50


def reading(daemon):
    """(least resident bytes of ten seconds, descriptors, [programs, maps, links] that it holds)"""
    least = min(host.rss_bytes(daemon.pid) for _ in range(20) if not time.sleep(0.5))
    kinds = [kind for kind, _ in daemon.kernel_objects()]
    return (least, host.fds(daemon.pid), [kinds.count(kind) for kind in ("prog", "map", "link")])


def main():
    with tempfile.TemporaryDirectory() as folder, fleet(LIVE, SPAWNS, 60 * MINUTES + 120), \
            Daemon(folder, "--comm=fleet-*", "--max-targets=%d" % ATTACHED) as daemon:
        begun = time.monotonic()
        wait_for(lambda: host.series(daemon.get("/metrics"), "heapbeat_targets").get(
            '{runtime="native",state="attached"}', 0) >= ATTACHED, "fifty attached", 120)
        time.sleep(max(0, begun + 60 * MINUTES * FIRST - time.monotonic()))
        before = reading(daemon)
        time.sleep(max(0, begun + 60 * MINUTES - time.monotonic()))
        after = reading(daemon)
    print("# resident %.1f MB, then %.1f MB; descriptors %d, %d; programs, maps, links %s, %s" % (
        before[0] / 1e6, after[0] / 1e6, before[1], after[1], before[2], after[2]))
    for name, good in (
            ("resident_memory_is_flat", after[0] <= before[0] + SPARE_BYTES),
            ("programs_and_maps_are_as_before", after[2][:2] == before[2][:2]),
            ("descriptors_are_as_before", abs(after[1] - before[1]) <= ATTACHED)):
        print("ok " + name if good else "not ok %s - %s, then %s" % (name, before, after))


try:
    main()
except Failure as why:
    print("not ok daemon_is_flat - %s" % why)
