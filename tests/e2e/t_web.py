#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# The system's python on purpose: it is the one that the package python3-jsonschema serves.
"""Does the HTTP server answer what its pages promise, to polite and to hostile clients?"""
import contextlib
import glob
import gzip
import http.client
import json
import os
import socket
import sys
import threading
import time

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from target import Checks, TESTS, demand, wait_for
from web import Server, need_fixture, wait_published

SCHEMAS = os.path.join(os.path.dirname(TESTS), "docs", "schema")
TARGET = "4242-777-1"
SERIES = ("--groups", "340")  # about 10,000 series


def check_pages(server):
    types = {
        "/": "text/html; charset=utf-8", "/style.css": "text/css; charset=utf-8",
        "/metrics": "text/plain; version=0.0.4; charset=utf-8",
        "/healthz": "text/plain; charset=utf-8", "/-/ready": "text/plain; charset=utf-8",
        "/api/v1/status": "application/json", "/api/v1/processes": "application/json",
        "/api/v1/hotspots?limit=3&by=live": "application/json",
        "/api/v1/recommendations?pid=4242": "application/json",
        "/api/v1/flamegraph": "text/plain; charset=utf-8",
        "/api/v1/flamegraph?format=svg&target=" + TARGET: "image/svg+xml",
        "/api/v1/flamegraph?format=speedscope": "application/json",
        "/debug/pprof/": "text/html; charset=utf-8",
        "/debug/pprof/allocs": "application/octet-stream",
        "/debug/pprof/heap?gc=1": "application/octet-stream",
        "/debug/pprof/heap?debug=1": "text/plain; charset=utf-8",
        "/targets/%s/debug/pprof/delta_heap" % TARGET: "application/octet-stream",
        "/targets/00001000/debug/pprof/allocs": "application/octet-stream",
        "/sd/metrics": "application/json", "/sd/profiles": "application/json",
        "/sd/parca": "application/json",
    }
    for path, kind in types.items():
        status, headers, body = server.ask(path)
        demand(status == 200 and headers["Content-Type"] == kind and body,
               "%s: %d %s" % (path, status, headers["Content-Type"]))
        for name, value in (("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
                            ("Referrer-Policy", "no-referrer")):
            demand(headers[name] == value, "%s: %s is %s" % (path, name, headers[name]))
        demand("default-src 'self'" in headers["Content-Security-Policy"], path + ": no policy")
        head = server.ask(path, "HEAD")
        demand(head[0] == 200 and not head[2] and head[1]["Content-Type"] == kind,
               "HEAD " + path)


def check_absent(server):
    for path in ("/nope", "/debug/pprof/block", "/debug/pprof/goroutine", "/debug/pprof/mutex",
                 "/debug/pprof/profile", "/targets/1-1-1/debug/pprof/allocs",
                 "/targets/ffffffff/debug/pprof/allocs", "/targets//debug/pprof/allocs",
                 "/targets/1-1-1/debug/pprof/allocs?seconds=60", "/maps", "/-/reload",
                 "/metrics/", "//metrics", "/../metrics"):
        status, headers, _ = server.ask(path)
        demand(status == 404 and headers["Content-Type"].startswith("text/plain"),
               "%s: %d" % (path, status))


def check_methods(server):
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"):
        status, headers, _ = server.ask("/metrics", method)
        demand(status == 405 and headers["Allow"] == "GET, HEAD", "%s: %d" % (method, status))
    with Server("--lifecycle") as other:
        status, headers, _ = other.ask("/-/reload")
        demand(status == 405 and headers["Allow"] == "POST", "GET of reload: %d" % status)
        demand(other.ask("/-/reload", "POST", {"Origin": "http://evil.example"})[0] == 403,
               "a stranger's page could reload")
        demand(other.ask("/-/reload", "POST")[0] == 200, "no reload")
        demand(other.process.stdout.readline() == "reload\n", "the hook was not called")


def check_negotiation(server):
    for accept, kind in (
            ("application/openmetrics-text; version=1.0.0; q=0.8, text/plain; q=0.5", "open"),
            ("application/openmetrics-text;version=1.0.0;q=0.3,text/plain;q=0.5", "text"),
            ("application/openmetrics-text; q=0", "text"), ("*/*", "text")):
        _, headers, body = server.ask("/metrics", headers={"Accept": accept})
        is_open = headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        demand(is_open == (kind == "open") and body.endswith(b"# EOF\n") == is_open,
               "%s: %s" % (accept, headers["Content-Type"]))
    for path in ("/metrics", "/api/v1/processes"):
        plain = server.ask(path, headers={"Accept-Encoding": "gzip;q=0"})
        packed = server.ask(path, headers={"Accept-Encoding": "br, gzip"})
        demand(plain[1]["Content-Encoding"] is None, path + ": packed although refused")
        demand(packed[1]["Content-Encoding"] == "gzip", path + ": not packed")
        demand(len(gzip.decompress(packed[2])) > 0.9 * len(plain[2]), path + ": cut")
    for path in ("/debug/pprof/allocs", "/targets/%s/debug/pprof/heap" % TARGET):
        _, headers, body = server.ask(path, headers={"Accept-Encoding": "gzip"})
        demand(headers["Content-Encoding"] is None and gzip.decompress(body),
               path + ": a profile is its own gzip")


def check_schemas(server):
    for name in ("status", "processes", "hotspots", "recommendations"):
        with open(os.path.join(SCHEMAS, name + ".v1.json")) as file:
            schema = json.load(file)
        document = json.loads(server.ask("/api/v1/" + name)[2])
        demand(document["schema"] == "heapbeat/%s/v1" % name and document["items"],
               name + ": nothing in it")
        wrong = ["/%s: %s" % ("/".join(map(str, error.path)), error.message[:200])
                 for error in jsonschema.Draft7Validator(schema).iter_errors(document)]
        demand(not wrong, "%s: %d places: %s" % (name, len(wrong), "; ".join(wrong[:3])))
    items = json.loads(server.ask("/api/v1/processes?limit=7")[2])["items"]
    demand(len(items) == 7, "limit: %d items" % len(items))
    items = json.loads(server.ask("/api/v1/processes?pid=4242")[2])["items"]
    demand([item["id"] for item in items] == [TARGET], "pid: %s" % items)
    demand("bytes_rate" in items[0], "no figure of the view")
    for path in ("/api/v1/hotspots?comm=nobody", "/api/v1/recommendations?pid=1"):
        demand(json.loads(server.ask(path)[2])["items"] == [], path)
    for path in ("/api/v1/hotspots?by=colour", "/api/v1/hotspots?limit=-1",
                 "/api/v1/processes?pid=1e3", "/api/v1/flamegraph?format=html",
                 "/debug/pprof/allocs?seconds=x"):
        demand(server.ask(path)[0] == 400, path)


def check_discovery(server):
    host = {"Host": "localhost:%d" % server.port}
    profiles = json.loads(server.ask("/sd/profiles", headers=host)[2])
    demand(len(profiles) == 1 and profiles[0]["targets"] == [host["Host"]], str(profiles))
    labels = profiles[0]["labels"]
    demand(labels["service_name"] == "prog" and labels["target"] == TARGET, str(labels))
    path = labels["__profile_path_prefix__"] + "/debug/pprof/allocs"
    demand(server.ask(path)[0] == 200, path)
    labels = json.loads(server.ask("/sd/parca", headers=host)[2])[0]["labels"]
    demand(server.ask(labels["__meta_heapbeat_profile_path"])[0] == 200, str(labels))
    labels = json.loads(server.ask("/sd/metrics")[2])[0]["labels"]
    demand(server.ask(labels["__metrics_path__"])[0] == 200, str(labels))
    with Server("--empty") as empty:
        for path in ("/sd/profiles", "/sd/parca"):
            status, headers, body = empty.ask(path)
            demand((status, headers["Content-Type"], json.loads(body)) ==
                   (200, "application/json", []), path)
        demand(empty.ask("/healthz")[0] == 200, "alive before the first publication")
        for path in ("/readyz", "/metrics", "/api/v1/hotspots", "/debug/pprof/allocs"):
            demand(empty.ask(path)[0] == 503, path + " before the first publication")
        demand(empty.ask("/")[0] == 200, "the landing page before the first publication")


def check_host_names(server):
    for host, status in (("localhost:1", 200), ("127.0.0.7", 200), ("[::1]:10060", 200),
                         ("evil.example", 421), ("evil.example:%d" % server.port, 421),
                         ("10.0.0.1", 421), ("localhost.evil.example", 421),
                         ("127.0.0.1.evil.example", 421), ("[::1", 421), ("local host", 421)):
        seen = server.ask("/healthz", headers={"Host": host})[0]
        demand(seen == status, "Host %s: %d" % (host, seen))
    demand(server.raw(b"GET /healthz HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 4"), "no Host")


def check_malformed(server):
    line = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for target, status in ((b"/%00", 400), (b"/metrics%00", 400), (b"/%zz", 400), (b"/%4", 400),
                           (b"/api/v1/hotspots?by=%0d%0aX:y", 400),
                           (b"/?" + b"&".join([b"a=1"] * 17), 414), (b"/" + b"a" * 2048, 414),
                           (b"/" + b"a" * 2047, 404), (b"http://localhost/metrics", 400),
                           (b"*", 400)):
        answer = server.raw(line % target)
        demand(answer.startswith(b"HTTP/1.1 %d " % status),
               "%s: %s" % (target[:40], answer[:40]))
    # more empty arguments than the connection's memory holds
    answer = server.raw(line % (b"/?" + b"&" * 2000))
    demand(not answer or answer.startswith(b"HTTP/1.1"), "2,000 arguments: %s" % answer[:40])
    headers = b"".join(b"X-%d: %s\r\n" % (i, b"v" * 100) for i in range(1000))
    answer = server.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n")
    demand(not answer or answer.startswith(b"HTTP/1.1 4"), "100 kB of headers: %s" % answer[:40])
    demand(server.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")
           .startswith(b"HTTP/1.1 413"), "a body was taken")
    server.raw(b"\x16\x03\x01\x02\x00\x01\x00" + b"\xff" * 600)
    demand(server.ask("/healthz")[0] == 200, "the server did not live on")


def check_kept_alive(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for path in ("/metrics", "/healthz", "/nope", "/debug/pprof/allocs", "/healthz"):
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        demand(not response.will_close, "closed after " + path)
    connection.close()


def check_half_open(server):
    with contextlib.ExitStack() as stack:
        half = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
                for _ in range(64)]
        for number, connection in enumerate(half):
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: loc"[:number % 34])
        demand(server.ask("/metrics", timeout=5)[0] == 200, "no scrape beside 64 half-open ones")
        more = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
                for _ in range(300)]
        demand(server.ask("/metrics", timeout=5)[0] == 200, "no scrape beside 364 of them")
        # the oldest had to go
        half[0].settimeout(10)
        demand(_is_closed(half[0]), "the oldest idle connection was kept")
        # one that drips a byte a second does not outlive its five seconds
        drip = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        wait_for(lambda: _drip(drip), "the end of a dripping request", 15)
        more[-1].settimeout(15)
        demand(_is_closed(more[-1]), "a silent connection was kept")
    demand(server.ask("/metrics", timeout=5)[0] == 200, "no scrape afterwards")


