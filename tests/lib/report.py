# SPDX-License-Identifier: GPL-2.0-or-later
"""The one place that knows the keys of heapbeat's JSON documents.

Tests and the demo ask here; when a document changes, only this file does. A figure is a number or
{"value": ..., ...}; an absent key means unknown and comes back as None, never as 0.
"""
import json

CALLS = ("malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign")


def parse(text, schema):
    """The document in @text; ValueError if it is another than heapbeat/@schema/v1."""
    document = json.loads(text)
    if document.get("schema") != "heapbeat/%s/v1" % schema:
        raise ValueError("schema is %r" % document.get("schema"))
    return document


def hotspots(text):
    return parse(text, "hotspots")


def recommendations(text):
    return parse(text, "recommendations")


def status(text):
    return parse(text, "status")


def features(document):
    """Names of what works on this machine, as doctor has tried."""
    return [item["name"] for item in document["items"]
            if item["kind"] == "feature" and item["state"] == "ok"]


def number(figure):
    return figure.get("value") if isinstance(figure, dict) else figure


def processes(document):
    return document["items"]


def images(document, pid):
    """The images of process @pid, in their order."""
    return [item for item in processes(document) if item["process"]["pid"] == pid]


def process(document, pid):
    """The process @pid (its last image); KeyError if the document has none."""
    found = images(document, pid)
    if not found:
        raise KeyError("no process %d in the document" % pid)
    return found[-1]


def has_exited(item):
    return item["process"]["exited"]


def identity(item):
    """pid, start time, exec generation."""
    return item["process"]["id"]


def functions(item):
    """{function: (calls, bytes)} of every function that was called."""
    return {row["function"]: (number(row["calls"]), number(row["bytes"]))
            for row in item["functions"]}


def counter(item, name):
    """frees, free_nulls, failures, nested, live_bytes, live_objects, unmatched, freed_bytes."""
    return number(item["figures"].get(name))


def sites(item):
    """[(function, calls, bytes)] of the process's heap sites, one row per site."""
    return [(site["function"], number(site["calls"]), number(site["bytes"]))
            for site in item["sites"] if site["family"] == "heap"]


def site_bytes(item):
    """{function: (value, low, high)} of the bytes of heap sites, the interval of 95 % as stated."""
    return {site["function"]: tuple(site["bytes"][key] for key in ("value", "low", "high"))
            for site in item["sites"] if site["family"] == "heap"}


def interval_bytes(item):
    return item["coverage"]["interval_bytes"]


def observed_s(item):
    return number(item["coverage"]["observed_s"])


def charged_s(item):
    return number(item["coverage"]["charged_s"])


def cpu_s(item):
    return number(item["coverage"]["cpu_s"])


def observed_s(item):
    return number(item["coverage"]["observed_s"])


def span_s(item):
    return number(item["coverage"]["span_s"])


def samples(item):
    return item["coverage"]["samples"]


def frees_seen(item):
    return item["coverage"]["frees_seen"]


def mode(item):
    """rest, look, exact, full."""
    return item["coverage"]["mode"]


def loss(item):
    """Losses by reason, and the sides of the three identities."""
    return item["losses"]


def advice(document):
    """[(rule, pid, function of the site)] of every recommendation."""
    return [(item["rule"], item["process"]["pid"], item["site"]["function"])
            for item in document["items"]]


def identities(item):
    """What is wrong with the three loss identities, as lines; empty if all hold exactly."""
    hits, samples, blocks = (loss(item)[name] for name in ("hits", "samples", "blocks"))
    wrong = []

    def same(name, left, right):
        if left != right:
            wrong.append("%s: %d is not %d" % (name, left, right))

    same("hits = counted + in flight", hits["hits"], hits["counted"] + hits["in_flight"])
    same("sampled = delivered + lost", samples["sampled"], samples["delivered"] + samples["lost"])
    same("tracked = inserted + table full", blocks["tracked"],
         blocks["inserted"] + blocks["table_full"])
    same("inserted = freed + still live + purged", blocks["inserted"],
         blocks["freed"] + blocks["still_live"] + blocks["purged"])
    return wrong


def by_function(rows):
    """Sum (function, calls, bytes) rows that share a function."""
    total = {}
    for function, calls, size in rows:
        was = total.get(function, (0, 0))
        total[function] = (was[0] + calls, was[1] + size)
    return {function: row for function, row in total.items() if row[0]}


class Comparison:
    """Collects what differs between a truth and a report."""

    def __init__(self):
        self.wrong = []

    def same(self, name, want, have):
        if want != have:
            self.wrong.append("%s: truth %s, report %s" % (name, want, have))


def compare_calls(comparison, truth, item):
    """Calls and bytes of every function, vm calls where the truth knows them, and frees."""
    want = {name: (row["calls"], row["bytes"])
            for name, row in truth["functions"].items() if row["calls"]}
    have = {name: row for name, row in functions(item).items() if row[0]}
    if truth["allocator"] == "glibc":
        # One address under two names: the report has one row for both.
        for rows in (want, have):
            both = [rows.pop(name) for name in ("aligned_alloc", "memalign") if name in rows]
            if both:
                rows["aligned_alloc"] = tuple(sum(column) for column in zip(*both))
    for name in sorted(set(want) | {name for name in have if name in CALLS}):
        comparison.same(name, want.get(name, (0, 0)), have.get(name, (0, 0)))
    for name, row in truth["vm"].items():
        comparison.same(name, (row["calls"], row["bytes"]), have.get(name, (0, 0)))
    for name in ("frees", "free_nulls"):
        comparison.same(name, truth[name], counter(item, name))


def differences(truth, item, full=True):
    """How the report on a whole run differs from the program's own truth, as lines.

    @full: it was observed with --full --interval 1, so that failures, live blocks and the calls
    of every site are known too.
    """
    comparison = Comparison()
    compare_calls(comparison, truth, item)
    if not full:
        return comparison.wrong
    comparison.same("failures", sum(row["failures"] for row in truth["functions"].values()),
                    counter(item, "failures"))
    for name in ("freed_bytes", "live_bytes", "live_objects", "unmatched"):
        comparison.same(name, truth[name], counter(item, name))
    want = by_function((row["function"], row["calls"], row["bytes"]) for row in truth["sites"])
    have = by_function(sites(item))
    for name in sorted(set(want) | set(have)):
        comparison.same("site " + name, want.get(name, (0, 0)), have.get(name, (0, 0)))
    return comparison.wrong
