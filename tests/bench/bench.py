# SPDX-License-Identifier: GPL-2.0-or-later
"""The bench: rows, one after the other, into OUT/bench.json and a table. See README.md.

usage: bench.py [ROW]   HB_OUT: the build
"""
import contextlib
import dataclasses
import hashlib
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import accuracy
import captures
import costs
import fleet
import go_costs
import go_looks
import hits
import page
from figures import Figure
from target import BIN, CALLS, OUT, Failure, Skip

ROW_S = 300
ALL_S = 90 * 60
QUIET_BUSY = 0.10
QUIET_WAIT_S = 60
RESULTS = os.path.join(OUT, "bench.json")
BUILD = os.path.join(OUT, "bench.build")  # which build bench.json is of

ROWS = {**hits.ROWS, **costs.ROWS, **accuracy.ROWS,
        **fleet.ROWS, **go_costs.ROWS, **go_looks.ROWS, **captures.ROWS,
        **page.ROWS}
LONGER_S = {**go_costs.ROW_S, **go_looks.ROW_S}  # rows that are given more time

# What the figures are to be, shown beside them: (at least, at most).
WANTED = {
    "hit.malloc_unsampled.ratio": (0, 1.20),
    "hit.free_unsampled.ratio": (0, 1.30),
    "hit.pair_nostack.ratio": (0, 3.8),
    "daemon.cpu_share": (0, 0.02),
    "daemon.rss_mb": (0, 64),
    "daemon.bpf_mb": (0, 96),
    "daemon.within_budget": (0.95, 1),
    "http.scrape_p99_ms": (0, 10),
    "page.flame_ms": (0, 200),
    "page.flame_first_ms": (0, 200),
    "accuracy.site_coverage": (0.91, 0.98),
    "accuracy.site_width_ratio": (0, 1.25),
    "capture.report_s": (0, 2),
    "capture.report_mb": (0, 200),
    "cost.go_service.t1.charged": (0, 0.002),
    "cost.go_service.t1.measured": (0, 1.03),
    "cost.go_service.looks.within_budget": (0.95, 1),
}
for _load in costs.LOADS:
    WANTED["cost.%s.default.charged" % _load] = (0, 0.01)
    WANTED["cost.%s.default.seen" % _load] = (0.003, 1)


def identity():
    """Of the programs that the figures are about."""
    digest = hashlib.sha256()
    for path in (BIN, hits.HIT, CALLS):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def load_results():
    """{name: figure} that bench.json holds for this build."""
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        with open(BUILD) as file:
            if file.read() != identity():
                return {}
        with open(RESULTS) as file:
            return {row["name"]: Figure(**row) for row in json.load(file)}
    return {}


def write_beside(path, text):
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


def save_results(figures):
    rows = [dataclasses.asdict(figures[name]) for name in sorted(figures)]
    write_beside(RESULTS, json.dumps(rows, indent=1) + "\n")
    write_beside(BUILD, identity())


def cpu_ticks():
    with open("/proc/stat") as file:
        fields = [int(text) for text in file.readline().split()[1:9]]
    return sum(fields), fields[3] + fields[4]


def busy_share():
    """Share of the machine's CPU in use over a second."""
    total, idle = cpu_ticks()
    time.sleep(1)
    total, idle = (now - was for now, was in zip(cpu_ticks(), (total, idle)))
    return 1 - idle / max(1, total)


def wait_quiet():
    """Wait a while for an idle machine; how busy it was in the end."""
    deadline = time.monotonic() + QUIET_WAIT_S
    while True:
        busy = busy_share()
        if busy < QUIET_BUSY or time.monotonic() > deadline:
            return busy


def run_row(name):
    """The figures of one row; each says how busy the machine was before."""
    seconds = LONGER_S.get(name, ROW_S)

    def out_of_time(_signal, _frame):
        raise Failure("out of time after %d s" % seconds)

    busy = wait_quiet()
    signal.signal(signal.SIGALRM, out_of_time)
    signal.alarm(seconds)
    try:
        figures = ROWS[name]()
    finally:
        signal.alarm(0)
    for figure in figures:
        figure.how += "; machine %.0f %% busy before" % (100 * busy)
    return figures


def verdict(figure):
    if figure.name not in WANTED:
        return ""
    least, most = WANTED[figure.name]
    text = "%g to %g" % (least, most) if least else "at most %g" % most
    return text if least <= figure.value <= most else text + ": MISSED"


def print_table(figures):
    print("\n%-36s %9s %9s %9s  %-5s %5s  %s" % ("figure", "value", "low", "high", "unit", "n",
                                                  "wanted"))
    for name in sorted(figures):
        figure = figures[name]
        print("%-36s %9.4g %9.4g %9.4g  %-5s %5d  %s" % (
            name, figure.value, figure.low, figure.high, figure.unit, figure.n, verdict(figure)))


def is_wanted(name, pattern, figures):
    if pattern:
        return name == pattern or name.startswith(pattern.rstrip(".") + ".")
    return not any(done == name or done.startswith(name) for done in figures)


def main():
    pattern = sys.argv[1] if len(sys.argv) > 1 else ""
    figures = load_results()
    todo = [name for name in ROWS if is_wanted(name, pattern, figures)]
    if pattern and not todo:
        print("no row '%s'; rows: %s" % (pattern, " ".join(ROWS)), file=sys.stderr)
        return 2
    begun, failed = time.monotonic(), False
    for name in todo:
        if time.monotonic() - begun > ALL_S - LONGER_S.get(name, ROW_S) - QUIET_WAIT_S:
            print("%-36s left for another run: 90 minutes are over" % name)
            continue
        row_begun = time.monotonic()
        try:
            made = run_row(name)
        except Skip as why:
            print("%-36s skipped: %s" % (name, why), flush=True)
            continue
        except (Failure, OSError, ValueError, KeyError, subprocess.SubprocessError) as why:
            failed = True
            print("%-36s failed: %s" % (name, " ".join(str(why).split())), flush=True)
            continue
        figures.update((figure.name, figure) for figure in made)
        save_results(figures)
        print("%-36s %4.0f s  %s" % (name, time.monotonic() - row_begun, ", ".join(
            "%s %.4g" % (figure.name, figure.value) for figure in made)), flush=True)
    print_table({name: figure for name, figure in figures.items() if name.startswith(pattern)})
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
