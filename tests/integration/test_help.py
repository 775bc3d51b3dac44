# SPDX-License-Identifier: GPL-3.0-or-later
"""help TOPIC, explain, hints for mistyped words, manual pages."""
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from support.json_schema import Schemas  # noqa: E402
from support.terminal import Terminal  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Schemas(ROOT / "schemas")
MANUALS = sorted((ROOT / "docs/man").iterdir())


def topics(project):
    text = project.expect(0, "help", "topics").stdout
    return dict(re.match(r"  ([\w-]+) +(.+)", line).groups() for line in text.splitlines())


def test_topics(project):
    found = topics(project)
    listed = re.search(r"of the guide:\n((?:  .*\n)+)", project.expect(0, "help").stdout)[1]
    assert re.findall(r"[\w-]+", listed) == list(found)
    for topic in ("exit-codes", "expressions", "templates", "secrets", "plan-files", "recovery", "providers"):
        assert topic in found
    for page in (ROOT / "docs/guide").glob("*.md"):
        assert page.stem in found, "every page of the guide is a topic"
    for topic, title in found.items():
        shown = project.expect(0, "help", topic).stdout
        assert shown.splitlines()[0] == title and len(shown) > 200
        words = "\n".join(line for line in shown.splitlines() if not line.startswith("    "))
        assert "](" not in words and "```" not in words


def test_topics_are_wrapped(project):
    for topic in topics(project):
        for line in project.expect(0, "help", topic).stdout.splitlines():
            assert len(line) <= 80 or line.startswith("    ") or len(line.split()) < 12 or "  " in line, (topic, line)


@pytest.mark.parametrize("columns", [30, 60, 200])
def test_topics_take_the_width_of_the_terminal(project, columns):
    with Terminal([project.binary, "help", "secrets"], project.directory, project._environment(None),
                  columns=columns) as terminal:
        code, text = terminal.finish(20)
    width = max(len(line.rstrip("\r")) for line in text.splitlines())
    assert code == 0 and width <= max(40, min(columns, 100)) and width > min(columns, 100) - 20


def test_words_of_the_guide_are_kept(project):
    """Nothing but marks is lost between the page and the screen."""
    page = (ROOT / "docs/guide/zone-files.md").read_text()
    shown = " ".join(project.expect(0, "help", "zone-files").stdout.split())
    for word in re.findall(r"[A-Za-z]{5,}", re.sub(r"\]\([^)]*\)", "]", re.sub(r"```\w+", "```", page))):
        assert word in shown, word


def test_explain(project):
    text = project.expect(0, "explain", "RZ1104").stdout
    assert text.startswith("RZ1104 (error, Zone documents, names, RDATA): ")
    assert project.expect(0, "explain", "1104").stdout == project.expect(0, "explain", "rz1104").stdout == text
    assert "Reported:" in project.expect(0, "explain", "RZ2101").stdout
    found = project.expect(0, "explain", "RZ2101", "RZ5202", "--format", "json").json
    assert [entry["code"] for entry in found] == ["RZ2101", "RZ5202"]
    assert SCHEMAS.errors(found, "report.schema.json", "/$defs/explain") == []


def test_explain_lists_families(project):
    everything = project.expect(0, "explain").stdout
    codes = re.findall(r"^  (RZ\d{4}) ", everything, re.M)
    listed = [code["code"] for code in project.expect(0, "explain", "--format", "json").json]
    assert codes == listed == sorted(set(codes)) and len(codes) > 100
    family = project.expect(0, "explain", "RZ52").stdout
    assert family.splitlines()[0] == "Journal" and all(" RZ52" in line for line in family.splitlines()[1:])
    headings = re.findall(r"^## (.*)$", (ROOT / "docs/reference/diagnostics.md").read_text(), re.M)
    assert [line for line in everything.splitlines() if line and line[0] != " "] == headings


@pytest.mark.parametrize("words, hint", [
    (["pln"], "`rezone plan`"), (["aply"], "`rezone apply`"), (["roll-back", "3"], "`rezone rollback`"),
    (["zone", "lst"], "`rezone zone list`"), (["recrod", "get", "www.example.com"], "`rezone record get`"),
    (["template", "serach", "web"], "`rezone template search`"), (["zone"], "one of: list, create, delete"),
    (["zone", "frobnicate"], "one of: list, create, delete"), (["frobnicate"], "`rezone help` lists"),
    (["plan", "--fromat", "json"], "--format"), (["plan", "--ouptut=x"], "--output"),
    (["help", "exit-code"], "`rezone help exit-codes`"), (["help", "aply"], "`rezone help apply`"),
    (["explain", "RZ1199"], "`rezone explain RZ11`"), (["explain", "bogus"], "`rezone explain` lists all"),
    (["plan", "--format", "jsn"], "text, json"), (["help", "RZ1104"], "`rezone explain CODE`"),
])
def test_hints_for_mistyped_words(project, words, hint):
    result = project.expect(1, *words)
    assert "hint: " in result.stderr and hint in result.stderr and result.stdout == ""


def test_help_of_a_family(project):
    text = project.expect(0, "zone", "--help").stdout
    assert text == project.expect(0, "help", "zone").stdout
    assert re.findall(r"^  (zone \w+) ", text, re.M) == ["zone list", "zone create", "zone delete"]


def test_each_command_has_a_manual_page(project):
    names = re.findall(r"^  (\w+(?: \w+)*)  ", project.expect(0, "--help").stdout, re.M)
    assert {page.name for page in MANUALS} \
        == {f"rezone-{name.replace(' ', '-')}.1" for name in names} | {"rezone.1", "rezone.yaml.5"}


def test_manual_pages_are_well_formed():
    if shutil.which("mandoc"):
        checked = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *MANUALS], capture_output=True, text=True)
        assert checked.stdout == ""
    groff = shutil.which("groff")
    if not groff:
        pytest.skip("groff is not installed")
    for page in MANUALS:
        ended = subprocess.run([groff, "-man", "-Kutf8", "-Tutf8", "-ww", page], capture_output=True, text=True)
        assert ended.returncode == 0 and ended.stderr == "", (page.name, ended.stderr)


def test_manual_pages_name_every_option(project):
    groff = shutil.which("groff")
    if not groff:
        pytest.skip("groff is not installed")
    shown = subprocess.run([groff, "-man", "-Kutf8", "-Tascii", "-P-cbou", ROOT / "docs/man/rezone-plan.1"],
                           capture_output=True, text=True, check=True).stdout
    options = re.findall(r"(--[\w-]+)", project.expect(0, "plan", "--help").stdout.split("Options:")[1])
    assert options and all(option in shown for option in options)
    assert json.loads(project.expect(0, "explain", "RZ4105", "--format", "json").stdout)[0]["title"]
