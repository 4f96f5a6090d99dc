# SPDX-License-Identifier: MIT
"""What every dashboard is made of: panels of five types, a grid that fills itself, the variables.

Classic JSON of schema version 39, which Grafana 9 to 13 import. An expression is written short:
{HOST} and {HOST,...} stand for the selector of the chosen jobs and instances, {GROUP} adds the
chosen commands, [RATE] is the interval that Grafana finds long enough for a rate.
"""

import re

COLUMNS = 24
ROW_HEIGHT = 1
HOST = 'job=~"$job",instance=~"$instance"'
GROUP = HOST + ',comm=~"$comm"'
OPEN = GROUP + ',state!~"resolved|muted"'
SOURCE = {"type": "prometheus", "uid": "${datasource}"}

# The palette of Okabe and Ito: told apart with every kind of colour vision.
BLUE, ORANGE, GREEN, VERMILION, SKY, PINK, YELLOW, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#999999")
PALETTE = (BLUE, ORANGE, GREEN, PINK, SKY, VERMILION, YELLOW, GREY)

# Sampled records that did not arrive. The other reasons of heapbeat_events_lost_total tell of
# stacks, frees and processes, not of samples.
LOST_SAMPLES = 'reason=~"ringbuf_full|queue_full|rate_limited"'
LOST_SHARE = ("sum(rate(heapbeat_events_lost_total{HOST," + LOST_SAMPLES + "}[RATE]))"
              ' / clamp_min(sum(rate(heapbeat_events_total{HOST,stage="sampled"}[RATE])), 1)')

LINKS = ("overview", "process", "go", "self")


def expand(text):
    return (text.replace("{HOST", "{" + HOST).replace("{GROUP", "{" + GROUP)
            .replace("{OPEN", "{" + OPEN)
            .replace("[RATE]", "[$__rate_interval]"))


def query(expr, legend="", instant=False, form="time_series"):
    target = {"datasource": SOURCE, "editorMode": "code", "expr": expand(expr), "format": form,
              "instant": instant, "range": not instant, "legendFormat": legend or "__auto"}
    return target


def or_none(expr, label):
    """@expr, or one series of 0 whose @label says "none": what has no series because there is none
    differs from what is not known because nothing was scraped."""
    return ('%s or on () label_replace(sum(heapbeat_build_info{HOST}) * 0, "%s", "none", "", "")'
            % (expr, label))


def with_ref_ids(targets):
    return [dict(target, refId=chr(ord("A") + i)) for i, target in enumerate(targets)]


def by_name(name, **properties):
    """An override of one field's properties; dots in a property's id are written __."""
    return {"matcher": {"id": "byName", "options": name},
            "properties": [{"id": key.replace("__", "."), "value": value}
                           for key, value in properties.items()]}


def colour(name, shade):
    return by_name(name, color={"mode": "fixed", "fixedColor": shade})


def renamed(label, text):
    """An override: a series named by a bucket's end gets a name that people read. Prometheus 3
    writes whole ends with a fraction."""
    return {"matcher": {"id": "byRegexp", "options": "/^%s(\\.0)?$/" % re.escape(label)},
            "properties": [{"id": "displayName", "value": text}]}


def steps(*pairs):
    """Thresholds: the first colour holds below the first value."""
    return {"mode": "absolute",
            "steps": [{"color": shade, "value": value} for value, shade in pairs]}


# "text" is black or white, as the theme has it: what is well needs no colour.
CALM = steps((None, "text"))
LOUD_ABOVE_0 = steps((None, "text"), (0.0000001, VERMILION))


def panel(kind, title, description, unit, targets, width, height, field=None, options=None,
          overrides=(), **more):
    defaults = {"unit": unit, "color": {"mode": "palette-classic"}, "thresholds": CALM}
    defaults.update(field or {})
    return dict({"type": kind, "title": title, "description": description, "datasource": SOURCE,
                 "targets": with_ref_ids(targets), "options": options or {},
                 "fieldConfig": {"defaults": defaults, "overrides": list(overrides)},
                 "gridPos": {"w": width, "h": height}}, **more)


