# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan file is a contract: carried out exactly, or refused with exit code 3 and nothing changed."""
import hashlib
import json
import re

import pytest

from support.project import HEAD

FIRST = "www: {A: 192.0.2.1}\nmail: {A: 192.0.2.25}\n"
SECOND = "www: {A: 192.0.2.2}\nmail: {A: 192.0.2.25}\n"


def begin(target, zones=None):
    target.base()
    target.setup()
    target.project.zone(target.zone, FIRST)
    target.project.apply()
    target.project.zone(target.zone, SECOND)
    target.project.expect(2, "plan", "-o", "plan.json", "-q")
    return target.project


def forge(project, change, name="plan.json", digest=True):
    """Edits the plan; with the digest its new content has, unless `digest` is False."""
    plan = json.loads(project.read(name))
    change(plan)
    if digest:
        plan.pop("digest")
        text = json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        plan["digest"] = hashlib.sha256(text.encode()).hexdigest()
    project.write(name, json.dumps(plan))


def refused(target, code, *says, args=()):
    before = target.fetch()
    result = target.project.expect(3, "apply", "plan.json", "--yes", *args)
    assert f"error[{code}]" in result.stderr
    for word in says:
        assert word in result.stderr
    assert "hint:" in result.stderr
    assert target.fetch() == before
    return result


def test_applied_exactly(target):
    project = begin(target)
    plan = json.loads(project.read("plan.json"))
    assert plan["schema"] == 1 and plan["summary"]["updates"] == 1
    change, = plan["zones"][0]["changes"]
    assert change["before"]["rdata"] == ["192.0.2.1"] and change["after"]["rdata"] == ["192.0.2.2"]
    assert (change["file"], change["line"]) == (f"zones/{target.zone}.yaml", 4)
    project.expect(0, "apply", "plan.json", "--yes")
    assert target.has("www", "A", "192.0.2.2")
    assert project.runs()[0]["plan"] == plan["id"]


def test_reviewed_plans_need_no_question(target):
    """A plan file that was reviewed is applied without a terminal and without --yes."""
    project = begin(target)
    project.expect(0, "apply", "plan.json")
    assert target.has("www", "A", "192.0.2.2")


def test_canonical_form(file_target):
    """The digest is what the documentation says: SHA-256 over sorted, compact JSON."""
    project = begin(file_target)
    written = json.loads(project.read("plan.json"))
    forge(project, lambda plan: None)
    assert json.loads(project.read("plan.json"))["digest"] == written["digest"]
    project.expect(0, "apply", "plan.json")


def test_edited(target):
    project = begin(target)
    forge(project, lambda plan: plan["zones"][0]["changes"][0]["after"].update(rdata=["192.0.2.66"]),
          digest=False)
    refused(target, "RZ4102", "plan.json")
    project.write("plan.json", project.read("plan.json").replace("192.0.2.66", "192.0.2.2"))
    project.expect(0, "apply", "plan.json")


@pytest.mark.parametrize("field", ["digest", "expires", "zones", "id", "sources", "schema", "created"])
def test_members_left_out(file_target, field):
    project = begin(file_target)
    before = file_target.file.read_bytes()
    forge(project, lambda plan: plan.pop(field), digest=False)
    result = project.run("apply", "plan.json")
    assert result.code in (1, 3) and "error[RZ41" in result.stderr
    if field != "digest":
        forge(project, lambda plan: None)
        result = project.run("apply", "plan.json")
        assert result.code == 1 and "error[RZ4101]" in result.stderr, result
    assert file_target.file.read_bytes() == before


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", "\x00", '{"a":1,"a":2}', "[" * 100000,
                                  '{"digest": "x"}', '{"zones": {}, "digest": 5}', "hello"])
def test_not_a_plan(file_target, text):
    project = begin(file_target)
    project.write("plan.json", text)
    result = project.run("apply", "plan.json")
    assert result.code in (1, 3) and "plan.json" in result.stderr and "error[RZ410" in result.stderr


