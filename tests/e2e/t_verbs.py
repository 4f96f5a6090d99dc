#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# The system's python on purpose: it is the one that the package python3-jsonschema serves.
"""Does every verb answer what its help and its schema say?"""
import os
import pty
import re
import select
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import report
from documents import validate
from target import (BIN, Checks, EXIT_OK, EXIT_RUNTIME, EXIT_USAGE, Recorder, WORKLOADS,
                    Workload, demand, need_root, run)

FAULTY = os.path.join(WORKLOADS, "faulty")
VERBS = ("record", "report", "advise", "top", "ps", "doctor")
FULL = ("--full", "--interval", 1, "--ring-bytes", 32 << 20)
ESCAPE = "\x1b"


def answer(*arguments, code=EXIT_OK, **options):
    """stdout of a verb that ends with @code and says nothing else."""
    done = run(*arguments, **options)
    demand(done.returncode == code, "%s: exit code %d instead of %d: %s" % (
        " ".join(map(str, arguments)), done.returncode, code, done.stderr.strip()))
    demand(not done.stderr.strip(), "%s: on stderr: %s"
           % (" ".join(map(str, arguments)), done.stderr.strip()[:200]))
    return done.stdout


def record(pid, path, *options):
    done = run("record", "-p", pid, "-o", path, *options)
    demand(done.returncode == EXIT_OK, "record ended with %d: %s"
           % (done.returncode, done.stderr.strip()))


def make_captures(folder):
    """{name: path}: a service with faults in full mode, the default mode, a command that exits."""
    paths = {name: os.path.join(folder, name + ".hb") for name in ("full", "default", "command")}
    service = subprocess.Popen([FAULTY], stdout=subprocess.DEVNULL)
    try:
        record(service.pid, paths["full"], *FULL, "-d", "8s")
        record(service.pid, paths["default"], "-d", "3s")
    finally:
        service.terminate()
        service.wait()
    with Workload("record", *FULL, "-o", paths["command"], "--",
                  os.path.join(WORKLOADS, "calls"), "sizes", program=BIN) as command:
        command.truth()
        command.end()
    return paths


def check_help():
    overview = answer("help")
    for flag in ("--help", "-h"):
        demand(answer(flag) == overview, "'%s' says something else than help" % flag)
    for verb in VERBS:
        demand(re.search(r"^  %s\b" % verb, overview, re.M), "help does not name %s" % verb)
        text = answer(verb, "--help")
        demand(text.startswith("usage: heapbeat %s" % verb), "unclear: %s" % text[:80])
        demand(answer("help", verb) == text, "help %s is another than %s --help" % (verb, verb))
        demand(answer(verb, "-h") == text, "%s -h is another than --help" % verb)
    done = run()
    demand(done.returncode == EXIT_USAGE and not done.stdout, "without a verb: %d, %s"
           % (done.returncode, done.stdout[:80]))


def check_version():
    text = answer("version")
    demand(re.fullmatch(r"heapbeat \d+\.\d+\.\d+\n", text), "unclear: %r" % text)
    demand(answer("--version") == text, "--version says something else")


def check_ps():
    with Workload("basic") as workload:
        document = validate(answer("ps", "--json"), "processes")
        found = [item for item in document["items"] if item["pid"] == workload.pid]
        demand(len(found) == 1, "process %d is listed %d times" % (workload.pid, len(found)))
        demand(found[0]["attachable"] and found[0]["allocator"] == "glibc", "unclear: %s" % found)
        lines = [line.split() for line in answer("ps").splitlines()]
        demand([str(workload.pid), "calls", "native", "glibc"] in [line[:4] for line in lines],
               "process %d is not in the table" % workload.pid)


def check_report(paths):
    for name, path in paths.items():
        document = validate(answer("report", "--json", path), "hotspots")
        demand(len(report.processes(document)) == 1, "%s: %d processes"
               % (name, len(report.processes(document))))
    for by in ("bytes", "rate", "live"):
        validate(answer("report", "--json", "--by", by, paths["full"]), "hotspots")


def check_live(verb, schema):
    """Of a running process, without a capture."""
    service = subprocess.Popen([FAULTY], stdout=subprocess.DEVNULL)
    try:
        document = validate(answer(verb, "--json", "-p", service.pid, "-d", "2s"), schema)
        demand(document["span_s"] >= 1, "a span of %g s" % document["span_s"])
        demand(service.poll() is None, "the target is gone")
    finally:
        service.terminate()
        service.wait()


def check_advise(paths):
    document = validate(answer("advise", "--json", paths["full"]), "recommendations")
    rules = {rule for rule, _, _ in report.advice(document)}
    demand("prealloc" in rules, "no prealloc advice, but %s" % (rules or "none"))
    for path in paths.values():
        validate(answer("advise", "--json", path), "recommendations")


def check_same_words(paths):
    """Text and JSON name the same sites and the same advice."""
    hotspots = report.hotspots(answer("report", "--json", paths["full"]))
    text = answer("report", paths["full"])
    top = report.sites(report.processes(hotspots)[0])[:3]
    demand(len(top) == 3, "only %d sites" % len(top))
    for function, _, _ in top:
        demand(function in text, "the text does not name %s" % function)
    given = report.recommendations(answer("advise", "--json", paths["full"]))
    text = answer("advise", paths["full"])
    for item in given["items"]:
        demand(item["id"] in text, "the text does not have %s" % item["id"])


