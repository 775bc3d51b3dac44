# SPDX-License-Identifier: GPL-3.0-or-later
"""apply --mode and --target: a part of the changes, and nothing else."""
import pytest

from support.hostile import Proxy, is_change, whole_dns
from support.project import HEAD

OLD = """www: {A: 192.0.2.1}
mail: {MX: ["10 mx.example.net."]}
gone: {TXT: [x]}
alias: {CNAME: www}
"""
NEW = """www: {A: 192.0.2.2, AAAA: ["2001:db8::1"]}
mail: {MX: ["20 mx.example.net."]}
fresh: {A: 192.0.2.3}
alias: {A: 192.0.2.4}
"""
ALL = {("www", "A"), ("www", "AAAA"), ("mail", "MX"), ("fresh", "A"), ("gone", "TXT"), ("alias", "A"),
       ("alias", "CNAME")}


@pytest.fixture
def begun(target):
    if hasattr(target, "base"):
        target.base()
    target.setup()
    target.project.zone(target.zone, OLD)
    target.project.apply()
    target.project.zone(target.zone, NEW)
    return target


def changed(target, *args):
    """{(owner, type)} that an apply has changed."""
    def content():
        return {key: value for key, value in target.fetch().items() if key[1] != "SOA"}
    before = content()
    target.project.apply(0, *args)
    after = content()
    return {(owner[:-len(target.zone) - 2], rtype) for owner, rtype in before.keys() | after.keys()
            if before.get((owner, rtype)) != after.get((owner, rtype))}


@pytest.mark.parametrize("args, expected", [
    (["--mode", "full"], ALL),
    (["--mode", "create-missing"], {("www", "AAAA"), ("fresh", "A")}),
    (["--mode", "update-existing"], {("www", "A"), ("mail", "MX")}),
    (["--target", "www A"], {("www", "A")}),
    (["--target", "www"], {("www", "A"), ("www", "AAAA")}),
    (["--target", "* A*"], {("www", "A"), ("www", "AAAA"), ("fresh", "A")}),
    (["--target", "alias"], {("alias", "A"), ("alias", "CNAME")}),
    (["--target", "mail MX", "--target", "gone TXT"], {("mail", "MX"), ("gone", "TXT")}),
    (["--target", "* A", "--mode", "update-existing"], {("www", "A")}),
])
def test_only_what_is_selected(begun, args, expected):
    assert changed(begun, *args) == expected
    assert args[0] in begun.project.runs()[0]["flags"]
    # What was left out comes with the next whole apply.
    assert changed(begun) == ALL - expected


def test_a_cname_stands_alone(file_target):
    file_target.setup()
    project = file_target.project
    project.zone(file_target.zone, "a: {CNAME: www}\nb: {A: 192.0.2.1}\nwww: {A: 192.0.2.2}")
    project.apply()
    project.zone(file_target.zone, "a: {A: 192.0.2.1}\nb: {CNAME: www}\nwww: {A: 192.0.2.2}")
    result = project.expect(0, "plan", "--mode", "create-missing")
    assert "a A is left out" in result.stderr and "b CNAME is left out" in result.stderr
    assert "4 changes" in result.stderr
    assert "RZ4005" in project.expect(0, "plan", "--target", "a A").stderr
    project.expect(2, "plan", "--target", "a CNAME")


def test_full_names(file_target):
    file_target.setup()
    project = file_target.project
    project.zone(file_target.zone, OLD)
    project.apply()
    project.zone(file_target.zone, NEW)
    assert set(project.changes("--target", f"www.{file_target.zone}. A")) == {(f"www.{file_target.zone}.", "A")}


def test_missing_zone(file_target):
    file_target.setup()
    project = file_target.project
    project.zone(file_target.zone, OLD)
    refused = project.expect(1, "apply", "--yes", "--target", "www A")
    assert "RZ4004" in refused.stderr and not file_target.file.exists()
    project.expect(0, "apply", "--yes", "--mode", "update-existing")
    assert not file_target.file.exists()
    project.expect(0, "apply", "--yes", "--mode", "create-missing")
    assert file_target.has("www", "A", "192.0.2.1")


def test_wrong_usage(file_target):
    file_target.setup()
    project = file_target.project
    project.zone(file_target.zone, OLD)
    assert "create-missing" in project.expect(1, "plan", "--mode", "some").stderr
    project.expect(2, "plan", "-o", "plan.json", "--mode", "create-missing")
    assert "--mode" in project.expect(1, "apply", "plan.json", "--mode", "full").stderr
    project.expect(0, "apply", "plan.json")


