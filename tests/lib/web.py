# SPDX-License-Identifier: GPL-2.0-or-later
"""The HTTP server as web_fixture runs it, for the tests that ask it things."""
import base64
import contextlib
import ctypes
import http.client
import os
import socket
import subprocess
import sys
import time

from target import WORKLOADS, demand, wait_for

FIXTURE = os.path.join(WORKLOADS, "web_fixture")


def need_fixture():
    if not os.path.exists(FIXTURE):
        print("no '%s': make workloads" % FIXTURE)
        sys.exit(77)


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
