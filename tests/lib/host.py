# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel and /proc say of a daemon and of BPF objects: for counts before and after."""
import os
import subprocess

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_s(pid):
    """CPU seconds that all threads of @pid have used."""
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_bytes(pid):
    with open("/proc/%d/statm" % pid) as file:
        return int(file.read().split()[1]) * PAGE


def fds(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def bpf_objects():
    """How many (programs, maps, links) the kernel holds."""
    def count(kind):
        done = subprocess.run(["bpftool", "-j", kind, "list"], capture_output=True, text=True,
                              check=True)
        return done.stdout.count('"id":')
    return count("prog"), count("map"), count("link")


def series(text, name):
    """{label text: value} of the series of @name in an exposition."""
    found = {}
    for line in text.splitlines():
        if line.startswith(name) and line[len(name):len(name) + 1] in ("{", " "):
            labels, value = line[len(name):].rsplit(" ", 1)
            found[labels.strip()] = float(value)
    return found


def value(text, name):
    """The one series of @name without labels."""
    return series(text, name)[""]
