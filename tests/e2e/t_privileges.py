#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which capabilities does each verb need, what happens without each of them, what do the daemon's
threads keep, and who may use its socket?"""
import contextlib
import glob
import grp
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from daemon import Daemon, copy_calls, private_run
from target import (BIN, Checks, EXIT_OK, EXIT_REFUSED, EXIT_RUNTIME, JEMALLOC, Skip,
                    Workload, demand, need_root, wait_for)

NEEDED = ("bpf", "perfmon", "sys_ptrace", "dac_read_search", "checkpoint_restore")
KEPT = (*NEEDED, "sys_nice")
NUMBERS = {"chown": 0, "dac_read_search": 2, "sys_ptrace": 19, "sys_nice": 23, "perfmon": 38,
           "bpf": 39, "checkpoint_restore": 40, "sys_admin": 21}
AS_NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
# What happens to these processes where one capability is missing: a process of root, one of another
# user, one whose files only their owner may read, one whose executable was deleted, one whose
# allocator was. "-": nothing starts, with the line that follows.
PROCESSES = ("root", "other user", "private files", "deleted file", "deleted library")
SEEN, REFUSED, BLIND = "observed", "refused", "heap not observed"
WITHOUT = {
    None: (SEEN,) * 5,
    "bpf": "needs root (or CAP_BPF and CAP_PERFMON)",
    "perfmon": "needs root (or CAP_BPF and CAP_PERFMON)",
    "sys_ptrace": (REFUSED,) * 5,
    "dac_read_search": (SEEN, SEEN, REFUSED, SEEN, SEEN),
    "checkpoint_restore": (SEEN, SEEN, SEEN, REFUSED, BLIND),
    "sys_nice": (SEEN,) * 5,
}
WARNING = {"sys_ptrace": "nearly every process is refused",
           "dac_read_search": "processes whose files root may not read are refused",
           "checkpoint_restore": "programs and libraries that were deleted cannot be read",
           "sys_nice": "windows end late on a busy machine"}
REASON = {"sys_ptrace": "CAP_SYS_PTRACE", "dac_read_search": "CAP_DAC_READ_SEARCH",
          "checkpoint_restore": "CAP_CHECKPOINT_RESTORE"}


def only(*capabilities):
    """The words before a command that give it these alone, for good."""
    return ("setpriv", "--no-new-privs", "--inh-caps=-all",
            "--bounding-set=" + ",".join(("-all", *("+" + name for name in capabilities))))


def heapbeat(wrapper, *words):
    return subprocess.run([*wrapper, BIN, *map(str, words)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, check=False)


def library(name):
    found = [path for folder in ("/usr/lib/*-linux-gnu", "/usr/lib", "/lib")
             for path in glob.glob(os.path.join(folder, name))]
    if not found:
        raise Skip("no '%s' here" % name)
    return found[0]


def make_processes(stack, folder):
    """[pid], in the order of PROCESSES; all of them allocate."""
    def churn(**options):
        workload = stack.enter_context(Workload("churn", 500, 300, **options))
        workload.send()
        return workload.pid

    user = pwd.getpwnam("nobody")
    public, private = (os.path.join(folder, name) for name in ("public", "private"))
    for path, mode in ((folder, 0o755), (public, 0o755), (private, 0o700)):
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
    pids = [churn(), churn(program=copy_calls(public, "calls"), wrapper=AS_NOBODY)]
    own = copy_calls(private, "own")
    os.chmod(own, 0o700)
    for path in (own, private):
        os.chown(path, user.pw_uid, user.pw_gid)
    pids.append(churn(program=own, wrapper=AS_NOBODY))
    deleted = copy_calls(public, "deleted")
    pids.append(churn(program=deleted))
    os.unlink(deleted)
    copy = os.path.join(public, JEMALLOC)
    shutil.copy(library(JEMALLOC), copy)
    pids.append(churn(env={"LD_PRELOAD": copy}))
    os.unlink(copy)
    return pids


def outcome(daemon, pid):
    item = daemon.processes().get(pid, {})
    if item.get("state") != "attached":
        return item.get("state", "unknown")
    return SEEN if item.get("allocator") else BLIND


def check_run(folder, pids, missing):
    """The daemon with all that it keeps but @missing."""
    have = [name for name in KEPT if name != missing]
    want = WITHOUT[missing]
    daemon = Daemon(folder, "-p", ",".join(map(str, pids)), wrapper=only(*have))
    if isinstance(want, str):
        with daemon.start_within():
            code = daemon.child.wait(timeout=40)
            demand(code == EXIT_REFUSED and want in daemon.log().splitlines()[-1],
                   "ended with %d: %s" % (code, daemon.tail()))
        return
    with daemon:
        got = wait_for(lambda: tuple(outcome(daemon, pid) for pid in pids), "an answer")
        demand(got == want, "%s, not %s: %s" % (got, want, daemon.tail()))
        if missing in WARNING:
            demand("without capability %s %s" % (missing, WARNING[missing]) in daemon.log(),
                   "no warning: " + daemon.log())
        for name, result in zip(pids, got):
            if result == REFUSED:
                demand(re.search("process %d .*%s" % (name, REASON[missing]), daemon.log()),
                       "no reason for %d: %s" % (name, daemon.log()))
        if BLIND in got:
            pid = pids[got.index(BLIND)]
            wait_for(lambda: REASON[missing] in daemon.processes()[pid].get("hides", ""),
                     lambda: "what hides: %s" % daemon.processes()[pid], 15)
        demand(daemon.stop()[0] == EXIT_OK, daemon.tail())


def check_short(folder, pids, missing):
    """record, report and advise of their own session: the same."""
    wrapper = only(*(name for name in KEPT if name != missing))
    want = WITHOUT[missing]
    nobody = ("--socket.path", os.path.join(folder, "nobody.sock"))
    for verb, more in (("record", ("-o", os.path.join(folder, "x.hb"))), ("report", ()),
                       ("advise", ())):
        at = {"record": range(len(pids)), "report": (0, 4), "advise": (2,)}[verb]
        for i in at:
            done = heapbeat(wrapper, verb, *nobody, "-p", pids[i], "-d", "100ms", *more)
            lines = done.stderr.strip().splitlines()
            if isinstance(want, str) or want[i] == REFUSED:
                reason = want if isinstance(want, str) else REASON[missing]
                demand(done.returncode == EXIT_REFUSED and len(lines) == 1 and
                       reason in lines[0], "%s of %s: %d, %r"
                       % (verb, PROCESSES[i], done.returncode, lines))
            else:
                demand(done.returncode == EXIT_OK, "%s of %s: %d, %r"
                       % (verb, PROCESSES[i], done.returncode, lines))
            if verb == "report" and want[i] == BLIND:
                demand(REASON[missing] in done.stdout, "it says not why: " + done.stdout)


def check_none(folder):
    """What needs no capability at all."""
    capture, config = (os.path.join(folder, name) for name in ("x.hb", "ok.yml"))
    with open(config, "w") as file:
        file.write("max-targets: 3\n")
    for words in (("ps",), ("ps", "--json"), ("report", capture), ("advise", capture),
                  ("version",), ("help",), ("dashboard",), ("check-config", config),
                  ("run", "--config.check")):
        done = heapbeat(only(), *words)
        demand(done.returncode == EXIT_OK and done.stdout and not done.stderr,
               "%s: %d %s" % (" ".join(words), done.returncode, done.stderr))
    done = heapbeat(only(), "doctor")
    demand(done.returncode == EXIT_REFUSED and re.search(r"denied\s+session links.*\n +denied\s+multi links", done.stdout) and
           "run as root" in done.stderr, "doctor: %d %s%s"
           % (done.returncode, done.stdout, done.stderr))


def threads(pid):
    """[(name, effective capabilities, permitted, no_new_privs)]"""
    found = []
    for path in glob.glob("/proc/%d/task/*/status" % pid):
        with open(path) as file:
            text = file.read()
        values = dict(re.findall(r"^(\w+):\t(.*)$", text, re.M))
        found.append((values["Name"], int(values["CapEff"], 16), int(values["CapPrm"], 16),
                      values["NoNewPrivs"]))
    return found


def mask(*names):
    return sum(1 << NUMBERS[name] for name in names)


def check_threads(folder, options, kept):
    with Daemon(folder, "-p", os.getpid(), *options) as daemon:
        daemon.get("/metrics")
        found = threads(daemon.pid)
        web = [row for row in found if row[0].startswith(("hb-web", "MHD"))]
        rest = [row for row in found if row not in web]
        demand(web and len(rest) >= 2, "threads: %s" % found)
        for name, effective, permitted, _ in web:
            demand(not effective and not permitted, "%s has %x, %x" % (name, effective, permitted))
        for name, effective, permitted, new in rest:
            demand(effective == permitted == mask(*kept) and new == "1",
                   "%s has %x, %x instead of %x" % (name, effective, permitted, mask(*kept)))


def as_user(groups):
    return ("setpriv", "--reuid=nobody", "--regid=nogroup",
            "--groups=%d" % groups if groups is not None else "--clear-groups")


def check_group(folder):
    """A member of --socket.group may read and no more; others may not even connect."""
    group = next((entry for name in ("users", "daemon", "games")
                  for entry in grp.getgrall() if entry.gr_name == name), None)
    if not group:
        raise Skip("no group to lend")
    with contextlib.ExitStack() as stack:
        workload = stack.enter_context(Workload("basic"))
        room = os.path.join(folder, "room")
        os.makedirs(room, exist_ok=True)
        os.chmod(room, 0o755)
        path = os.path.join(room, "heapbeat.sock")
        at = ("--socket.path", path)
        daemon = stack.enter_context(Daemon(folder, "--socket.group", group.gr_name, socket=path,
                                            wrapper=only(*KEPT, "chown")))
        state = os.stat(path)
        demand((state.st_mode & 0o777, state.st_gid) == (0o660, group.gr_gid), "it is %o of %d"
               % (state.st_mode, state.st_gid))
        demand(all(row[1] & mask("chown") == 0 for row in threads(daemon.pid)), "it keeps chown")
        binary = os.path.join(room, "heapbeat")
        shutil.copy(BIN, binary)

        def ask(member, *words):
            return subprocess.run([*as_user(group.gr_gid if member else None), binary, *words],
                                  capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                  timeout=60, check=False)

        for words in (("status", *at), ("status", "--json", *at)):
            done = ask(True, *words)
            demand(done.returncode == EXIT_OK and done.stdout, "a member's %s: %d %s"
                   % (words[0], done.returncode, done.stderr))
        pid, capture = str(workload.pid), os.path.join(folder, "never.hb")
        for words in (("attach", *at, pid), ("detach", *at, pid),
                      ("record", *at, "-p", pid, "-d", "1s", "-o", capture),
                      ("report", *at, "-p", pid), ("advise", *at, "-p", pid)):
            for member, why in ((True, "only root"), (False, "Permission denied")):
                done = ask(member, *words)
                lines = done.stderr.strip().splitlines()
                demand(done.returncode == EXIT_REFUSED and len(lines) == 1 and why in lines[0],
                       "%s, %smember: %d %r" % (words[0], "" if member else "no ",
                                                done.returncode, lines))
        done = ask(False, "status", *at)
        demand(done.returncode == EXIT_REFUSED and "Permission denied" in done.stderr,
               "a stranger's status: %d %s" % (done.returncode, done.stderr))
        demand(daemon.state(workload.pid) != "attached", "it was attached all the same")


def check_group_without(folder):
    """--socket.group without CAP_CHOWN: said, and nothing is left."""
    with Daemon(folder, "--socket.group", "nogroup", wrapper=only(*KEPT)).start_within() as daemon:
        code = daemon.child.wait(timeout=40)
        demand(code == EXIT_RUNTIME and "not permitted" in daemon.log(),
               "ended with %d: %s" % (code, daemon.tail()))
        demand(not os.path.exists(daemon.socket), "its socket is still there")


def print_table():
    print("# without            " + "  ".join("%-17s" % name for name in PROCESSES))
    for missing, want in WITHOUT.items():
        print("# %-18s %s" % (missing or "(nothing)", want if isinstance(want, str)
                              else "  ".join("%-17s" % word for word in want)))


def check_all(checks, folder, stack):
    pids = []
    with checks.case("processes_to_observe"):
        pids = make_processes(stack, folder)
    for missing in WITHOUT:
        name = "without_" + missing if missing else "with_what_is_kept"
        for verb, check in (("run", check_run), ("short_verbs", check_short)):
            with checks.case("%s_%s" % (verb, name)):
                demand(pids, "no processes")
                check(folder, pids, missing)
        if not missing:
            # Its capture is read below.
            shutil.copy(os.path.join(folder, "x.hb"), os.path.join(folder, "whole.hb"))
    with checks.case("reading_verbs_need_nothing"):
        shutil.copy(os.path.join(folder, "whole.hb"), os.path.join(folder, "x.hb"))
        check_none(folder)


def main():
    need_root()
    if not shutil.which("setpriv"):
        print("no setpriv here")
        sys.exit(77)
    private_run()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        check_all(checks, folder, stack)
        for name, options, kept in (
                ("threads_keep_what_they_need", (), KEPT),
                ("capabilities_keep", ("--capabilities.keep", "CAP_SYS_ADMIN,chown"),
                 (*KEPT, "sys_admin", "chown"))):
            with checks.case(name):
                check_threads(folder, options, kept)
        with checks.case("members_of_the_socket_group_may_read"):
            check_group(folder)
        with checks.case("socket_group_needs_chown"):
            check_group_without(folder)
    print_table()
    checks.finish()


if __name__ == "__main__":
    main()
