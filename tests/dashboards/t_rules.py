#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Are the rule files taken by promtool and vmalert, does each alert fire on its case and not on its
double, and does each say what to do?"""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from target import Checks, Skip, demand  # noqa: E402

RULES = [os.path.join(ROOT, "dashboards", "rules", name) for name in ("alerts.yml", "rules.yml")]
CASES = ("alerts_test.yml", "rules_test.yml")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE, timeout=60,
                          check=False)
    demand(done.returncode == 0, "%s: %s" % (command[0], done.stdout + done.stderr))


def alerts():
    """name -> its lines."""
    parts = re.split(r"\n {6}- alert: (\w+)\n", read(RULES[0]))
    return dict(zip(parts[1::2], parts[2::2]))


def main():
    checks = Checks()
    if not shutil.which("promtool"):
        print("promtool is not installed")
        sys.exit(77)
    with checks.case("promtool_takes_the_rules"):
        run("promtool", "check", "rules", *RULES)
    for case in CASES:
        with checks.case("promtool_test_rules_%s" % case):
            run("promtool", "test", "rules", case)
    with checks.case("vmalert_takes_the_rules"):
        if not shutil.which("vmalert"):
            raise Skip("vmalert is not installed")
        run("vmalert", "-dryRun", *("-rule=" + path for path in RULES))
    cases = read(os.path.join(HERE, CASES[0]))
    with checks.case("every_alert_has_a_case_in_which_it_fires"):
        demand(len(alerts()) >= 10, "the alerts were not read")
        for name in alerts():
            demand('alertname="%s",alertstate="firing"' % name in cases, "%s has none" % name)
    with checks.case("every_alert_says_where_and_what_to_do"):
        for name, body in alerts().items():
            demand("summary:" in body and "$labels.instance" in body, "%s: where?" % name)
            said = body.split("description:")[-1]
            demand(len(said) > 120 and re.search(r"heapbeat |--|restart", said),
                   "%s: what is to be done?" % name)
            demand(re.search(r"severity: (info|warning|critical)", body), "%s: severity" % name)
    checks.finish()


if __name__ == "__main__":
    main()
