#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# The system's python on purpose: it is the one that the package python3-jsonschema serves.
"""Is an hour's capture read at once and in little memory, a damaged one as far as it can be, and can
every record be seen?"""
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import hour
import report
from documents import validate
from target import (BIN, Checks, EXIT_OK, EXIT_PARTIAL, TESTS, demand, need_root, run)

PYJSON = os.path.join(TESTS, "workloads", "pyjson.py")
RECORD_S = 6
REPORT_S, REPORT_MB = 2, 200  # a shared machine is given some time more
SLOWER = 3
SHARE = 0.01


def record(path):
    worker = subprocess.Popen([PYJSON, "60"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        worker.stdout.readline()
        worker.stdin.write(b"\n")
        worker.stdin.flush()
        done = run("record", "-p", worker.pid, "-d", "%ds" % RECORD_S, "-o", path)
        demand(done.returncode in (EXIT_OK, EXIT_PARTIAL), done.stderr)
    finally:
        worker.kill()
        worker.wait()
    return worker.pid


def rates(path, code):
    done = run("report", "--json", path)
    demand(done.returncode == code, "exit code %d: %s" % (done.returncode, done.stderr.strip()))
    item = report.processes(validate(done.stdout, "hotspots"))[0]
    return item, done.stderr


def check_hour(path):
    begun = time.monotonic()
    child = subprocess.Popen([BIN, "report", path], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    took = time.monotonic() - begun
    demand(child.returncode == EXIT_OK, "report ended with %d" % child.returncode)
    demand(took < SLOWER * REPORT_S, "report took %.1f s" % took)
    demand(usage.ru_maxrss * 1024 < REPORT_MB * 1e6, "report took %d kB" % usage.ru_maxrss)
    item, _ = rates(path, EXIT_OK)
    demand(3500 < item["coverage"]["span_s"] < 3700, "a span of %s s" % item["coverage"]["span_s"])


def check_damaged(path, damaged):
    whole, _ = rates(path, EXIT_OK)
    hour.damage(path, damaged, SHARE)
    item, said = rates(damaged, EXIT_PARTIAL)
    demand("is damaged" in said, said)
    for name in ("calls_rate", "bytes_rate"):
        a, b = (found["figures"][name]["value"] for found in (whole, item))
        demand(abs(a - b) < 0.15 * a, "%s: %s of a damaged capture, %s of a whole one"
               % (name, b, a))
    samples = item["coverage"]["samples"]
    demand(samples > 0.9 * whole["coverage"]["samples"], "%d samples are left" % samples)
    done = run("dump", damaged)
    demand(done.returncode == EXIT_PARTIAL, "dump ended with %d" % done.returncode)


def check_dump(path, pid):
    text, lines = run("dump", path), run("dump", "--json", path)
    demand(text.returncode == lines.returncode == EXIT_OK, text.stderr + lines.stderr)
    told = [json.loads(line) for line in lines.stdout.splitlines()]
    demand(all(isinstance(record["type"], str) for record in told), "a type without a name")
    heads = [line for line in text.stdout.splitlines() if not line.startswith(" ")]
    demand([line.split()[1] for line in heads] == [record["type"] for record in told],
           "text and JSON tell different records")
    with open(path, "rb") as file:
        count = len(list(hour.records(file.read())))
    demand(count == len(told), "%d of %d records" % (len(told), count))
    images = [record for record in told if record["type"] == "IMAGE"]
    demand([record["tgid"] for record in images] == [pid], "images: %s" % images)
    samples = [record for record in told if record["type"] == "SAMPLE"]
    demand(samples and all(len(record["frames"]) == record["frame_cnt"] for record in samples),
           "frames are missing")


def main():
    need_root()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        short, long, damaged = (os.path.join(folder, name + ".hb")
                                for name in ("short", "hour", "damaged"))
        pid = record(short)
        hour.stretch(short, long, 3600)
        with checks.case("an_hour_is_read_at_once"):
            check_hour(long)
        with checks.case("a_damaged_capture_gives_what_is_readable"):
            check_damaged(long, damaged)
        with checks.case("every_record_is_dumped"):
            check_dump(short, pid)
    checks.finish()


if __name__ == "__main__":
    main()
