# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs killed at random times, on any build. REZONE_SOAK says how many for each kind of target."""
import os
import random
import signal
import time

from support.project import SECONDS
from test_crash_matrix import ENDED, NEW, OLD

RUNS = int(os.environ.get("REZONE_SOAK", "5"))


def kill_at(project, seconds):
    """Starts an apply and kills it; whether it was still running."""
    child = project.start("apply", "--yes")
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=SECONDS)
    return child.returncode == -signal.SIGKILL


def test_random_kills(project, target):
    chance = random.Random(4)
    if hasattr(target, "base"):
        target.base()
    target.setup()
    contents = {}
    for name, records in (("old", OLD), ("new", NEW)):
        project.zone(target.zone, records)
        start = time.monotonic()
        project.apply()
        whole = time.monotonic() - start
        contents[name] = target.fetch()
    now, killed, found = "new", 0, set()
    for number in range(RUNS):
        wanted = "old" if now == "new" else "new"
        project.zone(target.zone, OLD if wanted == "old" else NEW)
        killed += kill_at(project, chance.uniform(0, whole * 1.1))
        forward = ["--forward"] if chance.random() < 0.5 else []
        zones = project.expect(0, "recover", "--yes", "--format", "json", *forward).json["zones"]
        found |= {zone["found"] for zone in zones}
        live = target.fetch()
        assert live in contents.values(), f"run {number}: neither old nor new"
        run = project.runs()[0]
        assert run["status"] in ENDED
        if zones:
            assert live == contents[wanted if forward else now]
        now = "old" if live == contents["old"] else "new"
    assert killed > 0
    assert project.expect(0, "recover").stdout.startswith("Nothing to recover")
    print(f"{target.kind}: {killed} of {RUNS} runs killed, zones found {sorted(found)}")
