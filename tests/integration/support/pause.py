# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that halts at fault points, so that a test can do something at exactly that moment."""
import os
import signal

import pytest


class Paused:
    """A command that halts at its fault point `number` ("each": and at all that follow)."""

    def __init__(self, project, args, number, each=False, env=None):
        self.project = project
        how = "each" if each else "stop"
        self.child = project.start(*args, env={"REZONE_FAULT": f"*:{number}:{how}", **(env or {})})
        self.wait()

    def wait(self):
        """Until it has halted (True) or ended (False)."""
        info = os.waitid(os.P_PID, self.child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        self.halted = info.si_code == os.CLD_STOPPED
        if self.halted:  # taken note of, so that the next halt is another
            os.waitid(os.P_PID, self.child.pid, os.WSTOPPED)
        return self.halted

    def go_on(self):
        self.child.send_signal(signal.SIGCONT)

    def step(self):
        """To the next fault point, or the end."""
        self.go_on()
        return self.wait()

    def finish(self):
        if self.halted:
            self.go_on()
        return self.project.finish(self.child)


def points_of(project, *args, code=0):
    """The fault points that a command passes, by running it."""
    log = project.path("points.log")
    project.expect(code, *args, env={"REZONE_FAULT_LOG": str(log)})
    if not log.exists():
        pytest.skip("this build has no fault points")
    names = log.read_text().split()
    log.unlink()
    return names
