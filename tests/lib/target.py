# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes to observe, heapbeat itself, and verdict lines: what the tests in python share.

Everything waits for a condition with a deadline. Every process started here is ended by its own
object, by its own pid.
"""
import contextlib
import fcntl
import functools
import json
import os
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time

import report

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.environ.get("HB_OUT", os.path.join(os.path.dirname(TESTS), ".output"))
BIN = os.environ.get("HB_BIN", os.path.join(OUT, "heapbeat"))
WORKLOADS = os.path.join(OUT, "tests", "workloads")
CALLS = os.path.join(WORKLOADS, "calls")
ORACLE = os.path.join(WORKLOADS, "oracle.so")
JEMALLOC = "libjemalloc.so.2"
CALLS_EXIT_CODE = 7
LOCK = "/run/heapbeat.lock"

EXIT_OK, EXIT_RUNTIME, EXIT_USAGE, EXIT_REFUSED, EXIT_PARTIAL = 0, 1, 2, 4, 5


class Failure(Exception):
    """The test has failed, for this reason."""


class Skip(Exception):
    """The test cannot run here, for this reason."""


class Checks:
    """Verdict lines for tests/run.sh. Each `with checks.case(name):` is one test."""

    def __init__(self):
        self.failed = False

    @contextlib.contextmanager
    def case(self, name):
        try:
            yield
        except Skip as why:
            self.line("skip %s - %s" % (name, why))
        except (Failure, OSError, ValueError, KeyError, subprocess.SubprocessError) as why:
            self.failed = True
            self.line("not ok %s - %s" % (name, " ".join(("%s %s" % (
                "" if isinstance(why, Failure) else type(why).__name__, why)).split())))
        else:
            self.line("ok " + name)

    @staticmethod
    def line(text):
        print(text, flush=True)

    def finish(self):
        sys.exit(1 if self.failed else 0)


def demand(condition, why):
    if not condition:
        raise Failure(why)


def wait_for(condition, what, deadline_s=20.0):
    """Poll until condition() is true; its value."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure("waited %g s for %s" % (deadline_s, what() if callable(what) else what))
        time.sleep(0.01)


def observer_runs():
    """Somebody holds the lock of the one observer per host."""
    with contextlib.suppress(FileNotFoundError), open(LOCK) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


class Workload:
    """A program with the protocol of `calls`: ready, byte, result lines, byte, end."""

    def __init__(self, *arguments, program=CALLS, allocator="glibc", oracle=False, wrapper=(),
                 env=None):
        preload = [ORACLE] if oracle else []
        if allocator == "jemalloc":
            preload.append(JEMALLOC)
        environment = dict(os.environ, **(env or {}))
        if preload:
            environment["LD_PRELOAD"] = ":".join(preload)
        self.pending = b""
        self.output = b""
        self.child = subprocess.Popen([*wrapper, program, *map(str, arguments)], bufsize=0,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, env=environment)
        self.pid = self.child.pid

    def __enter__(self):
        self.expect("ready")
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout, self.child.stderr):
            pipe.close()

    def line(self, deadline_s=60.0):
        """The next line of output."""
        end = time.monotonic() + deadline_s
        while b"\n" not in self.pending:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.child.stdout], [], [], left)[0]:
                raise Failure("the workload said nothing for %g s" % deadline_s)
            chunk = os.read(self.child.stdout.fileno(), 65536)
            if not chunk:
                raise Failure("the workload ended early: code %s, %r" % (
                    self.child.wait(), self.child.stderr.read()[:200]))
            self.pending += chunk
            self.output += chunk
        line, self.pending = self.pending.split(b"\n", 1)
        return line.decode()

    def expect(self, text):
        line = self.line()
        demand(line == text, "the workload said %r instead of %r" % (line[:80], text))

    def send(self):
        """The byte that it waits for."""
        self.child.stdin.write(b"\n")

    def truth(self):
        """Run its calls; the truth that it tells of them."""
        self.send()
        return json.loads(self.line())

    def end(self):
        """Let it end; its exit code."""
        with contextlib.suppress(BrokenPipeError):
            self.send()
        self.child.stdin.close()
        self.output += self.child.stdout.read()
        code = self.child.wait(timeout=60)
        self.child.stdin = open(os.devnull, "rb")
        return code

    def alive(self):
        return self.child.poll() is None


def run(*arguments, timeout=60, **options):
    """heapbeat with @arguments, to its end; out and err as text."""
    return subprocess.run([BIN, *map(str, arguments)], timeout=timeout, capture_output=True,
                          text=True, errors="replace", stdin=subprocess.DEVNULL, check=False,
                          **options)


RECORD_IMAGE, RECORD_PLAN, RECORD_END = 2, 5, 21
PLAN_REST = 0


