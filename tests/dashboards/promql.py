# SPDX-License-Identifier: GPL-2.0-or-later
"""As much of PromQL as the checks of dashboards and rules need: tokens, selectors, ranges."""
import re

TOKEN = re.compile(r"""
    (?P<space>\s+|\#[^\n]*)
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
  | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![a-zA-Z_$]))
  | (?P<word>[a-zA-Z_:$][a-zA-Z0-9_:$]*)
  | (?P<duration>\d+[a-z]+)
  | (?P<mark>=~|!~|!=|>=|<=|==|.)
""", re.VERBOSE | re.DOTALL)
GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
OPERATORS = GROUPING | {"and", "or", "unless", "offset", "bool", "inf", "nan"}
AGGREGATIONS = {"sum", "min", "max", "avg", "count", "topk", "bottomk", "quantile", "group"}
RATES = {"rate", "irate", "increase"}
FOR_CHECKS = {"$__rate_interval": "5m", "$__interval": "1m", "$__range": "1h"}


class Selector:
    """One `name{label="value"}[range]`. @functions: the calls around it, innermost last."""

    def __init__(self, name, functions):
        self.name, self.functions = name, tuple(functions)
        self.matchers, self.range = [], None

    def matches(self, label, operator, value):
        return (label, operator, value) in self.matchers


class Parsed:
    """@selectors, and @labels: every label named in by, on, without and the like."""

    def __init__(self):
        self.selectors, self.labels = [], set()


def tokens(expr):
    return [(match.lastgroup, match.group()) for match in TOKEN.finditer(expr)
            if match.lastgroup != "space"]


class Reader:
    def __init__(self, expr):
        self.tokens, self.at, self.parsed = tokens(expr), 0, Parsed()

    def peek(self, ahead=0):
        at = self.at + ahead
        return self.tokens[at][1] if at < len(self.tokens) else ""

    def read_list(self):
        """The words within the parentheses that come now."""
        self.at += 1
        while self.peek() not in (")", ""):
            if self.tokens[self.at][0] == "word":
                self.parsed.labels.add(self.peek())
            self.at += 1
        self.at += 1

    def read_selector(self, functions):
        selector = Selector(self.peek(), functions)
        self.at += 1
        if self.peek() == "{":
            self.at += 1
            while self.peek() not in ("}", ""):
                if self.peek() == ",":
                    self.at += 1
                    continue
                selector.matchers.append((self.peek(), self.peek(1), self.peek(2)[1:-1]))
                self.at += 3
            self.at += 1
        if self.peek() == "[":
            selector.range = self.peek(1)
            while self.peek() not in ("]", ""):
                self.at += 1
            self.at += 1
        self.parsed.selectors.append(selector)

    def read(self):
        calls = []
        while self.at < len(self.tokens):
            kind, word = self.tokens[self.at]
            if word == "(":
                calls.append("")
                self.at += 1
            elif word == ")":
                if calls:
                    calls.pop()
                self.at += 1
            elif kind != "word":
                self.at += 1
            elif word in GROUPING and self.peek(1) == "(":
                self.at += 1
                self.read_list()
            elif word in AGGREGATIONS and self.peek(1) in ("by", "without"):
                self.at += 2
                self.read_list()
                calls.append(word)
                self.at += 1
            elif self.peek(1) == "(":
                calls.append(word)
                self.at += 2
            elif word in OPERATORS:
                self.at += 1
            else:
                self.read_selector([call for call in calls if call])
        return self.parsed


def parse(expr):
    return Reader(expr).read()


def fill(expr, values):
    """@expr with the variables of Grafana replaced: $name and ${name}."""
    for name, value in sorted({**FOR_CHECKS, **values}.items(), key=lambda item: -len(item[0])):
        name = name.lstrip("$")
        expr = expr.replace("${%s}" % name, value).replace("$" + name, value)
    return expr
