#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the dashboards hold every rule, and does the checker notice each rule's breach?"""
import copy
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from target import Checks, demand  # noqa: E402

import lint  # noqa: E402

NAMES = ("overview", "process", "go", "self")


def load(name):
    with open(os.path.join(ROOT, "dashboards", name + ".json"), encoding="utf-8") as file:
        return json.load(file)


def first(dashboard, kind):
    return next(panel for panel in dashboard["panels"] if panel["type"] == kind)


def with_target(**changes):
    def breach(dashboard):
        first(dashboard, "timeseries")["targets"][0].update(changes)
    return breach


def with_variable(name, **changes):
    def breach(dashboard):
        lint.variable(dashboard, name).update(changes)
    return breach


def with_panel(kind="timeseries", **changes):
    def breach(dashboard):
        first(dashboard, kind).update(changes)
    return breach


def with_dashboard(**changes):
    return lambda dashboard: dashboard.update(changes)


def expr(text):
    return with_target(expr=text.replace("HOST", 'job=~"$job",instance=~"$instance"'))


BREACHES = {
    "template-datasource": with_variable("datasource", query="loki"),
    "template-job": with_variable("job", allValue=".*"),
    "template-instance": with_variable("instance", multi=False),
    "template-label-promql": with_variable("instance", query={"query": "label_values(a{b=}, c)"}),
    "template-on-time-change-reload": with_variable("comm", refresh=1),
    "panel-datasource": with_target(datasource={"type": "prometheus", "uid": "mine"}),
    "panel-title-description": with_panel(description="Bytes."),
    "panel-units": with_panel(fieldConfig={"defaults": {}}),
    "panel-no-targets": with_panel(targets=[]),
    "target-logql": with_target(datasource={"type": "loki", "uid": "${datasource}"}),
    "target-logql-auto": expr("rate(a_total{HOST}[$__auto])"),
    "target-promql": expr("sum(rate(a_total{HOST}[$__rate_interval])"),
    "target-rate-interval": expr("rate(a_total{HOST}[1m])"),
    "target-job": expr('up{instance=~"$instance"}'),
    "target-instance": expr('up{job=~"$job"}'),
    "target-counter-agg": expr("sum(a_total{HOST})"),
    "uneditable-dashboard": with_dashboard(editable=True),
    "own-panel-type": with_panel(type="heatmap"),
    "own-identity": with_dashboard(uid="3f1c"),
    "own-layout": with_panel(gridPos={"x": 0, "y": 0, "w": 25, "h": 8}),
}


def main():
    checks = Checks()
    if not shutil.which("promtool"):
        print("promtool is not installed")
        sys.exit(77)
    with checks.case("committed_dashboards_are_what_their_source_says"):
        run = subprocess.run([sys.executable, os.path.join(ROOT, "dashboards", "build.py"),
                              "--check"], capture_output=True, text=True, check=False)
        demand(run.returncode == 0, run.stdout + run.stderr)
    for name in NAMES:
        with checks.case("dashboard_%s_holds_every_rule" % name):
            found = lint.lint(load(name))
            demand(not found, "%d breaches, the first: %s" % (len(found), found[:1]))
    with checks.case("every_rule_has_a_breach_that_is_tried"):
        demand(set(BREACHES) == set(lint.RULES), set(BREACHES) ^ set(lint.RULES))
    sound = load("overview")
    for rule, breach in BREACHES.items():
        with checks.case("a_breach_of_%s_is_noticed" % rule.replace("-", "_")):
            broken = copy.deepcopy(sound)
            breach(broken)
            demand(any(found == rule for _, found, _ in lint.lint(broken)), "it was not")
    checks.finish()


if __name__ == "__main__":
    main()
