# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of `policy:` that hold for a moment, and what the journal keeps of --allow."""
import pytest

CONFIG = """providers:
  files: {{kind: zonefile, directory: live}}
zones: {{"**": {{to: files}}}}
policy: {{max_changes: 100%, max_deletes: 100%{policy}}}
verify: {{dns: false}}
"""
ZONE = "example.com"


def begin(project, policy, before="www: {A: 192.0.2.1}", after="www: {A: 192.0.2.2}"):
    project.write("rezone.yaml", CONFIG.format(policy=""))
    project.zone(ZONE, before)
    project.apply()
    project.zone(ZONE, after)
    project.write("rezone.yaml", CONFIG.format(policy=policy))
    return project


def test_freeze(project):
    """A plan can be made and reviewed in a freeze, not applied; undoing is never frozen."""
    begin(project, ', freeze: ["1999-12-24..1999-12-31", "00:00..24:00"]')
    planned = project.expect(2, "plan", "-o", "plan.json")
    assert "freeze" in planned.stderr and "note" in planned.stderr
    for arguments in (["apply", "--yes"], ["apply", "plan.json"]):
        refused = project.expect(3, *arguments)
        assert "RZ4002" in refused.stderr and "--allow freeze" in refused.stderr
    assert "192.0.2.1" in project.read(f"live/{ZONE}.zone")
    project.expect(0, "apply", "plan.json", "--allow", "freeze")
    assert project.runs()[0]["flags"] == "--allow freeze"
    project.expect(0, "rollback", str(project.last_run()), "--yes")
    project.expect(3, "record", "delete", f"www.{ZONE}", "A", "--yes")
    project.expect(3, "zone", "delete", ZONE, "--provider", "files", "--yes")
    assert "192.0.2.1" in project.read(f"live/{ZONE}.zone")


def test_past_freeze(project):
    begin(project, ', freeze: "1999-12-24..1999-12-31"')
    project.apply()


@pytest.mark.parametrize("text", ["Friday", "2026-13-01..2026-13-02", "10:00..10:00"])
def test_wrong_freeze(project, text):
    begin(project, f', freeze: ["{text}"]')
    result = project.expect(1, "plan")
    assert "RZ4003" in result.stderr and "rezone.yaml:" in result.stderr and "hint:" in result.stderr


def test_ttl_rise(project):
    """New records and a longer TTL together on a protected set need their own yes."""
    begin(project, ', protect: ["www A"]', "www: {A: 192.0.2.1, ttl: 300}", "www: {A: 192.0.2.2, ttl: 3600}")
    refused = project.expect(3, "apply", "--yes", "--allow", "protect")
    assert "ttl-rise" in refused.stderr
    project.zone(ZONE, "www: {A: 192.0.2.2, ttl: 60}")
    project.expect(2, "plan", "--allow", "protect")
    project.zone(ZONE, "www: {A: 192.0.2.1, ttl: 3600}")
    project.expect(2, "plan", "--allow", "protect")
    project.zone(ZONE, "www: {A: 192.0.2.2, ttl: 3600}")
    project.expect(0, "apply", "--yes", "--allow", "protect", "--allow", "ttl-rise")
    assert project.runs()[0]["flags"] == "--allow protect --allow ttl-rise"


def test_what_the_plan_allowed_is_recorded(project):
    """Also where the flag was given when the plan was made, not when it was applied."""
    begin(project, ', protect: ["www A"]')
    project.expect(2, "plan", "-o", "plan.json", "--allow", "protect")
    project.expect(0, "apply", "plan.json")
    assert project.runs()[0]["flags"] == "--allow protect"
    assert "with --allow protect\n" in project.expect(0, "show", str(project.last_run())).stdout