def check_folded(paths):
    for name, path in paths.items():
        lines = answer("report", "--folded", path).splitlines()
        demand(lines, "%s: nothing" % name)
        wrong = [line for line in lines if not re.fullmatch(r"[^;]+(;[^;]+)+ [1-9]\d*", line)]
        demand(not wrong, "%s: no folded stack: %r" % (name, wrong[:2]))
    item = report.processes(report.hotspots(answer("report", "--json", paths["full"])))[0]
    total = sum(int(line.rsplit(" ", 1)[1])
                for line in answer("report", "--folded", paths["full"]).splitlines())
    heap = sum(size for _, _, size in report.sites(item))
    demand(abs(total - heap) <= heap / 1000, "folded stacks sum up to %d, sites to %d"
           % (total, heap))


def check_doctor():
    document = validate(answer("doctor", "--json"), "status")
    states = report.features(document)
    demand("btf" in states, "no BTF, and yet it works?")
    text = answer("doctor")
    for name in states:
        demand(re.search(r"^\s+ok\s+%s\b" % re.escape(name), text, re.M),
               "the text does not call %s ok" % name)


def check_doctor_probes():
    with Workload("basic") as workload:
        text = answer("doctor", "--probes", "-p", workload.pid)
        for function in ("malloc", "free", "calloc", "realloc"):
            demand(re.search(r"^\s+%s\s+\+0x" % function, text, re.M),
                   "no probe for %s: %s" % (function, text))
        document = report.parse(answer("doctor", "--probes", "--json", "-p", workload.pid),
                                "probes")
        demand(len(document["items"]) == 1 and document["items"][0]["pid"] == workload.pid,
               "another process: %s" % str(document["items"])[:100])
    done = run("doctor", "--probes", "-p", 1 << 21)
    demand(done.returncode == EXIT_RUNTIME, "a vanished pid: exit code %d" % done.returncode)


def on_terminal(*arguments, env):
    """What a verb writes to a terminal."""
    master, slave = pty.openpty()
    child = subprocess.Popen([BIN, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=slave,
                             stderr=subprocess.DEVNULL, env=env)
    os.close(slave)
    text = b""
    while select.select([master], [], [], 20)[0]:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break  # the other side is closed
        if not chunk:
            break
        text += chunk
    os.close(master)
    demand(child.wait(timeout=20) == EXIT_OK, "exit code %d on a terminal" % child.returncode)
    return text.decode()


def check_colour(paths):
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    plain["TERM"] = "xterm"
    for verb in ("report", "advise"):
        demand(ESCAPE in on_terminal(verb, paths["full"], env=plain), "%s is not bold" % verb)
        demand(ESCAPE not in on_terminal(verb, paths["full"], env=dict(plain, NO_COLOR="1")),
               "%s in spite of NO_COLOR" % verb)
        demand(ESCAPE not in on_terminal(verb, paths["full"], env=dict(plain, TERM="dumb")),
               "%s on a dumb terminal" % verb)
        demand(ESCAPE not in answer(verb, paths["full"]), "%s into a pipe" % verb)


def check_full_stdout(paths):
    """Output that cannot be written is an error, not a success."""
    with open("/dev/full", "w") as full:
        for arguments in (("report", paths["full"]), ("report", "--json", paths["full"]),
                          ("report", "--folded", paths["full"]),
                          ("report", "--svg", paths["full"]),
                          ("report", "--speedscope", paths["full"]),
                          ("report", "--pprof", "-", paths["full"]), ("advise", paths["full"]),
                          ("advise", "--json", paths["full"]), ("ps",), ("ps", "--json"),
                          ("doctor", "--json")):
            done = subprocess.run([BIN, *arguments], stdout=full, stderr=subprocess.PIPE,
                                  stdin=subprocess.DEVNULL, timeout=60, check=False)
            demand(done.returncode == EXIT_RUNTIME and done.stderr.strip(),
                   "%s on a full disk: exit code %d, %r" % (" ".join(arguments[:2]),
                                                           done.returncode, done.stderr[:80]))


def main():
    need_root()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        for name, check in (("every_verb_has_its_help", check_help), ("version", check_version),
                            ("ps_follows_its_schema", check_ps),
                            ("doctor_follows_its_schema", check_doctor),
                            ("doctor_shows_where_probes_go", check_doctor_probes)):
            with checks.case(name):
                check()
        for verb, schema in (("report", "hotspots"), ("advise", "recommendations")):
            with checks.case("%s_of_a_running_process" % verb):
                check_live(verb, schema)
        paths = {}
        with checks.case("captures_are_made"):
            paths = make_captures(folder)
        for name, check in (("report_follows_its_schema", check_report),
                            ("advise_follows_its_schema", check_advise),
                            ("text_says_what_json_says", check_same_words),
                            ("folded_stacks_sum_up", check_folded),
                            ("colour_only_where_it_is_wanted", check_colour),
                            ("unwritable_output_is_an_error", check_full_stdout)):
            with checks.case(name):
                demand(paths, "no captures")
                check(paths)
    checks.finish()


if __name__ == "__main__":
    main()
