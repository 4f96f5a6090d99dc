# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of others that tests start on loopback (Prometheus, victoria-metrics, redis): free
ports, starting, waiting for an answer, ending by their own objects. And questions to their APIs."""
import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from target import Failure, Skip, wait_for


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url, data=None, timeout_s=10.0, headers=None):
    """The body; urllib's errors."""
    request = urllib.request.Request(url, data=data, headers=headers or {})
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:
        return answer.read()


def fetch_json(url, **arguments):
    """The answer of a GET with @arguments as its query."""
    if arguments:
        url += "?" + urllib.parse.urlencode(arguments)
    return json.loads(fetch(url))


def answers(url):
    try:
        fetch(url, timeout_s=2)
    except (urllib.error.URLError, OSError):
        return False
    return True


class Server:
    """A program that listens; within `with`, it runs and has answered at @ready_url."""

    def __init__(self, command, ready_url, log_path, deadline_s=30.0, wrapper=()):
        if not shutil.which(command[0]):
            raise Skip("%s is not installed" % command[0])
        self.command, self.ready_url = [*wrapper, *command], ready_url
        self.log_path, self.deadline_s, self.child = log_path, deadline_s, None

    def __enter__(self):
        with open(self.log_path, "wb") as log:
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=log)
        try:
            wait_for(self.is_up, lambda: "%s: %s" % (self.command[0], self.log_tail()),
                     self.deadline_s)
        except BaseException:
            self.__exit__()
            raise
        return self

    def is_up(self):
        if self.child.poll() is not None:
            raise Failure("%s ended with code %s: %s" % (self.command[0], self.child.returncode,
                                                         self.log_tail()))
        return not self.ready_url or answers(self.ready_url)

    def log_tail(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return " | ".join(log.read().splitlines()[-4:])[-600:]

    def __exit__(self, *_):
        if self.child and self.child.poll() is None:
            self.child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(timeout=15)
        if self.child and self.child.poll() is None:
            self.child.kill()
        if self.child:
            self.child.wait()


def prometheus(directory, config, port):
    """Debian's Prometheus with this configuration (text), its data below @directory."""
    path = directory + "/prometheus.yml"
    with open(path, "w", encoding="utf-8") as file:
        file.write(config)
    base = "http://127.0.0.1:%d" % port
    return Server(["prometheus", "--config.file=" + path, "--storage.tsdb.path=" + directory +
                   "/tsdb", "--web.listen-address=127.0.0.1:%d" % port, "--log.level=warn"],
                  base + "/-/ready", directory + "/prometheus.log")


def query(base, expr, at=None):
    """The samples of an instant query: [(labels, value)]."""
    arguments = {"query": expr}
    if at is not None:
        arguments["time"] = "%.3f" % at
    answer = fetch_json(base + "/api/v1/query", **arguments)
    return [(item["metric"], float(item["value"][1])) for item in answer["data"]["result"]]


def query_range(base, expr, seconds, step):
    """[(labels, [values])] over the last @seconds."""
    now = time.time()
    answer = fetch_json(base + "/api/v1/query_range", query=expr, start="%.3f" % (now - seconds),
                        end="%.3f" % now, step=step)
    return [(item["metric"], [float(value) for _, value in item["values"]])
            for item in answer["data"]["result"]]
