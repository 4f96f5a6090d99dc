#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does `heapbeat diff` find what a change has done, and nothing where there was none?

A workload with a habit is recorded, once more as it is, and with what is advised. The advice must be
resolved by the change alone, with every prediction inside of its interval or nearer to it than the
measurement is sure; in text, JSON and Markdown, per CPU second and per operation.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import documents
import report
from target import BIN, Checks, EXIT_OK, WORKLOADS, demand, need_root, run

REMEDY = os.path.join(WORKLOADS, "remedy")
EXIT_RUNTIME, EXIT_USAGE, EXIT_FINDINGS = 1, 2, 3
SPAN_S = 2.5
HOW = ("--budget", "off", "--interval", "65536")
FIXED = "glibc.malloc.mmap_threshold=131072"
# A 95 % interval misses one time in twenty: three misses in a row are no chance.
TRIES = 3


class Capture:
    """Of the workload in one mode, from its first instruction to its end; how many requests it served."""

    def __init__(self, folder, name, *arguments, tunables=None):
        self.path = os.path.join(folder, name + ".hb")
        environment = {k: v for k, v in os.environ.items() if k != "GLIBC_TUNABLES"}
        if tunables:
            environment["GLIBC_TUNABLES"] = tunables
        with subprocess.Popen([BIN, "record", "-o", self.path, *HOW, "--", REMEDY, *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment) as recording:
            try:
                recording.stdout.readline()
                time.sleep(SPAN_S)  # what is observed is a span: there is nothing to wait for
                with open("/proc/%d/task/%d/children" % (recording.pid, recording.pid)) as file:
                    os.kill(int(file.read().split()[0]), signal.SIGTERM)
                truth = json.loads(recording.stdout.readline())
                demand(recording.wait(30) == EXIT_OK, recording.stderr.read().decode().strip())
            finally:
                recording.kill()
        self.operations = truth["requests"]

    def advice(self, rule):
        items = report.recommendations(run("advise", "--json", self.path).stdout)["items"]
        found = [item for item in items if item["rule"] == rule]
        demand(len(found) == 1, "%d advices of %s" % (len(found), rule))
        return found[0]


def compare(before, after, *options, code=EXIT_OK):
    """The one program that both captures hold."""
    done = run("diff", before.path, after.path, "--json", *options)
    demand(done.returncode == code, "status %d: %s" % (done.returncode, done.stderr.strip()))
    document = documents.validate(done.stdout, "diff")
    demand(len(document["items"]) == 1, "%d programs" % len(document["items"]))
    return document["items"][0]


def per_operation(before, after):
    return "--per-op", "%d,%d" % (before.operations, after.operations)


def advice_of(program, identity):
    found = [row for row in program["advice"] if row["id"] == identity]
    demand(len(found) == 1, "%s is told %d times" % (identity, len(found)))
    return found[0]


def misses(before, after, rule, names):
    """What is wrong with the verdict on a change that was made as advised."""
    advice = before.advice(rule)
    program = compare(before, after, *per_operation(before, after))
    row = advice_of(program, advice["id"])
    demand(row["outcome"] == "resolved", "it is %s: %s" % (row["outcome"], row.get("doubt")))
    fits = {p["name"]: p for p in row["predictions"]}
    for name in names:
        fit = fits[name]
        if fit["fit"] not in ("inside", "near"):
            yield "%s is %s: %s for %s" % (name, fit["fit"], fit.get("measured"), fit["predicted"])


def lasting(attempt):
    """@attempt yields what is wrong; chance alone may make it do so now and then."""
    for _ in range(TRIES):
        wrong = "; ".join(attempt())
        if not wrong:
            return
        print("# %s" % wrong, flush=True)
    demand(False, wrong)


def pool(folder, captures):
    before = captures["objects"] = Capture(folder, "objects", "objects")
    held = {row["name"]: row["figure"] for row in before.advice("pool")["evidence"]}["held"]
    after = captures["pooled"] = Capture(folder, "pooled", "objects", str(int(held["value"])))
    yield from misses(before, after, "pool", ("calls_avoided", "bytes_avoided"))
    moved = [site["function"] for site in compare(before, after)["sites"]
             if site["bytes"]["moved"]]
    demand(moved == ["make_object"], "moved: %s" % moved)


def churn(folder):
    before = Capture(folder, "churn", "buffers", str(1 << 20), tunables=FIXED)
    evidence = {row["name"]: row["figure"]["value"]
                for row in before.advice("mmap-churn")["evidence"]}
    setting = "glibc.malloc.mmap_threshold=%d:glibc.malloc.trim_threshold=%d" % (
        evidence["threshold"], evidence["trim"])
    after = Capture(folder, "kept", "buffers", str(1 << 20), tunables=setting)
    yield from misses(before, after, "mmap-churn", ("calls_avoided",))


def unchanged(folder, captures):
    """Nothing has moved between two captures of one program, and its advice is open. Of the objects of
    24 bytes only a handful are sampled, and theirs are the errors of all objects: bytes are judged."""
    before, again = captures["objects"], Capture(folder, "again", "objects")
    program = compare(before, again, *per_operation(before, again))
    moved = [site["function"] for site in program["sites"] if site["bytes"]["moved"]]
    if moved:
        yield "moved: %s" % moved
    row = advice_of(program, before.advice("pool")["id"])
    demand(row["outcome"] == "open", "it is %s" % row["outcome"])
    if not program["moved_cnt"]:
        demand(all(p["fit"] == "not compared" for p in row["predictions"]), "it is measured")


def forms(captures):
    before, after = captures["objects"], captures["pooled"]
    identity = before.advice("pool")["id"]
    text = run("diff", before.path, after.path).stdout
    demand("resolved  %s  pool" % identity in text and "Holm" in text, text)
    only = run("diff", before.path, after.path, "--advice", identity).stdout
    demand(identity in only and "Holm" not in only, only)
    markdown = run("diff", before.path, after.path, "--format", "md").stdout
    demand("| resolved | %s | pool | " % identity in markdown, markdown)
    advised = run("advise", before.path, "--format", "md").stdout
    demand("| %s | pool | " % identity in advised and "<details>" in advised, advised)
    demand(run("diff", before.path, after.path).stdout == text, "it differs at the second reading")


def statuses(folder, captures):
    objects, pooled = captures["objects"].path, captures["pooled"].path
    missing = os.path.join(folder, "missing.hb")
    other = os.path.join(folder, "other.hb")
    done = run("record", "-o", other, "--full", "--", "/bin/true")
    demand(done.returncode == EXIT_OK, done.stderr)
    identity = captures["objects"].advice("pool")["id"]
    for code, arguments in (
            (EXIT_OK, ("diff", objects, pooled, "--fail-on", "low")),
            (EXIT_FINDINGS, ("diff", pooled, objects, "--fail-on", "low")),
            (EXIT_OK, ("diff", pooled, objects, "--fail-on", "low", "--mute", "pool")),
            (EXIT_FINDINGS, ("advise", objects, "--fail-on", "high")),
            (EXIT_OK, ("advise", objects, "--fail-on", "high", "--mute", identity)),
            (EXIT_OK, ("advise", objects, "--fail-on", "high", "--mute", "po*:make_*")),
            (EXIT_RUNTIME, ("diff", objects, other)),
            (EXIT_RUNTIME, ("diff", objects, missing)),
            (EXIT_RUNTIME, ("diff", objects, pooled, "--advice", "HB-zzzzzz")),
            (EXIT_USAGE, ("diff", objects)),
            (EXIT_USAGE, ("diff", objects, pooled, "--per-op", "0")),
            (EXIT_USAGE, ("advise", objects, "--mute", "no-such-rule"))):
        done = run(*arguments)
        demand(done.returncode == code, "%s: status %d, not %d: %s" % (
            " ".join(arguments), done.returncode, code, done.stderr.strip()))
        demand(code in (EXIT_OK, EXIT_FINDINGS) or len(done.stderr.splitlines()) == 1,
               "%s: says %r" % (" ".join(arguments), done.stderr))
    said = run("diff", objects, other).stderr
    demand("remedy" in said and "true" in said, said)


def rules():
    document = documents.validate(run("rules", "--json").stdout, "rules")
    names = [item["id"] for item in document["items"]]
    demand("pool" in names and len(set(names)) == len(names), names)
    done = run("rules", "pool")
    demand(done.returncode == EXIT_OK and "wrong if" in done.stdout, done.stdout)
    done = run("rules", "pol")
    demand(done.returncode == EXIT_USAGE and "'pool'" in done.stderr, done.stderr)


def main():
    need_root()
    checks = Checks()
    captures = {}
    with tempfile.TemporaryDirectory() as folder:
        with checks.case("a_pool_resolves_its_advice_and_saves_what_was_predicted"):
            lasting(lambda: pool(folder, captures))
        with checks.case("a_setting_resolves_mmap_churn_and_saves_what_was_predicted"):
            lasting(lambda: churn(folder))
        with checks.case("the_same_program_again_has_not_moved_and_is_not_resolved"):
            lasting(lambda: unchanged(folder, captures))
        with checks.case("text_markdown_and_one_advice_say_the_same"):
            forms(captures)
        with checks.case("statuses_are_those_of_the_manual"):
            statuses(folder, captures)
        with checks.case("the_rules_are_told"):
            rules()
    checks.finish()


if __name__ == "__main__":
    main()
