#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One Go service in two versions, with real PostgreSQL, under the same load: what the usual faults
of allocation cost, and what the usual remedies save. Prints both side by side and holds the
difference against what is expected of it (exit code 1 if it falls short).

What is printed comes from the programs themselves: their runtime's counters, getrusage, and the
clock of the load generator. heapbeat records the steady load of each version; what it advises is held
against the lines that the sources are marked with. Another observer joins by --during, which runs a shell command beside the
steady load of each version, and --finally, which runs one at the end. Both find in the environment
STORY_VERSION (before, after), STORY_PID, STORY_SECONDS, STORY_PROGRAM and STORY_DIR.
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import advised
import figures
import machine
from postgres import Postgres
from servers import fetch
from target import Failure, Skip, demand, need_root, wait_for

VERSIONS = ("before", "after")
# Shares of the rate at which the first version has no more to give.
STEADY, NEAR_CAPACITY = 0.7, 0.95
ADVISED_GOGC = "400"
SOURCE = os.path.join(HERE, "..", "workloads", "go", "story")
RULES = ("go-typed-decode", "go-pool", "go-prealloc", "go-string-builder", "go-boxing", "go-gogc")


class Service:
    """One version at work; within `with`, it listens."""

    def __init__(self, story, version, journal=os.devnull):
        self.version, self.journal = version, journal
        self.program = os.path.join(story.programs, version)
        self.output = os.path.join(story.folder, version + ".output")
        with open(self.output, "wb") as output:
            self.child = subprocess.Popen(
                [self.program, "-database", story.postgres.dsn(version), "-journal", journal],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=dict(os.environ, GOGC=story.options.gogc if version == "after" else "100"))
        self.url = None

    def __enter__(self):
        wait_for(self.is_up, lambda: self.said(), 20)
        return self

    def said(self):
        with open(self.output, encoding="utf-8", errors="replace") as output:
            return output.read()

    def is_up(self):
        demand(self.child.poll() is None, "the service '%s' ended: %s" % (self.version,
                                                                          self.said()))
        words = self.said().split()
        if len(words) >= 2 and words[0] == "listening":
            self.url = "http://" + words[1]
        return self.url

    def flush(self):
        fetch(self.url + "/flush", data=b"")

    def requests(self):
        return json.loads(fetch(self.url + "/figures"))["requests"]

    def end(self):
        """In good order; what is pending is stored."""
        self.child.send_signal(signal.SIGTERM)
        demand(self.child.wait(timeout=20) == 0, "the service '%s' failed: %s" % (self.version,
                                                                                 self.said()))

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()


