#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do dashboards, rules and documents name only metrics and labels of the one table, and does every
metric of the table stand in some dashboard?"""
import glob
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from target import Checks, Failure, demand  # noqa: E402

import lint  # noqa: E402
import promql  # noqa: E402
from t_lint import NAMES, load  # noqa: E402

TABLE = os.path.join(ROOT, "docs", "metrics.md")
GROUP_LABELS = {"comm", "exe", "unit", "runtime", "pid"}
SCRAPE_LABELS = {"job", "instance"}
# Made by Prometheus itself at each scrape.
SCRAPE = {"up": set(), "scrape_duration_seconds": set(), "scrape_samples_scraped": set()}
# Not drawn, each for its reason.
UNDRAWN = {
    "heapbeat_attaches_total": "the sum of attached and released; targets by state say more",
    "heapbeat_releases_total": "see heapbeat_attaches_total",
    "heapbeat_group_info": "joins labels in queries of the user's own",
    "heapbeat_observation_age_seconds": "the share of time seen says it over time",
    "process_start_time_seconds": "an instant, for queries of the user's own",
    "process_virtual_memory_bytes": "address space is no cost",
}
METRIC = re.compile(r"\bheapbeat_[a-z0-9_]+\b")
# Words of documents that look like metrics: kept for later, files, functions.
NOT_METRICS = re.compile(r"heapbeat_allocator_cpu_seconds_total")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def table():
    """name -> labels; of a histogram also the names of its series."""
    known = dict(SCRAPE)
    for line in read(TABLE).splitlines():
        match = re.match(r"\| `([a-z0-9_]+)` \| (\w+) \| ([^|]*) \|", line)
        if not match:
            continue
        name, kind, labels = match.groups()
        own = set(re.findall(r"`(\w+)`", labels)) | (
            GROUP_LABELS if re.search(r"\bgroup\b(?!`)", labels) else set())
        known[name] = own
        if kind == "histogram":
            known.update({name + "_bucket": own | {"le"}, name + "_sum": own,
                          name + "_count": own})
    return known


def rule_exprs(path):
    """The expressions of a rule file, as its lines say, and what is recorded. No YAML library."""
    exprs, records, block = [], set(), None
    for line in read(path).splitlines():
        indent = len(line) - len(line.lstrip())
        if block is not None and line.strip() and indent <= block:
            block = None
        match = re.match(r"\s+expr: (.*)", line)
        if match:
            exprs.append("" if match.group(1)[:1] in "|>" else match.group(1))
            block = indent
        elif block is not None:
            exprs[-1] += line + "\n"
        match = re.match(r"\s+- record: (\S+)", line)
        if match:
            records.add(match.group(1))
    return exprs, records


def check_expr(where, expr, known):
    """Names that are not in the table, and labels that the series do not have."""
    parsed = promql.parse(expr)
    allowed = set(SCRAPE_LABELS)
    for selector in parsed.selectors:
        demand(selector.name in known, "%s: unknown metric '%s'" % (where, selector.name))
        labels = known[selector.name] | SCRAPE_LABELS
        allowed |= labels
        for label, _, _ in selector.matchers:
            demand(label in labels, "%s: '%s' has no label '%s'" % (where, selector.name, label))
    for label in parsed.labels:
        demand(label in allowed, "%s: no series has the label '%s'" % (where, label))
    return {selector.name for selector in parsed.selectors}


def check_legend(where, legend, expr):
    """A legend shows labels that the expression keeps."""
    kept = promql.parse(expr).labels
    if not kept:
        return
    for label in re.findall(r"{{(\w+)}}", legend):
        demand(label in kept, "%s: the legend shows '%s', which is gone by then" % (where, label))


def check_dashboard(name, known):
    drawn = set()
    for title, target in lint.targets(load(name)):
        where = "%s: %s" % (name, title)
        drawn |= check_expr(where, target["expr"], known)
        check_legend(where, target["legendFormat"], target["expr"])
    return drawn


def main():
    checks = Checks()
    if not os.path.exists(TABLE):
        print("docs/metrics.md is not there")
        sys.exit(77)
    known, drawn = table(), set()
    with checks.case("the_table_of_metrics_is_read"):
        demand(len(known) > 40 and "comm" in known["heapbeat_allocations_total"]
               and "allocator" in known["heapbeat_allocations_total"]
               and known["heapbeat_targets"] == {"runtime", "state"}, "it is not understood")
    for name in NAMES:
        with checks.case("dashboard_%s_names_metrics_and_labels_of_the_table" % name):
            drawn |= check_dashboard(name, known)
    with checks.case("every_metric_is_drawn_or_has_a_reason"):
        bare = {re.sub(r"_(bucket|sum|count)$", "", name) for name in drawn} | drawn
        missing = {name for name in known if not re.search(r"_(bucket|sum|count)$", name)}
        missing -= bare | set(UNDRAWN)
        demand(not missing, "not drawn: %s" % ", ".join(sorted(missing)))
        demand(not set(UNDRAWN) & drawn, "drawn in spite of a reason not to")
    for path in sorted(glob.glob(os.path.join(ROOT, "dashboards", "rules", "*.yml"))):
        with checks.case("%s_names_metrics_and_labels_of_the_table" % os.path.basename(path)):
            exprs, _ = rule_exprs(path)
            demand(exprs, "no expression was read")
            for expr in exprs:
                check_expr(os.path.basename(path), expr, known)
    with checks.case("documents_name_metrics_of_the_table"):
        places = ("README.md", "docs/*.md", "man/*", "dashboards/*.md")
        for path in [found for place in places for found in glob.glob(os.path.join(ROOT, place))]:
            for name in METRIC.findall(read(path)):
                demand(name in known or NOT_METRICS.match(name) or name.endswith("_"),
                       "%s: '%s'" % (os.path.relpath(path, ROOT), name))
    with checks.case("a_misspelt_metric_and_a_foreign_label_are_noticed"):
        for expr in ('rate(heapbeat_alocations_total{job="a"}[5m])',
                     'sum by (colour) (heapbeat_targets)', 'heapbeat_targets{comm="a"}'):
            try:
                check_expr("breach", expr, known)
            except Failure as why:
                demand("breach" in str(why), why)
            else:
                demand(False, "%s passed" % expr)
    checks.finish()


if __name__ == "__main__":
    main()
