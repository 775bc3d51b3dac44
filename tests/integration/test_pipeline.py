# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job on every provider: plan, apply, verify, edit by hand, repair, roll back."""
import pytest

FIRST = """\
"@":
  A: 192.0.2.1
  MX: 10 mail
  TXT: v=spf1 mx -all
www: {CNAME: "@"}
mail: {A: [192.0.2.25, 192.0.2.26], AAAA: "2001:db8::25"}
"*.dev": {A: 192.0.2.99}
lab: {NS: [ns.lab, ns.example.org.], DS: 12345 13 2 3490A6806D47F17A34C29E2CE80E8A999FFBE4BE94A5A8F3BE4A8E9B1B3D2F67}
ns.lab: {A: 192.0.2.53}
"""
SECOND = """\
"@":
  A: 192.0.2.2
  MX: 10 mail
  TXT: v=spf1 mx -all
www: {ttl: 5m, A: 192.0.2.80}
mail: {A: [192.0.2.25, 192.0.2.27], AAAA: "2001:db8::25"}
new: {SRV: 0 1 587 mail}
lab: {NS: [ns.lab, ns.example.org.], DS: 12345 13 2 3490A6806D47F17A34C29E2CE80E8A999FFBE4BE94A5A8F3BE4A8E9B1B3D2F67}
ns.lab: {A: 192.0.2.53}
"""


def begin(target):
    target.base()
    target.setup()
    target.project.zone(target.zone, FIRST)
    return target.project


def test_plan_apply_verify(target):
    project = begin(target)
    before = target.fetch()
    result = project.expect(2, "plan")
    assert "www" in result.stdout and "192.0.2.25" in result.stdout
    assert target.fetch() == before, "plan must change nothing"
    result = project.apply()
    assert "committed" in result.stdout
    assert target.has("www", "CNAME", f"{target.zone}.", ttl=3600)
    assert target.has("mail", "A", "192.0.2.25", "192.0.2.26")
    assert target.has("*.dev", "A", "192.0.2.99")
    assert target.has("@", "MX", f"10 mail.{target.zone}.")
    assert project.changes() == {}
    result = project.expect(0, "verify")
    assert "as the files say" in result.stdout
    if target.serves_dns:
        assert "answers from 1 server" in result.stdout
    assert "nothing" in project.apply().text.lower()


def test_changes_and_rollback(target):
    project = begin(target)
    project.apply()
    first = target.fetch()
    project.zone(target.zone, SECOND)
    assert project.changes() == {
        (target.absolute("@"), "A"): "update", (target.absolute("www"), "CNAME"): "delete",
        (target.absolute("www"), "A"): "create", (target.absolute("mail"), "A"): "update",
        (target.absolute("new"), "SRV"): "create", (target.absolute("*.dev"), "A"): "delete"}
    project.apply()
    second = target.fetch()
    assert target.has("www", "A", "192.0.2.80", ttl=300)
    assert target.get("www", "CNAME") is None and target.get("*.dev", "A") is None
    assert project.changes() == {}
    run = project.last_run()
    project.expect(0, "rollback", run, "--yes")
    assert target.fetch() == first
    assert project.changes() != {}
    # What was undone cannot be undone again; the rollback itself can.
    project.expect(0, "rollback", run, "--yes")
    assert target.fetch() == first
    project.expect(0, "rollback", project.last_run(), "--yes")
    assert target.fetch() == second


def test_edit_by_hand_is_found_and_repaired(target):
    project = begin(target)
    project.apply()
    good = target.fetch()
    target.put("mail", "AAAA", 60, "2001:db8::bad")
    target.put("intruder", "A", 60, "192.0.2.66")
    assert project.changes() == {(target.absolute("mail"), "AAAA"): "update",
                                 (target.absolute("intruder"), "A"): "delete"}
    result = project.expect(2, "verify")
    assert "intruder" in result.stderr and "mail" in result.stderr
    project.apply()
    assert target.fetch() == good


def test_rollback_leaves_what_others_changed(target):
    project = begin(target)
    project.apply()
    project.zone(target.zone, SECOND)
    project.apply()
    run = project.last_run()
    target.put("new", "SRV", 60, "9 9 9 other.example.")
    edited = target.fetch()
    result = project.expect(3, "rollback", run, "--yes")
    assert "new SRV" in result.stderr and "--force" in result.stderr
    assert target.fetch() == edited
    project.expect(0, "rollback", run, "--yes", "--force")
    assert target.get("new", "SRV") is None
    assert target.has("www", "CNAME", f"{target.zone}.")


def test_history_and_show(target):
    project = begin(target)
    project.apply()
    project.zone(target.zone, SECOND)
    project.apply()
    runs = project.runs()
    assert [run["status"] for run in runs] == ["committed", "committed"]
    assert runs[0]["actor"] == "tester" and runs[0]["run"] > runs[1]["run"]
    shown = project.expect(0, "show", runs[0]["run"], "--format", "json").json
    changed = {(c["owner"], c["type"]): c for c in shown["changes"]}
    assert shown["zones"][0]["state"] == "committed"
    www = changed[f"www.{target.zone}", "CNAME"]
    assert www["action"] == "delete" and target.zone in www["before"] and www["after"] is None
    lines = project.expect(0, "history", f"mail.{target.zone}", "A", "--format", "json").json
    assert [line["action"] for line in lines] == ["update", "create"]
    assert "192.0.2.27" in lines[0]["after"] and "192.0.2.26" in lines[0]["before"]
    text = project.expect(0, "show", runs[0]["run"]).stdout
    assert "192.0.2.80" in text and "www" in text


@pytest.mark.parametrize("kind", ["create", "delete"])
def test_zone_create_and_delete(pdns_target, kind):
    project = pdns_target.setup()
    project.zone(pdns_target.zone, FIRST)
    project.expect(0, "zone", "create", pdns_target.zone, "--yes")
    assert pdns_target.get("@", "NS") and pdns_target.get("www", "CNAME") is None
    if kind == "create":
        return
    project.apply()
    full = pdns_target.fetch()
    project.expect(0, "zone", "delete", pdns_target.zone, "--provider", "live", "--yes")
    assert pdns_target.fetch() == {}
    project.expect(0, "rollback", project.last_run(), "--yes")
    assert pdns_target.fetch() == full


def test_updates_cannot_create_zones(update_target):
    """What a provider cannot do is said before anything is tried."""
    project = update_target.setup()
    project.zone("absent.example", FIRST)
    result = project.run("apply", "--yes")
    assert result.code == 1 and "absent.example" in result.stderr


@pytest.mark.threads
def test_many_zones_at_one_server(live_target):
    """Several zones at a time over one provider: planned, applied, verified, found unchanged."""
    project = live_target.setup("apply: {concurrency: 8}\n")
    targets = [live_target] + [type(live_target)(live_target.server, next(live_target.server.free), project)
                               for _ in range(7)]
    for each in targets:
        each.base()
        project.zone(each.zone, FIRST)
    result = project.expect(0, "apply", "--yes", "-j", "4", "--format", "json")
    assert result.json["summary"]["committed"] == 8
    for each in targets:
        assert each.has("mail", "A", "192.0.2.25", "192.0.2.26")
        project.zone(each.zone, SECOND)
    project.expect(0, "apply", "--yes", "-j", "4")
    assert project.changes("-j", "4") == {}
    project.expect(0, "rollback", project.last_run(), "--yes")
    assert all(each.has("www", "CNAME", f"{each.zone}.") for each in targets)
