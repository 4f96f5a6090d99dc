# SPDX-License-Identifier: GPL-2.0-or-later
"""The probes of a Go runtime by their driver (tests/bpf/go_probes.c), and Go workloads."""
import json
import os
import subprocess
import sys
import tempfile

from target import CALLS_EXIT_CODE, OUT, WORKLOADS, Failure, Workload, demand, wait_for

DRIVER = os.path.join(OUT, "tests", "bpf", "go_probes")
GO_WORKLOADS = os.path.join(WORKLOADS, "go")
HARM = os.path.join(GO_WORKLOADS, "harm")
PROFILE, REFILL, LARGE = range(3)  # enum hb_go_probe
CAUSES = {"heap": 0, "forced": 2}  # enum go_cause


def need_go():
    """Skip the whole script where no Go toolchain has built the workloads."""
    if not os.access(HARM, os.X_OK):
        print("no Go toolchain has built '%s'" % HARM)
        sys.exit(77)


class Probes:
    """Go probes on a process, until end() or the end of the context."""

    def __init__(self, pid, parts, bound=0, link="session"):
        self.output = tempfile.TemporaryFile()
        self.errors = tempfile.TemporaryFile()
        self.child = subprocess.Popen([DRIVER, "watch", str(pid), parts, str(bound), link],
                                      stdin=subprocess.PIPE, stdout=self.output,
                                      stderr=self.errors)

    def __enter__(self):
        wait_for(lambda: self.lines()[:1] == ["ready"] or self.child.poll() is not None,
                 "go_probes to link")
        if self.child.poll() is not None:
            raise Failure("go_probes ended: %s" % self.text(self.errors).strip())
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.output.close()
        self.errors.close()

    @staticmethod
    def text(file):
        file.seek(0)
        return file.read().decode(errors="replace")

    def lines(self):
        return self.text(self.output).splitlines()

    def end(self):
        """Unlink; (samples, cycles, the last counters)."""
        self.child.stdin.close()
        demand(self.child.wait(timeout=60) == 0, self.text(self.errors).strip())
        events = [json.loads(line) for line in self.lines()[1:]]
        return ([event for event in events if event["event"] == "sample"],
                [event for event in events if event["event"] == "cycle"],
                [event for event in events if event["event"] == "counters"][-1])


def observe(mode, parts, *, bound=0, link="session", program=HARM, arguments=()):
    """Run a mode of `harm` under probes: (truth, samples, cycles, counters), identities checked."""
    with Workload(mode, *arguments, program=program) as target:
        with Probes(target.pid, parts, bound, link) as probes:
            truth = target.truth()
            samples, cycles, counters = probes.end()
        code = target.end()
    demand(code == CALLS_EXIT_CODE, "the workload ended with %d" % code)
    check_identities(samples, cycles, counters)
    return truth, samples, cycles, counters


def check_identities(samples, cycles, counters):
    """Every hit is counted once, every chosen one delivered or told as lost."""
    demand(not counters["unusable"], counters["coverage"])
    demand(counters["hits"] == counters["foreign"] + counters["repeated"]
           + sum(counters["counted"]), "hits: %s" % counters)
    for probe in (PROFILE, REFILL, LARGE):
        demand(counters["sampled"][probe] == counters["records"][probe]
               + counters["lost"][probe], "samples: %s" % counters)
        demand(counters["records"][probe] == sum(sample["kind"] == probe for sample in samples),
               "records that came by: %s" % counters)
    demand(counters["cycles"] == len(cycles) + counters["cycles_lost"], "cycles: %s" % counters)
    demand(not counters["stackless"], "%d samples have no stack" % counters["stackless"])
    demand(counters["charged_ns"] >= counters["hits"] * counters["hit_ns"] - 1
           and counters["sample_ns"] > 0, "the charge: %s" % counters)