@pytest.mark.parametrize("setting, spared", [
    ('ignore: ["_acme-challenge** TXT"]\n', True), ("manage: listed\n", True), ("", False)])
def test_another_hand_during_the_run(bind_target, setting, spared):
    """A client of an ACME server sets its record between the change and the reading back. Where the
    file leaves such records alone this is no reason to roll back; elsewhere it is."""
    project = bind_target.project
    bind_target.base()
    bind_target.setup()
    project.zone(bind_target.zone, "www: {A: 192.0.2.1}\n", HEAD + setting)
    project.apply()
    project.zone(bind_target.zone, "www: {A: 192.0.2.2}\n", HEAD + setting)
    seen = []

    def rule(message):
        if is_change(message):
            seen.append("change")
        elif seen == ["change"]:
            seen.append("put")
            bind_target.put("_acme-challenge.www", "TXT", 60, '"token"')
        return "pass"
    proxy = Proxy(bind_target.server.port, whole_dns, rule)
    try:
        bind_target.setup(server=f'"127.0.0.1:{proxy.port}"', servers=f'["127.0.0.1:{bind_target.server.port}"]')
        result = project.expect(0 if spared else 4, "apply", "--yes")
    finally:
        proxy.close()
    assert seen[:2] == ["change", "put"]
    assert ("RZ5008" if spared else "RZ5102") in result.stderr
    assert bind_target.has("www", "A", "192.0.2.2" if spared else "192.0.2.1")
    assert bind_target.has("_acme-challenge.www", "TXT", '"token"')
    bind_target.setup()
    project.expect(0 if spared else 2, "plan")


def test_ignored_listed_and_protected_at_real_servers(target):
    """What is ignored or not listed is neither shown nor touched; what is protected needs a yes."""
    project = target.project
    if hasattr(target, "base"):
        target.base()
    target.setup()
    if target.kind == "powerdns":  # the zone is made by the first apply
        project.zone(target.zone, "www: {A: 192.0.2.1}\n")
        project.apply()
    target.put("_acme-challenge", "TXT", 60, '"token"')
    target.put("theirs", "A", 60, "192.0.2.99")
    head = HEAD + 'ignore: ["_acme-challenge** TXT"]\nprotect: ["mail MX"]\n'
    project.zone(target.zone, "www: {A: 192.0.2.1}\nmail: {MX: 10 www}\n", head + "manage: listed\n")
    project.apply()
    assert target.has("theirs", "A", "192.0.2.99") and target.has("_acme-challenge", "TXT", '"token"')
    # A name that is both: the file's own RRsets that match `ignore` are not put there either.
    project.zone(target.zone, "www: {A: 192.0.2.1}\nmail: {MX: 10 www}\n_acme-challenge: {TXT: mine}\n", head)
    planned = project.changes()
    assert planned == {(f"theirs.{target.zone}.", "A"): "delete"}
    project.apply()
    assert target.get("theirs", "A") is None and target.has("_acme-challenge", "TXT", '"token"')
    project.zone(target.zone, "www: {A: 192.0.2.1}\nmail: {MX: 20 www}\n", head)
    refused = project.expect(3, "apply", "--yes")
    assert "--allow protect" in refused.stderr and "mail MX" in refused.stderr
    project.zone(target.zone, "www: {A: 192.0.2.1}\n", head)
    assert "would be deleted" in project.expect(3, "apply", "--yes").stderr
    project.apply(0, "--allow", "protect")
    assert target.get("mail", "MX") is None
    project.expect(0, "plan")


def listed(target, records):
    target.project.zone(target.zone, records, HEAD + "manage: listed\n")


def begin_listed(target, records):
    if hasattr(target, "base"):
        target.base()
    target.setup()
    if target.kind == "powerdns":  # the zone is made by the first apply
        target.project.zone(target.zone, "first: {A: 192.0.2.1}\n")
        target.project.apply()
    target.put("theirs", "A", 60, "192.0.2.99")
    target.put("same", "A", 3600, "192.0.2.7")
    listed(target, records)
    target.project.apply()


ANY = ["--allow", "max-deletes", "--allow", "max-changes"]


