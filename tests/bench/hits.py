# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows hit.*: the price of a hit, by the program hit.c."""
import os
import subprocess

from figures import Figure, bootstrap, p25
from target import JEMALLOC, OUT, Failure

HIT = os.path.join(OUT, "tests", "bench", "hit")
ROUNDS = 25


def loops(comparison, preload=None):
    """A list of rounds, each ([ns per pair of side 0], [of side 1])."""
    environment = dict(os.environ, **({"LD_PRELOAD": preload} if preload else {}))
    done = subprocess.run([HIT, comparison, str(ROUNDS)], env=environment, capture_output=True,
                          text=True, timeout=280, check=False)
    if done.returncode:
        raise Failure(done.stderr.strip() or "hit ended with %d" % done.returncode)
    rounds = [([], []) for _ in range(ROUNDS)]
    for line in done.stdout.splitlines():
        index, side, ns = line.split()
        rounds[int(index)][int(side)].append(float(ns))
    return rounds


def side_p25(rounds, side):
    return p25([ns for both in rounds for ns in both[side]])


def ratio_of_p25s(rounds):
    return side_p25(rounds, 0) / side_p25(rounds, 1)


def ratio(name, rounds, how):
    low, high = bootstrap(rounds, ratio_of_p25s)
    return Figure(name, ratio_of_p25s(rounds), low, high, "ratio", ROUNDS,
                  "%s: p25s %.0f and %.0f ns" % (how, side_p25(rounds, 0), side_p25(rounds, 1)))


def against_empty(name, comparison, what):
    """Row @name: the loop under heapbeat's session programs, by the loop with one empty program."""
    return lambda: [ratio(name, loops(comparison),
                          "%s, by the loop with one empty multi program" % what)]


def placement(comparison, function, suffix, preload):
    """A hit where the decoder places it, and how much dearer it is at the function's entry."""
    rounds = loops(comparison, preload)
    bare = side_p25(loops(comparison.replace("_entry", "_bare"), preload), 0)

    def net(some):
        return side_p25(some, 1) - bare

    def step_ratio(some):
        return (side_p25(some, 0) - bare) / net(some)

    return [
        Figure("hit.emulated%s.ns" % suffix, net(rounds), *bootstrap(rounds, net), "ns", ROUNDS,
               "empty program, %s, at the placed instruction, the bare loop's %.0f ns taken off"
               % (function, bare)),
        Figure("hit.entry_stepped%s.ratio" % suffix, step_ratio(rounds),
               *bootstrap(rounds, step_ratio), "ratio", ROUNDS,
               "empty program, %s, at its first instruction by at the placed one, bare loop off"
               % function),
    ]


def emulated():
    return (placement("free_entry", "free of glibc", "", None)
            + placement("malloc_entry", "malloc of jemalloc", "_jemalloc", JEMALLOC))


ROWS = {
    "hit.malloc_unsampled.ratio": against_empty(
        "hit.malloc_unsampled.ratio", "malloc_unsampled",
        "malloc linked, default mode, nothing sampled, 10,000 blocks in the live map"),
    "hit.free_unsampled.ratio": against_empty(
        "hit.free_unsampled.ratio", "free_unsampled",
        "free linked, default mode, nothing sampled, 10,000 blocks in the live map"),
    "hit.pair_nostack.ratio": against_empty(
        "hit.pair_nostack.ratio", "pair_nostack", "malloc and free linked, full, nothing sampled"),
    "hit.pair_stack.ratio": against_empty(
        "hit.pair_stack.ratio", "pair_stack",
        "malloc and free linked, full, every call sampled with its stack"),
    "hit.emulated": emulated,
}
