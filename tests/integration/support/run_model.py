# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of runs at one zone: what each step of a run reads and writes of zone, lock and journal, as
reconciler/transact/forward.c and reconciler/journal/journal_zone.c have it. test_run_model.py walks all
interleavings of it, and holds it against the real program."""
import collections

# Steps of one run, in their order. Those in JOURNALED are one transaction of the journal each.
STEPS = ("plan", "open", "begin", "lock", "locked", "refetch", "intent", "sent", "write", "done",
         "verifying", "readback", "committed", "unlock", "end")
JOURNALED = tuple(step for step in STEPS if step not in ("plan", "refetch", "write", "readback"))
OPEN = ("locked", "applying", "verifying", "rolling_back", "unknown")
EXITS = {"committed": 0, "refused": 3, "failed": 3, "unknown": 5, "lost": 5}

# at: index into STEPS, len(STEPS) when it has ended. state: of its zone in the journal. ending: why it
# only unlocks and ends. wrote: whether the zone was ever changed by it.
Run = collections.namedtuple("Run", "name at state before revision alive holds ending wrote")
# lock: name of the run that has it. committed: names in the order of their commits.
World = collections.namedtuple("World", "zone revision lock runs committed foreign_seen")


def start(*names):
    runs = tuple(Run(name, 0, None, None, None, True, False, None, False) for name in names)
    return World("old", 0, None, runs, (), None)


def find(world, name):
    return next(run for run in world.runs if run.name == name)


def put(world, run, **more):
    return world._replace(runs=tuple(run if one.name == run.name else one for one in world.runs), **more)


def has_ended(run):
    return run.at >= len(STEPS) or not run.alive


def give_up(run, why, state):
    """What is left is to unlock and to write the end of the run."""
    return run._replace(at=STEPS.index("unlock"), ending=why, state=state)


def plan(world, run):
    seen = run.name if world.zone == "foreign" else world.foreign_seen
    return put(world, run._replace(before=world.zone, at=run.at + 1), foreign_seen=seen)


def lock(world, run):
    others = [one for one in world.runs if one.name != run.name]
    if world.lock and find(world, world.lock).alive and world.lock != run.name:
        return put(world, give_up(run, "refused", run.state))
    for other in others:  # killed before anything was sent: nothing to mend
        if not other.alive and other.state == "locked":
            world = put(world, other._replace(state="failed"))
    if any(find(world, other.name).state in OPEN for other in others):
        return put(world, give_up(run, "refused", run.state))
    return put(world, run._replace(state="locked", holds=True, at=run.at + 1), lock=run.name)


def refetch(world, run):
    if world.zone != run.before:
        return put(world, give_up(run, "failed", "failed"))
    return put(world, run._replace(revision=world.revision, at=run.at + 1))


def write(world, run):
    """Conditional on the revision that was read."""
    if world.revision != run.revision:
        return put(world, give_up(run, "failed", "failed"))
    return put(world, run._replace(at=run.at + 1, wrote=True), zone=run.name, revision=world.revision + 1)


def readback(world, run):
    if world.zone != run.name:  # somebody else's now: nothing of ours to take back, and no proof of old
        return put(world, give_up(run, "unknown", "unknown"))
    return put(world, run._replace(at=run.at + 1))


def commit(world, run):
    return put(world, run._replace(state="committed", ending="committed", at=run.at + 1),
               committed=world.committed + (run.name,))


def is_fenced(step):
    return step in ("locked", "intent", "sent", "done", "verifying", "committed")


def step(world, name):
    """The world after the next step of a run."""
    run = find(world, name)
    what = STEPS[run.at]
    if is_fenced(what) and world.lock != name:  # its lock was broken
        return put(world, give_up(run, "lost" if run.state in ("applying", "verifying") else "refused", run.state))
    acts = {"plan": plan, "lock": lock, "refetch": refetch, "write": write, "readback": readback, "committed": commit}
    if what in acts:
        return acts[what](world, run)
    states = {"locked": "locked", "intent": "applying", "verifying": "verifying"}
    if what == "unlock":
        return put(world, run._replace(at=run.at + 1, holds=False), lock=None if world.lock == name else world.lock)
    return put(world, run._replace(at=run.at + 1, state=states.get(what, run.state)))


def finish(world, name):
    while not has_ended(find(world, name)):
        world = step(world, name)
    return world


def advance(world, name, count):
    """Until `count` steps are done, or its end."""
    while find(world, name).at < count and not has_ended(find(world, name)):
        world = step(world, name)
    return world


def kill(world, name):
    return put(world, find(world, name)._replace(alive=False))


def foreign_write(world):
    return world._replace(zone="foreign", revision=world.revision + 1, foreign_seen=None)


def break_lock(world):
    """`unlock --force`."""
    return world._replace(lock=None)


def recover(world):
    """What `recover` does with the dead: the zone is put back where it is theirs; refused where it is
    somebody else's."""
    for run in world.runs:
        if run.state not in OPEN or (run.alive and run.at < len(STEPS)):
            continue
        if run.state == "locked" or world.zone == run.before:
            world = put(world, run._replace(state="rolled_back" if run.state != "locked" else "failed"))
        elif world.zone == run.name:
            world = put(world, run._replace(state="rolled_back"), zone=run.before, revision=world.revision + 1)
    return world


def exit_code(run):
    return EXITS[run.ending]