def timeseries(title, description, unit, targets, width=12, height=8, stack=False, named=(),
               minimum=0, maximum=None, legend="table", limit=None, log=False, overrides=()):
    """@named: legends that are known beforehand; each gets its own colour of the palette. @limit: a
    line that is not to be crossed. A legend as "table" shows the last and the largest value."""
    custom = {"drawStyle": "line", "lineInterpolation": "linear", "lineWidth": 2,
              "fillOpacity": 40 if stack else 8, "showPoints": "never", "spanNulls": False,
              "axisPlacement": "auto", "axisLabel": "",
              "stacking": {"mode": "normal" if stack else "none", "group": "A"},
              "thresholdsStyle": {"mode": "off"}}
    field = {"custom": custom}
    if log:
        custom["scaleDistribution"] = {"type": "log", "log": 10}
    elif minimum is not None:
        field["min"] = minimum
    else:
        custom["axisSoftMin"] = 0
    if maximum is not None:
        field["max"] = maximum
    if limit is not None:
        custom["thresholdsStyle"] = {"mode": "dashed"}
        field["thresholds"] = steps((None, BLUE), (limit, VERMILION))
    colours = [colour(name, PALETTE[i % len(PALETTE)]) for i, name in enumerate(named)]
    show = {"displayMode": legend, "placement": "right" if width >= 12 else "bottom",
            "showLegend": True, "calcs": ["lastNotNull", "max"] if legend == "table" else [],
            "sortBy": "Last *", "sortDesc": True}
    return panel("timeseries", title, description, unit, targets, width, height, field=field,
                 options={"legend": show, "tooltip": {"mode": "multi", "sort": "desc"}},
                 overrides=[*colours, *overrides])


def stat(title, description, unit, expr, width=3, height=3, thresholds=CALM, mappings=(),
         decimals=None):
    field = {"thresholds": thresholds, "color": {"mode": "thresholds"}, "mappings": list(mappings)}
    if decimals is not None:
        field["decimals"] = decimals
    options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
               "text": {"valueSize": 30}, "orientation": "auto", "textMode": "value",
               "colorMode": "value", "graphMode": "none", "justifyMode": "auto"}
    return panel("stat", title, description, unit,
                 [query(expr, instant=True)], width, height, field=field, options=options)


def bargauge(title, description, unit, expr, legend, width=12, height=8, form="time_series",
             shade=BLUE, overrides=()):
    """Longest bar first is the query's work (topk sorts); buckets come with form="heatmap"."""
    options = {"displayMode": "basic", "orientation": "horizontal", "showUnfilled": True,
               "valueMode": "text", "sizing": "manual", "minVizHeight": 10,
               "maxVizHeight": 36, "minVizWidth": 0,
               "text": {"titleSize": 13, "valueSize": 14},
               "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    return panel("bargauge", title, description, unit,
                 [query(expr, legend, instant=True, form=form)], width, height,
                 field={"color": {"mode": "fixed", "fixedColor": shade}, "min": 0},
                 options=options, overrides=overrides)


