# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of `policy:` that hold for a moment, and what the journal keeps of --allow."""
import pytest

from support.project import SOA

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


RULES = CONFIG.replace("max_changes: 100%, max_deletes: 100%", "")
NS = SOA + "nameservers: [ns1.example.net., ns2.example.net.]\n"
MANY = "".join(f"h{n}: {{A: 192.0.2.{n}}}\n" for n in range(1, 13))


def moved(count):
    return MANY.replace("192.0.2.", "198.51.100.", count)


# rule, its setting, the zone's head and records afterwards, what the refusal says
BROKEN = [
    ("max-changes", "max_changes: 3", NS, moved(4), "4 of 14 live RRsets would be changed or deleted; at most 3 may"),
    ("max-changes", "", NS, moved(5), "at most 30% may"),
    ("max-deletes", "max_deletes: 1, max_changes: 100%", NS, "".join(MANY.splitlines(True)[2:]), "2 of 14"),
    ("max-run-changes", "max_run_changes: 2, max_changes: 100%", NS, moved(3), "3 live RRsets of this run"),
    ("max-run-deletes", "max_run_deletes: 0, max_deletes: 100%, max_changes: 100%", NS, "".join(MANY.splitlines(True)[1:]),
     "1 live RRsets of this run would be deleted"),
    ("protect", "protect: [\"h1 *\"]", NS, moved(1), "h1 A is protected and would change, zones/example.com.yaml:"),
    ("protect", "", SOA + "nameservers: [ns1.example.net., ns3.example.net.]\n", MANY, "@ NS is protected"),
    ("apex-ns", "protect: []", SOA + "nameservers: [ns1.example.net.]\n", MANY, "fewer than two name servers"),
    ("empty-zone", "max_changes: 100%, max_deletes: 100%, protect: []", None, "", "the files leave nothing of the zone"),
]


@pytest.mark.parametrize("rule, setting, head, after, says", BROKEN,
                         ids=[f"{rule}-{n}" for n, (rule, *_) in enumerate(BROKEN)])
def test_each_rule_is_named_and_can_be_allowed(project, rule, setting, head, after, says):
    """Refused with exit code 3, the rule, the lines and the flag; with the flag done, and recorded."""
    project.write("rezone.yaml", RULES.format(policy=""))
    project.zone(ZONE, MANY, NS)
    project.apply()
    before = project.read(f"live/{ZONE}.zone")
    project.write("rezone.yaml", RULES.format(policy=setting))
    if head is None:
        project.write(f"zones/{ZONE}.yaml", "records: {}\n")
    else:
        project.zone(ZONE, after, head)
    planned = project.plan(3)
    assert rule in {finding["rule"] for zone in planned["zones"] for finding in zone["findings"]}
    refused = project.expect(3, "apply", "--yes")
    assert f"policy {rule}: " in refused.stderr and f"--allow {rule}" in refused.stderr and says in refused.stderr
    assert project.read(f"live/{ZONE}.zone") == before
    broken = {finding["rule"] for zone in planned["zones"] for finding in zone["findings"]}
    project.expect(0, "apply", "--yes", *[word for name in sorted(broken) for word in ("--allow", name)])
    assert f"--allow {rule}" in project.runs()[0]["flags"]
    # Nothing but the flags that were needed is recorded.
    assert project.runs()[0]["flags"].count("--allow") == len(broken)


@pytest.mark.parametrize("left", ["", "mail: {TXT: stays}\n"], ids=["nothing", "text"])
def test_dangling(project, left):
    """An address that a record of this or another zone of the plan still points at is not deleted by the way."""
    project.write("rezone.yaml", RULES.format(policy="max_changes: 100%, max_deletes: 100%"))
    project.zone(ZONE, "mail: {A: 192.0.2.25}\nwww: {A: 192.0.2.1}\n", NS)
    project.zone("other.example", f'"@": {{MX: 10 mail.{ZONE}.}}\nx: {{A: 192.0.2.2}}\n', NS)
    project.apply()
    project.zone(ZONE, left + "www: {A: 192.0.2.1}\n", NS)
    refused = project.expect(3, "apply", "--yes")
    assert "policy dangling: mail A would be deleted while @ MX of other.example still points at it" in refused.stderr
    assert "192.0.2.25" in project.read(f"live/{ZONE}.zone")
    # An address that stays, or both at once, is fine, and so is a yes.
    project.zone(ZONE, "mail: {AAAA: \"2001:db8::25\"}\nwww: {A: 192.0.2.1}\n", NS)
    project.expect(2, "plan")
    project.zone(ZONE, left + "www: {A: 192.0.2.1}\n", NS)
    project.zone("other.example", f'"@": {{MX: 10 www.{ZONE}.}}\nx: {{A: 192.0.2.2}}\n', NS)
    project.expect(2, "plan")
    project.zone("other.example", f'"@": {{MX: 10 mail.{ZONE}.}}\nx: {{A: 192.0.2.2}}\n', NS)
    project.expect(0, "apply", "--yes", "--allow", "dangling")
    assert project.runs()[0]["flags"] == "--allow dangling"
