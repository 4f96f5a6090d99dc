# SPDX-License-Identifier: GPL-2.0-or-later
"""A program on a terminal of its own (tmux): keys sent, screen read. Nothing of the user's tmux is
touched: server, socket and configuration are the test's own."""
import os
import shutil
import subprocess

from target import Failure, Skip, wait_for


class Terminal:
    """@command on a screen of @columns x @rows until the end of `with`; then its exit status is the
    last line on the screen ("ended with 0")."""

    def __init__(self, folder, command, columns=100, rows=30, env=None):
        if not shutil.which("tmux"):
            raise Skip("no tmux here")
        self.socket = os.path.join(folder, "tmux-%d" % os.getpid())
        self.command = command
        self.size = (columns, rows)
        # A server takes the first client's environment for its programs.
        self.env = dict(os.environ, LC_ALL="C.UTF-8", **(env or {}))
        self.env.pop("NO_COLOR", None)
        self.env.update(env or {})
        self.env.pop("TMUX", None)

    def tmux(self, *arguments):
        done = subprocess.run(["tmux", "-u", "-f", "/dev/null", "-S", self.socket, *arguments],
                              env=self.env, capture_output=True, text=True, errors="replace",
                              check=False, timeout=20)
        if done.returncode:
            raise Failure("tmux %s: %s" % (arguments[0], done.stderr.strip()))
        return done.stdout

    def __enter__(self):
        words = " ".join("'%s'" % word for word in map(str, self.command))
        self.tmux("new-session", "-d", "-x", str(self.size[0]), "-y", str(self.size[1]),
                  words + "; echo ended with $?; exec sleep 600")
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")

    def press(self, *keys):
        """Names of keys (Enter, Escape, Down), or characters."""
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self, escapes=False):
        """Its lines; with the escape sequences of what is not plain."""
        return self.tmux("capture-pane", "-p", *(["-e"] if escapes else [])).split("\n")[:-1]

    def wait(self, condition, what, deadline_s=20.0):
        """Until condition(lines of the screen) is true; its value."""
        return wait_for(lambda: condition(self.screen()),
                        lambda: "%s; the screen: %s" % (what, " | ".join(
                            line.strip() for line in self.screen() if line.strip())[:900]),
                        deadline_s)

    def wait_text(self, text, deadline_s=20.0):
        return self.wait(lambda lines: any(text in line for line in lines), "'%s'" % text,
                         deadline_s)
