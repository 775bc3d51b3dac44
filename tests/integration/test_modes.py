# SPDX-License-Identifier: GPL-3.0-or-later
"""apply --mode and --target: a part of the changes, and nothing else."""
import pytest

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
