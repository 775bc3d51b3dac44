# SPDX-License-Identifier: GPL-3.0-or-later
"""A run killed (SIGKILL) at every fault point: at each write of the journal and each request sent or
answered. `recover` then leaves the zone exactly old, and `recover --forward` exactly new, and the
journal says which. Needs a build with RZ_FAULT_POINTS."""
import os
import signal

import pytest

OLD = """www: {A: [192.0.2.1, 192.0.2.2]}
mail: {MX: ["10 mx.example.net."]}
gone: {TXT: [to be deleted]}
swap: {CNAME: www}
"""
NEW = """www: {A: [192.0.2.3], ttl: 300}
mail: {MX: ["20 mx.example.net."]}
fresh: {AAAA: ["2001:db8::1"]}
swap: {A: [192.0.2.9]}
"""
ENDED = ("committed", "rolled_back", "failed")
# Every point is a death; 2 leaves out each second one, for a quick look or under sanitizers.
STEP = int(os.environ.get("REZONE_CRASH_STEP", "1"))


def points(log):
    """The fault points passed, without those before the run began (planning)."""
    names = log.read_text().split()
    log.unlink()
    return names


class Crash:
    """One zone that is moved between two contents, with a death on the way."""

    def __init__(self, project, target):
        self.project, self.target = project, target
        self.contents = {}
        target.setup()
        for name, records in (("old", OLD), ("new", NEW)):
            self.files(records)
            project.apply()
            self.contents[name] = target.fetch()
        assert self.contents["old"] != self.contents["new"]
        self.now = "new"

    def files(self, records):
        self.project.zone(self.target.zone, records)

    def other(self):
        return "old" if self.now == "new" else "new"

    def log(self, *args):
        """The points that a whole run passes, which also moves the zone."""
        path = self.project.path("points.log")
        self.files(OLD if self.now == "new" else NEW)
        self.project.expect(0, *args, env={"REZONE_FAULT_LOG": str(path)})
        self.now = self.other()
        if not path.exists():
            pytest.skip("this build has no fault points")
        return points(path)

    def killed(self, number, *args):
        result = self.project.run(*args, env={"REZONE_FAULT": f"*:{number}"})
        assert result.code == -signal.SIGKILL, result
        return result

    def is_at(self, name):
        return self.target.fetch() == self.contents[name]

    def check_journal(self):
        """Nothing is open; every zone of every run has ended."""
        assert all(run["status"] in ENDED for run in self.project.runs())
        assert self.project.expect(0, "recover").stdout.startswith("Nothing to recover")
        assert self.project.expect(0, "unlock", "--format", "json").json == []

    def state_of(self, run):
        zones = self.project.expect(0, "show", str(run), "--format", "json").json["zones"]
        return zones[0]["state"] if zones else None

    def die_and_recover(self, number, forward):
        wanted, was = self.other(), self.now
        self.files(OLD if wanted == "old" else NEW)
        before = {run["run"] for run in self.project.runs()}
        self.killed(number, "apply", "--yes")
        begun = sorted({run["run"] for run in self.project.runs()} - before)
        options = ["--forward"] if forward else []
        recovered = self.project.expect(0, "recover", "--yes", "--format", "json", *options).json
        if not begun:  # died before the journal knew of it
            assert self.is_at(was)
            return
        state = self.state_of(begun[0])
        assert state in (None, *ENDED), state
        if state == "committed":
            assert self.is_at(wanted), f"committed, but not {wanted}"
            self.now = wanted
        else:
            assert self.is_at(was), f"{state}, but not {was}"
        for zone in recovered["zones"]:
            assert zone["found"] in ("old", "new", "mixed") and zone["state"] != "open"
            assert zone["state"] == state == ("committed" if forward else "rolled_back")
        self.check_journal()


@pytest.fixture(autouse=True)
def servers_are_near(project):
    """A hundred deaths: what was in flight is carried out at once here, so that little waiting will do."""
    project.environment["REZONE_FAULT_FLIGHT_MS"] = "300"


def ready(project, target):
    if hasattr(target, "base"):
        target.base()
    return Crash(project, target)


@pytest.mark.parametrize("forward", [False, True], ids=["back", "forward"])
def test_killed_apply(project, target, forward):
    crash = ready(project, target)
    passed = crash.log("apply", "--yes")
    assert "journal.committed" in passed
    for number in range(1, len(passed) + 1, STEP):
        crash.die_and_recover(number, forward)


def test_killed_recovery(project, file_target):
    """A recovery that is killed too is taken up by the next."""
    crash = ready(project, file_target)
    passed = crash.log("apply", "--yes")
    middle = passed.index("file.renamed") + 1
    crash.files(OLD if crash.now == "new" else NEW)
    was = crash.now
    crash.killed(middle, "apply", "--yes")
    for number in range(1, 200):
        result = project.run("recover", "--yes", env={"REZONE_FAULT": f"*:{number}"})
        if result.code == 0:
            break
        assert result.code == -signal.SIGKILL, result
    assert number > 10
    project.expect(0, "recover", "--yes")
    assert crash.is_at(was)
    crash.check_journal()


