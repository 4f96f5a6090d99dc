#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the rules that Grafana's community lints dashboards by, and a few of the project's own.

usage: lint.py FILE.json...   prints "FILE: PANEL: RULE: why"; exit code 1 if there is any.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

import promql

# (dashboard, panel, rule) -> why the rule does not hold there. One that is not needed is a fault.
EXCLUSIONS = {
    ("heapbeat-overview", "Notes", "panel-no-targets"): "a text panel asks nothing",
    ("heapbeat-overview", "Notes", "panel-units"): "a text panel has no values",
    ("heapbeat-overview", "Notes", "panel-datasource"): "a text panel reads no data",
}

TYPES = ("timeseries", "stat", "bargauge", "table", "text")  # those that make pictures draws
COLUMNS = 24
DESCRIPTION_MIN = 80
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
VARIABLES = {"rate_interval": "5m", "job": ".+", "instance": ".+", "comm": ".+"}


def panels(dashboard):
    return [panel for panel in dashboard.get("panels", []) if panel.get("type") != "row"]


def targets(dashboard):
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            yield panel["title"], target


def variable(dashboard, name):
    for item in dashboard.get("templating", {}).get("list", []):
        if item.get("name") == name:
            return item
    return None


def selectors(dashboard):
    for title, target in targets(dashboard):
        for selector in promql.parse(target.get("expr", "")).selectors:
            yield title, selector


def check_promtool(exprs):
    """What promtool says of expressions that it does not take, by their index."""
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump({"groups": [{"name": "e%d" % i, "rules": [{"record": "r", "expr": expr}]}
                              for i, expr in enumerate(exprs)]}, file)
        file.flush()
        run = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True,
                             text=True, check=False)
    said = run.stdout + run.stderr
    found = {int(match.group(1)): match.group(2).strip() for match in re.finditer(
        r'group "e(\d+)", rule \d+, "r": (.*)', said)}
    if run.returncode and not found:
        found[-1] = said.strip()
    return found


# Rules yield (panel or "", why).

def template_datasource(dashboard):
    item = variable(dashboard, "datasource")
    if not item or item.get("type") != "datasource" or item.get("query") != "prometheus":
        yield "", "no variable 'datasource' of type datasource for prometheus"


def query_variable(dashboard, name):
    item = variable(dashboard, name)
    if not item:
        yield "", "no variable '%s'" % name
        return
    for key, value in (("type", "query"), ("allValue", ".+"), ("multi", True),
                       ("includeAll", True), ("datasource", SOURCE)):
        if item.get(key) != value:
            yield "", "variable '%s': %s is %r, not %r" % (name, key, item.get(key), value)


def template_job(dashboard):
    yield from query_variable(dashboard, "job")


def template_instance(dashboard):
    yield from query_variable(dashboard, "instance")


def template_label_promql(dashboard):
    for item in dashboard.get("templating", {}).get("list", []):
        if item.get("type") != "query":
            continue
        expr = item.get("query", {}).get("query", "")
        match = re.fullmatch(r"label_values\((.+), *([a-z_]+)\)", expr)
        bad = check_promtool([promql.fill(match.group(1), VARIABLES)]) if match else {0: "no match"}
        if bad:
            yield "", "variable '%s': %r: %s" % (item["name"], expr, list(bad.values())[0])


def template_on_time_change_reload(dashboard):
    for item in dashboard.get("templating", {}).get("list", []):
        if item.get("type") == "query" and item.get("refresh") != 2:
            yield "", "variable '%s' is not read again when the time changes" % item["name"]


def panel_datasource(dashboard):
    for panel in panels(dashboard):
        asked = panel.get("targets", [])
        sources = [panel.get("datasource"), *(target.get("datasource") for target in asked)]
        if any(source != SOURCE for source in sources):
            yield panel["title"], "a data source that is not ${datasource}"


def panel_title_description(dashboard):
    seen = set()
    for panel in panels(dashboard):
        if not panel.get("title") or panel["title"] in seen:
            yield panel.get("title", ""), "no title, or one that another panel has"
        seen.add(panel.get("title"))
        if len(panel.get("description", "")) < DESCRIPTION_MIN and panel["type"] != "text":
            yield panel["title"], "a description says what, why and what to do"


def panel_units(dashboard):
    for panel in panels(dashboard):
        if not panel.get("fieldConfig", {}).get("defaults", {}).get("unit"):
            yield panel["title"], "no unit"


def panel_no_targets(dashboard):
    for panel in panels(dashboard):
        if not panel.get("targets"):
            yield panel["title"], "asks nothing"


