# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of the story: two runs of the load generator side by side, and what is expected of the
second."""
import collections
import statistics

import machine

# results: of the first version and of the second; others: share of the CPUs that others took.
Tails = collections.namedtuple("Tails", "rate results others")


class Run:
    """What happened per request between the two readings of a service's own counters."""

    def __init__(self, result):
        first, last = result["before"], result["after"]
        grown = {name: last[name] - first[name] for name in last}
        requests = grown["requests"]
        self.result = result
        self.cycles = grown["gc_cycles"]
        self.seconds = result["seconds"]
        self.bytes = grown["allocated_bytes"] / requests
        self.objects = grown["mallocs"] / requests
        self.cpu_us = grown["cpu_seconds"] / requests * 1e6
        self.gc_cpu_us = grown["gc_cpu_seconds"] / requests * 1e6
        self.gc_share = grown["gc_cpu_seconds"] / grown["cpu_seconds"]
        self.live, self.goal, self.gogc = (last["live_heap_bytes"], last["heap_goal_bytes"],
                                           last["gogc"])

    def interval_ms(self):
        """Mean time between collections; with few of them, the least that it can be."""
        return self.seconds * 1e3 / (self.cycles if self.cycles >= 10 else self.cycles + 1)

    def interval_text(self):
        return "%s%.0f" % ("" if self.cycles >= 10 else ">= ", self.interval_ms())


def median_ms(results, name):
    return statistics.median(result[name] for result in results)


def show(steady, tails, said):
    """Prints everything, with what heapbeat @said of each (None: nothing was asked); True if every expectation is met."""
    before, after = map(Run, steady)
    verdicts = []

    def row(what, first, second, change="", expected="", met=None):
        mark = {None: "", True: "met", False: "MISSED"}[met]
        print(("%-32s %12s %12s %9s   %-16s %s" % (what, first, second, change, expected,
                                                   mark)).rstrip())
        if met is not None:
            verdicts.append(met)

    def less(first, second):
        return "%+.1f %%" % (100 * (second / first - 1))

    print("\nsteady load: %.0f requests/s for %.0f s, 25 orders of 12 items each" % (
        before.result["rate"], before.seconds))
    row("", "before", "after", "change", "expected")
    ratio = after.interval_ms() / before.interval_ms()
    row("GC interval (ms)", before.interval_text(), after.interval_text(), "x%.0f" % ratio,
        "x8 or more", ratio >= 8)
    if all(said):
        row("  as heapbeat has it", *("%.0f" % each.interval_ms() if each.interval_ms() else "none"
                                      for each in said))
    row("allocated bytes per request", "%.0f" % before.bytes, "%.0f" % after.bytes,
        less(before.bytes, after.bytes), "-80 % or more", after.bytes <= 0.2 * before.bytes)
    row("allocated objects per request", "%.0f" % before.objects, "%.0f" % after.objects,
        less(before.objects, after.objects))
    row("CPU per request (us)", "%.0f" % before.cpu_us, "%.0f" % after.cpu_us,
        less(before.cpu_us, after.cpu_us), "-20 % or more", after.cpu_us <= 0.8 * before.cpu_us)
    row("  of it garbage collection", "%.0f" % before.gc_cpu_us, "%.0f" % after.gc_cpu_us)
    row("GC share of CPU (%)", "%.1f" % (100 * before.gc_share), "%.1f" % (100 * after.gc_share))
    row("live heap, goal (MB)", "%.1f, %.1f" % (before.live / 1e6, before.goal / 1e6),
        "%.1f, %.1f" % (after.live / 1e6, after.goal / 1e6))
    row("GOGC", before.gogc, after.gogc)
    for name, label in (("p50_ms", "latency p50 (ms)"), ("p99_ms", "latency p99 (ms)"),
                        ("p999_ms", "latency p99.9 (ms)")):
        row(label, "%.1f" % before.result[name], "%.1f" % after.result[name])

    print("\nnear the capacity of the first version: %.0f requests/s, median of %d rounds in turn"
          % (tails.rate, len(tails.results[0])))
    crowded = tails.others > machine.CROWDED
    for name, label in (("p50_ms", "latency p50 (ms)"), ("p99_ms", "latency p99 (ms)"),
                        ("p999_ms", "latency p99.9 (ms)")):
        first, second = (median_ms(results, name) for results in tails.results)
        judged = ()
        if name == "p99_ms":
            judged = ("not judged", None) if crowded else ("5 times less", first >= 5 * second)
        row(label, "%.1f" % first, "%.1f" % second, "/%.1f" % (first / second), *judged)
    for results, label in zip(tails.results, ("before", "after")):
        print("  p99 of each round, %s: %s ms" % (label, ", ".join(
            "%.1f" % result["p99_ms"] for result in results)))
    print("  other programs took %.0f %% of this machine's CPUs meanwhile%s" % (
        100 * tails.others, ": latency says nothing" if crowded else ""))
    return all(verdicts)
