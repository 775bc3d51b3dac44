# SPDX-License-Identifier: GPL-3.0-or-later
"""A program at a pseudo terminal: what is typed and what is shown."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time


class Terminal:
    """`command` with standard input, output and error at a terminal; with `stdout` given, that goes
    elsewhere. Ended by id when left."""

    def __init__(self, command, directory, environment, columns=80, rows=24, stdout=None):
        self.master, slave = pty.openpty()
        self.text = ""
        self.resize(columns, rows)

        def become_leader():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.child = subprocess.Popen([str(word) for word in command], cwd=directory, env=environment,
                                      stdin=slave, stdout=stdout or slave, stderr=slave,
                                      preexec_fn=become_leader)
        os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGKILL)
        self.child.wait()
        os.close(self.master)

    def resize(self, columns, rows=24):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, text):
        os.write(self.master, text.encode())

    def read(self, seconds):
        """What is shown within the time, or until something is."""
        if select.select([self.master], [], [], seconds)[0]:
            try:
                self.text += os.read(self.master, 65536).decode(errors="replace")
                return True
            except OSError:  # the other end is closed
                return False
        return self.child.poll() is None

    def wait_for(self, pattern, seconds):
        """All that was shown, as soon as the pattern is in it."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text, re.M):
            left = end - time.monotonic()
            assert left > 0 and self.read(min(left, 1)), f"no {pattern!r} in:\n{self.text}"
        return self.text

    def finish(self, seconds):
        """(exit code, all that was shown)"""
        end = time.monotonic() + seconds
        while self.child.poll() is None and time.monotonic() < end:
            self.read(0.1)
        while select.select([self.master], [], [], 0)[0] and self.read(0):
            pass
        assert self.child.poll() is not None, f"still running; shown:\n{self.text}"
        return self.child.returncode, self.text
