#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# The system's python on purpose: it is the one that the package python3-jsonschema serves.
"""Does the HTTP server answer what its pages promise, to polite and to hostile clients, and keep
strangers out?"""
import base64
import contextlib
import ctypes
import glob
import gzip
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from target import Checks, EXIT_RUNTIME, EXIT_USAGE, Skip, TESTS, WORKLOADS, demand, wait_for

FIXTURE = os.path.join(WORKLOADS, "web_fixture")
SCHEMAS = os.path.join(os.path.dirname(TESTS), "docs", "schema")
TARGET = "4242-777-1"
SERIES = ("--groups", "340")  # more than 10,000 series


class Server:
    """web_fixture on a port of the kernel's choice; ended by its own stdin."""

    def __init__(self, *arguments, listen=("127.0.0.1:0",), **options):
        self.process = subprocess.Popen(
            [FIXTURE, *[word for address in listen for word in ("--listen", address)],
             *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, **options)
        line = self.process.stdout.readline()
        if not line.startswith("port "):
            _, self.error = self.process.communicate()
            self.port = None
        else:
            self.port = int(line.split()[1])

    def __enter__(self):
        demand(self.port, "the server did not start: " + getattr(self, "error", ""))
        return self

    def __exit__(self, *_):
        self.stop()

    def say(self, letter):
        self.process.stdin.write(letter)
        self.process.stdin.flush()

    def stop(self):
        """Exit code and seconds it took."""
        began = time.monotonic()
        if self.process.poll() is None:
            with contextlib.suppress(BrokenPipeError):
                self.say("q")
            try:
                self.process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.communicate()
        return self.process.returncode, time.monotonic() - began

    def ask(self, path, method="GET", headers=None, context=None, timeout=20):
        """(status, headers, body) on a connection of its own."""
        make = http.client.HTTPSConnection if context else http.client.HTTPConnection
        more = {"context": context} if context else {}
        connection = make("127.0.0.1", self.port, timeout=timeout, **more)
        try:
            connection.request(method, path, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def raw(self, data, timeout=20):
        """The first bytes of the answer to @data; b"" if the server hung up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.sendall(data)
            try:
                return connection.recv(65536)
            except ConnectionResetError:
                return b""


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(
        ("%s:%s" % (name, password)).encode()).decode()}


def bcrypt(password, cost=10):
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    library.crypt_gensalt.restype = ctypes.c_char_p
    salt = library.crypt_gensalt(b"$2b$", ctypes.c_ulong(cost), None, 0)
    return library.crypt(password.encode(), salt).decode()


def wait_published(server, **options):
    wait_for(lambda: server.ask("/readyz", **options)[0] == 200, "the first publication")


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
                           (b"/" + b"a" * 2047, 404), (b"http://localhost/metrics", 400), (b"*", 400)):
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


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)
    return path


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def make_certificate(folder, name, subject, ca=None):
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    if not ca:
        openssl(folder, "req", "-x509", *key, "-days", "2", "-subj", "/CN=" + subject,
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout", name + ".key", "-out", name + ".pem")
        return
    openssl(folder, "req", *key, "-subj", "/CN=" + subject, "-keyout", name + ".key",
            "-out", name + ".csr")
    openssl(folder, "x509", "-req", "-in", name + ".csr", "-CA", ca + ".pem", "-CAkey",
            ca + ".key", "-set_serial", "7", "-days", "2", "-out", name + ".pem")


def trust(path, **more):
    context = ssl.create_default_context(cafile=path)
    for name, value in more.items():
        setattr(context, name, value)
    return context


def check_tls(folder):
    make_certificate(folder, "server", "one")
    config = write(folder, "tls.yml", "tls_server_config:\n  cert_file: server.pem\n"
                   "  key_file: server.key\n  min_version: TLS13\n")
    first = trust(os.path.join(folder, "server.pem"))
    with Server("--web-config", config) as server:
        wait_published(server, context=first)
        demand(server.ask("/metrics", context=first)[0] == 200, "no answer over TLS")
        old = trust(os.path.join(folder, "server.pem"),
                    maximum_version=ssl.TLSVersion.TLSv1_2)
        demand(_refused(server, old), "TLS 1.2 below min_version 1.3")
        demand(not server.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").startswith(b"HTTP"),
               "plain text on a TLS port")
        # rotation: a broken pair changes nothing, a good one is taken
        with open(os.path.join(folder, "server.pem")) as file:
            good = file.read()
        write(folder, "server.pem", "nonsense\n")
        time.sleep(1.1)
        demand(server.ask("/metrics", context=first)[0] == 200, "a broken file broke the server")
        write(folder, "server.pem", good)
        make_certificate(folder, "next", "two")
        os.rename(os.path.join(folder, "next.key"), os.path.join(folder, "server.key"))
        os.rename(os.path.join(folder, "next.pem"), os.path.join(folder, "server.pem"))
        second = trust(os.path.join(folder, "server.pem"))
        wait_for(lambda: not _refused(server, second), "the new certificate", 10)
        demand(_refused(server, first), "the old certificate is still shown")


def _refused(server, context):
    try:
        return server.ask("/healthz", context=context)[0] != 200
    except (OSError, http.client.HTTPException):
        return True


def check_client_certificates(folder):
    make_certificate(folder, "site", "site")
    make_certificate(folder, "ca", "authority")
    make_certificate(folder, "mine", "client", ca="ca")
    make_certificate(folder, "other", "stranger")
    config = write(folder, "client.yml", "tls_server_config:\n  cert_file: site.pem\n"
                   "  key_file: site.key\n  client_auth_type: RequireAndVerifyClientCert\n"
                   "  client_ca_file: ca.pem\n")
    with Server("--web-config", config) as server:
        def ask_as(name):
            context = trust(os.path.join(folder, "site.pem"))
            if name:
                context.load_cert_chain(os.path.join(folder, name + ".pem"),
                                        os.path.join(folder, name + ".key"))
            return not _refused(server, context)
        wait_for(lambda: ask_as("mine"), "an answer to a client with a certificate", 10)
        demand(not ask_as(None), "a client without a certificate was let in")
        demand(not ask_as("other"), "a client of another authority was let in")


def users(folder, **passwords):
    return write(folder, "users.yml", "basic_auth_users:\n" + "".join(
        "  %s: %s\n" % (name, bcrypt(password)) for name, password in passwords.items()))


def check_passwords(folder):
    config = users(folder, alice="s3cret")
    with Server("--web-config", config, listen=("127.0.0.1:0",)) as server:
        for headers in ({}, basic("alice", "wrong"), basic("alice", ""), basic("bob", "s3cret"),
                        basic("", ""), basic("alice", "x" * 100), basic("a" * 500, "s3cret"),
                        {"Authorization": "Basic !!!"}, {"Authorization": "Bearer s3cret"}):
            for _ in range(2):
                status, answer, _ = server.ask("/metrics", headers=headers)
                demand(status == 401 and "Basic" in answer["WWW-Authenticate"],
                       "%s: %d" % (headers, status))
        demand(server.ask("/nope")[0] == 401, "a stranger learns what is not there")
        mine = basic("alice", "s3cret")
        wait_for(lambda: server.ask("/metrics", headers=mine)[0] == 200, "the right password")
        demand(server.ask("/nope", headers=mine)[0] == 404, "404 behind a password")
        # wrong ones are hashed in a thread of their own, and only so many wait for it
        flood = [threading.Thread(target=lambda n=n: statuses.append(
            server.ask("/metrics", headers=basic("alice", "guess%d" % n))[0])) for n in range(40)]
        statuses = []
        for thread in flood:
            thread.start()
        for _ in range(23):
            demand(server.ask("/metrics", headers=mine, timeout=5)[0] == 200,
                   "guesses hold a known password up")
        for thread in flood:
            thread.join()
        demand(len(statuses) == 40 and set(statuses) <= {401, 503}, str(sorted(statuses)))
        users(folder, alice="changed")
        demand(server.ask("/metrics", headers=mine)[0] == 401, "the old password still opens")
        demand(server.ask("/metrics", headers=basic("alice", "changed"))[0] == 200,
               "the new password does not open")
        write(folder, "users.yml", "basic_auth_users: [\n")
        demand(server.ask("/metrics", headers=basic("alice", "changed"))[0] == 200,
               "a broken file changed something")


def check_exposure(folder):
    everywhere = ("0.0.0.0:0",)
    server = Server(listen=everywhere)
    demand(server.port is None and server.process.returncode == EXIT_USAGE and
           "--web.allow-insecure" in server.error, "it listens everywhere for everybody")
    with Server("--insecure", listen=everywhere) as server:
        wait_published(server)
        demand(server.ask("/healthz", headers={"Host": "10.1.2.3"})[0] == 200, "an address")
        demand(server.ask("/healthz", headers={"Host": socket.gethostname()})[0] == 200, "name")
        demand(server.ask("/healthz", headers={"Host": "evil.example"})[0] == 421, "stranger")
    with Server("--web-config", users(folder, alice="s3cret"), listen=everywhere) as server:
        demand(server.ask("/healthz", headers={"Host": "node.example", **basic(
            "alice", "s3cret")})[0] == 200, "a name, behind a password")
        write(folder, "users.yml", "http_server_config:\n  http2: false\n")
        demand(server.ask("/healthz")[0] == 401, "the guard was taken away while it serves")
    with Server() as first:
        second = Server(listen=("127.0.0.1:%d" % first.port,))
        demand(second.port is None and second.process.returncode == EXIT_RUNTIME and
               "127.0.0.1:%d" % first.port in second.error, "an address in use")
    bad = Server(listen=("example.org:80",))
    demand(bad.port is None and bad.process.returncode == EXIT_USAGE, "a name as an address")


def check_listeners():
    with Server(listen=("127.0.0.1:0", "[::1]:0")) as server:
        wait_published(server)
        with open("/proc/%d/net/tcp6" % server.process.pid) as file:
            ports = [int(line.split()[1].split(":")[1], 16) for line in file
                     if line.split()[3:4] == ["0A"] and "01000000:" in line.split()[1]]
        demand(any(_answers("::1", port) for port in ports), "nothing on IPv6")
    # systemd's way: the sockets are there from descriptor 3 on, and the pid is the receiver's
    given = socket.create_server(("127.0.0.1", 0))
    script = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" "$@"'
    for arguments in (("--systemd",), ("--listen", "fd://0")):
        process = subprocess.Popen(
            ["bash", "-c", 'exec 3<&%d; %s' % (given.fileno(), script), FIXTURE, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            pass_fds=(given.fileno(),))
        try:
            line = process.stdout.readline()
            demand(line == "port %d\n" % given.getsockname()[1], "activated: " + line)
            demand(_answers("127.0.0.1", given.getsockname()[1]), "no answer when activated")
        finally:
            process.communicate("q")
    given.close()


def _answers(address, port):
    connection = http.client.HTTPConnection(address, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def main():
    checks = Checks()
    if not os.path.exists(FIXTURE):
        print("no '%s': make workloads" % FIXTURE)
        sys.exit(77)
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
                        (check_vanished, "a_vanished_target_is_404"),
                        (check_listeners, "it_listens_on_ipv6_and_on_sockets_handed_over")):
        with checks.case(name):
            check()
    with tempfile.TemporaryDirectory() as folder:
        for check, name in ((check_tls, "tls_has_a_minimum_and_certificates_rotate"),
                            (check_client_certificates, "client_certificates_are_verified"),
                            (check_passwords, "passwords_are_asked_for_and_hashed_aside"),
                            (check_exposure, "beyond_loopback_only_behind_a_guard")):
            with checks.case(name):
                check(folder)
    checks.finish()


if __name__ == "__main__":
    main()
