# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports in every form: what they say, that they are well-formed, and that nothing in zones, files or
diagnostics comes to life in any of them."""
import random
from pathlib import Path

import pytest
from support import report_forms as forms
from support.project import HEAD

DATA = Path(__file__).parent / "data"
FORMATS = ["text", "json", "markdown", "html", "junit", "sarif", "github", "gitlab"]
CONFIG = """providers: {files: {kind: zonefile, directory: live}}
sources: [{directory: zones}]
zones: {"**": {to: files}}
verify: {dns: false}
policy: {max_changes: 100%, max_deletes: MAX}
"""
LIVE = """$ORIGIN files.example.
$TTL 3600
@ SOA ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 3600
@ NS ns1.example.net.
@ NS ns2.example.net.
@ MX 10 mail
mail A 192.0.2.1
spf TXT "v=spf1 ip4:192.0.2.1 -all"
old A 192.0.2.9
"""
RECORDS = """mail: {A: 192.0.2.2}
spf: {TXT: "v=spf1 ip4:192.0.2.2 -all"}
www: {A: 192.0.2.3}"""


def set_up(project, records=RECORDS, live=LIVE, max_deletes="100%"):
    project.write("rezone.yaml", CONFIG.replace("MAX", max_deletes))
    project.write("live/files.example.zone", live)
    project.zone("files.example", records)
    return project


def reports(project, code, *command, env=None):
    """The command once, with a report in every form; {format: octets}."""
    words = [word for form in FORMATS for word in ("--report", f"{form}:out.{form}")]
    result = project.expect(code, *command, *words, env=env)
    found = {form: project.path(f"out.{form}").read_bytes() for form in FORMATS}
    found["result"] = result
    return found


def check(found, limit=60000):
    """What holds of every report; the forms, read."""
    texts = {form: forms.text_of(found[form]) for form in FORMATS if form != "json"}
    forms.check_markdown(texts["markdown"], limit)
    return {"text": texts["text"], "markdown": texts["markdown"], "json": forms.load(found["json"]),
            "html": forms.check_page(texts["html"]), "junit": forms.check_junit(found["junit"]),
            "sarif": forms.check_sarif(texts["sarif"], DATA), "gitlab": forms.check_gitlab(texts["gitlab"]),
            "github": forms.check_github(texts["github"])}


def test_one_plan_in_every_form(project):
    set_up(project)
    found = check(reports(project, 2, "plan", "-o", "p.json"))
    assert "1 to create, 2 to update, 2 to delete" in found["text"]
    assert found["json"]["summary"]["creates"] == 1
    markdown = found["markdown"]
    assert markdown.startswith("<!-- rezone:plan:default -->\n### 📝 DNS plan\n")
    assert "| 📝 `files.example` | `files` | 1 | 2 | 2 | 🛑 1 ⚠️ 1 |" in markdown
    assert "| 🛑 | `files.example` | `@` MX | delete | `10 mail.files.example.` | mail for the name stops" in markdown
    assert "- mail 3600 A 192.0.2.1\n+ mail 3600 A 192.0.2.2\n" in markdown
    assert "# zones/files.example.yaml:" in markdown
    assert "rezone apply p.json" in markdown
    section = found["html"]["sections"][0]
    assert section["n"] == "files.example" and len(section["c"]) == 5
    assert [change[5] for change in section["c"]] == [2, 1, 0, 0, 0], "risky ones first"
    suite = found["junit"].find("testsuite")
    assert suite.get("name") == "files.example" and suite.get("failures") == "0"
    assert [r["ruleId"] for r in found["sarif"]["results"]] == ["plan/high-risk", "plan/notice"]
    assert [i["severity"] for i in found["gitlab"]] == ["major", "info"]
    assert [level for level, _, _ in found["github"]] == ["warning", "notice", "notice"]


def test_nothing_to_do_and_a_policy_that_forbids(project):
    set_up(project)
    project.apply()
    found = check(reports(project, 0, "plan"))
    assert "### ✅ DNS plan" in found["markdown"] and found["html"]["sections"] == []
    assert found["sarif"]["results"] == [] and found["gitlab"] == []
    set_up(project, records="", max_deletes="1")
    found = check(reports(project, 3, "plan"))
    assert "**policy/max-deletes**" in found["markdown"] and "### ❌" in found["markdown"]
    assert found["sarif"]["results"][0]["ruleId"] == "policy/max-deletes"
    assert found["github"][0][0] == "error" and "--allow max-deletes" in found["github"][0][2]
    assert found["junit"].find("testsuite/testcase/failure").get("message").count("deleted")


def test_findings_have_their_line_in_every_form(project):
    set_up(project, records="www: {A: 192.0.2.300}\nmail: {MXX: 1}")
    for command in ("plan", "validate"):
        found = check(reports(project, 1, command))
        for form, lines in (("sarif", [r["locations"][0]["physicalLocation"]["region"]["startLine"]
                                       for r in found["sarif"]["results"]]),
                            ("gitlab", [i["location"]["lines"]["begin"] for i in found["gitlab"]]),
                            ("github", [int(p["line"]) for _, p, _ in found["github"] if "line" in p])):
            assert lines[:2] == [4, 5], (command, form, lines)
        assert found["sarif"]["results"][0]["ruleId"] == "RZ1104"
        assert "`zones/files.example.yaml:4` **RZ1104**" in found["markdown"]
        assert found["junit"].get("failures") == "3"


def test_paths_are_from_the_root_of_the_repository(project):
    set_up(project, records="www: {A: 192.0.2.300}")
    (project.directory.parent / ".git").mkdir()
    found = check(reports(project, 1, "validate"))
    place = f"{project.directory.name}/zones/files.example.yaml"
    assert found["gitlab"][0]["location"]["path"] == place
    assert found["github"][0][1]["file"] == place
    assert found["sarif"]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == place


def test_a_command_that_fails_early_still_reports(project):
    project.write("rezone.yaml", "providers: [")
    found = check(reports(project, 1, "plan"))
    assert found["json"]["exit"] == 1 and found["json"]["diagnostics"][0]["code"] == "RZ1001"
    assert found["sarif"]["results"][0]["ruleId"] == "RZ1001"
    assert "**RZ1001**" in found["markdown"] and "plan failed" in found["markdown"]


def test_fingerprints_stay_when_lines_move(project):
    set_up(project, records="a: {A: 192.0.2.300}")
    before = check(reports(project, 1, "validate"))
    set_up(project, records="# a comment\n\na: {A: 192.0.2.300}")
    after = check(reports(project, 1, "validate"))
    assert before["gitlab"][0]["fingerprint"] == after["gitlab"][0]["fingerprint"]
    assert before["gitlab"][0]["location"] != after["gitlab"][0]["location"]


def test_comments_are_bounded_and_name_the_whole(project):
    lines = "\n".join(f"h{i}: {{TXT: 'value {i} | `{i}` of a long list that no comment can hold'}}"
                      for i in range(1500))
    set_up(project, records=lines)
    project.expect(2, "plan", "--report", "markdown:c.md")
    comment, whole = project.read("c.md"), project.read("c.full.md")
    forms.check_markdown(comment)
    assert len(comment) > 50000 and "`c.full.md`" in comment
    assert whole.count("\n+ h") == 1500 and comment.count("\n+ h") < 1500
    # Where a page is written in the same run, it is what has all.
    project.remove("c.full.md")
    project.expect(2, "plan", "--format", "markdown", "--output", "c.md", "--report", "html:plan.html")
    assert "`plan.html`" in project.read("c.md") and not project.exists("c.full.md")
    assert len(forms.check_page(project.read("plan.html"))["sections"][0]["c"]) > 1500


def test_the_step_summary_is_written_where_github_wants_it(project):
    set_up(project)
    project.write("summary.md", "before\n")
    env = {"GITHUB_STEP_SUMMARY": str(project.path("summary.md"))}
    result = project.expect(2, "plan", "--format", "github", env=env)
    forms.check_github(result.stdout)
    summary = project.read("summary.md")
    assert summary.startswith("before\n<!-- rezone:plan:default -->") and "- mail 3600 A" in summary


def test_markers_tell_plans_apart(project):
    set_up(project)
    result = project.expect(2, "plan", "--format", "markdown", "files.example")
    assert result.stdout.startswith("<!-- rezone:plan:default/files.example -->")


def test_wrong_report_options(project):
    set_up(project)
    for value, says in (("markdown", "FORMAT:FILE"), ("pdf:x", "the formats are"), ("json:", "FORMAT:FILE"),
                        ("json:no/such/x", "cannot write")):
        assert says in project.expect(1, "plan", "--report", value).stderr
    assert "has no option" in project.expect(1, "version", "--report", "json:x").stderr


# Hostile data -----------------------------------------------------------------------------------------

PIECES = ["<script>alert(1)</script>", "</script>", "<img src=x onerror=alert(1)>", "<!--", "-->", "&lt;", "]]>",
          "`", "``", "|", "\\|", "*b*", "_i_", "[x](http://e.example)", "![x](http://e.example/a.png)", "@team",
          "#12", "http://e.example", "www.e.example", "::error::x", "::stop-commands::t", "##[add-mask]x", "%0A",
          "%", ",", ":", "\u202e", "\u2066", "\u200b", "\u200f", "\u061c", "\ufeff", "\x1b[31m", "\x9b2J", "\x07",
          "\n", "\r", "\t", "'", '"', "\\", "ü", "🍰", " ", "/close", "~~~", "---", "${x}", "</details>", "\uffff"]


def ugly(seed, most=6):
    source = random.Random(seed)
    return "".join(source.choice(PIECES) for _ in range(source.randint(1, most)))


def yaml_text(text):
    """In double quotes, everything but plain ASCII escaped."""
    out = ""
    for char in text:
        plain = " " <= char <= "~" and char not in '"\\'
        out += char if plain else f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\U{ord(char):08x}"
    return '"' + out.replace("$", "$$") + '"'


def master_text(text):
    return "".join(f"\\{octet:03d}" for octet in text.encode("utf-8", "surrogatepass"))


def folder_name(seed):
    return ugly(seed, 4).replace("/", "÷").replace("\0", "") + "x"


@pytest.mark.parametrize("seed", range(6))
def test_nothing_hostile_comes_to_life(project, seed):
    """Owners, values, names of files, lines and messages of all sorts, in every form."""
    live = LIVE + "".join(f"{master_text(ugly(seed * 100 + i)[:40])}.z{i} A 192.0.2.{i + 1}\n" for i in range(12))
    set_up(project, live=live, max_deletes="1")
    folder = f"zones/{folder_name(seed + 1000)}"
    lines = [f"t{i}: {{TXT: {yaml_text(ugly(seed * 200 + i))}}}" for i in range(12)]
    project.path("zones/files.example.yaml").unlink()
    project.write(f"{folder}/files.example.yaml", HEAD + "records:\n" + "".join(f"  {line}\n" for line in lines))
    bad = [f"a{i}: {{A: {yaml_text(ugly(seed * 300 + i))}}} # {ugly(seed * 400 + i)}".replace("\n", " ")
           .replace("\r", " ") for i in range(6)]
    bad += [f"{yaml_text(ugly(seed * 500 + i))}: {{{yaml_text(ugly(seed * 600 + i))}: 1}}" for i in range(6)]
    clean = "".join(f"  {line}\n" for line in bad)
    clean = "".join(char for char in clean if char in "\n\t" or (char >= " " and char not in "\x7f\x9b\uffff"))
    project.write(f"{folder}/bad.example.yaml", HEAD + "records:\n" + clean)
    for command, code in (("plan", None), ("validate", 1)):
        words = [word for form in FORMATS for word in ("--report", f"{form}:out.{form}")]
        result = project.run(command, *words)
        assert result.code in (1, 3) if code is None else result.code == code, result
        found = {form: project.path(f"out.{form}").read_bytes() for form in FORMATS}
        read = check(found)
        assert read["sarif"]["results"] and read["gitlab"]
        forms.text_of(result.stderr.encode())


def test_words_of_a_report_are_what_was_written(project):
    """Escaping loses nothing: what a page and a test report hold is the text itself."""
    text = "a <b> & \"c\" 'd' | `e` %0A </script>"
    set_up(project, records=f"t: {{TXT: {yaml_text(text)}}}")
    found = check(reports(project, 2, "plan"))
    shown = '"' + text.replace('"', '\\"') + '"'
    values = [change[9] for change in found["html"]["sections"][0]["c"] if change[1] == "t"]
    assert values == [[shown]]
    assert shown in found["junit"].find("testsuite/testcase/system-out").text
    assert f"+ t 3600 TXT {shown}\n" in found["markdown"]
