#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The matrix of rules for Go x (fires, twin, mended), HB_ROUNDS times (20), and how their predictions
came true. `make advice` runs it.

Prints how often each cell was as expected, what was not, and

    advice.cells             cells as expected, of all
    advice.predicted_inside  measured savings inside of their predicted interval, of all
    advice.error_ratio       median |measured - predicted| / half of the interval

and writes them to OUT/advice.json. Exit code 1: fewer than 99 % of the cells, a cell below 18 of 20,
fewer than 80 % inside, or an error ratio above 0.6.
"""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import advice_matrix as matrix
import go_build
from target import OUT, Failure, need_root

ROUNDS = int(os.environ.get("HB_ROUNDS", "20"))
CELLS_LEAST, CELL_LEAST = 0.99, 0.9
INSIDE_LEAST, ERROR_MOST, CASES_LEAST = 0.8, 0.6, 30


class Tally:
    """As expected, by cell; scores, by rule and figure."""

    def __init__(self, rules):
        self.rules = rules
        self.right = {(rule, mode): 0 for rule in rules for mode in matrix.MODES}
        self.scores = {}
        self.all = matrix.Score()
        self.rounds = 0

    def add(self, crowd, marked):
        self.rounds += 1
        for rule, mode in self.right:
            why = matrix.wrong(crowd, rule, mode, marked.get(rule))
            self.right[rule, mode] += not why
            if why:
                print("# round %d, %s %s: %s" % (self.rounds, rule, mode, why), flush=True)
        for rule in self.rules:
            for name, figure, measured in matrix.predictions(crowd, rule):
                for score in (self.all, self.scores.setdefault((rule, name), matrix.Score())):
                    score.add(rule, name, figure, measured)
        for miss in self.all.misses:
            print("# round %d, %s" % (self.rounds, miss), flush=True)
        self.all.misses = []

    def cells(self):
        return sum(self.right.values()) / (len(self.right) * self.rounds)

    def print(self):
        print("%-20s %8s %8s %8s   of %d" % (("rule",) + matrix.MODES + (self.rounds,)))
        for rule in self.rules:
            print("%-20s %8d %8d %8d" % ((rule,) + tuple(self.right[rule, mode]
                                                         for mode in matrix.MODES)))
        print("\n%-20s %-16s %7s %7s  error ratio" % ("rule", "prediction", "inside", "cases"))
        for (rule, name), score in sorted(self.scores.items()):
            print("%-20s %-16s %7d %7d  %.2f" % (rule, name, score.inside, len(score),
                                                 score.error_ratio()))
        print("\nadvice.cells %.4f\nadvice.predicted_inside %.3f\nadvice.error_ratio %.3f\n"
              "advice.predictions %d" % (self.cells(), self.all.inside_ratio(),
                                         self.all.error_ratio(), len(self.all)))

    def write(self):
        with open(os.path.join(OUT, "advice.json"), "w", encoding="utf-8") as file:
            json.dump({"advice.cells": self.cells(), "advice.rounds": self.rounds,
                       "advice.predicted_inside": self.all.inside_ratio(),
                       "advice.error_ratio": self.all.error_ratio(),
                       "advice.predictions": len(self.all),
                       "cells": {"%s %s" % key: count for key, count in self.right.items()}},
                      file, indent=1)

    def passes(self):
        return (self.cells() >= CELLS_LEAST and
                min(self.right.values()) >= CELL_LEAST * self.rounds and
                (len(self.all) >= CASES_LEAST or self.rounds < 3) and
                self.all.inside_ratio() >= INSIDE_LEAST and
                self.all.error_ratio() <= ERROR_MOST)


def main():
    need_root()
    marked = matrix.marks()
    with tempfile.TemporaryDirectory() as folder:
        binary = go_build.build("rules", folder, "-ldflags=-s -w")
        wanted = sys.argv[1:]
        tally = Tally([rule for rule in matrix.rules_of_table() if not wanted or rule in wanted])
        for _ in range(ROUNDS):
            crowd = matrix.Crowd(binary, folder, list(tally.right))
            tally.add(crowd, marked)
    tally.print()
    tally.write()
    return 0 if tally.passes() else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as why:
        sys.exit("advice: %s" % why)