def table(title, description, columns, exprs, width=24, height=10, sort=None, unit="short"):
    """@columns: label -> heading, in this order, None leaves it out. @exprs: (expression, heading,
    unit); the parts are merged on their labels."""
    targets = [query(expr, instant=True, form="table") for expr, _, _ in exprs]
    values = ["Value"] if len(exprs) == 1 else ["Value #" + chr(ord("A") + i)
                                                for i in range(len(exprs))]
    names = {label: heading for label, heading in columns.items() if heading}
    names.update(zip(values, (heading for _, heading, _ in exprs)))
    hidden = {label: True for label, heading in columns.items() if not heading}
    order = {name: i for i, name in enumerate([*columns, *values])}
    overrides = [by_name(heading, unit=kind) for _, heading, kind in exprs]
    if "comm" in columns:
        overrides.append(by_name(columns["comm"], links=[{
            "title": "What ${__data.fields.%s} does" % columns["comm"], "targetBlank": False,
            "url": "/d/heapbeat-process?${datasource:queryparam}&${job:queryparam}"
                   "&${instance:queryparam}&var-comm=${__data.fields.%s}&${__url_time_range}"
                   % columns["comm"]}]))
    return panel("table", title, description, unit, targets, width, height,
                 field={"custom": {"align": "auto", "cellOptions": {"type": "auto"},
                                   "filterable": True}},
                 options={"showHeader": True, "cellHeight": "sm",
                          "sortBy": [{"displayName": sort, "desc": True}] if sort else []},
                 overrides=overrides,
                 transformations=[{"id": "merge", "options": {}}, {
                     "id": "organize", "options": {"excludeByName": dict(hidden, Time=True),
                                                   "indexByName": order,
                                                   "renameByName": names}}])


def text(title, description, content, width=24, height=3):
    return {"type": "text", "title": title, "description": description,
            "options": {"mode": "markdown", "content": content},
            "gridPos": {"w": width, "h": height}}


def row(title, *panels):
    return {"title": title, "panels": panels}


def lay_out(rows):
    """Rows of panels from left to right, top to bottom; panels on one line share its height."""
    placed, y = [], 0
    for line in rows:
        placed.append({"type": "row", "title": line["title"], "collapsed": False, "panels": [],
                       "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": ROW_HEIGHT}})
        y += ROW_HEIGHT
        x = height = 0
        for item in line["panels"]:
            size = item["gridPos"]
            if x + size["w"] > COLUMNS:
                x, y, height = 0, y + height, 0
            placed.append(dict(item, gridPos={"x": x, "y": y, "w": size["w"], "h": size["h"]}))
            x += size["w"]
            height = max(height, size["h"])
        y += height
    return [dict(item, id=i + 1) for i, item in enumerate(placed)]


def variable(name, label, expr):
    return {"name": name, "label": label, "type": "query", "datasource": SOURCE, "hide": 0,
            "query": {"query": expr, "refId": "variable-" + name},
            "refresh": 2, "sort": 1, "regex": "", "multi": True, "includeAll": True,
            "allValue": ".+", "skipUrlSync": False, "options": [],
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}


def variables(comm_of):
    """@comm_of: the metric whose commands may be chosen, or "" for no such variable."""
    items = [{"name": "datasource", "label": "Data source", "type": "datasource",
              "query": "prometheus", "hide": 0, "refresh": 1, "regex": "", "multi": False,
              "includeAll": False, "skipUrlSync": False, "options": [],
              "current": {"selected": False, "text": "default", "value": "default"}},
             variable("job", "Job", "label_values(heapbeat_build_info, job)"),
             variable("instance", "Instance",
                      'label_values(heapbeat_build_info{job=~"$job"}, instance)')]
    if comm_of:
        items.append(variable("comm", "Command", "label_values(" + comm_of +
                              '{job=~"$job",instance=~"$instance"}, comm)'))
    return {"list": items}


def links(own):
    return [{"type": "link", "title": name.capitalize(), "icon": "dashboard", "tooltip":
             "heapbeat / " + name, "url": "/d/heapbeat-" + name, "tags": [], "asDropdown": False,
             "includeVars": True, "keepTime": True, "targetBlank": False}
            for name in LINKS if name != own]


def dashboard(name, title, description, rows, comm_of="heapbeat_target_resident_memory_bytes"):
    return {"uid": "heapbeat-" + name, "title": title, "description": description,
            "tags": ["heapbeat"], "schemaVersion": 39, "version": 1, "editable": False,
            "graphTooltip": 1, "refresh": "30s", "timezone": "browser", "weekStart": "",
            "fiscalYearStartMonth": 0, "liveNow": False, "time": {"from": "now-1h", "to": "now"},
            "timepicker": {}, "annotations": {"list": []}, "links": links(name),
            "templating": variables(comm_of), "panels": lay_out(rows)}