def test_listed_deletes_what_runs_put_there(target):
    """`listed` manages what is named and what was applied before; what others made stays, also where it
    was named for a while without rezone having changed it."""
    project = target.project
    begin_listed(target, "www: {A: 192.0.2.1}\napi: {A: 192.0.2.2}\nsame: {A: 192.0.2.7}\n")
    listed(target, "www: {A: 192.0.2.1}\n")
    gone = {(f"api.{target.zone}.", "A"): "delete"}
    assert project.changes() == gone
    assert "api A is there and in no file" in project.expect(2, "verify").stderr
    drift = project.expect(2, "drift", target.zone, "--format", "json").json
    assert [(r["owner"], r["kind"]) for z in drift["zones"] for r in z["rrsets"]] == [(f"api.{target.zone}.", "unapplied")]
    project.expect(2, "plan", "-o", "plan.json")
    project.expect(0, "apply", "plan.json", *ANY)
    assert target.get("api", "A") is None and target.has("theirs", "A", "192.0.2.99") and target.has("same", "A", "192.0.2.7")
    # Undone, it is rezone's again; deleted and made by somebody else, it is theirs.
    project.expect(0, "rollback", str(project.last_run()), "--yes")
    assert target.has("api", "A", "192.0.2.2") and project.changes() == gone
    project.apply(0, *ANY)
    target.put("api", "A", 60, "192.0.2.98")
    project.expect(0, "plan")
    project.expect(0, "apply", "--yes")
    assert target.has("api", "A", "192.0.2.98")


def test_listed_and_other_ways(file_target):
    """Commands for one record are not files; the whole zone managed meanwhile makes a new beginning; what
    cannot be known is not deleted."""
    project, zone = file_target.project, file_target.zone
    begin_listed(file_target, "www: {A: 192.0.2.1}\napi: {A: 192.0.2.2}\n")
    project.expect(0, "record", "create", f"hand.{zone}", "A", "192.0.2.5", "--yes")
    project.expect(0, "plan")
    listed(file_target, "www: {A: 192.0.2.1}\n")
    project.path("kept").write_bytes(project.path(".rezone/state.db").read_bytes())
    project.write(".rezone/state.db", b"no database at all" * 100)
    warned = project.expect(0, "plan")
    assert "RZ5015" in warned.stderr and "nothing that the files no longer list is deleted" in warned.stderr
    project.path(".rezone/state.db").write_bytes(project.path("kept").read_bytes())
    assert project.changes() == {(f"api.{zone}.", "A"): "delete"}
    assert "api" in project.expect(2, "plan", "--offline").stdout
    project.zone(zone, "www: {A: 192.0.2.1}\napi: {A: 192.0.2.2}\n")  # all of it is managed now
    project.apply(0, *ANY)
    assert file_target.get("theirs", "A") is None
    listed(file_target, "www: {A: 192.0.2.1}\n")
    project.expect(0, "plan")


def test_listed_is_never_settled(file_target):
    """What is to be deleted depends on the journal too, which may come back: from a backup, or another job's."""
    project, zone = file_target.project, file_target.zone
    begin_listed(file_target, "www: {A: 192.0.2.1}\napi: {A: 192.0.2.2}\n")
    listed(file_target, "www: {A: 192.0.2.1}\n")
    project.path(".rezone/state.db").rename(project.path("away.db"))
    assert project.changes() == {}, "without a journal nothing is known to be rezone's"
    project.path("away.db").rename(project.path(".rezone/state.db"))
    gone = {(f"api.{zone}.", "A"): "delete"}
    assert project.changes() == gone and project.changes("--no-cache") == gone


@pytest.mark.parametrize("killed_at", ["file.written:1", "file.linked:1"])
def test_listed_after_a_death(file_target, killed_at):
    """What a killed run had put there, and recovery has finished, was applied too."""
    project = file_target.project
    file_target.setup()
    project.zone("first.example")
    project.apply()
    listed(file_target, "www: {A: 192.0.2.1}\napi: {A: 192.0.2.2}\n")
    if project.run("apply", "--yes", env={"REZONE_FAULT": killed_at}).code == 0:
        pytest.skip("this build has no fault points")
    project.expect(0, "recover", "--yes", "--forward")
    assert file_target.has("api", "A", "192.0.2.2")
    listed(file_target, "www: {A: 192.0.2.1}\n")
    assert project.changes() == {(f"api.{file_target.zone}.", "A"): "delete"}


def test_listed_and_a_run_that_takes_back(file_target):
    """`on_failure: rollback_run` takes a committed zone back: what it had put there is gone, and forgotten."""
    project = file_target.project
    file_target.base()
    file_target.setup('apply: {on_failure: rollback_run, concurrency: 1}\nverify: {dns: false, exec: true}\n')
    listed(file_target, "www: {A: 192.0.2.1}\n")
    project.zone("zz.example", "", HEAD + 'checks: [{exec: ["false"], retries: 0}]\n')
    project.expect(4, "apply", "--yes")
    file_target.put("www", "A", 60, "192.0.2.97")
    listed(file_target, "other: {A: 192.0.2.1}\n")
    assert project.changes("--zone", file_target.zone) == {(f"other.{file_target.zone}.", "A"): "create"}