class Story:
    def __init__(self, options, programs, folder, postgres):
        self.options, self.programs = options, programs
        self.folder, self.postgres = folder, postgres

    def load(self, service, *arguments):
        done = subprocess.run([os.path.join(self.programs, "load"), "-url", service.url,
                               *map(str, arguments)], capture_output=True, text=True, check=False,
                              timeout=150)
        demand(done.returncode == 0, "load: " + done.stderr.strip())
        return done.stdout

    def measure(self, service, rate, seconds, warmup):
        return json.loads(self.load(service, "-rate", "%.1f" % rate, "-seconds", seconds, "-warmup",
                                    warmup))

    def check_same(self):
        """Equal answers, rows and journals, for good and bad documents."""
        seen = []
        for version in VERSIONS:
            self.postgres.create(version)
            journal = os.path.join(self.folder, version + ".journal")
            with Service(self, version, journal) as service:
                answers = self.load(service, "-same")
                service.end()
            rows = self.postgres.ask(version, "SELECT * FROM orders ORDER BY order_id, label")
            self.postgres.ask(version, "TRUNCATE orders")
            with open(journal, encoding="utf-8") as file:
                seen.append((answers, rows, file.read()))
        for what, first, second in zip(("answers", "rows", "journals"), *seen):
            demand(first, "no %s at all" % what)
            demand(first == second, "the two versions differ in their " + what)
        print("both versions gave the same %d answers, %d rows and %d lines of journal" % tuple(
            text.count("\n") for text in seen[0]))

    def capacity(self, service):
        found = json.loads(self.load(service, "-capacity", "-seconds", 3, "-warmup", 1.5,
                                     "-connections", 8))
        return found["rate"]

    def steady(self, service, rate):
        """The run that is observed: the load's figures, and what heapbeat says (None: it is bare)."""
        seconds = self.options.seconds
        recording = watcher = None
        if not self.options.bare:
            recording = advised.Recording(service.child.pid, seconds, os.path.join(
                self.folder, service.version + ".hb"))
        if self.options.during:
            watcher = self.command(self.options.during, service, seconds)
        try:
            result = self.measure(service, rate, seconds, 3)
            said = recording.end() if recording else None
        finally:
            if recording:
                recording.kill()
            if watcher:
                watcher.wait(timeout=60)
        demand(not watcher or watcher.returncode == 0, "the --during command failed")
        return result, said

    def command(self, text, service, seconds):
        return subprocess.Popen(text, shell=True, stdin=subprocess.DEVNULL, env=dict(
            os.environ, STORY_VERSION=service.version, STORY_PID=str(service.child.pid),
            STORY_SECONDS=str(seconds), STORY_PROGRAM=service.program, STORY_DIR=self.folder))

    def tails(self, services):
        """Both versions in turn, so that what else runs on this machine meets both alike."""
        rate = NEAR_CAPACITY * self.capacity(services[0])
        shares = machine.Shares([self.postgres.child.pid] + [each.child.pid for each in services])
        rounds = [[self.measure(service, rate, 6, 1.5) for service in services]
                  for _ in range(self.options.rounds)]
        return figures.Tails(rate, list(zip(*rounds)), shares.others_share())

    def tell(self):
        """True if the second version keeps what is expected of it."""
        with Service(self, "before") as before, Service(self, "after") as after:
            services = (before, after)
            rate = STEADY * self.capacity(before)
            steady, said = zip(*(self.steady(service, rate) for service in services))
            tails = self.tails(services)
            for service in services:
                self.check_rows(service)
            good = figures.show(steady, tails, said)
            if not self.options.bare:
                good = advised.judge(*said, SOURCE, RULES) and good
            if self.options.finally_:
                last = self.command(self.options.finally_, after, self.options.seconds)
                good = last.wait(timeout=120) == 0 and good
            for service in services:
                service.end()
        return good

    def check_rows(self, service):
        """Every request of the load has left its 25 rows."""
        service.flush()
        rows = int(self.postgres.ask(service.version, "SELECT count(*) FROM orders"))
        requests = service.requests()
        demand(rows == 25 * requests, "'%s' stored %d rows of %d requests with 25 each" % (
            service.version, rows, requests))


def build(source, folder, *packages):
    if not shutil.which("go"):
        raise Skip("no go command")
    done = subprocess.run(["go", "build", "-o", folder + "/", *packages],
                          cwd=source, capture_output=True, text=True, check=False, timeout=300)
    demand(done.returncode == 0, "go build: " + done.stderr.strip())


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", help="folder for the built programs")
    parser.add_argument("--seconds", type=int, default=25, help="of steady load per version")
    parser.add_argument("--rounds", type=int, default=3, help="of load near capacity")
    parser.add_argument("--gogc", default=ADVISED_GOGC, help="GOGC of the second version")
    parser.add_argument("--same", action="store_true", help="only compare answers and rows")
    parser.add_argument("--bare", action="store_true", help="without heapbeat")
    parser.add_argument("--during", help="command beside the steady load of each version")
    parser.add_argument("--finally", dest="finally_", help="command after the figures")
    options = parser.parse_args()
    if not 1 <= options.seconds <= 90 or not 1 <= options.rounds <= 9:
        parser.error("--seconds 1..90, --rounds 1..9")
    return options


def main():
    options = arguments()
    if not options.same and not options.bare:
        need_root()
    with tempfile.TemporaryDirectory(prefix="story.") as folder:
        programs = os.path.abspath(options.programs or os.path.join(folder, "programs"))
        os.makedirs(programs, exist_ok=True)
        build(SOURCE, programs, "./before", "./after", "./load")
        with Postgres() as postgres:
            story = Story(options, programs, folder, postgres)
            story.check_same()
            return 0 if options.same or story.tell() else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Skip as why:
        print("story: " + str(why), file=sys.stderr)
        sys.exit(77)
    except Failure as why:
        print("story: FAILED: " + str(why), file=sys.stderr)
        sys.exit(1)
