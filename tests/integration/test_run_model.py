# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at one zone, in every interleaving: of the model (support/run_model.py), exhaustively, with a
kill of either, a foreign writer and a broken lock anywhere; and of the real program, which halts at its
fault points, against what the model says of the same schedule. REZONE_MODEL=all has all schedules of
one halt in each run, where by default some are drawn."""
import os
import random
import signal
import sqlite3

import pytest

from support import run_model as model
from support.pause import Paused, points_of

ALL = os.environ.get("REZONE_MODEL") == "all"
VALUES = {"old": "192.0.2.1", "A": "192.0.2.10", "B": "192.0.2.20", "foreign": "192.0.2.99"}
EVENTS = {"kill A": lambda world: model.kill(world, "A"), "kill B": lambda world: model.kill(world, "B"),
          "foreign": model.foreign_write, "break": model.break_lock}


# ---- the model by itself

def check_always(world):
    holders = [run for run in world.runs if run.state in ("applying", "verifying") and world.lock == run.name]
    assert len(holders) <= 1
    for run in world.runs:
        if run.ending in ("refused", "failed"):
            assert not run.wrote, f"{run.name} has changed the zone and says it has not: {world}"


def check_end(world, trail):
    before = world
    world = model.recover(world)
    for run in world.runs:
        conflict = run.state in model.OPEN
        assert not conflict or world.zone not in (run.before, run.name), (trail, world)
        if run.ending == "committed":
            assert run.wrote and run.name in world.committed
    if "foreign" not in trail:
        last = world.committed[-1] if world.committed else "old"
        assert world.zone == last, f"neither the last committed nor old after {trail}: {before} {world}"
    elif world.zone != "foreign":
        # What somebody else wrote went only where a plan had seen it, or was there before all of it.
        overwriter = next((run for run in world.runs if run.name == world.zone or run.before == world.zone), None)
        assert overwriter and (world.foreign_seen or "foreign" not in (run.before for run in world.runs)), (trail, world)
        assert world.foreign_seen, f"overwritten unseen after {trail}: {world}"


def test_all_interleavings():
    """Depth first over every state that two runs and two events at most can reach."""
    seen, ends = set(), 0
    stack = [(model.start("A", "B"), ())]
    while stack:
        world, events = stack.pop()
        if (world, events) in seen:
            continue
        seen.add((world, events))
        check_always(world)
        going = [run.name for run in world.runs if not model.has_ended(run)]
        for name in going:
            after = model.step(world, name)
            assert after.committed == world.committed or world.lock == name, "committed without the lock"
            stack.append((after, events))
        if len(events) < 2:
            stack += [(event(world), tuple(sorted((*events, name)))) for name, event in EVENTS.items()
                      if name not in events and (name[:4] != "kill" or name[5:] in going)]
        if not going:
            ends += 1
            check_end(world, events)
    assert len(seen) > 5000 and ends > 100


# ---- the real program against it

class Real:
    """One zone file, one journal, and runs that want different values."""

    def __init__(self, project, target):
        self.project, self.target = project, target
        target.base()
        target.setup(extra="allow_env: [WANTED]\n")
        project.zone(target.zone, "www: {A: \"${env('WANTED')}\"}\n")
        self.apply("old")
        self.points = self.log("A")
        self.steps = steps_done(self.points)
        self.apply("old")

    def log(self, name):
        self.project.environment["WANTED"] = VALUES[name]
        points = points_of(self.project, "apply", "--yes")
        del self.project.environment["WANTED"]
        return points

    def env(self, name):
        return {"WANTED": VALUES[name]}

    def apply(self, name):
        return self.project.expect(0, "apply", "--yes", env=self.env(name))

    def renew(self):
        if self.zone() != "old":
            self.apply("old")

    def zone(self):
        return next(name for name, value in VALUES.items() if self.target.has("www", "A", value))

    def halted(self, name, point):
        return Paused(self.project, ["apply", "--yes"], point, env=self.env(name))

    def is_refused(self, holder, point):
        """Whether a run that comes while `holder` halts there is refused at the lock."""
        return model.find(model.advance(model.start(holder), holder, self.steps[point]), holder).holds

    def states(self, count):
        """Of the zone in the newest runs, oldest of them first."""
        with sqlite3.connect(self.project.path(".rezone/state.db")) as journal:
            rows = journal.execute("SELECT state FROM runs LEFT JOIN run_zones ON run = runs.id "
                                   "ORDER BY runs.id DESC LIMIT ?", (count,)).fetchall()
        return [state for state, in reversed(rows)]


def steps_done(points):
    """{number of a fault point: how many steps of the model are done there}, for points outside of
    transactions and behind the plan. That a run has just the model's transactions is checked here."""
    assert points.count("journal.committed") == len(model.JOURNALED), \
        "a run has other transactions than support/run_model.py: bring the model up to date"
    found, number = {}, 0
    for at, name in enumerate(points, 1):
        if name == "journal.begin":
            done = model.STEPS.index(model.JOURNALED[number])
        elif name == "journal.committed":
            done = model.STEPS.index(model.JOURNALED[number]) + 1
            number += 1
        elif name.startswith("file."):
            done = model.STEPS.index("write") + (name != "file.written")
        else:
            continue
        if done >= model.STEPS.index("begin"):
            found[at] = done
    return found