def _is_closed(connection):
    try:
        return connection.recv(4096) == b"" or connection.recv(4096) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def _drip(connection):
    try:
        connection.sendall(b"G")
        time.sleep(0.5)
        return False
    except OSError:
        return True


def check_slow_readers():
    with Server(*SERIES, "--max-requests", 3) as server, contextlib.ExitStack() as stack:
        wait_published(server)
        for _ in range(3):
            slow = stack.enter_context(socket.socket())
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", server.port))
            # several answers at once: more than the kernel takes into its buffers
            slow.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 8)
        wait_for(lambda: server.ask("/metrics")[0] == 503, "the limit of requests", 5)
        demand(server.ask("/healthz")[0] == 200, "health counts as a request")
        # those who take nothing for ten seconds are let go
        wait_for(lambda: server.ask("/metrics")[0] == 200, "the end of the slow readers", 40)


def check_seconds(server):
    path = "/targets/%s/debug/pprof/allocs?seconds=1" % TARGET
    began = time.monotonic()
    status, _, body = server.ask(path)
    demand(status == 200 and gzip.decompress(body), "seconds: %d" % status)
    demand(time.monotonic() - began >= 1, "it did not wait")
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(
        server.ask("/debug/pprof/heap?seconds=3")[0])) for _ in range(5)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        demand(server.ask("/metrics", timeout=2)[0] == 200, "waiters hold a scrape up")
    for thread in threads:
        thread.join()
    demand(sorted(statuses) == [200] * 4 + [429], str(statuses))
    _, _, text = server.ask("/debug/pprof/allocs?seconds=1&debug=1")
    demand(text, "no text of a delta")


