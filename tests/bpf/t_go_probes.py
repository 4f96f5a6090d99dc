#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does each sample of a Go runtime come by once, with the stack of its site, and each GC cycle once,
with its cause, on every kind of link?"""
import collections
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from go_probes import (CAUSES, GO_WORKLOADS, HARM, LARGE, PROFILE, REFILL, Probes, need_go,
                       observe)
from target import Checks, Skip, Workload, demand, features, need_root

LINKS = ("session", "multi", "perf")
# A change of the profile rate makes the runtime sample the next allocation of each P, published or
# not: those of goroutines of its own are in no site of ours.
STRAY_MAX = 16
BOUND = 200
NODE_BYTES = 48
STORED = 8192 // NODE_BYTES  # nodes that a span has room for


def site(sample):
    """The function of main that allocates, innermost; None: the runtime for itself. Frame pointers lead
    from the system stack to the goroutine that the runtime works for; its own profile ends before."""
    if "runtime.systemstack" in sample["names"]:
        return None
    return next((name for name in sample["names"] if name.startswith("main.site")), None)


def need_link(link):
    if "%s links" % link not in features():
        raise Skip("no %s links here, says doctor" % link)


def check_samples(link, arguments=()):
    truth, samples, _, counters = observe("samples", "samples", link=link, arguments=arguments)
    sites = collections.Counter(filter(None, map(site, samples)))
    wanted = {name: n for name, n in truth["sites"].items() if n}
    demand(dict(sites) == wanted, "sites %s, in truth %s" % (dict(sites), wanted))
    stray = len(samples) - truth["samples"]
    demand(0 <= stray <= STRAY_MAX, "%d samples, in truth %d" % (len(samples), truth["samples"]))
    demand(counters["counted"][PROFILE] == len(samples), "%s" % counters)
    demand(counters["bytes"][PROFILE] == sum(sample["size"] for sample in samples), "bytes")
    for sample in samples:
        check_stack(sample)


def check_stack(sample):
    """From the probe outwards without a gap: every caller is there."""
    names = sample["names"]
    demand(sample["exact"] and names[0] == "runtime.profilealloc", "begins with %s" % names[:2])
    demand(names[1].startswith("runtime.mallocgc"), "called by %s" % names[1])
    if len(names) < 60:
        demand(names[-1] in ("runtime.goexit", "runtime.rt0_go", "runtime.mstart"),
               "the stack ends with %s" % names[-1])


def check_cycles(link):
    truth, _, cycles, _ = observe("cycles", "cycles", link=link)
    causes = collections.Counter(cycle["cause"] for cycle in cycles)
    wanted = {number: truth[cause] for cause, number in CAUSES.items() if truth[cause]}
    demand(dict(causes) == wanted, "causes %s, in truth %s" % (dict(causes), wanted))
    for cycle in cycles:
        demand(cycle["mark_ns"] > 0, "marking took no time")
        # Sweep and mark termination; the latter is tried again where work turned up meanwhile.
        demand(cycle["stops"] >= 2, "%d stops" % cycle["stops"])
        demand(0 < cycle["longest_ns"] <= cycle["pause_ns"], "%s" % cycle)
    demand(sum(cycle["pause_ns"] for cycle in cycles) < 2 * truth["pause_ns"],
           "paused longer than the runtime says")


def check_spans(link):
    truth, samples, _, counters = observe("spans", "refills", link=link)
    large = [sample for sample in samples
             if sample["kind"] == LARGE and site(sample) == "main.siteHuge"]
    demand(len(large) == truth["large"], "%d large objects" % len(large))
    demand(sum(sample["weight"] for sample in large) == truth["large_bytes"], "their bytes")
    refills = [sample for sample in samples
               if site(sample) == "main.siteNodes" and sample["size"] == NODE_BYTES]
    demand(len(refills) >= truth["nodes"] // STORED, "%d refills" % len(refills))
    demand(all(sample["weight"] == STORED * NODE_BYTES for sample in refills), "their weight")
    demand(counters["bytes"][REFILL] == 0, "refills have no bytes")


def bound_is_kept_and_weights_make_up_for_it():
    _, samples, _, counters = observe("spans", "refills", bound=BOUND)
    hits = counters["counted"][REFILL]
    taken = [sample for sample in samples if sample["kind"] == REFILL]
    demand(0 < len(taken) < hits / 4, "%d of %d hits taken" % (len(taken), hits))
    estimate = sum(1 / sample["p"] for sample in taken)
    error = sum((1 - sample["p"]) / sample["p"] ** 2 for sample in taken) ** 0.5
    demand(abs(estimate - hits) < 5 * error, "%d hits estimated as %.0f +- %.0f" % (
        hits, estimate, error))


def other_images_are_not_counted():
    """The probes of one process say nothing of another that runs the same file."""
    with Workload("cycles", program=HARM) as watched, Workload("cycles", program=HARM) as other:
        with Probes(watched.pid, "samples,cycles") as probes:
            other.truth()
            other.end()
            samples, cycles, counters = probes.end()
        demand(not samples and not cycles, "%d samples, %d cycles" % (len(samples), len(cycles)))
        demand(sum(counters["counted"]) == 0, "%s" % counters)
        watched.end()


def versions():
    """Workloads built by other toolchains, if somebody has: OUT/tests/workloads/go/harm-VERSION."""
    return sorted(name for name in os.listdir(GO_WORKLOADS) if name.startswith("harm-"))


def check_version(name):
    program = os.path.join(GO_WORKLOADS, name)
    truth, samples, cycles, _ = observe("samples", "samples,cycles", program=program)
    sites = collections.Counter(filter(None, map(site, samples)))
    demand(dict(sites) == {key: n for key, n in truth["sites"].items() if n}, "sites")
    demand(cycles, "no cycle")
    truth, _, cycles, _ = observe("cycles", "cycles", program=program)
    causes = collections.Counter(cycle["cause"] for cycle in cycles)
    demand(dict(causes) == {n: truth[cause] for cause, n in CAUSES.items() if truth[cause]},
           "causes %s, in truth %s" % (dict(causes), truth))


def main():
    need_root()
    need_go()
    checks = Checks()
    for link in LINKS:
        for name, check in (("every_sample_comes_by_once_with_its_site", check_samples),
                            ("every_cycle_comes_by_once_with_its_cause", check_cycles),
                            ("every_span_and_large_object_is_counted", check_spans)):
            with checks.case("%s_on_%s_links" % (name, link)):
                need_link(link)
                check(link)
    with checks.case("rate_of_one_sample_per_64_KiB_is_exact_too"):
        check_samples("session", ("65536",))
    with checks.case("bound_is_kept_and_weights_make_up_for_it"):
        bound_is_kept_and_weights_make_up_for_it()
    with checks.case("other_images_are_not_counted"):
        other_images_are_not_counted()
    for name in versions():
        with checks.case("%s_is_exact" % name):
            check_version(name)
    checks.finish()


if __name__ == "__main__":
    main()