def target_logql(dashboard):
    for title, target in targets(dashboard):
        if target.get("datasource", {}).get("type") == "loki":
            yield title, "a query of logs: heapbeat has none"


def target_logql_auto(dashboard):
    for title, target in targets(dashboard):
        if "$__auto" in target.get("expr", ""):
            yield title, "$__auto belongs to queries of logs"


def target_promql(dashboard):
    asked = list(targets(dashboard))
    bad = check_promtool([promql.fill(t.get("expr", ""), VARIABLES) for _, t in asked])
    for index, why in bad.items():
        yield asked[index][0] if index >= 0 else "", why


def target_rate_interval(dashboard):
    for title, selector in selectors(dashboard):
        if set(selector.functions) & promql.RATES and selector.range != "$__rate_interval":
            yield title, "%s over [%s]" % (selector.name, selector.range)


def target_job(dashboard):
    for title, selector in selectors(dashboard):
        if not selector.matches("job", "=~", "$job"):
            yield title, 'no job=~"$job" on ' + selector.name


def target_instance(dashboard):
    for title, selector in selectors(dashboard):
        if not selector.matches("instance", "=~", "$instance"):
            yield title, 'no instance=~"$instance" on ' + selector.name


def target_counter_agg(dashboard):
    for title, selector in selectors(dashboard):
        counts = re.search(r"_(total|bucket|sum|count)$", selector.name)
        if counts and not set(selector.functions) & promql.RATES:
            yield title, "%s is a counter: rate or increase" % selector.name
        if not counts and set(selector.functions) & promql.RATES:
            yield title, "%s is no counter" % selector.name


def uneditable_dashboard(dashboard):
    if dashboard.get("editable") is not False:
        yield "", "editable: changes belong into the file"


def own_panel_type(dashboard):
    for panel in panels(dashboard):
        if panel["type"] not in TYPES:
            yield panel["title"], "type '%s' cannot be drawn by the tests" % panel["type"]


def own_identity(dashboard):
    if not re.fullmatch(r"heapbeat-[a-z]+", dashboard.get("uid", "")):
        yield "", "the uid is not stable: %r" % dashboard.get("uid")
    if "heapbeat" not in dashboard.get("tags", []):
        yield "", "no tag 'heapbeat'"
    if len(dashboard.get("links", [])) != 3 or "id" in dashboard:
        yield "", "no links to the three others, or an id of some server"
    if not 39 <= dashboard.get("schemaVersion", 0) <= 41:
        yield "", "schemaVersion outside 39 to 41"


def own_layout(dashboard):
    taken = {}
    for panel in dashboard.get("panels", []):
        at = panel["gridPos"]
        if at["x"] + at["w"] > COLUMNS or at["x"] < 0:
            yield panel["title"], "beyond the grid"
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                if taken.setdefault((x, y), panel["title"]) != panel["title"]:
                    yield panel["title"], "lies over " + taken[x, y]
                    return


RULES = {
    "template-datasource": template_datasource,
    "template-job": template_job,
    "template-instance": template_instance,
    "template-label-promql": template_label_promql,
    "template-on-time-change-reload": template_on_time_change_reload,
    "panel-datasource": panel_datasource,
    "panel-title-description": panel_title_description,
    "panel-units": panel_units,
    "panel-no-targets": panel_no_targets,
    "target-logql": target_logql,
    "target-logql-auto": target_logql_auto,
    "target-promql": target_promql,
    "target-rate-interval": target_rate_interval,
    "target-job": target_job,
    "target-instance": target_instance,
    "target-counter-agg": target_counter_agg,
    "uneditable-dashboard": uneditable_dashboard,
    "own-panel-type": own_panel_type,
    "own-identity": own_identity,
    "own-layout": own_layout,
}


def lint(dashboard):
    """[(panel, rule, why)], less what is excluded, and the exclusions that are not needed."""
    uid, unused, found = dashboard.get("uid", ""), set(EXCLUSIONS), []
    for rule, check in RULES.items():
        for panel, why in check(dashboard):
            unused.discard((uid, panel, rule))
            if (uid, panel, rule) not in EXCLUSIONS:
                found.append((panel, rule, why))
    found += [(panel, rule, "the exclusion is not needed") for owner, panel, rule in sorted(unused)
              if owner == uid]
    return found


def main():
    failed = False
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            for panel, rule, why in lint(json.load(file)):
                failed = True
                print("%s: %s: %s: %s" % (os.path.basename(path), panel or "-", rule, why))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
