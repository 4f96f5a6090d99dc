#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A python program that parses, searches and writes JSON for a bounded time.

usage: pyjson.py SECONDS [PROGRESS-FILE]
Prints "ready", waits for a byte on stdin, works, prints the number of documents handled. With
PROGRESS-FILE that number stands there all the time as a native 64-bit integer.
"""
import json
import mmap
import os
import re
import struct
import sys
import time

WORD = re.compile(r"(\w+)-(\d+)@([a-z.]+)")


def document(turn):
    return {
        "id": turn,
        "name": "customer-%d@example.org" % turn,
        "tags": ["tag-%d" % (turn * i % 97) for i in range(20)],
        "lines": [{"sku": "A%05d" % (turn + i), "price": i * 1.25, "text": "x" * i}
                  for i in range(40)],
    }


def shared(path):
    with open(path, "w+b") as file:
        file.truncate(8)
        return mmap.mmap(file.fileno(), 8)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    seconds = min(float(sys.argv[1]), 600.0)
    progress = shared(sys.argv[2]) if len(sys.argv) == 3 else None
    os.write(1, b"ready\n")
    os.read(0, 1)
    end = time.monotonic() + seconds
    turns = found = 0
    while time.monotonic() < end:
        text = json.dumps(document(turns))
        found += len(WORD.findall(text)) + len(json.loads(text)["lines"])
        turns += 1
        if progress:
            progress[:8] = struct.pack("=Q", turns)
    print("%d documents, %d finds" % (turns, found), flush=True)


if __name__ == "__main__":
    main()
