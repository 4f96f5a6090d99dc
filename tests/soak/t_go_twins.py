#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Are the Go services and their mended twins the same to whoever uses them, and is what the Go
workloads are built from sound?"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from target import Checks, Skip, demand

GO = os.path.join(HERE, "..", "workloads", "go")
# What a log can do to a parser: the last lines of the input.
ODD_LINES = b"""
short
2026-03-01T10:00:00.1Z A b
2026-03-01T10:00:00.1Z A b x
2026-03-01T10:00:00.1Z A b x=1 x=2 at=foo level="a b" =1
2026-03-01T10:00:00.1Z A b x=1 x=2 at=foo level="a b"  service=3 n=+5 m=-0 q="" r= t="a"b
2026-03-01T10:00:00.1Z A b k=99999999999999999999 s="\xff<" u="\xe2\x80\xa8" v="\x01\t\x7f" w="\\>"
2026-03-01T10:00:00.1Z "A x b
"""
ODD_COUNT = 5


def go(*arguments, folder):
    done = subprocess.run(["go", *arguments], cwd=folder, capture_output=True, text=True,
                          check=False, timeout=280)
    demand(done.returncode == 0, "go %s: %s%s" % (arguments[0], done.stdout, done.stderr))
    return done.stdout


def need_go(folder):
    """Skip where no toolchain is as new as the module asks for."""
    if not shutil.which("go"):
        raise Skip("no go command")
    with open(os.path.join(folder, "go.mod")) as file:
        needed = re.search(r"^go (\d+)\.(\d+)", file.read(), re.M)
    version = subprocess.run(["go", "env", "GOVERSION"], cwd=folder, capture_output=True, text=True,
                             check=False, env=dict(os.environ, GOTOOLCHAIN="local")).stdout
    found = re.match(r"go(\d+)\.(\d+)", version)
    if found and tuple(map(int, found.groups())) < tuple(map(int, needed.groups())):
        raise Skip("%s is older than go%s.%s" % (version.strip(), *needed.groups()))


def check_story():
    need_go(os.path.join(GO, "story"))
    done = subprocess.run([os.path.join(HERE, "..", "story", "story.py"), "--same"],
                          capture_output=True, text=True, check=False, timeout=280)
    if done.returncode == 77:
        raise Skip(done.stderr.strip())
    demand(done.returncode == 0, done.stderr.strip())
    demand(re.search(r"the same [1-9]\d+ answers, [1-9]\d+ rows", done.stdout), done.stdout)


def check_pipeline(folder):
    source = os.path.join(GO, "pipeline")
    need_go(source)
    go("build", "-o", folder + "/", "./before", "./after", "./ship", folder=source)
    log = subprocess.run([folder + "/ship", "-rate", "0", "-seconds", "2"], capture_output=True,
                         check=True, timeout=60).stdout + ODD_LINES
    results = {}
    for version in ("before", "after"):
        done = subprocess.run([folder + "/" + version], input=log, capture_output=True, check=True,
                              timeout=60)
        results[version] = done.stdout, json.loads(done.stderr)
    demand(results["before"][0], "nothing was written")
    demand(results["before"][0] == results["after"][0], "the batches differ")
    for version, (_, figures) in results.items():
        counts = figures["events"], figures["batches"], figures["odd_lines"]
        demand(counts == (20003, 41, ODD_COUNT), "%s counted %s" % (version, counts))
    before, after = (results[version][1] for version in ("before", "after"))
    demand(after["mallocs"] * 5 < before["mallocs"], "the twin is not mended: %s" % after)


def check_causes(folder):
    """A round is the same seen through a profile of every allocation and through MemStats."""
    source = os.path.join(GO, "causes")
    need_go(source)
    program = folder + "/causes"
    go("build", "-o", program, ".", folder=source)
    truth = json.loads(subprocess.run([program, "-truth"], capture_output=True, check=True,
                                      timeout=60).stdout)
    paced = json.loads(subprocess.run([program, "-seconds", "2"], capture_output=True, check=True,
                                      timeout=60).stdout.splitlines()[-1])
    for figure in ("objects", "bytes"):
        by_site = sum(site[figure] for site in truth["sites"]) / truth["rounds"]
        in_all = paced[figure] / paced["rounds"]
        demand(abs(by_site / in_all - 1) < 0.005,
               "%s per round: %g by site, %g in all" % (figure, by_site, in_all))


# What a site must exceed before advice is given on it.
FLOOR_BYTES, FLOOR_OBJECTS = 1e6, 1e4
SITE_RULES = ("go-pool", "go-prealloc", "go-map-hint", "go-string-builder", "go-boxing",
              "go-typed-decode", "go-bytes-string", "go-value-slice", "go-escape")


def rule_truths(program, mode):
    """What each rule's program says of itself after two seconds in this mode; all at once."""
    usage = subprocess.run([program], capture_output=True, text=True, check=False).stderr
    rules = [line.strip() for line in usage.splitlines()[1:]]
    children = [subprocess.Popen([program, rule, mode, "2"], stdout=subprocess.PIPE, text=True)
                for rule in rules]
    outputs = [child.communicate(timeout=60)[0] for child in children]
    return {rule: json.loads(output.splitlines()[-1]) for rule, output in zip(rules, outputs)}


def check_rules(folder):
    source = os.path.join(GO, "rules")
    need_go(source)
    program = folder + "/rules"
    go("build", "-o", program, ".", folder=source)
    fires, twin, mended = (rule_truths(program, mode) for mode in ("fires", "twin", "mended"))
    for rule in SITE_RULES:
        for mode, truths in (("fires", fires), ("twin", twin), ("mended", mended)):
            truth = truths[rule]
            above = (truth["bytes_per_s"] > FLOOR_BYTES or truth["objects_per_s"] > FLOOR_OBJECTS)
            demand(above == (mode == "fires"), "%s %s: %s" % (rule, mode, truth))
    leak, harmless = fires["go-goroutine-leak"], twin["go-goroutine-leak"]
    demand(leak["goroutines"] > leak["requests"] > 3 * harmless["goroutines"], "%s" % leak)
    leak = fires["go-heap-leak"]
    demand(leak["grown_heap_bytes"] > 16000 * leak["requests"], "%s" % leak)
    demand(fires["go-gogc"]["gc_cycles"] > 2 * mended["go-gogc"]["gc_cycles"], "GOGC has no effect")


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        with checks.case("story_versions_answer_and_store_the_same"):
            check_story()
        with checks.case("pipeline_versions_write_the_same_batches"):
            check_pipeline(folder)
        with checks.case("go_tests_of_the_story_pass"):
            source = os.path.join(GO, "story")
            need_go(source)
            demand("ok " in go("test", "./internal/...", folder=source), "no test ran")
        with checks.case("one_round_of_causes_is_what_its_sites_say"):
            check_causes(folder)
        with checks.case("rules_fire_above_the_floor_and_their_twins_stay_below"):
            check_rules(folder)
    checks.finish()


if __name__ == "__main__":
    main()
