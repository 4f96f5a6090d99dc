# SPDX-License-Identifier: GPL-2.0-or-later
"""What heapbeat says of the two versions of a program while they are under load, held against what their
sources are marked with: `// expect: RULE ...` at the end of the line that a rule is to name."""
import glob
import os
import re
import subprocess

import report
from target import BIN, EXIT_OK, demand, run

# Of the process as a whole: they name no line.
OF_PROCESS = ("go-gogc", "go-memlimit")


class Recording:
    """heapbeat record beside a run."""

    def __init__(self, pid, seconds, path):
        self.pid, self.path = pid, path
        self.child = subprocess.Popen([BIN, "record", "-p", str(pid), "-d", "%ds" % seconds, "-o",
                                       path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, text=True)

    def end(self):
        """What was said, once it is over."""
        error = self.child.communicate(timeout=120)[1]
        demand(self.child.returncode == EXIT_OK, "heapbeat record: " + error.strip())
        return Said(self.pid, self.path)

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.communicate()


class Said:
    def __init__(self, pid, path):
        self.items = report.recommendations(run("advise", "--json", path).stdout)["items"]
        self.go = report.process(report.hotspots(run("report", "--json", path).stdout), pid)["go"]

    def interval_ms(self):
        """Between collections; None where there were too few to say."""
        rate = self.go["gc"].get("cycles_rate") or {}
        return 1e3 / rate["value"] if rate.get("value") else None


def place(item):
    site = item.get("site") or {}
    return os.path.basename(site.get("file") or ""), site.get("line")


def marks(folder):
    """{rule: {(file, line), ...}} of the sources in @folder."""
    found = {}
    for path in glob.glob(os.path.join(folder, "*.go")):
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                mark = re.search(r"// expect: ([a-z -]+)$", line.rstrip())
                for rule in mark.group(1).split() if mark else ():
                    found.setdefault(rule, set()).add((os.path.basename(path), number))
    return found


def is_own(item, folder):
    """Does it name a line of the program's own sources, and not of a library's?"""
    path = (item.get("site") or {}).get("file") or ""
    return os.path.basename(os.path.dirname(path)) == os.path.basename(folder)


def saving(item):
    share = next((row["figure"] for row in item["prediction"]
                  if row["name"] == "bytes_avoided_share"), None)
    return "" if share is None else "saves %.0f %% of the bytes" % (100 * share["value"])


def show(version, said, marked, folder):
    print("\nheapbeat advises for %s:%s" % (version, "" if said.items else " nothing"))
    for item in said.items:
        file, line = place(item)
        where = "the process" if item["rule"] in OF_PROCESS else "%s:%s" % (file, line)
        note = ""
        if item["rule"] not in OF_PROCESS:
            note = ("marked" if (file, line) in marked.get(item["rule"], ()) else
                    "not marked" if is_own(item, folder) else "a library's")
        print(("  %-18s %-7s %-22s %-28s %s" % (item["rule"], item["severity"], where, saving(item),
                                               note)).rstrip())


def judge(before, after, source, rules):
    """True if the first version draws each of @rules at lines that are marked so, and at no other line
    of its own, and the second draws no advice at all."""
    folder = os.path.join(source, "before")
    marked = marks(folder)
    show("before", before, marked, folder)
    show("after", after, {}, os.path.join(source, "after"))
    wrong = []
    for rule in rules:
        found = [item for item in before.items if item["rule"] == rule]
        own = {place(item) for item in found if is_own(item, folder)}
        if rule in OF_PROCESS:
            if not found:
                wrong.append("before does not draw " + rule)
            continue
        if not own & marked.get(rule, set()):
            wrong.append("before does not draw %s at a marked line" % rule)
        for file, line in sorted(own - marked.get(rule, set())):
            wrong.append("before draws %s at %s:%d, which is not marked" % (rule, file, line))
    wrong += ["after draws %s at %s:%s" % ((item["rule"],) + place(item))
              for item in after.items]
    for why in wrong:
        print("  MISSED: " + why)
    if not wrong:
        print("  all of %s at marked lines before, nothing after" % ", ".join(rules))
    return not wrong