def test_killed_rollback(project, file_target):
    """The zone is as the rollback found it, or as it wanted it; never between."""
    crash = ready(project, file_target)
    first = project.last_run()
    passed = crash.log("rollback", "--yes", str(first))
    # Moved back to "old" by it; forward again for each death.
    for number in range(1, len(passed) + 1, 3):
        crash.files(OLD if crash.now == "new" else NEW)
        project.apply()
        crash.now = crash.other()
        run, was = project.last_run(), crash.now
        crash.killed(number, "rollback", "--yes", str(run))
        project.expect(0, "recover", "--yes")
        undone = crash.state_of(run) == "rolled_back"
        assert crash.is_at(crash.other() if undone else was)
        crash.now = crash.other() if undone else was
        crash.check_journal()


def test_created_zone(project, file_target):
    """A zone that a killed run made is removed, or finished."""
    target = file_target
    target.setup()
    path = project.path("points.log")
    project.zone(target.zone, OLD)
    project.expect(0, "apply", "--yes", env={"REZONE_FAULT_LOG": str(path)})
    if not path.exists():
        pytest.skip("this build has no fault points")
    whole, passed = target.fetch(), points(path)
    assert "file.linked" in passed
    for forward in (False, True):
        for number in range(1, len(passed) + 1, min(STEP, 3)):
            if target.file.exists():
                project.expect(0, "zone", "delete", "--yes", "--provider", "live", target.zone)
            result = project.run("apply", "--yes", env={"REZONE_FAULT": f"*:{number}"})
            if result.code == 0:  # the first run also made the journal
                break
            assert result.code == -signal.SIGKILL, result
            found = project.expect(0, "recover", "--yes", "--format", "json",
                                   *(["--forward"] if forward else [])).json["zones"]
            exists = target.file.exists()
            assert not exists or target.fetch() == whole
            if found:
                assert exists == forward
            project.expect(0, "recover")


@pytest.mark.parametrize("forward", [False, True], ids=["back", "forward"])
def test_mixed(project, live_target, forward):
    """Killed between two batches: a part of the changes is there, and is taken away or completed."""
    point = "http.send" if live_target.kind == "powerdns" else "dns.update"
    many = "".join(f"t{number}: {{TXT: [{'x' * 200}-IS]}}\n" for number in range(300))
    options = {"body_limit": "200k"} if live_target.kind == "powerdns" else {}
    if hasattr(live_target, "base"):
        live_target.base()
    live_target.setup(**options)
    contents = {}
    for name in ("old", "new"):
        project.zone(live_target.zone, many.replace("IS", name))
        project.apply()
        contents[name] = live_target.fetch()
    found = set()
    for number in range(1, 40, min(STEP, 3)):
        project.zone(live_target.zone, many.replace("IS", "old"))
        result = project.run("apply", "--yes", env={"REZONE_FAULT": f"{point}:{number}"})
        if result.code == 0:
            break
        assert result.code == -signal.SIGKILL, result
        zones = project.expect(0, "recover", "--yes", "--format", "json",
                               *(["--forward"] if forward else [])).json["zones"]
        found |= {zone["found"] for zone in zones}
        if zones:
            assert live_target.fetch() == contents["old" if forward else "new"]
        if live_target.fetch() != contents["new"]:
            project.zone(live_target.zone, many.replace("IS", "new"))
            project.apply()
    if number == 1:
        pytest.skip("this build has no fault points")
    assert "mixed" in found and "old" in found


def test_state_none(project, file_target):
    """Without a journal the intent of the killed run is enough."""
    file_target.base()
    file_target.setup(extra="state: none\n")
    project.zone(file_target.zone, OLD)
    project.apply()
    old = file_target.fetch()
    assert not project.exists(".rezone/intent.db")
    project.zone(file_target.zone, NEW)
    result = project.run("apply", "--yes", env={"REZONE_FAULT": "file.renamed:1"})
    if result.code == 0:
        pytest.skip("this build has no fault points")
    assert file_target.fetch() != old
    assert project.exists(".rezone/intent.db")
    project.zone(file_target.zone, OLD.replace("192.0.2.1", "192.0.2.77"))
    refused = project.expect(3, "apply", "--yes")
    assert "rezone recover" in refused.text
    project.expect(0, "recover", "--yes")
    assert file_target.fetch() == old
    assert not project.exists(".rezone/intent.db")


def test_somebody_else_came_between(project, file_target):
    """What others changed since the death is not overwritten, unless that is asked for."""
    crash = ready(project, file_target)
    crash.files(OLD)
    result = project.run("apply", "--yes", env={"REZONE_FAULT": "file.renamed:1"})
    if result.code == 0:
        pytest.skip("this build has no fault points")
    file_target.put("www", "A", 60, "192.0.2.200")
    refused = project.expect(3, "recover", "--yes")
    assert "www A was changed" in refused.text and "--force" in refused.text
    assert file_target.has("www", "A", "192.0.2.200")
    project.expect(0, "recover", "--yes", "--force")
    assert crash.is_at("new")