@pytest.mark.parametrize("change", [
    lambda plan: plan["zones"][0]["changes"][0].update(owner="bad..name."),
    lambda plan: plan["zones"][0]["changes"][0].update(owner="www.elsewhere.example."),
    lambda plan: plan["zones"][0]["changes"][0].update(type="BOGUS"),
    lambda plan: plan["zones"][0]["changes"][0].update(type=7),
    lambda plan: plan["zones"][0]["changes"][0]["after"].update(rdata=["not an address"]),
    lambda plan: plan["zones"][0]["changes"][0]["after"].update(rdata=[]),
    lambda plan: plan["zones"][0]["changes"][0]["after"].update(ttl=-1),
    lambda plan: plan["zones"][0]["changes"][0]["after"].update(ttl=2**40),
    lambda plan: plan["zones"][0]["changes"][0].update(after=None, before=None),
    lambda plan: plan["zones"][0].update(zone="../../etc"),
    lambda plan: plan["zones"][0].update(target="nobody"),
    lambda plan: plan["zones"][0].update(live_fingerprint="xyz"),
    lambda plan: plan["zones"][0].update(changes={}),
    lambda plan: plan["zones"].append(7),
    lambda plan: plan.update(schema=2),
    lambda plan: plan.update(id="x" * 1000),
    lambda plan: plan.update(created="yesterday"),
])
def test_forged_with_a_good_digest(file_target, change):
    """Plan files may come from strangers: nonsense in them is an error, never a crash."""
    project = begin(file_target)
    before = file_target.file.read_bytes()
    forge(project, change)
    result = project.run("apply", "plan.json", "--ignore-sources")
    assert result.code in (1, 3) and "error[RZ" in result.stderr, result
    assert file_target.file.read_bytes() == before
    assert project.path("live").joinpath("..", "etc").exists() is False


def test_expired(target):
    project = begin(target)
    forge(project, lambda plan: plan.update(created="2020-01-01T00:00:00Z", expires="2020-01-01T00:01:00Z"))
    refused(target, "RZ4103", "expired", "new plan")


def test_expiry_is_the_policys(file_target):
    file_target.base()
    file_target.setup("policy: {plan_expires: 60s}\n")
    project = file_target.project
    project.zone(file_target.zone, FIRST)
    plan = project.plan(2)
    assert plan["expires"] > plan["created"]
    minutes = [text[14:16] for text in (plan["created"], plan["expires"])]
    assert (int(minutes[1]) - int(minutes[0])) % 60 == 1
    file_target.setup("policy: {plan_expires: 59s}\n")
    assert "plan_expires" in project.expect(1, "plan").stderr


def test_applied_twice(target):
    project = begin(target)
    project.expect(0, "apply", "plan.json")
    refused(target, "RZ4106", "applied already")
    # Also when the zone was put back to what the plan was made from.
    project.expect(0, "rollback", project.last_run(), "--yes")
    refused(target, "RZ4106")


def test_sources_changed(target):
    project = begin(target)
    project.zone(target.zone, SECOND + "more: {A: 192.0.2.3}\n")
    refused(target, "RZ4104", "--ignore-sources")
    project.expect(0, "apply", "plan.json", "--ignore-sources")
    assert target.has("www", "A", "192.0.2.2") and target.get("more", "A") is None
    assert "--ignore-sources" in project.runs()[0]["flags"]


def test_other_zones_changed(file_target):
    """A plan of selected zones is bound to these zones' files."""
    project = begin(file_target)
    project.zone("other.example", "www: {A: 192.0.2.1}\n")
    project.expect(2, "plan", file_target.zone, "-o", "plan.json")
    project.zone("other.example", "www: {A: 192.0.2.2}\n")
    project.expect(0, "apply", "plan.json")
    assert not project.exists("live/other.example.zone")


