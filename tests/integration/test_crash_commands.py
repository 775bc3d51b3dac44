# SPDX-License-Identifier: GPL-3.0-or-later
"""The crash matrix of what else changes zones: `record`, `zone create|delete`, rollback and recover at
every kind of target, waves of several zones, and the way back of a run that fails verification. Needs a
build with RZ_FAULT_POINTS. REZONE_CRASH=all has every point, where by default each target has some."""
import os
import signal
import sqlite3

import pytest

from support.pause import points_of
from test_crash_matrix import ENDED, NEW, OLD, servers_are_near  # noqa: F401

ALL = os.environ.get("REZONE_CRASH") == "all"


def numbers(count, target, few=3):
    """Which of the points: all, or `few` that differ from one kind of target to the next."""
    step = 1 if ALL else max(1, count // few)
    first = 1 if ALL else 1 + len(target.kind) * 3 % step
    return range(first, count + 1, step)


def states(project):
    with sqlite3.connect(project.path(".rezone/state.db")) as journal:
        return {state for state, in journal.execute(
            "SELECT status FROM runs UNION SELECT state FROM run_zones")}


def die(project, number, *args):
    result = project.run(*args, env={"REZONE_FAULT": f"*:{number}"})
    assert result.code == -signal.SIGKILL, result


def recovered(project, *options, code=0):
    found = project.expect(code, "recover", "--yes", "--format", "json", *options).json["zones"]
    assert states(project) <= set(ENDED), states(project)
    return found


def begin(target, records=OLD):
    if hasattr(target, "base"):
        target.base()
    target.setup()
    target.project.zone(target.zone, records)
    target.project.apply()
    return target.project


def matrix(target, args, renew, few=3, before=None, after=None):
    """Kills the command at its points; the zone is as before or as after it, and the journal says so."""
    project = target.project
    old = target.fetch() if before is None else before
    points_of(project, *args)  # the first also makes the journal, which the others do not
    new = target.fetch() if after is None else after
    renew()
    points = points_of(project, *args)
    assert old != new and len(points) > 10
    for number in numbers(len(points), target, few):
        renew()
        assert target.fetch() == old
        die(project, number, *args)
        found = recovered(project)
        live = target.fetch()
        assert live in (old, new), f"point {number}, {points[number - 1]}: neither old nor new"
        assert not found or live == old, f"point {number}: {found}"


def test_record_command(target):
    project = begin(target)
    restore = ["record", "update", f"mail.{target.zone}", "MX", "10 mx.example.net.", "--yes"]
    change = ["record", "update", f"mail.{target.zone}", "MX", "30 other.example.net.", "--yes"]

    def renew():
        if target.has("mail", "MX", "30 other.example.net."):
            project.expect(0, *restore)
    matrix(target, change, renew)


def test_rollback(target):
    """Of a run that went well; killed, it leaves what it found or what it wanted."""
    project = begin(target)
    project.zone(target.zone, NEW)
    project.apply()
    new = target.fetch()
    points = points_of(project, "rollback", project.last_run(), "--yes")
    old = target.fetch()
    for number in numbers(len(points), target):
        if target.fetch() == old:
            project.apply()
            run = project.last_run()
        assert target.fetch() == new
        die(project, number, "rollback", run, "--yes")
        recovered(project)
        assert target.fetch() in (old, new)


def test_recover(target):
    """A recovery that is killed is taken up by the next."""
    project = begin(target)
    old = target.fetch()
    project.zone(target.zone, NEW)
    sent = {"zonefile": "file.renamed", "powerdns": "http.answered", "bind": "dns.updated", "knot": "dns.updated"}
    points = points_of(project, "apply", "--yes")
    new = target.fetch()
    last = len(points) - points[::-1].index(sent[target.kind])
    for number in numbers(30, target):
        if target.fetch() == new:
            project.zone(target.zone, OLD)
            project.apply()
        project.zone(target.zone, NEW)
        die(project, last, "apply", "--yes")
        result = project.run("recover", "--yes", env={"REZONE_FAULT": f"*:{number}"})
        assert result.code in (0, -signal.SIGKILL), result
        recovered(project)
        assert target.fetch() == old


@pytest.mark.parametrize("kind", ["zonefile", "powerdns"])
def test_zone_commands(kind, request, project):
    """Zones made and deleted; those over RFC 2136 cannot be."""
    target = request.getfixturevalue("file_target" if kind == "zonefile" else "pdns_target")
    target.setup()
    project.zone(target.zone, OLD)
    create = ["zone", "create", target.zone, "--yes"]
    delete = ["zone", "delete", target.zone, "--provider", "live", "--yes"]

    def gone():
        if target.fetch():
            project.expect(0, *delete)

    def there():
        if not target.fetch():
            project.expect(0, *create)
    matrix(target, create, gone)
    there()
    matrix(target, delete, there)


def test_waves(project, file_target):
    """Three zones in waves: each old or new, and the journal says which."""
    file_target.setup(extra="apply: {concurrency: 1, batch: {canary: 1, size: 1}}\n")
    zones = ["a.example", "b.example", "c.example"]

    def write(records):
        for zone in zones:
            project.zone(zone, records)

    def live():
        return [project.read(f"live/{zone}.zone").count("192.0.2.9") for zone in zones]
    write(OLD)
    project.apply()
    write(NEW)
    points = points_of(project, "apply", "--yes")
    assert points.count("file.renamed") == 3 and live() == [1, 1, 1]
    for number in numbers(len(points), file_target, 6):
        write(OLD)
        project.apply()
        write(NEW)
        die(project, number, "apply", "--yes")
        recovered(project)
        with sqlite3.connect(project.path(".rezone/state.db")) as journal:
            last, = journal.execute("SELECT max(id) FROM runs WHERE command = 'apply'").fetchone()
            committed = {zone for zone, in journal.execute(
                "SELECT zone FROM run_zones WHERE run = ? AND state = 'committed'", (last,))}
        # A run that died before it began has no row: the last is the one that wrote OLD.
        begun = number > points.index("journal.committed", 3) + 1
        assert live() == [int(begun and zone in committed) for zone in zones], (number, committed)
        project.expect(0, "recover")


def test_way_back(target):
    """Verification fails, the run undoes itself and dies on the way."""
    project = begin(target)
    old = target.fetch()
    target.setup(servers='["127.0.0.1:1"]', extra="verify: {timeout: 1s}\n")
    project.zone(target.zone, NEW)
    points = points_of(project, "apply", "--yes", code=4)
    assert target.fetch() == old
    first = len(points) // 2
    for number in range(first, len(points) + 1) if ALL else (first + len(target.kind) % 5, len(points) - 4):
        die(project, number, "apply", "--yes")
        target.setup()
        recovered(project)
        assert target.fetch() == old
        target.setup(servers='["127.0.0.1:1"]', extra="verify: {timeout: 1s}\n")