def agree(real, world, results):
    """The same exit codes, zone, and states in the journal."""
    for name, result in results.items():
        assert result.code == model.exit_code(model.find(world, name)), f"{name}: {world}\n{result}"
    assert real.zone() == world.zone, world


@pytest.fixture
def real(project, file_target):
    return Real(project, file_target)


def some(schedules, count):
    schedules = list(schedules)
    return schedules if ALL else random.Random(8).sample(schedules, count)


def test_one_within_the_other(real):
    """A halts anywhere, B runs from beginning to end, A goes on."""
    for point in some(real.steps, 8):
        real.renew()
        first = real.halted("A", point)
        second = real.project.run("apply", "--yes", env=real.env("B"))
        results = {"A": first.finish(), "B": second}
        world = model.advance(model.start("A", "B"), "A", real.steps[point])
        agree(real, model.finish(model.finish(world, "B"), "A"), results)


def test_both_halt(real):
    """A halts, B halts, A ends, B ends."""
    for one, other in some([(one, other) for one in real.steps for other in real.steps], 10):
        real.renew()
        first = real.halted("A", one)
        second = real.halted("B", other)
        if second.halted and real.is_refused("A", one) and real.steps[other] > model.STEPS.index("lock"):
            # Behind its refusal it passes other points than a run by itself, and may hold a transaction
            # open there: not a halt that the model has.
            second.go_on()
            second.halted = False
        results = {"A": first.finish(), "B": second.finish()}
        world = model.advance(model.start("A", "B"), "A", real.steps[one])
        world = model.advance(world, "B", real.steps[other])
        agree(real, model.finish(model.finish(world, "A"), "B"), results)


def test_the_death_of_one(real):
    """A dies anywhere, B runs, then `recover`."""
    for point in some(real.steps, 6):
        real.renew()
        first = real.halted("A", point)
        first.child.send_signal(signal.SIGKILL)
        real.project.finish(first.child)
        result = real.project.run("apply", "--yes", env=real.env("B"))
        world = model.kill(model.advance(model.start("A", "B"), "A", real.steps[point]), "A")
        world = model.finish(world, "B")
        agree(real, world, {"B": result})
        real.project.expect(0, "recover", "--yes")
        world = model.recover(world)
        agree(real, world, {})
        states = {run.name: run.state for run in world.runs}
        found = set(real.states(3)) - {None, "committed"}
        assert not found & set(model.OPEN), (point, found)
        assert (states["A"] == "rolled_back") == ("rolled_back" in found), (point, world, found)


def test_a_foreign_writer(real):
    """Somebody else writes while A halts."""
    for point in some(real.steps, 6):
        real.renew()
        first = real.halted("A", point)
        real.target.put("www", "A", 3600, VALUES["foreign"])
        result = first.finish()
        world = model.advance(model.start("A"), "A", real.steps[point])
        world = model.finish(model.foreign_write(world), "A")
        agree(real, world, {"A": result})
        if result.code == 5:
            assert real.project.expect(3, "recover", "--yes").code == 3
            real.project.expect(0, "recover", "--yes", "--force")
