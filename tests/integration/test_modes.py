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