def test_a_named_rrset_moved(target):
    project = begin(target)
    target.put("www", "A", 3600, "192.0.2.77")
    refused(target, "RZ4105", "www A", "192.0.2.77", "192.0.2.1")
    target.put("www", "A", 3600)
    refused(target, "RZ4105", "not there")
    target.put("www", "A", 60, "192.0.2.1")
    refused(target, "RZ4105")
    target.put("www", "A", 3600, "192.0.2.1")
    project.expect(0, "apply", "plan.json")


def test_an_unrelated_rrset_moved(target):
    project = begin(target)
    target.put("unrelated", "A", 60, "192.0.2.77")
    result = project.expect(0, "apply", "plan.json")
    assert "warning[RZ5008]" in result.stderr or "RZ5008" in result.stderr
    assert target.has("unrelated", "A", "192.0.2.77") and target.has("www", "A", "192.0.2.2")


def test_older_than_the_newest_applied(target):
    """A plan that was made before another was applied is never carried out after it."""
    project = begin(target)
    project.zone(target.zone, SECOND + "more: {A: 192.0.2.3}\n")
    forge(project, lambda plan: plan.update(created="2020-01-01T00:00:00Z"))
    project.expect(2, "plan", "-o", "newer.json")
    project.expect(0, "apply", "newer.json")
    project.expect(0, "rollback", project.last_run(), "--yes")
    project.zone(target.zone, SECOND)
    refused(target, "RZ4106", "newer plan")


def test_two_plans_of_one_second_have_an_order(file_target):
    """Plans are told apart by milliseconds; the older one never lands over the newer one."""
    project = begin(file_target)
    project.zone(file_target.zone, SECOND + "more: {A: 192.0.2.3}\n")
    project.expect(2, "plan", "-o", "plan.json")
    project.expect(2, "plan", "-o", "newer.json")
    made = [json.loads(project.read(name))["created"] for name in ("plan.json", "newer.json")]
    assert made[0] < made[1] and all(re.search(r"\.[0-9]{3}Z$", time) for time in made)
    project.expect(0, "apply", "newer.json")
    project.expect(0, "rollback", project.last_run(), "--yes")
    refused(file_target, "RZ4106", "newer plan")


def test_policy_refuses(target):
    """Exit code 3 from plan and from apply; the plan file of it is refused too, unless allowed."""
    target.base()
    target.setup("policy: {max_deletes: 1, protect: [\"www A\"]}\n")
    project = target.project
    project.zone(target.zone, FIRST + "a: {A: 192.0.2.1}\nb: {A: 192.0.2.1}\n")
    project.apply()
    project.zone(target.zone, SECOND)
    before = target.fetch()
    result = project.expect(3, "plan", "-o", "plan.json")
    assert "max-deletes" in result.stdout and "protect" in result.stdout
    result = project.expect(3, "apply", "--yes")
    assert "RZ4002" in result.stderr and "--allow max-deletes" in result.stderr
    result = project.expect(3, "apply", "plan.json")
    assert "--allow protect" in result.stderr
    project.expect(3, "apply", "plan.json", "--allow", "protect")
    assert target.fetch() == before
    project.expect(0, "apply", "plan.json", "--allow", "protect", "--allow", "max-deletes")
    assert target.has("www", "A", "192.0.2.2") and target.get("a", "A") is None


def test_a_plan_of_nothing(target):
    project = begin(target)
    project.apply()
    project.expect(0, "plan", "-o", "plan.json")
    runs = len(project.runs())
    project.expect(0, "apply", "plan.json")
    assert len(project.runs()) == runs


def test_plan_files_are_not_for_everybody(file_target):
    project = begin(file_target)
    assert project.path("plan.json").stat().st_mode & 0o022 == 0
    assert project.path(".rezone/state.db").stat().st_mode & 0o077 == 0
    assert project.path(".rezone").stat().st_mode & 0o077 == 0


def test_json_of_plan_and_file_agree(file_target):
    project = begin(file_target)
    file, shown = json.loads(project.read("plan.json")), project.plan(2)
    for volatile in ("created", "expires", "id", "digest", "diagnostics"):
        file.pop(volatile, None)
        shown.pop(volatile, None)
    assert file == shown


