# SPDX-License-Identifier: GPL-2.0-or-later
"""Go programs of tests/workloads/go, built by whatever `go` is found."""
import os
import shutil
import subprocess

from target import Failure, Skip

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(os.path.dirname(HERE), "workloads", "go")


def find_go():
    found = shutil.which("go", path=os.environ.get("PATH", "") + ":/usr/local/go/bin")
    if not found:
        raise Skip("no go here")
    return found


def build(name, folder, *flags):
    """The path of program @name of tests/workloads/go, built into @folder."""
    path = os.path.join(folder, name)
    done = subprocess.run([find_go(), "build", "-trimpath", *flags, "-o", path, "."],
                          cwd=os.path.join(SOURCES, name), capture_output=True, text=True,
                          timeout=300, check=False)
    if done.returncode:
        raise Failure("go build %s: %s" % (name, done.stderr[-300:]))
    return path
