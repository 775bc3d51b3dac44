# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at one zone, and `unlock`: who holds what, breaking the lock of the dead and of the living."""
import signal
import time

import pytest

CONFIG = """providers:
  files: {kind: zonefile, directory: live, check: ./check}
zones: {"**": {to: files}}
policy: {max_changes: 100%, max_deletes: 100%}
verify: {dns: false}
"""
ZONE = "example.com"


@pytest.fixture
def slow(journaled):
    """A run that waits in its check command, with the zone locked, until `go` is there."""
    project = journaled
    project.write("rezone.yaml", CONFIG)
    project.write("check", "#!/bin/sh\n", mode=0o755)
    project.zone(ZONE, "www: {A: 192.0.2.1}")
    project.apply()
    project.zone(ZONE, "www: {A: 192.0.2.2}")
    project.write("check", "#!/bin/sh\n: >begun\nwhile test ! -e go; do sleep 0.02; done\n", mode=0o755)
    return project


def start(project):
    child = project.start("apply", "--yes")
    deadline = time.monotonic() + 20
    while not project.exists("begun"):
        assert time.monotonic() < deadline and child.poll() is None
        time.sleep(0.01)
    return child


def locks(project, *args, code=0):
    return project.expect(code, "unlock", "--format", "json", *args).json


def wait_for_death(project):
    """At once where the kernel tells, when the lease has run out where it is a database's."""
    deadline = time.monotonic() + 20
    while True:
        lock, = locks(project)
        if not lock["alive"]:
            return lock
        assert project.state and time.monotonic() < deadline
        time.sleep(0.1)


def is_new(project):
    return "192.0.2.2" in project.read(f"live/{ZONE}.zone")


@pytest.mark.threads
def test_the_second_run_is_refused(slow):
    child = start(slow)
    refused = slow.expect(3, "apply", "--yes")
    assert "RZ5202" in refused.stderr
    slow.write("go", "")
    assert slow.finish(child).code == 0 and is_new(slow)
    assert locks(slow) == []


def test_a_live_lock_is_shown_and_kept(slow):
    child = start(slow)
    lock, = locks(slow)
    assert lock["alive"] and lock["zone"] == ZONE and lock["actor"] == "tester" and lock["fence"] > 0
    assert not lock["broken"] and lock["zone_open"]
    assert "alive" in slow.expect(0, "unlock").stdout
    lock, = locks(slow, ZONE, code=3)
    assert not lock["broken"]
    assert "No zone is locked" in slow.expect(0, "unlock", "other.example").stdout
    slow.write("go", "")
    assert slow.finish(child).code == 0 and is_new(slow)


def test_a_broken_lock_stops_its_holder(slow):
    """It may not go on, says so, and leaves the zone to recover."""
    child = start(slow)
    lock, = locks(slow, ZONE, "--force")
    assert lock["broken"]
    refused = slow.expect(3, "apply", "--yes")  # still open, though not locked
    assert "RZ5203" in refused.stderr
    slow.expect(0, "recover")  # nor taken from a process that lives
    slow.write("go", "")
    result = slow.finish(child)
    assert result.code == 5 and "RZ5204" in result.stderr and "rezone recover" in result.text
    assert slow.runs()[0]["status"] != "committed"
    slow.expect(0, "recover", "--yes")
    assert not is_new(slow)
    slow.apply()
    assert is_new(slow)


def test_the_lock_of_the_dead(slow):
    child = start(slow)
    child.send_signal(signal.SIGKILL)
    child.wait()
    slow.write("go", "")
    lock = wait_for_death(slow)
    lock, = locks(slow, ZONE)
    assert lock["broken"] and locks(slow) == []
    refused = slow.expect(3, "apply", "--yes")
    assert "rezone recover" in refused.stderr
    slow.expect(0, "recover", "--yes")
    slow.apply()
    assert is_new(slow)


def test_waiting_for_a_lock(slow):
    """With lock_wait the second run waits, and finds the first one's work done."""
    slow.write("rezone.yaml", CONFIG + "apply: {lock_wait: 20s}\n")
    child = start(slow)
    second = slow.start("apply", "--yes")
    time.sleep(0.5)
    assert second.poll() is None
    slow.write("go", "")
    assert slow.finish(child).code == 0
    refused = slow.finish(second)
    assert refused.code == 3 and "RZ5202" not in refused.text  # its plan is old by now
    assert is_new(slow) and locks(slow) == []
