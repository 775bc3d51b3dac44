# SPDX-License-Identifier: GPL-3.0-or-later
"""Every project below examples/ is valid, its templates pass their tests, and applying it leaves nothing
to do. What its README says with `rezone` works."""
import json
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
ALL = sorted(path.parent.name for path in EXAMPLES.glob("*/rezone.yaml"))
NAMES = [name for name in ALL if name != "dns-services"]  # that one needs its simulator
ENVIRONMENTS = {"environments": ["prod", "stage"]}
# RRsets of each: so that a loop that gives nothing is found.
RRSETS = {"small-site": 11, "checks": 7, "tenants": 1378, "reverse-zones": 4514, "from-bind": 31, "from-octodns": 11}


def cases():
    return [(name, environment) for name in NAMES for environment in ENVIRONMENTS.get(name, [None])]


@pytest.fixture
def example(project):
    def copy(name):
        assert not (EXAMPLES / name / ".rezone").exists()
        shutil.copytree(EXAMPLES / name, project.directory, dirs_exist_ok=True)
        return project
    return copy


def test_each_is_listed():
    text = (EXAMPLES / "README.md").read_text()
    assert sorted(re.findall(r"^\| \[([\w-]+)\]\(\1/\)", text, re.M)) == ALL


@pytest.mark.parametrize("name, environment", cases())
def test_example(example, name, environment):
    project = example(name)
    env = ["--env", environment] if environment else []
    checked = project.expect(0, "validate", *env, "--format", "json").json
    assert checked["diagnostics"] == [] and checked["rrsets"] >= RRSETS.get(name, 1)
    assert checked["rrsets"] == RRSETS.get(name, checked["rrsets"])
    project.expect(0, "fmt", "--check")  # what is copied passes the hook
    assert " 0 failed" in project.expect(0, "template", "test", *env).stdout
    assert project.expect(0, "render", *env).stdout.count("$ORIGIN") == checked["zones"]
    assert project.expect(0, "render", *env, "--explain").stdout.count("\n    given at ") >= checked["rrsets"]
    moved = project.exists("live")  # as another tool left it: already as the files say
    project.expect(0 if moved else 2, "plan", *env)
    project.expect(0, "apply", "--yes", *env)
    project.expect(0, "plan", *env)
    project.expect(0, "verify", *env)


@pytest.mark.parametrize("name", NAMES)
def test_templates_have_tests(example, name):
    """Those with parameters do."""
    for template in example(name).expect(0, "template", "list", "--format", "json").json:
        text = (EXAMPLES / name / template["path"]).read_text()
        assert "\nparams:" not in text or "\ntests:" in text, template
        assert template["zones"] > 0


@pytest.mark.parametrize("name", NAMES)
def test_commands_of_the_readme(example, name):
    """Those that only look."""
    project = example(name)
    lines = re.findall(r"^    rezone ((?:validate|render|template) [^#|&\n]*)", (EXAMPLES / name / "README.md").read_text(), re.M)
    for line in lines:
        project.expect(0, *line.split())


# What each example is about ---------------------------------------------------------------------------

def test_environments_keep_apart(example):
    project = example("environments")
    project.expect(0, "apply", "--yes", "--env", "prod")
    project.expect(0, "apply", "--yes", "--env", "stage")
    live, stage = project.read("live/example.com.zone"), project.read("live-stage/example.com.zone")
    assert "192.0.2.10\n" in live and "192.0.2.210\n" not in live
    assert "192.0.2.210\n" in stage and "192.0.2.10\n" not in stage
    project.expect(0, "plan", "--env", "prod")
    refused = project.expect(1, "validate", "--env", "prod", "-D", "front=192.0.2.1").stderr
    assert "must be a list" in refused


def test_a_bad_line_of_a_csv_names_the_field(example):
    project = example("tenants")
    path = project.path("data/tenants.csv")
    path.write_text(path.read_text() + "acme,trial,192.0.2\n")
    assert "`ip` must be an IPv4 address" in project.expect(1, "validate").stderr


def test_forward_and_reverse_agree(example):
    zones = {zone["zone"]: zone["rrsets"]
             for zone in example("reverse-zones").expect(0, "render", "--format", "json").json}
    addresses = {(rrset["owner"], value) for rrset in zones["corp.example"] for value in rrset["rdata"]
                 if rrset["type"] in ("A", "AAAA")}
    import ipaddress
    names = {ipaddress.ip_address(value).reverse_pointer + ".": owner for owner, value in addresses}
    pointers = {rrset["owner"]: rrset["rdata"][0] for zone, rrsets in zones.items() for rrset in rrsets
                if rrset["type"] == "PTR"}
    assert len(addresses) == 2254 and pointers == names


@pytest.mark.parametrize("name, kind, path", [("from-octodns", "octodns", "octodns/example.com.yaml"),
                                              ("from-bind", "zonefile", "bind")])
def test_the_way_out(example, name, kind, path):
    """Applied from the old files, rewritten, nothing to do."""
    project = example(name)
    project.expect(0, "apply", "--yes")
    project.expect(0, "import", "--from", kind, path, "--to", "zones")
    shutil.rmtree(project.path(path)) if project.path(path).is_dir() else project.path(path).unlink()
    project.write("rezone.yaml", re.sub(r"  - \{directory: .*format: zonefile\}", "  - {directory: zones}",
                                        project.read("rezone.yaml")))
    assert project.exists("zones/example.com.yaml")
    project.expect(0, "plan")


def test_checks_and_who_is_told(example):
    """The template's check fails: rolled back, and told; it passes: committed, and told."""
    project = example("checks")
    whole = project.read("check-zone.sh")
    project.write("check-zone.sh", "#!/bin/sh\nexit 1\n", 0o755)
    project.expect(4, "apply", "--yes")
    project.write("check-zone.sh", whole, 0o755)
    project.expect(0, "apply", "--yes")
    told = [json.loads(line)["event"] for line in project.read("announced.jsonl").splitlines()]
    assert told == ["rolled_back", "committed"]
