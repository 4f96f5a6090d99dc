#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# The system's python on purpose: it is the one that the package python3-jsonschema serves.
"""Is the page whole as it is served and as a report in one file, and its arithmetic right? (No browser:
tests/page/t_browser.py has one.)"""
import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import daemon
from documents import validate
from target import (CALLS, Checks, EXIT_OK, EXIT_RUNTIME, EXIT_USAGE, Skip, TESTS, Workload, BIN,
                    demand, need_root, run)
from web import Server, basic, bcrypt, need_fixture, wait_published

FILES = {"/page.css": "text/css; charset=utf-8", "/page.js": "text/javascript; charset=utf-8",
         "/icon.svg": "image/svg+xml"}
SOURCES = os.path.join(os.path.dirname(TESTS), "src", "web", "page")
TARGET = "4242-777-1"
HOSTILE = "<script><!--"  # a comm has at most 15 bytes, and no "/" comes from a file's name


def check_files(server):
    for path, kind in FILES.items():
        status, headers, body = server.ask(path)
        demand(status == 200 and headers["Content-Type"] == kind and body, path)
        demand(headers["Cache-Control"] == "private, no-cache", path + ": may not be kept")
        tag = headers["ETag"]
        demand(base64.b64encode(hashlib.sha256(body).digest()).decode() in tag, path + ": " + tag)
        for known in (tag, '"x", %s' % tag, "*"):
            again = server.ask(path, headers={"If-None-Match": known})
            demand(again[0] == 304 and not again[2] and again[1]["ETag"] == tag,
                   "%s knowing %s: %d" % (path, known, again[0]))
        for other in ('W/"x"', "", "x" * 300):
            demand(server.ask(path, headers={"If-None-Match": other})[0] == 200,
                   "%s knowing %s" % (path, other[:20]))
        packed = server.ask(path, headers={"Accept-Encoding": "gzip"})
        if len(body) > 1024:
            demand(packed[1]["ETag"] == tag and gzip.decompress(packed[2]) == body, path + ": packed")
    with open(os.path.join(SOURCES, "page.css"), "rb") as file:
        demand(server.ask("/page.css")[2] == file.read(), "another style sheet than the source")


def check_shell(server):
    status, headers, body = server.ask("/")
    text = body.decode()
    demand(status == 200 and headers["ETag"] is None, "the shell: %d" % status)
    demand(re.findall(r"<script[^>]*>", text) == ['<script src="/page.js">'], "other scripts")
    demand("style=" not in text and "<style" not in text, "a style of its own")
    demand("default-src 'self'" in headers["Content-Security-Policy"], "no policy")
    wanted = set(re.findall(r'(?:src|href)="(/[^"#?]*)', text))
    demand({"/page.js", "/page.css", "/metrics", "/sd/parca"} <= wanted, "links: %s" % wanted)
    for path in wanted:
        demand(server.ask(path)[0] == 200, "a dead link: " + path)
    asked = set(re.findall(r"['`](api/v1/[a-z]+)", server.ask("/page.js")[2].decode()))
    demand(len(asked) == 4, "the script asks for %s" % asked)
    for path in asked:
        demand(server.ask("/" + path)[0] == 200, "the script asks for " + path)


def check_documents(server):
    stacks = validate(server.ask("/api/v1/stacks?target=" + TARGET)[2].decode(), "stacks")
    demand([item["heap"] for item in stacks["items"]] == ["malloc", "go"], "heaps")
    nodes = stacks["items"][0]["nodes"]
    demand(len({len(column) for column in nodes.values()}) == 1, "columns of different length")
    demand(all(parent < i for i, parent in enumerate(nodes["parent"])), "a callee before its caller")
    demand(sum(nodes["alloc_bytes"]) > 0 and sum(nodes["live_bytes"]) > 0, "nothing in it")
    collector = validate(server.ask("/api/v1/gc?target=" + TARGET)[2].decode(), "gc")
    demand(len(collector["items"][0]["cycles"]) == 64, "cycles")
    for name in ("stacks", "gc"):
        validate(server.ask("/api/v1/" + name)[2].decode(), name)
        for target in ("1-1-1", "ffffffff", "%3Cscript%3E"):
            status, headers, _ = server.ask("/api/v1/%s?target=%s" % (name, target))
            demand(status == 404 and headers["Content-Type"].startswith("text/plain"), target)


def check_guards(folder):
    """Users and limits hold for the page as for every page."""
    path = os.path.join(folder, "web.yml")
    with open(path, "w") as file:
        file.write("basic_auth_users:\n  ann: %s\n" % bcrypt("secret"))
    with Server("--web-config", path) as server:
        for page in ("/", *FILES, "/api/v1/stacks", "/api/v1/gc"):
            demand(server.ask(page)[0] == 401, page + " without a password")
            demand(server.ask(page, headers={"If-None-Match": "*"})[0] == 401, page + ": 304")
        wait_published(server, headers=basic("ann", "secret"))
        demand(server.ask("/page.js", headers=basic("ann", "secret"))[0] == 200, "with it")


