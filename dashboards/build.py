#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write dashboards/*.json from dashboards/source/. With --check only compare: exit code 1 and the
names of the files that are out of date. With --out DIR write there instead."""
import argparse
import json
import os
import sys

sys.dont_write_bytecode = True
from source import go, overview, process, self as own  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
DASHBOARDS = {"overview": overview, "process": process, "go": go, "self": own}


def render(module):
    return json.dumps(module.build(), indent=1, ensure_ascii=False) + "\n"


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--out", default=HERE)
    arguments = parser.parse_args()
    stale = []
    for name, module in DASHBOARDS.items():
        path, text = os.path.join(arguments.out, name + ".json"), render(module)
        if read(path) == text:
            continue
        stale.append(name + ".json")
        if not arguments.check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    if arguments.check and stale:
        print("out of date: %s; run dashboards/build.py" % ", ".join(stale))
    return 1 if arguments.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
