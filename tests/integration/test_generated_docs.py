# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference pages and schemas say what the program's tables say, and what the program reads and
prints fits the schemas."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))
from support.json_schema import Schemas  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Schemas(ROOT / "schemas")
REZONE = ROOT / os.environ.get("REZONE", "build/debug/rezone")

PROJECT = """\
providers: {files: {kind: zonefile, directory: live}}
zones: {"**": {to: files}}
policy: {max_changes: 100%, max_deletes: 100%}
verify: {dns: false}
"""
ZONE = """\
ttl: 1h
soa: {mname: ns1, rname: hostmaster@example.org}
nameservers: [ns1, ns2.example.net.]
records:
  ns1: {A: 192.0.2.53}
  www: {A: [192.0.2.1, 192.0.2.2], TXT: some text}
  mail: {MX: {preference: 10, exchange: ns1}}
"""


class Project:
    def __init__(self, directory, zone=ZONE):
        self.directory = directory
        (directory / "zones").mkdir()
        (directory / "rezone.yaml").write_text(PROJECT)
        self.write(zone)

    def write(self, zone):
        (self.directory / "zones/example.org.yaml").write_text(zone)

    def rezone(self, *arguments, code=0):
        ended = subprocess.run([REZONE, *arguments, "--format", "json"], cwd=self.directory, text=True,
                               capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
        assert ended.returncode == code, f"{arguments}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        return json.loads(ended.stdout)

    def check(self, name, *arguments, code=0):
        result = self.rezone(*arguments, code=code)
        document, pointer = (("plan.schema.json", "") if name == "plan"
                             else ("report.schema.json", f"/$defs/{name}"))
        assert SCHEMAS.errors(result, document, pointer) == []
        return result


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def tables_program():
    program = REZONE.parent / "rezone-tables"
    if not program.exists():
        pytest.skip("rezone-tables is built with -DRZ_TESTS=ON")
    return program


def tables():
    return json.loads(subprocess.run([tables_program()], capture_output=True, check=True).stdout)


def test_generated_files_are_as_the_tables_say():
    ended = subprocess.run([sys.executable, ROOT / "scripts/generate-docs", "--check", "--tables",
                            tables_program()], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr


def test_each_code_has_a_section():
    page = (ROOT / "docs/reference/diagnostics.md").read_text()
    for code in tables()["codes"]:
        assert f"### RZ{code['code']:04d}\n" in page


def test_links_between_pages_lead_somewhere():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for page in pages:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            assert file.exists(), f"{page.relative_to(ROOT)}: {target}"
            if anchor:
                heads = re.findall(r"^#+ (.*)$", file.read_text(), re.M)
                anchors = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
                assert anchor in anchors, f"{page.relative_to(ROOT)}: {target}"


class TextLoader(yaml.SafeLoader):
    """YAML as editors read it for a schema."""


def load_yaml(path):
    return yaml.load(path.read_text(), TextLoader)


def test_examples_fit_the_schemas():
    found = 0
    for path in sorted((ROOT / "examples").rglob("*.yaml")):
        name = "rezone.schema.json" if path.name == "rezone.yaml" else "zone.schema.json"
        template = "templates" in path.relative_to(ROOT).parts
        if template:
            name = "template.schema.json"
        if path.parent.name == "zones" or path.name == "rezone.yaml" or template:
            assert SCHEMAS.errors(load_yaml(path), name) == [], path
            found += 1
    assert found >= 25


def test_documents_of_all_rules_fit_the_schema():
    """Good and bad ones: what lint complains of is in the content, not in the form."""
    rules = tables()["lint"]
    assert len(rules) >= 40
    for rule in rules:
        for which in ("passing", "failing"):
            for document in (rule[which] or "").split("\n---\n") if rule[which] else []:
                errors = SCHEMAS.errors(yaml.load(document, TextLoader), "zone.schema.json")
                assert errors == [], f"RZ{rule['code']} {which}"


SETTING = re.compile(r"^\s*#\s*yaml-language-server\s*:\s*\$schema=(\S+)", re.M)
EDITED = {
    "rezone.yaml": ("rezone", PROJECT, "policy: {max_changes: 100%", "policy: {max_change: 100%"),
    "zones/example.org.yaml": ("zone", "extends: [web]\n" + ZONE, "  www: {A:", "  www: {a:"),
    "templates/web.yaml": ("template", "params: {ttl: {type: duration, default: 5m}}\n"
                           "records: {w: {A: 192.0.2.9}}\n", "type: duration", "type: durations"),
}


def as_an_editor(path):
    """What is underlined: the file by the schema that its first lines name."""
    text = path.read_text()
    schema = json.loads((path.parent / SETTING.search(text)[1]).read_text())
    kind = jsonschema.validators.validator_for(schema)
    return [error.message for error in kind(schema).iter_errors(yaml.load(text, TextLoader))]


def test_the_setting_of_editors(project):
    """`# yaml-language-server: $schema=` names the schema, absolute or from the file; the program takes
    the line for the comment it is, `fmt` keeps it in its place, and both complain of the same."""
    (project.directory / "templates").mkdir()
    for absolute in (True, False):
        for name, (kind, text, _, _) in EDITED.items():
            path, schema = project.directory / name, ROOT / "schemas" / f"{kind}.schema.json"
            shown = schema if absolute else os.path.relpath(schema, path.parent)
            path.write_text(f"# yaml-language-server: $schema={shown}\n{text}")
        project.rezone("validate")
        project.rezone("fmt")
        for name in EDITED:
            path = project.directory / name
            assert path.read_text().startswith("# yaml-language-server: $schema=")
            assert as_an_editor(path) == [], name
        project.rezone("validate")
    for name, (_, _, good, bad) in EDITED.items():
        path = project.directory / name
        right = path.read_text()
        assert good in right, right
        path.write_text(right.replace(good, bad))
        assert as_an_editor(path), name
        project.rezone("validate", code=1)
        path.write_text(right)


ACCEPTED_ZONES = [
    "records: {a: {A: 192.0.2.1}}",
    "records: {a: null, b: {A: null, TXT: ''}}",
    "records: {a: {ttl: 5m, comment: x, A: {values: [192.0.2.1], ttl: 60, comment: y}}}",
    "records: {a: {MX: {priority: 10, value: b}, CAA: {tag: issue, value: x}}}",
    "records: {a: {TXT: {strings: [a, b]}, A: {rdata: 192.0.2.1}}}",
    "records: {a: {HTTPS: {priority: 1, target: ., params: {alpn: [h2, h3]}}}}",
    "records: {a: {OPENPGPKEY: AAAA, TYPE65280: '\\# 0'}}",
    "{zone: example.org, ttl: 90, manage: listed, protect: ['@ MX'], ignore: [{name: a*, type: TXT}]}",
    "{vars: {a: b}, nameservers: {values: [a.example.net., b.example.net.], ttl: 1d}}",
    "{vars: {h: [{n: a, i: 192.0.2.1}]}, each: [{for: x in h, when: x.n != 'b', "
    "records: {'${x.n}': {A: '${x.i}'}}}]}",
]
REFUSED_ZONES = [
    "recrods: {}", "records: []", "records: {a: 192.0.2.1}", "records: {a: {a: 192.0.2.1}}",
    "records: {a: {tll: 5m}}", "records: {a: {A: []}}", "records: {a: {ttl: 5x, A: 192.0.2.1}}",
    "records: {a: {A: {values: [192.0.2.1], tll: 5m}}}", "records: {a: {MX: {prefrence: 1, exchange: b}}}",
    "manage: some", "soa: {mname: a}", "protect: x",
]


@pytest.mark.parametrize("text", ACCEPTED_ZONES)
def test_zones_that_the_program_takes_fit_the_schema(project, text):
    project.write(text)
    project.rezone("validate")
    assert SCHEMAS.errors(yaml.safe_load(text), "zone.schema.json") == []


@pytest.mark.parametrize("text", REFUSED_ZONES)
def test_zones_that_the_program_refuses_do_not_fit(project, text):
    project.write(text)
    result = project.check("validate", "validate", code=1)
    assert result["errors"] > 0
    assert SCHEMAS.errors(yaml.safe_load(text), "zone.schema.json")


ACCEPTED_PROJECTS = [
    "{providers: {a: {kind: zonefile, directory: live, check: [true], serial: date}}, "
    "zones: {'**': {to: a}}}",
    "{providers: {a: {kind: powerdns, url: 'http://127.0.0.1:1', api_key: '${secret:env:K}', rate: 5, "
    "timeout: 30s, body_limit: 1M}}, zones: {'*.example': {to: [a], manage: listed}}, state: none, "
    "apply: {on_failure: stop}, verify: {timeout: 5, servers: 127.0.0.1}, ttl: 1h30m, vars: {a: 1}}",
    "{providers: {a: {kind: rfc2136, server: 127.0.0.1, tsig: {name: k, secret: '${secret:file:/k}'}}}, "
    "zones: {'**': {to: a}}, policy: {max_changes: 5, max_deletes: 10%, protect: ['* MX']}, "
    "sources: [{directory: zones}, {directory: old, format: octodns}]}",
]
REFUSED_PROJECTS = [
    "{}", "{providers: {}}", "{providers: [], zones: {}}",
    "{providers: {a: {directory: live}}, zones: {'**': {to: a}}}",
    "{providers: {a: {kind: zonefile}}, zones: {'**': {to: a}}}",
    "{providers: {a: {kind: bind, directory: live}}, zones: {'**': {to: a}}}",
    "{providers: {a: {kind: zonefile, directory: live, dir: x}}, zones: {'**': {to: a}}}",
    "{providers: {a: {kind: zonefile, directory: live}}, zones: {'**': {}}}",
    "{providers: {a: {kind: zonefile, directory: live}}, zones: {'**': {to: a}}, state: postgres}",
    "{providers: {a: {kind: zonefile, directory: live}}, zones: {'**': {to: a}}, policy: {max_changes: x}}",
    "{providers: {a: {kind: zonefile, directory: live}}, zones: {'**': {to: a}}, apply: {waves: 3}}",
]


@pytest.mark.parametrize("text", ACCEPTED_PROJECTS)
def test_projects_that_the_program_takes_fit_the_schema(project, text):
    (project.directory / "old").mkdir()
    (project.directory / "rezone.yaml").write_text(text.replace("'*.example'", "'**'"))
    project.rezone("validate")
    assert SCHEMAS.errors(yaml.safe_load(text), "rezone.schema.json") == []


@pytest.mark.parametrize("text", REFUSED_PROJECTS)
def test_projects_that_the_program_refuses_do_not_fit(project, text):
    (project.directory / "rezone.yaml").write_text(text)
    project.rezone("validate", code=1)
    assert SCHEMAS.errors(yaml.safe_load(text), "rezone.schema.json")


ACCEPTED_TEMPLATES = [
    "{description: x, params: {ip: ipv4}, records: {a: {A: '${ip}'}}}",
    "{version: 2, params: {ip: {type: ipv4, required: true}, hosts: {type: list, of: {name: label, "
    "ip: ipv4}, default: []}, ttl: {type: duration, min: 60s, max: 1d, default: 5m}}, "
    "rules: [{assert: 'ttl > 3', message: m}], each: [{for: h in hosts, records: {'${h.name}': {A: '${h.ip}'}}}], "
    "groups: {web: {records: {w: {A: 192.0.2.1}}}}}",
]
REFUSED_TEMPLATES = ["{parms: {}}", "{params: {a: ipv5}}", "{params: {a: {typ: int}}}", "{version: x}",
                     "{rules: [{message: x}]}", "{groups: {a: {recrods: {}}}}"]


@pytest.mark.parametrize("text", ACCEPTED_TEMPLATES)
def test_templates_that_the_program_takes_fit_the_schema(project, text):
    (project.directory / "templates").mkdir()
    (project.directory / "templates/web.yaml").write_text(text)
    project.write("extends: [{web: {ip: 192.0.2.1}}]")
    project.rezone("validate")
    assert SCHEMAS.errors(yaml.safe_load(text), "template.schema.json") == []


@pytest.mark.parametrize("text", REFUSED_TEMPLATES)
def test_templates_that_the_program_refuses_do_not_fit(project, text):
    (project.directory / "templates").mkdir()
    (project.directory / "templates/web.yaml").write_text(text)
    project.write("extends: [web]")
    project.rezone("validate", code=1)
    assert SCHEMAS.errors(yaml.safe_load(text), "template.schema.json")


def test_results_of_a_whole_life_fit_the_schemas(project, tmp_path):
    project.check("version", "version")
    project.check("validate", "validate")
    project.check("render", "render")
    project.check("plan", "plan", code=2)
    assert project.check("apply", "apply", "--yes")["summary"]["committed"] == 1
    project.check("failure", "apply", "--yes")
    project.check("plan", "plan")
    project.check("verify", "verify")
    project.check("zone list", "zone", "list")
    project.check("zone list", "zone", "list", "--provider", "files")
    project.write(ZONE.replace("192.0.2.2]", "192.0.2.3]").replace("  mail: {MX", "  post: {MX"))
    project.check("verify", "verify", code=2)
    plan = project.check("plan", "plan", "-o", "plan.json", code=2)
    file = json.loads((project.directory / "plan.json").read_text())
    assert SCHEMAS.errors(file, "plan.schema.json") == []
    assert plan["summary"]["updates"] == 1
    project.check("apply", "apply", "plan.json", "--yes")
    project.check("failure", "apply", "plan.json", "--yes", code=3)
    project.check("history", "history")
    project.check("history", "history", "www.example.org", "A")
    project.check("show", "show", "2")
    project.check("apply", "rollback", "2", "--yes")
    imported = project.check("import", "import", "--from", "zonefile", "live", "--to", "imported")
    assert imported["imported"][0]["zone"] == "example.org"
    project.check("apply", "zone", "delete", "example.org", "--provider", "files", "--yes")
    project.check("apply", "zone", "create", "example.org", "--yes")


def test_results_of_failures_fit_the_schemas(project):
    project.write("records: {a: {A: x, B: y}}")
    assert len(project.check("validate", "validate", code=1)["diagnostics"]) == 2
    project.check("plan", "plan", code=1)
    project.check("failure", "render", code=1)
    project.check("failure", "show", "7", code=1)
    project.check("failure", "rollback", "7", code=1)
    project.check("failure", "zone", "list", "--provider", "none", code=1)
    (project.directory / "rezone.yaml").unlink()
    project.check("failure", "plan", code=1)


def test_init_prints_what_it_wrote(tmp_path):
    ended = subprocess.run([REZONE, "-C", tmp_path, "init", "--format", "json"], capture_output=True,
                           check=True, timeout=60)
    result = json.loads(ended.stdout)
    assert SCHEMAS.errors(result, "report.schema.json", "/$defs/init") == []
    assert (tmp_path / "rezone.yaml").exists()