def test_a_plan_made_elsewhere_may_be_outside_the_project(file_target, tmp_path):
    project = begin(file_target)
    project.expect(2, "plan", "-o", tmp_path / "elsewhere.json")
    project.expect(0, "apply", tmp_path / "elsewhere.json")


def test_a_plan_file_is_not_written_over_a_directory(file_target):
    project = begin(file_target)
    project.path("taken").mkdir()
    assert "taken" in project.expect(1, "plan", "-o", "taken").stderr


DATA = {"data/hosts.csv": "name,ip\nweb1,192.0.2.11\n", "data/hosts.json": '{"ip": "192.0.2.12"}\n',
        "data/hosts.yaml": "ip: 192.0.2.13\n", "data/motd.txt": "hello\n", "masters/part.include": "inc IN A 192.0.2.14\n"}


def with_data(target):
    """Two zones that read data files of every kind, one through a template, and one that reads none."""
    project = target.setup()
    project.write("rezone.yaml", project.read("rezone.yaml")
                  + "sources: [{directory: zones}, {directory: masters, format: zonefile}]\n")
    for name, text in DATA.items():
        project.write(name, text)
    project.write("templates/motd.yaml", "template: motd\nrecords: {motd: {TXT: \"${trim(file('data/motd.txt'))}\"}}\n")
    project.zone(target.zone, "\n".join([
        'h: {A: "${csv(\'data/hosts.csv\')[0].ip}"}',
        'j: {A: "${json(\'data/hosts.json\').ip}"}', 'y: {A: "${yaml(\'data/hosts.yaml\').ip}"}']) + "\n",
                 "extends: motd\n" + HEAD)
    project.write("masters/inc.example.zone", "$TTL 3600\n@ IN SOA ns1.example.net. h.example.net. 1 7200 3600 1209600 3600\n"
                  " IN NS ns1.example.net.\n$INCLUDE part.include\n")
    project.zone("plain.example", "www: {A: 192.0.2.1}\n")
    return project


@pytest.mark.parametrize("name", DATA)
def test_a_data_file_that_moved(file_target, name):
    """What zones read is an input like their own files: changed or gone, the plan is refused."""
    project = with_data(file_target)
    project.expect(2, "plan", "-o", "plan.json", "-q")
    assert json.loads(project.read("plan.json"))["reads"] == sorted(DATA)
    kept = project.read(name)
    project.write(name, kept.replace("192.0.2.1", "192.0.2.2").replace("hello", "hullo"))
    assert project.read(name) != kept
    refused(file_target, "RZ4104", "--ignore-sources")
    project.remove(name)
    refused(file_target, "RZ4104")
    project.write(name, kept)
    project.expect(0, "apply", "plan.json", "--yes")
    assert file_target.has("h", "A", "192.0.2.11") and file_target.has("motd", "TXT", '"hello"')


def test_data_files_of_other_zones(file_target):
    """Only what the plan's own zones read counts; a plan with data signed and applied elsewhere goes through."""
    project = with_data(file_target)
    project.expect(2, "plan", "plain.example", "-o", "plan.json", "-q")
    assert "reads" not in json.loads(project.read("plan.json"))
    project.write("data/hosts.csv", "name,ip\nweb1,192.0.2.99\n")
    project.expect(0, "apply", "plan.json", "--yes")


def test_paths_of_data_files_in_a_forged_plan(file_target):
    """Names of a plan file lead nowhere outside of the project."""
    project = with_data(file_target)
    project.expect(2, "plan", "-o", "plan.json", "-q")
    for path in "/etc/passwd", "../secret", "data/../../secret", "\\u0000", "":
        forge(project, lambda plan: plan.update(reads=[*sorted(DATA), path]))
        refused(file_target, "RZ4104")
    forge(project, lambda plan: plan.pop("reads"))
    refused(file_target, "RZ4104")
