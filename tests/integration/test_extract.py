# SPDX-License-Identifier: GPL-3.0-or-later
"""`import --extract-templates`: fewer RRsets in the files, and a plan with nothing to do."""
import random

import pytest

CONFIG = "providers: {files: {kind: zonefile, directory: live}}\nzones: {'**': {to: files}}\n"
HEAD = "$TTL 3600\n@ SOA ns1 hostmaster 1 7200 3600 1209600 300\n@ NS ns1\n@ NS ns2.example.net.\nns1 A 192.0.2.53\n"


def zone_text(number):
    text = HEAD + f"www A 192.0.2.{number}\n" + '@ TXT "v=spf1 mx -all"\n' + f'@ TXT "verify={number}"\n'
    if number != 2:
        text += '@ CAA 0 issue "ca.example.net"\n'
    if number % 2:
        text += "@ MX 10 mx1.example.net.\nmail CNAME mx1.example.net.\na.b CNAME c.d\n"
    return text


def begin(project, texts):
    project.write("rezone.yaml", CONFIG)
    for number, text in texts.items():
        project.write(f"live/z{number}.example.zone", text)


def files(project):
    return {str(path.relative_to(project.directory)): path.read_text()
            for folder in ("zones", "templates") for path in project.path(folder).glob("*")}


def test_shared_records_become_templates(project):
    begin(project, {number: zone_text(number) for number in range(8)})
    result = project.expect(0, "import", "--from", "zonefile", "live", "--extract-templates")
    assert "base: 6 RRsets, 2 parameters, used by 8 zones → templates/base.yaml" in result.stdout
    assert "shared-2: 3 RRsets, 0 parameters, used by 4 zones" in result.stdout
    assert project.read("zones/z1.example.yaml") == (
        "zone: z1.example\nextends:\n  - base:\n      apex_txt: verify=1\n      www_a: 192.0.2.1\n  - shared-2\n")
    assert "CAA: null" in project.read("zones/z2.example.yaml")
    assert "nothing to do" in project.expect(0, "plan").stdout
    project.expect(0, "validate")


def test_json_force_and_the_same_again(project):
    begin(project, {number: zone_text(number) for number in range(8)})
    command = ("import", "--from", "zonefile", "live", "--extract-templates", "--format", "json")
    report = project.expect(0, *command).json
    assert [template["name"] for template in report["templates"]] == ["base", "shared-2"]
    assert report["rrsets_after"] < report["rrsets_before"] / 3
    first = files(project)
    assert project.expect(1, *command).codes() == ["RZ9003", "RZ9003"]
    assert files(project) == first
    project.expect(0, *command, "--force")
    assert files(project) == first


def test_two_zones_are_written_plain(project):
    begin(project, {number: zone_text(number) for number in range(2)})
    project.expect(0, "import", "--from", "zonefile", "live", "--extract-templates")
    assert not project.path("templates/base.yaml").exists()
    assert "extends" not in project.read("zones/z0.example.yaml")


def test_from_live(project):
    begin(project, {number: zone_text(number) for number in range(5)})
    project.expect(0, "import", "--from", "live", "--provider", "files", "--extract-templates")
    assert project.exists("templates/base.yaml")
    assert "nothing to do" in project.expect(0, "plan").stdout


def test_from_octodns(project):
    begin(project, {})
    for number in range(4):
        project.write(f"config/o{number}.example.yaml",
                      "'':\n  - {type: MX, value: {preference: 10, exchange: mx.example.net.}}\n"
                      f"www: {{type: A, value: 192.0.2.{number}}}\nftp: {{type: CNAME, value: www.o{number}.example.}}\n")
    project.expect(0, "import", "--from", "octodns", "config", "--extract-templates")
    assert project.read("zones/o3.example.yaml") == (
        "zone: o3.example\nextends:\n  - base:\n      www_a: 192.0.2.3\n")
    assert "CNAME: www\n" in project.read("templates/base.yaml")


@pytest.mark.parametrize("seed", range(4))
def test_random_zones_plan_empty(project, seed):
    """Owners, types and values from small sets, so that much is shared and much is nearly shared."""
    chance = random.Random(seed)
    texts = {}
    for number in range(25):
        text = HEAD
        for owner in ("a", "b", "c.d", "_x", "*.e", "f\\032g", "@"):
            kind = chance.choice(("A", "TXT", "CNAME", "MX", "none", "A", "A"))
            ttl = chance.choice((60, 3600, 3600, 3600))
            if kind == "A":
                for value in chance.sample(range(1, 5), chance.choice((1, 1, 2))):
                    text += f"{owner} {ttl} A 192.0.2.{value}\n"
            elif kind == "TXT":
                value = chance.choice(("${zone}", "$${a}", "true", "", "mail@@APEX@", f"n{number}", "\\255", "a\\010b"))
                text += f'{owner} {ttl} TXT "{value.replace("@@APEX@", f"@z{number}.example")}"\n'
            elif kind == "MX" or (kind == "CNAME" and owner == "@"):
                text += f"{owner} {ttl} MX 10 {chance.choice(('m', 'x.y', '@', 'mx.example.net.'))}\n"
            elif kind == "CNAME":
                text += f"{owner} {ttl} CNAME {chance.choice(('ns1', 'q.r', 't.example.net.'))}\n"
        texts[number] = text
    begin(project, texts)
    result = project.expect(0, "import", "--from", "zonefile", "live", "--extract-templates")
    assert "RZ2012" not in result.text
    assert "nothing to do" in project.expect(0, "plan").stdout