def parts_of(html):
    """(data, script, style) of a report; what is not as it must be is a Failure."""
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL)
    demand([kind for kind, _ in scripts] == [' type="application/json" id="report-data"', ""],
           "scripts: %s" % [kind for kind, _ in scripts])
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    demand(len(styles) == 1, "styles")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html).group(1)
    for name, text in (("script-src", scripts[1][1]), ("style-src", styles[0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        demand("%s 'sha256-%s'" % (name, digest) in policy, "%s is not allowed: %s" % (name, policy))
    demand("default-src 'none'" in policy and "unsafe" not in policy, policy)
    outside = re.findall(r'(?:src|href)="(?!#)[^"]*"', html.replace(scripts[1][1], ""))
    demand(not outside, "it would load %s" % outside)
    return json.loads(scripts[0][1])


def check_report(folder):
    capture, html = os.path.join(folder, "x.hb"), os.path.join(folder, "out.html")
    hostile = os.path.join(folder, HOSTILE)
    shutil.copy(CALLS, hostile)
    with Workload("record", "--full", "--interval", 1, "--ring-bytes", 32 << 20, "-o", capture, "--",
                  hostile, "sites", 29, program=BIN) as command:
        command.truth()
        command.end()
    done = run("report", capture, "--html", html)
    demand(done.returncode == EXIT_OK and not done.stdout, "%d %s" % (done.returncode, done.stderr))
    demand(stat.S_IMODE(os.stat(html).st_mode) == 0o600, "anybody can read it")
    with open(html, encoding="utf-8") as file:
        data = parts_of(file.read())
    for name in ("processes", "recommendations", "gc"):
        validate(json.dumps(data[name]), name)
    for moment in data["moments"]:
        validate(json.dumps(moment), "stacks")
    demand(len({moment["at"] for moment in data["moments"]}) == len(data["moments"]), "a moment twice")
    process = data["processes"]["items"][-1]
    demand(process["comm"] == HOSTILE, "comm: %r" % process["comm"])
    told = json.loads(run("report", "--json", capture).stdout)["items"][-1]
    item = data["moments"][-1]["items"][-1]
    demand(item["bytes"] == told["figures"]["bytes"], "another figure than --json")
    demand(abs(sum(item["nodes"]["alloc_bytes"]) - told["figures"]["bytes"]["value"]) <=
           len(item["nodes"]["parent"]), "the tree is not the whole")
    piped = run("report", capture, "--html", "-").stdout
    demand(parts_of(piped)["moments"] == data["moments"], "another report in a pipe")
    return capture


def check_files_of_report(folder, capture):
    """FILE is whole or as it was."""
    html = os.path.join(folder, "kept.html")
    with open(html, "w") as file:
        file.write("before")
    demand(run("report", "/nonexistent.hb", "--html", html).returncode == EXIT_RUNTIME, "no capture")
    with open(html) as file:
        demand(file.read() == "before", "it was touched")
    demand(not [name for name in os.listdir(folder) if name.startswith("kept.html.")], "left-overs")
    demand(run("report", capture, "--html", "/nonexistent/x.html").returncode == EXIT_RUNTIME, "no folder")
    demand(run("report", capture, "--html", "/dev/null").returncode == EXIT_OK, "a device")
    demand(stat.S_ISCHR(os.stat("/dev/null").st_mode), "the device was replaced")
    for options in (("--json",), ("--svg",), ("--pprof", "-")):
        demand(run("report", capture, "--html", html, *options).returncode == EXIT_USAGE, str(options))


def check_arithmetic(checks):
    node = shutil.which("node")
    if not node:
        checks.line("skip the_arithmetic_is_right - node is not installed")
        return
    done = subprocess.run([node, os.path.join(TESTS, "page", "pure.mjs")], capture_output=True,
                          text=True, timeout=60)
    print(done.stdout, end="", flush=True)
    if done.returncode or not done.stdout:
        checks.failed = True
        if "not ok" not in done.stdout:
            checks.line("not ok the_arithmetic_is_right - " + " ".join(done.stderr.split())[:200])


def main():
    checks = Checks()
    need_fixture()
    check_arithmetic(checks)
    with tempfile.TemporaryDirectory() as folder:
        with Server("--stacks", 13) as server:
            wait_published(server)
            for check, name in ((check_files, "files_of_the_page_are_served_and_may_be_kept"),
                                (check_shell, "the_shell_loads_its_own_files_and_leads_everywhere"),
                                (check_documents, "what_the_page_asks_for_is_as_the_schemas_say")):
                with checks.case(name):
                    check(server)
        with checks.case("the_page_is_guarded_like_every_page"):
            check_guards(folder)
        need_root()
        daemon.private_run()
        capture = None
        with checks.case("a_report_is_one_file_that_loads_nothing"):
            capture = check_report(folder)
        with checks.case("a_report_is_whole_or_as_it_was"):
            if not capture:
                raise Skip("no capture")
            check_files_of_report(folder, capture)
    checks.finish()


if __name__ == "__main__":
    main()
