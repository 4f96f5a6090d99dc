#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the HTTP server let in whom it should: TLS, client certificates, passwords, addresses?"""
import http.client
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from target import Checks, EXIT_RUNTIME, EXIT_USAGE, demand, wait_for
from web import FIXTURE, Server, basic, bcrypt, need_fixture, wait_published


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


def check_limits_of_the_file(folder):
    config = write(folder, "limits.yml", "rate_limit:\n  interval: 30s\n  burst: 3\n"
                   "http_server_config:\n  headers:\n    X-Frame-Options: SAMEORIGIN\n"
                   "    Strict-Transport-Security: max-age=600\n")
    with Server("--web-config", config) as server:
        answers = [server.ask("/metrics") for _ in range(5)]
        demand([answer[0] for answer in answers[-2:]] == [429, 429] and
               [answer[0] for answer in answers].count(429) == 2, "rate_limit")
        demand(answers[-1][1]["Retry-After"], "no Retry-After")
        status, headers, _ = server.ask("/healthz")
        demand(status == 200, "health is limited")
        demand(headers.get_all("X-Frame-Options") == ["SAMEORIGIN"], "a header of the file")
        demand(headers["Strict-Transport-Security"] == "max-age=600", "another one")


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
    need_fixture()
    with checks.case("it_listens_on_ipv6_and_on_sockets_handed_over"):
        check_listeners()
    with tempfile.TemporaryDirectory() as folder:
        for check, name in ((check_tls, "tls_has_a_minimum_and_certificates_rotate"),
                            (check_client_certificates, "client_certificates_are_verified"),
                            (check_passwords, "passwords_are_asked_for_and_hashed_aside"),
                            (check_limits_of_the_file, "rate_limit_and_headers_are_kept"),
                            (check_exposure, "beyond_loopback_only_behind_a_guard")):
            with checks.case(name):
                check(folder)
    checks.finish()


if __name__ == "__main__":
    main()
