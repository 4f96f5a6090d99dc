#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# The system's python on purpose: it is the one that the package python3-jsonschema serves.
"""Do the views of a report equal what the program counted itself, to the last block?"""
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import report
from documents import validate
from target import (BIN, Checks, EXIT_OK, EXIT_RUNTIME, EXIT_USAGE, WORKLOADS, Workload, demand,
                    need_root, run)

LIVES = os.path.join(WORKLOADS, "lives")
FULL = ("--full", "--interval", "1", "--ring-bytes", str(64 << 20))


def answer(*arguments):
    done = run(*arguments)
    demand(done.returncode == EXIT_OK, "%s: exit code %d: %s"
           % (" ".join(map(str, arguments)), done.returncode, done.stderr.strip()))
    return done.stdout


def document(path, *options):
    return report.processes(validate(answer("report", "--json", *options, path), "hotspots"))[0]


def sums(item, key):
    """{function: sum over its sites}, what is unknown left out."""
    found = {}
    for site in item["sites"]:
        if site["family"] == "heap" and key in site:
            found[site["function"]] = found.get(site["function"], 0) + site[key]["value"]
    return found


def equal(truth, found, key):
    for site in truth["sites"]:
        got = found.get(site["function"], 0)
        demand(got == site[key], "%s of %s: %s instead of %s"
               % (key, site["function"], got, site[key]))


def check_sites(truth, item):
    equal(truth, sums(item, "calls"), "calls")
    equal(truth, sums(item, "bytes"), "bytes")


def check_peak(truth, item):
    equal(truth, sums(item, "peak_bytes"), "peak_bytes")
    equal(truth, sums(item, "peak_objects"), "peak")
    heap = sum(site["peak_bytes"]["value"] for site in item["sites"] if "peak_bytes" in site)
    demand(item["figures"]["peak_bytes"]["value"] == heap, "sites at the peak sum up to %d of %d"
           % (heap, item["figures"]["peak_bytes"]["value"]))
    demand(item["figures"]["peak_bytes"]["basis"] == "exact", "the peak is not exact")


def check_left(truth, item):
    equal(truth, sums(item, "live_bytes"), "left_bytes")
    equal(truth, sums(item, "live_objects"), "left")
    left = item["left_at_exit"]
    for key, figure in (("bytes", "live_bytes"), ("objects", "live_objects")):
        all_sites = sum(site[figure]["value"] for site in item["sites"] if figure in site)
        demand(left[key]["value"] == all_sites, "left at exit: %s of sites %s"
               % (left[key], all_sites))


def check_lives(truth, item):
    temporary, count = sums(item, "temporary"), sums(item, "calls")
    for site in truth["sites"]:
        name = site["function"]
        if not site["most_s"]:
            continue
        demand(site["temporary"] <= temporary.get(name, 0) <= site["perhaps"],
               "temporary of %s: %s, not within %s" % (name, temporary.get(name), site))
        lived = sum(row["mean_lifetime_s"]["value"] for row in item["sites"]
                    if row["function"] == name) * count[name]
        demand(site["least_s"] <= lived <= site["most_s"],
               "%s lived for %s s, not within %s" % (name, lived, site))


def check_threads(truth, item):
    rows = {row["tid"]: row for row in item["threads"]}
    for thread in truth["threads"]:
        row = rows[thread["tid"]]
        demand(row["comm"] == thread["comm"], "%s is called %s" % (thread, row["comm"]))
        demand(row["calls"]["value"] == thread["calls"]
               and row["bytes"]["value"] == thread["bytes"],
               "%s, but found %s calls, %s bytes" % (thread, row["calls"], row["bytes"]))
        demand(row["freed_elsewhere"] == (1 if thread["handed"] else 0), "frees of %s: %s"
               % (thread, row["freed_elsewhere"]))
    demand(sum(row["bytes"]["value"] for row in rows.values())
           == item["figures"]["bytes"]["value"], "threads do not sum up to the process")


def check_text(path):
    """Each view's first row is the site that it is about."""
    first = {"lifetime": "leave", "peak": "wave", "temporary": "brief", "size": "wave", "live": "leave"}
    for by, function in first.items():
        text = answer("report", "--by", by, path)
        rows = re.findall(r"heap site\n(.*)", text)
        demand(rows and function in rows[0], "--by %s: %s" % (by, rows[:1]))
    text = answer("report", "--by", "thread", path)
    demand("lives-hand (tid" in text and "left at exit" in text, "no threads: %s" % text)
    demand(len(answer("report", "-T", "1", "--by", "peak", path).splitlines())
           < len(answer("report", "--by", "peak", path).splitlines()), "-T has no effect")