def check_stop():
    server = Server()
    with server:
        wait_published(server)
        waiting = threading.Thread(target=lambda: statuses.append(
            server.ask("/debug/pprof/heap?seconds=100")[0]))
        statuses = []
        waiting.start()
        time.sleep(0.3)
        idle = socket.create_connection(("127.0.0.1", server.port))
        code, seconds = server.stop()
        waiting.join()
        idle.close()
    demand(code == 0 and seconds < 5, "exit code %s after %.1f s" % (code, seconds))
    demand(statuses == [503], "the waiter got %s" % statuses)


def check_vanished():
    with Server() as server:
        wait_published(server)
        path = "/targets/%s/debug/pprof/allocs" % TARGET
        demand(server.ask(path)[0] == 200, "it is there")
        server.say("g")
        wait_for(lambda: server.ask(path)[0] == 404, "the target to be gone")
        demand(json.loads(server.ask("/sd/profiles")[2]) == [], "still listed")


def check_capabilities(server):
    kept, found = None, 0
    for path in glob.glob("/proc/%d/task/*/status" % server.process.pid):
        with open(path) as file:
            status = dict(line.split(":\t", 1) for line in file.read().splitlines()
                          if ":\t" in line)
        if int(status["Pid"]) == server.process.pid:
            kept = int(status["CapEff"], 16)
            continue
        found += 1
        for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            demand(int(status[name], 16) == 0, "%s: %s %s" % (status["Name"], name, status[name]))
        demand(status["NoNewPrivs"] == "1", status["Name"] + ": could gain privileges")
        if os.geteuid() == 0:
            demand(int(status["CapBnd"], 16) == 0, status["Name"] + ": CapBnd")
    demand(found >= 4, "only %d threads" % found)
    with open("/proc/self/status") as file:
        own = [line.split()[1] for line in file if line.startswith("CapEff")][0]
    demand(kept == int(own, 16), "the main thread has lost its own")


