#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the page do what it shows, in a real browser: by mouse and by keyboard, live and in one file, in
light and dark, wide and narrow? Pictures go to OUT/page/pictures."""
import filecmp
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from target import OUT
from web import FIXTURE, Server, need_fixture, wait_published

CHROMIUM = "/usr/bin/chromium"
BUILD = os.path.join(OUT, "page")
STACKS = 2000


def skip(why):
    print(why)
    sys.exit(77)


def install():
    """The driver's packages, once for each list of them."""
    lock = os.path.join(HERE, "package-lock.json")
    mark = os.path.join(BUILD, "node_modules", ".installed")
    os.makedirs(BUILD, exist_ok=True)
    for name in ("package.json", "package-lock.json", "drive.mjs"):
        shutil.copy(os.path.join(HERE, name), BUILD)
    if os.path.exists(mark) and filecmp.cmp(lock, mark, shallow=False):
        return
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts",
                           "--loglevel=error"], cwd=BUILD, capture_output=True, text=True)
    if done.returncode:
        skip("npm ci: " + done.stderr.strip()[-200:])
    shutil.copy(lock, mark)


def main():
    need_fixture()
    for program in (CHROMIUM, shutil.which("node"), shutil.which("npm")):
        if not program or not os.path.exists(program):
            skip("chromium, node or npm is missing: packaging/install-packages.sh pictures")
    install()
    report = os.path.join(BUILD, "report.html")
    subprocess.run([FIXTURE, "--stacks", str(STACKS), "--report", report], check=True)
    with Server("--stacks", 200, "--groups", 40) as server:
        wait_published(server)
        done = subprocess.run(
            ["node", os.path.join(BUILD, "drive.mjs"), "--live", "http://127.0.0.1:%d/" % server.port,
             "--report", report, "--out", os.path.join(BUILD, "pictures"), *sys.argv[1:]])
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
