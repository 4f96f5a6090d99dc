#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Are the README's examples true? Those marked <!-- runnable --> are run as they stand; of all others
each option must be one of its verb."""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from target import BIN, Checks, EXIT_OK, TESTS, demand, need_root, run

README = os.path.join(os.path.dirname(TESTS), "README.md")
BLOCK = re.compile(r"<!-- runnable -->\n```sh\n(.*?)```", re.S)
# "heapbeat VERB ...", in an example or between backticks, up to what ends a command
COMMAND = re.compile(r"heapbeat ([a-z-]+)((?: [^`|&#>\n]+)?)")


def runnable(text):
    return [line for block in BLOCK.findall(text) for line in block.splitlines() if line]


def check_run(lines):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.dirname(os.path.realpath(BIN)) + ":" + os.environ["PATH"]
        for line in lines:
            done = subprocess.run(["/bin/bash", "-o", "pipefail", "-c", line], cwd=folder,
                                  env=dict(os.environ, PATH=path, NO_COLOR="1"), check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            demand(done.returncode in (EXIT_OK, 141), "%s: exit code %d: %s"
                   % (line, done.returncode, done.stderr.strip()[-300:]))
            demand(done.stdout.strip() or " record " in line, "%s: says nothing" % line)


def options_of(verb, known):
    if verb not in known:
        done = run("help", verb)
        known[verb] = set(re.findall(r"(?<![\w-])(--?[a-zA-Z][\w.-]*)", done.stdout)) \
            if done.returncode == EXIT_OK else None
    return known[verb]


def check_options(text):
    known, wrong, seen = {}, [], 0
    for verb, rest in COMMAND.findall(text):
        if verb in ("version", "help") or options_of(verb, known) is None:
            continue
        rest = rest.split(" -- ")[0]
        for option in re.findall(r"(?:^|[ \[(])(--?[a-zA-Z][\w.-]*)", rest):
            seen += 1
            if option.rstrip(".") not in known[verb]:
                wrong.append("heapbeat %s %s" % (verb, option))
    demand(seen > 20, "only %d options were found in the README" % seen)
    demand(not wrong, "no such options: %s" % ", ".join(sorted(set(wrong))))


def main():
    need_root()
    with open(README, encoding="utf-8") as file:
        text = file.read()
    lines = runnable(text)
    checks = Checks()
    with checks.case("examples_run_as_written"):
        demand(len(lines) >= 5, "%d lines are marked as runnable" % len(lines))
        check_run(lines)
    with checks.case("options_of_examples_exist"):
        check_options(text)
    checks.finish()


if __name__ == "__main__":
    main()
