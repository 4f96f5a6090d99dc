# SPDX-License-Identifier: GPL-2.0-or-later
"""Go toolchains of many versions: the installed one fetches the others, as ordinary modules."""
import functools
import json
import os
import re
import shutil
import stat
import subprocess

from target import Failure, Skip

SOURCES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                       "workloads", "go")
# A late release of each line; of its own line, what is installed.
NEWEST = {17: "1.17.13", 18: "1.18.10", 19: "1.19.13", 20: "1.20.14", 21: "1.21.13",
          22: "1.22.12", 23: "1.23.12", 24: "1.24.9", 25: "1.25.3", 26: "1.26.8", 27: "1.27.0"}
SWITCHES = 21  # from here on the go command runs other versions by itself
MODULE = "golang.org/toolchain@v0.0.1-go%s.linux-amd64"


def run_go(go, *arguments, env=None, cwd="/", timeout=600):
    # What the host has set is not what old versions understand. Their index of packages cannot
    # cope with a toolchain that lies in the module cache.
    environment = dict(os.environ, GOENV="off", GOFLAGS="", GODEBUG="goindex=0", **(env or {}))
    return subprocess.run([go, *arguments], cwd=cwd, env=environment, capture_output=True,
                          text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL)


def minor_of(version):
    return int(version.split(".")[1])


@functools.lru_cache
def installed():
    """(path, version) of the host's own go command; None if there is none."""
    go = os.environ.get("HB_GO") or shutil.which(
        "go", path=os.environ.get("PATH", "") + ":/usr/local/go/bin:/usr/lib/go/bin")
    if not go:
        return None
    done = run_go(go, "version", env={"GOTOOLCHAIN": "local"})
    found = re.search(r"go version go(1\.\d+(?:\.\d+)?)", done.stdout)
    if not found:
        raise Failure("'%s version' says %r" % (go, done.stdout + done.stderr))
    return go, found[1]


@functools.lru_cache
def fetched(version):
    """The go command of @version, fetched by one that is too old to do that by itself."""
    go, _ = installed()
    done = run_go(go, "mod", "download", "-json", MODULE % version, env={"GO111MODULE": "on"})
    if done.returncode:
        raise Skip("go%s cannot be fetched: %s" % (version, (done.stdout + done.stderr)[-200:]))
    root = json.loads(done.stdout)["Dir"]
    # Modules have no executable files; newer go commands mend that, too.
    for folder in ("bin", "pkg/tool"):
        for path, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                os.chmod(os.path.join(path, name), stat.S_IRUSR | stat.S_IXUSR | stat.S_IRGRP |
                         stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    return os.path.join(root, "bin", "go")


@functools.lru_cache
def toolchain(version):
    """(go command, environment) that build with Go @version. Skip if it is not to be had."""
    if not installed():
        raise Failure("no go here (Debian: golang-go)")
    go, own = installed()
    if version == own:
        return go, {"GOTOOLCHAIN": "local"}
    if minor_of(own) < SWITCHES:
        return fetched(version), {"GOTOOLCHAIN": "local"}
    env = {"GOTOOLCHAIN": "go" + version}
    done = run_go(go, "version", env=env)
    if done.returncode:
        raise Skip("go%s cannot be fetched: %s" % (version, done.stderr.strip()[-200:]))
    return go, env


def versions(minors):
    """A version of each of these minors, the installed one where it is of them."""
    own = installed()
    return [own[1] if own and minor_of(own[1]) == minor else NEWEST[minor] for minor in minors]


def newest_minor():
    """Of what is installed, if that is newer than what Debian has."""
    own = installed()
    return max(minor_of(own[1]) if own else 0, 26)


def build(version, name, path, *flags):
    """Program @name of tests/workloads/go by Go @version, into @path."""
    go, env = toolchain(version)
    done = run_go(go, "build", *flags, "-o", path, ".", env=env,
                  cwd=os.path.join(SOURCES, name))
    if done.returncode or not os.path.exists(path):
        raise Failure("go%s build %s %s: %s" % (version, name, " ".join(flags),
                                                done.stderr.strip()[-300:]))
    return path