def check_filters(truth, path):
    equal({"sites": [site for site in truth["sites"] if site["function"] == "late"]},
          sums(document(path, "-z", "600", "-Z", "800"), "bytes"), "bytes")
    found = sums(document(path, "-z", "600", "-Z", "800"), "bytes")
    demand("wave" not in found and "brief" not in found, "sizes are not kept apart: %s" % found)
    found = sums(document(path, "--site", "^(wave|late)$"), "bytes")
    demand(set(found) == {"wave", "late"}, "--site: %s" % found)
    found = sums(document(path, "--older", "100ms"), "live_objects")
    demand(found.get("leave") == 37, "--older: %s" % found)
    whole = document(path)
    demand(not answer("report", "--comm", "nobody", path).count("lives"), "--comm keeps all")
    # a span: what the first and the second part have sums up
    middle = "%dms" % (1000 * whole["coverage"]["span_s"] / 2)
    parts = [document(path, "--to", middle), document(path, "--from", middle)]
    calls = [sum(sums(part, "calls").values()) for part in parts]
    demand(all(calls) and sum(calls) == sum(sums(whole, "calls").values()),
           "calls in two spans: %s" % calls)
    found = sums(document(path, "--from", middle, "--by", "live"), "live_bytes")
    demand(found.get("leave") == 37 * 333, "what was live is forgotten: %s" % found)
    done = run("report", "--from", "1000s", path)
    demand(done.returncode == EXIT_USAGE and "ends before" in done.stderr, done.stderr)


def check_tree(path):
    down = answer("report", "--tree=down", path)
    up = answer("report", "--tree", path)
    demand(down.index("main") < down.index("wave") and up.index("wave") < up.index("main"),
           "trees stand on their heads")


def check_failures(folder):
    path = os.path.join(folder, "sizes.hb")
    with Workload("record", *FULL, "-o", path, "--", os.path.join(WORKLOADS, "calls"), "sizes",
                  program=BIN) as command:
        truth = command.truth()
        command.end()
    found = {}
    for site in document(path)["failed_calls"]:
        key = (site["function"], site["allocator_function"])
        found[key] = found.get(key, 0) + site["failures"]["value"]
    for site in truth["sites"]:
        got = found.get((site["function"], site["call"]), 0)
        demand(got == site["failures"], "%s failed %d times, not %d"
               % (site["function"], site["failures"], got))
    demand("failed call" in answer("report", path), "the text does not name failed calls")


def check_selection():
    done = run("report", "--comm", "no-such-process", "-d", "1")
    demand(done.returncode == EXIT_RUNTIME and "no process matches" in done.stderr, done.stderr)
    sleeper = subprocess.Popen(["/usr/bin/python3", "-c", "import time\n"
                                "open('/proc/self/comm', 'w').write('lives-named')\n"
                                "while True: x = bytes(100000); time.sleep(0.01)"])
    try:
        with open("/proc/%d/comm" % sleeper.pid, encoding="ascii") as comm:
            while comm.read().strip() != "lives-named":
                comm.seek(0)
        text = answer("report", "--comm", "lives-*", "-i", "1", "-n", "3", "--json")
    finally:
        sleeper.kill()
        sleeper.wait()
    decoder, at, tables = json.JSONDecoder(), 0, []
    while at < len(text.rstrip()):
        table, at = decoder.raw_decode(text, at)
        at += 1
        tables.append(report.processes(table)[0])
    demand(len(tables) == 3, "%d tables" % len(tables))
    demand(all(table["process"]["pid"] == sleeper.pid for table in tables), "another process")
    demand(all(table["coverage"]["span_s"] < 1.8 for table in tables), "tables add up: %s"
           % [table["coverage"]["span_s"] for table in tables])


def main():
    need_root()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "lives.hb")
        done = subprocess.run([BIN, "record", *FULL, "-o", path, "--", LIVES], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        truth = json.loads(done.stdout)
        item = document(path)
        for name, check in (("sites", check_sites), ("peak", check_peak),
                            ("left_at_exit", check_left), ("lives", check_lives),
                            ("threads", check_threads)):
            with checks.case("view_of_%s_is_exact" % name):
                check(truth, item)
        with checks.case("texts_lead_with_what_they_are_about"):
            check_text(path)
        with checks.case("filters_leave_the_rest_out"):
            check_filters(truth, path)
        with checks.case("trees_stand_both_ways"):
            check_tree(path)
        with checks.case("failed_calls_are_told_by_site"):
            check_failures(folder)
    with checks.case("processes_are_chosen_by_name_and_shown_in_intervals"):
        check_selection()
    checks.finish()


if __name__ == "__main__":
    main()
