# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs killed at random times, on any build. REZONE_SOAK says how many for each kind of target."""
import os
import random
import signal
import sqlite3
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


def nothing_is_lost(project):
    """Every run that ever began is in the journal, has ended, and has all that it changed with before and after."""
    runs = project.expect(0, "history", "--limit", "100000", "--oldest-first", "--format", "json").json
    assert [run["run"] for run in runs] == list(range(1, len(runs) + 1))
    assert {run["status"] for run in runs} <= set(ENDED)
    with sqlite3.connect(project.path(".rezone/state.db")) as journal:
        assert journal.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert journal.execute("SELECT count(*) FROM run_zones WHERE creates + updates + deletes > 0 AND id NOT IN "
                               "(SELECT run_zone FROM change_blocks)").fetchone() == (0,)
    changed = [run for run in runs if run["creates"] + run["updates"] + run["deletes"]]
    for run in changed[:: max(1, len(changed) // 5)]:
        shown = project.expect(0, "show", run["run"], "--format", "json").json["changes"]
        assert len(shown) == run["creates"] + run["updates"] + run["deletes"]
    return len(runs)


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
    journaled = nothing_is_lost(project)
    print(f"{target.kind}: {killed} of {RUNS} runs killed, zones found {sorted(found)}, "
          f"{journaled} runs in the journal, none lost")
