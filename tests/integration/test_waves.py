# SPDX-License-Identifier: GPL-3.0-or-later
"""apply.batch: canaries, waves, pauses; what is undone when a wave fails."""
import time

import pytest

CONFIG = """providers:
  files: {{kind: zonefile, directory: live, check: "./check ${{zone}}"}}
zones: {{"**": {{to: files}}}}
policy: {{max_changes: 100%, max_deletes: 100%}}
verify: {{dns: false}}
apply: {{{apply}}}
"""
NAMES = [f"z{number}.example" for number in range(6)]


def begin(project, apply, bad=()):
    """Six zones, of which `bad` cannot be written once they have changed."""
    project.write("rezone.yaml", CONFIG.format(apply=apply))
    project.write("check", "#!/bin/sh\ntest ! -e \"bad-$1\"\n", mode=0o755)
    for name in NAMES:
        project.zone(name, "www: {A: 192.0.2.1}")
    project.apply()
    for name in NAMES:
        project.zone(name, "www: {A: 192.0.2.2}")
    for name in bad:
        project.write(f"bad-{name}", "")
    return project


def new(project):
    return [name for name in NAMES if "192.0.2.2" in project.read(f"live/{name}.zone")]


@pytest.mark.threads
def test_all_waves_go_well(project):
    begin(project, "batch: {canary: 1, size: 50%}")
    project.apply()
    assert new(project) == NAMES


@pytest.mark.threads
@pytest.mark.parametrize("bad, done", [("z0.example", 0), ("z2.example", 1), ("z4.example", 3)])
def test_a_failed_wave_is_the_last(project, bad, done):
    begin(project, "batch: {canary: 1, size: 2}, concurrency: 1", [bad])
    result = project.run("apply", "--yes")
    assert result.code == 1, result
    # The others of the failing wave are proved for themselves; nothing of later waves was begun.
    first = {"z0.example": 0, "z2.example": 1, "z4.example": 3}[bad]
    wave = NAMES[first:first + (1 if first == 0 else 2)]
    assert new(project) == NAMES[:done] + [name for name in wave if name != bad]
    assert "not begun" in result.stderr
    runs = project.runs()
    assert runs[0]["status"] == "failed"


@pytest.mark.threads
def test_rollback_run_takes_earlier_waves_back(project):
    begin(project, "batch: {canary: 1, size: 2}, on_failure: rollback_run", ["z3.example"])
    result = project.run("apply", "--yes")
    assert result.code == 4, result
    assert new(project) == []
    states = {zone["zone"]: zone["state"]
              for zone in project.expect(0, "show", str(project.last_run()), "--format", "json").json["zones"]}
    assert states["z0.example"] == "rolled_back" and states["z3.example"] == "failed"
    assert "z5.example" not in states  # its wave was never begun
    assert project.expect(0, "recover").stdout.startswith("Nothing")


def test_pause(project):
    begin(project, "batch: {canary: 1, pause: 1s}")
    start = time.monotonic()
    project.apply()
    assert time.monotonic() - start >= 1
    assert new(project) == NAMES


def test_wrong_sizes(project):
    begin(project, "batch: {canary: 1}")
    for size in ("0", "101%", "x", "'0%'"):
        project.write("rezone.yaml", CONFIG.format(apply=f"batch: {{size: {size}}}"))
        result = project.expect(1, "plan")
        assert "size of a wave" in result.stderr and "RZ1006" in result.stderr


def test_zones_side_by_side(project):
    """As many zones at once as `concurrency` says, and no more."""
    project.write("check", "#!/bin/sh\necho begin >>$(dirname $0)/log; sleep 0.15; echo end >>$(dirname $0)/log\n", 0o755)
    for name in NAMES:
        project.zone(name, "www: {A: 192.0.2.1}\n")
    for at, wanted in enumerate((1, 3)):
        project.write("rezone.yaml", "providers:\n  live: {kind: zonefile, directory: live, "
                      f"check: [\"{project.path('check')}\"]}}\nzones: {{\"**\": {{to: live}}}}\n"
                      f"verify: {{dns: false}}\npolicy: {{max_changes: 100%}}\napply: {{concurrency: {wanted}}}\n")
        for name in NAMES:
            project.zone(name, f"www: {{A: 192.0.2.{at + 1}}}\n")
        project.expect(0, "apply", "--yes")
        running = most = 0
        for line in project.read("log").split():
            running += 1 if line == "begin" else -1
            most = max(most, running)
        assert most == wanted, project.read("log")
        project.remove("log")
