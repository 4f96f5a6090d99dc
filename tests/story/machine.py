# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose the CPUs were: a tail latency tells of a program only where others left it the machine."""
import os
import resource

TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")
# Above this share of all CPUs, latencies are those of the others.
CROWDED = 0.25


def process_s(pid):
    """CPU seconds of a process; 0 if it is gone."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * TICK_S


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(word) for word in file.read().split()]


class Shares:
    """Between its making and others_share(): CPU time that neither the given processes (with their
    children) nor ended children of this one have used, as a share of all CPU time there was."""

    def __init__(self, pids):
        self.pids = pids
        self.first = self.read()

    def read(self):
        with open("/proc/stat") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
        idle = ticks[3] + ticks[4]
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = ended.ru_utime + ended.ru_stime + process_s(os.getpid())
        for pid in self.pids:
            own += process_s(pid) + sum(map(process_s, children(pid)))
        return sum(ticks) * TICK_S, (sum(ticks) - idle) * TICK_S, own

    def others_share(self):
        total, busy, own = (last - first for last, first in zip(self.read(), self.first))
        return max(busy - own, 0.0) / total if total > 0 else 0.0