def timed_records(path):
    """(time in ns, type, body) of every whole record of a capture, also of one that is being
    written."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 32 or data[:8] != b"HBEATCAP":
        return
    at = struct.unpack_from("<I", data, 12)[0]
    while at + 16 <= len(data):
        size, kind, _, time_ns = struct.unpack_from("<IHHQ", data, at)
        if size < 16 or size % 8 or at + size > len(data):
            return
        yield time_ns, kind, data[at + 16:at + size]
        at += size


def records(path):
    """(type, body) of the same."""
    for _, kind, body in timed_records(path):
        yield kind, body


def open_windows(path):
    """Pids of the images whose window is open by the last that the capture says, one per image."""
    owners, opened = {}, {}
    if not os.path.exists(path):
        return []
    for kind, body in records(path):
        if kind == RECORD_IMAGE:
            image, pid = struct.unpack_from("<II", body, 0)
            owners[image] = pid
        elif kind == RECORD_PLAN:
            image, _, mode = struct.unpack_from("<III", body, 0)
            closed_ns, = struct.unpack_from("<Q", body, 32)
            opened[image] = mode != PLAN_REST and not closed_ns
    return [owners[image] for image, is_open in opened.items() if is_open]


def images(path, pid):
    """How many images of @pid the capture has."""
    if not os.path.exists(path):
        return 0
    return sum(kind == RECORD_IMAGE and struct.unpack_from("<I", body, 4)[0] == pid
               for kind, body in records(path))


@functools.lru_cache
def features():
    """What doctor says that works here. tests/run.sh asks it once and hands it on."""
    known = os.environ.get("HB_FEATURES")
    if known is not None:
        return known.split(",")
    done = run("doctor", "--json")
    return report.features(report.status(done.stdout)) if done.stdout else []


def forced_link(options):
    """The kind of link that these options of record force, or None."""
    words = list(map(str, options))
    return words[words.index("--link") + 1] if "--link" in words else None


def need_link(options):
    """Skip if doctor says that the way of linking that these options force does not work here. From
    then on it is a failure if it does not."""
    link = forced_link(options)
    if link and "%s links" % link not in features():
        raise Skip("no %s links here, says doctor" % link)


class Recorder:
    """`heapbeat record` at work on running processes."""

    def __init__(self, pids, path, *options):
        self.path = path
        self.options = options
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)  # an older capture would say that the window is open
        self.errors = tempfile.TemporaryFile()
        self.child = subprocess.Popen(
            [BIN, "record", "-p", ",".join(map(str, pids)), "-o", path, *map(str, options)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(timeout=20)
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        self.errors.close()

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace").strip()

    def wait_open(self, pid=None, image=1, processes=1, deadline_s=30.0):
        """Wait until a window is open: of so many @processes, or of the @image-th image of @pid.
        Skip if doctor, too, says that this way of linking is not to be had here."""
        def is_open():
            pids = open_windows(self.path)
            if pid is None:
                return len(pids) >= processes
            return pid in pids and images(self.path, pid) >= image

        def settled():
            return is_open() or self.child.poll() is not None

        wait_for(settled, lambda: "an open window; stderr: %s" % self.stderr(), deadline_s)
        if self.child.poll() is None:
            return self
        if self.child.returncode == EXIT_REFUSED:
            need_link(self.options)
        raise Failure("record ended with %d: %s" % (self.child.returncode, self.stderr()))

    def stop(self, *, number=signal.SIGINT):
        """As Ctrl-C does; the exit code."""
        self.child.send_signal(number)
        return self.child.wait(timeout=60)


def progress(path):
    """The counter that churn and pyjson keep in their PROGRESS-FILE."""
    with open(path, "rb") as file:
        return struct.unpack("=Q", file.read(8))[0]


def executable_maps(pid, part):
    """[(start, end, file offset, path)] of executable mappings of files with @part in the path."""
    found = []
    with open("/proc/%d/maps" % pid) as file:
        for line in file:
            fields = line.split(None, 5)
            if len(fields) == 6 and "x" in fields[1] and part in fields[5]:
                start, end = (int(text, 16) for text in fields[0].split("-"))
                found.append((start, end, int(fields[2], 16), fields[5].strip()))
    return found


def text_changes(pid, part):
    """[(address, byte in memory, byte in the file)] where a process's text is not its file's."""
    changes = []
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as memory:
        for start, end, offset, path in executable_maps(pid, part):
            with open(path, "rb") as file:
                file.seek(offset)
                want = file.read(end - start)
            have = os.pread(memory.fileno(), len(want), start)
            if have == want:
                continue
            changes += [(start + i, have[i], want[i])
                        for i in range(len(have)) if have[i] != want[i]]
    return changes


def need_root():
    if os.geteuid():
        print("needs root")
        sys.exit(77)
    if not os.access(BIN, os.X_OK):
        print("not ok heapbeat_is_built - no '%s'" % BIN)
        sys.exit(1)