def main():
    checks = Checks()
    need_fixture()
    with Server(*SERIES) as server:
        wait_published(server)
        for check, name in (
                (check_pages, "every_page_has_its_type_and_its_guards"),
                (check_absent, "what_is_not_there_is_404"),
                (check_methods, "other_methods_are_405"),
                (check_negotiation, "format_and_encoding_are_what_was_asked_for"),
                (check_schemas, "documents_are_as_their_schemas_say"),
                (check_discovery, "discovery_leads_to_pages_that_answer"),
                (check_host_names, "foreign_names_are_421"),
                (check_malformed, "malformed_requests_are_refused"),
                (check_kept_alive, "a_connection_serves_many_requests"),
                (check_capabilities, "threads_of_the_server_have_no_capability"),
                (check_half_open, "half_open_connections_stop_no_scrape"),
                (check_seconds, "a_profile_over_seconds_waits_and_is_bounded")):
            with checks.case(name):
                check(server)
    for check, name in ((check_slow_readers, "slow_readers_meet_a_limit_and_are_let_go"),
                        (check_stop, "stopping_is_quick_and_answers_who_waits"),
                        (check_vanished, "a_vanished_target_is_404")):
        with checks.case(name):
            check()
    checks.finish()


if __name__ == "__main__":
    main()
