#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the rules for Go programs fire where they should, nowhere else, and come true?

One recording of three programs for each rule: one with the fault, its twin under the floor or without
the pattern, and the mended one. What the advised GOGC gives is measured by `make advice`, which
does the same many times over.
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import advice_matrix as matrix
import go_build
from target import Checks, demand, need_root

# The pace of collections shows in less than a leak does.
SHORT_SPAN_S = 15
INSIDE_LEAST = 0.8


def check_cell(crowd, rule, mode, marked):
    why = matrix.wrong(crowd, rule, mode, marked)
    demand(not why, why)


def check_predictions(crowd, rules):
    score = matrix.Score()
    for rule in rules:
        for name, figure, measured in matrix.predictions(crowd, rule):
            score.add(rule, name, figure, measured)
    for miss in score.misses:
        print("# " + miss)
    demand(len(score) and score.inside_ratio() >= INSIDE_LEAST,
           "%d of %d are inside" % (score.inside, len(score)))


def main():
    need_root()
    checks = Checks()
    marked = matrix.marks()
    with tempfile.TemporaryDirectory() as folder:
        binary = go_build.build("rules", folder, "-ldflags=-s -w")
        rules = matrix.rules_of_table()
        with checks.case("every_rule_for_go_has_its_programs"):
            demand(set(rules) <= set(matrix.rules_of_programs(binary)), "not all of %s" % rules)
        crowd = matrix.Crowd(binary, folder, [(rule, mode) for rule in rules
                                              for mode in matrix.MODES])
        for rule in rules:
            name = rule.replace("-", "_")
            with checks.case(name + "_fires"):
                check_cell(crowd, rule, "fires", marked.get(rule))
            for mode in matrix.MODES[1:]:
                with checks.case("%s_is_silent_for_the_%s_one" % (name, mode)):
                    check_cell(crowd, rule, mode, None)
        with checks.case("what_is_predicted_is_saved"):
            check_predictions(crowd, rules)
    checks.finish()


if __name__ == "__main__":
    main()
