# SPDX-License-Identifier: GPL-2.0-or-later
"""A PostgreSQL server of its own: a new cluster in a folder of its own, on loopback, run by the
account postgres (the server refuses root), ended by its own process object."""
import contextlib
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile

from servers import free_port
from target import Failure, Skip, wait_for

# Durability is not what is measured, and the disk is everybody's.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
            "max_wal_size": "256MB", "shared_buffers": "64MB", "autovacuum": "off"}


def programs():
    """Where Debian puts the server's programs, of the newest version that is installed."""
    found = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    if not found:
        raise Skip("postgresql is not installed")
    return os.path.dirname(max(found, key=lambda path: float(path.split("/")[4])))


class Postgres:
    """Within `with`, it runs and answers."""

    def __init__(self):
        self.bin, self.port, self.child = programs(), free_port(), None
        self.folder = tempfile.mkdtemp(prefix="story-pg.")
        self.account = {}
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.account = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        data = os.path.join(self.folder, "data")
        done = subprocess.run([self.bin + "/initdb", "-D", data, "-A", "trust", "-U", "story", "-N",
                               "-E", "UTF8", "--no-locale"], capture_output=True, text=True,
                              cwd=self.folder, check=False, timeout=60, **self.account)
        if done.returncode:
            raise Failure("initdb: " + done.stderr.strip())
        settings = dict(SETTINGS, listen_addresses="127.0.0.1", port=self.port,
                        unix_socket_directories=self.folder)
        command = [self.bin + "/postgres", "-D", data]
        for name, value in settings.items():
            command += ["-c", "%s=%s" % (name, value)]
        with open(self.log_path(), "wb") as log:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          cwd=self.folder, **self.account)
        wait_for(self.is_up, self.log_tail, 30)

    def log_path(self):
        return os.path.join(self.folder, "log")

    def log_tail(self):
        with open(self.log_path(), encoding="utf-8", errors="replace") as log:
            return "postgres: " + " | ".join(log.read().splitlines()[-4:])[-600:]

    def is_up(self):
        if self.child.poll() is not None:
            raise Failure("postgres ended with %d: %s" % (self.child.returncode, self.log_tail()))
        return subprocess.run([self.bin + "/pg_isready", "-q", "-h", "127.0.0.1", "-p",
                               str(self.port)], check=False, timeout=10).returncode == 0

    def dsn(self, database):
        return "postgres://story@127.0.0.1:%d/%s?sslmode=disable" % (self.port, database)

    def create(self, database):
        self.ask("postgres", "CREATE DATABASE " + database)

    def ask(self, database, statement):
        """What psql prints, unaligned; a failed statement is a Failure."""
        done = subprocess.run([self.bin + "/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c",
                               statement, self.dsn(database)], capture_output=True, text=True,
                              check=False, timeout=60)
        if done.returncode:
            raise Failure("psql: " + done.stderr.strip())
        return done.stdout

    def __exit__(self, *_):
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)  # without waiting for clients
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(timeout=15)
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGQUIT)
            self.child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
