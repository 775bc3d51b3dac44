# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress on terminals and in logs, records of logs, and where the time went."""
import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from support.project import Project  # noqa: E402
from support.terminal import Terminal  # noqa: E402

PROJECT = """\
providers: {files: {kind: zonefile, directory: live, reload: sleep %s}}
zones: {"**": {to: files}}
apply: {concurrency: 1}
verify: {dns: false}
"""


def slow(project, zones, seconds):
    """A project whose every zone has a change, and takes so long to apply it."""
    project.write("rezone.yaml", PROJECT % 0)
    for address in ("192.0.2.1", "192.0.2.2"):
        for number in range(zones):
            project.zone(f"zone{number}.example", f"www: {{A: {address}}}\n")
        if address.endswith("1"):
            project.apply()
    project.write("rezone.yaml", PROJECT % seconds)
    return project


def screen(text):
    """The lines that are left on a terminal."""
    lines, column = [""], 0
    for part in re.findall(r"\x1b\[K|\x1b\[[\d;]*m|\r|\n|[^\x1b\r\n]+|\x1b", text):
        if part == "\n":
            lines.append("")
            column = 0
        elif part == "\r":
            column = 0
        elif part == "\x1b[K":
            lines[-1] = lines[-1][:column]
        elif not part.startswith("\x1b"):
            lines[-1] = lines[-1][:column] + part + lines[-1][column + len(part):]
            column += len(part)
    return [line for line in lines if line]


def frames(text):
    return re.findall(r"\r([^\r\n\x1b]+)\x1b\[K", text)


def at_terminal(project, *words, columns=80, **env):
    return Terminal([project.binary, *words], project.directory,
                    project._environment({"TERM": "xterm", **env}), columns=columns)


def test_a_bar_on_a_terminal(project):
    slow(project, 5, 0.3)
    with at_terminal(project, "apply", "--yes") as terminal:
        code, text = terminal.finish(60)
    assert code == 0, text
    shown = frames(text)
    assert len(shown) >= 5
    assert re.fullmatch(r"applying \[=+ *\] [1-4]/5 \d+\.\d/s 0:0\d left", shown[len(shown) // 2]), shown
    assert max(map(len, shown)) <= 79
    left = screen(text)
    assert not any("applying [" in line for line in left), left
    assert any(line.startswith("Run 2: 5 committed") for line in left)
    assert re.fullmatch(r"Took \d+\.\d\d s; all threads together: load .* s, fetch .* s, diff .* s, "
                        r"send 1\.\d\d s, verify .* s\.", left[-1]), left


@pytest.mark.parametrize("columns", [8, 24])
def test_narrow_terminals(project, columns):
    slow(project, 3, 0.3)
    with at_terminal(project, "apply", "--yes", "--output", "out.txt", columns=columns) as terminal:
        code, text = terminal.finish(60)
    assert code == 0 and len(frames(text)) >= 3, text
    assert max(map(len, frames(text))) < columns
    assert re.search(r"[1-3]/3", frames(text)[-1])  # on a busy machine the last look may come early
    assert len(screen(text)) == 1, "the line with the times is all that stays"


def test_a_terminal_that_changes_its_size(project):
    slow(project, 4, 0.4)
    with at_terminal(project, "apply", "--yes", "--output", "out.txt", columns=100) as terminal:
        terminal.wait_for("1/4", 20)
        terminal.resize(30)
        at = len(terminal.text)
        code, text = terminal.finish(60)
    assert code == 0
    assert max(map(len, frames(text[:at]))) > 50 and max(map(len, frames(text[at:])[2:])) <= 29


def test_interrupting_leaves_a_clean_line(project):
    slow(project, 4, 0.4)
    with at_terminal(project, "apply", "--yes") as terminal:
        terminal.wait_for("1/4", 20)
        terminal.send("\x03")
        code, text = terminal.finish(60)
    assert code in (1, 4), text
    left = screen(text)
    assert any("stopping" in frame for frame in frames(text))
    assert not any("applying [" in line or "stopping" in line for line in left), left
    assert any("RZ5006" in line for line in left)


def test_quiet_and_dumb_terminals_have_no_bar(project):
    slow(project, 2, 0.4)
    with at_terminal(project, "apply", "--yes", "-q") as terminal:
        code, text = terminal.finish(60)
    assert code == 0 and "applying" not in text and "Took" not in text
    project.zone("zone0.example", "www: {A: 192.0.2.3}\n")
    project.zone("zone1.example", "www: {A: 192.0.2.3}\n")
    with at_terminal(project, "apply", "--yes", TERM="dumb") as terminal:
        code, text = terminal.finish(60)
    assert code == 0 and "applying" not in text and "\x1b" not in text


def records(text):
    found = [json.loads(line) for line in text.splitlines()]
    for record in found:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["timestamp"])
        assert re.fullmatch("[0-9a-f]{32}", record["trace_id"]) and re.fullmatch("[0-9a-f]{16}", record["span_id"])
        assert (record["severity"], record["severity_number"]) in (("INFO", 9), ("WARN", 13), ("ERROR", 17))
    assert len({record["trace_id"] for record in found}) == 1
    return found


def test_lines_in_logs(tmp_path, binary):
    """Side by side, since a line comes every five seconds."""
    forms = {"text": [], "quiet": ["-q"], "json": ["--log-format", "json"]}
    projects = {name: slow(Project(tmp_path / name, binary), 2, 3) for name in forms}
    children = {name: projects[name].start("apply", "--yes", *words) for name, words in forms.items()}
    ended = {name: projects[name].finish(child) for name, child in children.items()}
    assert all(result.code == 0 for result in ended.values())
    lines = ended["text"].stderr.splitlines()
    assert re.fullmatch(r"applying: 1 of 2 zones, 5 s, 0\.2/s, \d s left", lines[0]), lines
    assert lines[1].startswith("Took ") and len(lines) == 2
    assert ended["quiet"].stderr == ""
    found = records(ended["json"].stderr)
    progress = [record for record in found if record["attributes"].get("stage") == "applying"]
    assert progress[0]["attributes"]["done"] == 1 and progress[0]["attributes"]["total"] == 2
    assert found[-1]["body"] == "finished" and found[-1]["attributes"]["send_ms"] >= 6000
    zones = [record for record in found if record["attributes"].get("state")]
    spans = {record["attributes"]["zone"]: record["span_id"] for record in zones}
    assert len(set(spans.values())) == 2 and all(spans[record["attributes"]["zone"]] == record["span_id"]
                                                 and record["parent_span_id"] == found[-1]["span_id"]
                                                 for record in zones)
    assert [r["body"] for r in zones if r["attributes"]["zone"] == "zone0.example"] \
        == ["locked", "applying", "verifying", "committed"]


def test_short_runs_say_nothing(project):
    slow(project, 1, 0)
    assert project.expect(2, "plan").stderr == ""
    assert project.expect(2, "plan", "-v").stderr.startswith("Took ")


def test_diagnostics_as_records(project):
    project.write("rezone.yaml", PROJECT % 0)
    project.zone("a.example", 'www: {A: 300.0.0.1}\nevil: {TXT: "\\e[2J", AAAA: "\\e[2J"}\n')
    result = project.expect(1, "validate", "--log-format", "json")
    assert "\x1b" not in result.text
    found = [record for record in records(result.stderr) if record["attributes"].get("code") == "RZ1104"]
    assert found[0]["severity"] == "ERROR" and found[0]["attributes"]["file"] == "zones/a.example.yaml"
    assert found[0]["attributes"]["line"] == 4 and "300.0.0.1" in found[0]["body"]
    assert records(project.expect(1, "plna", "--log-format", "json").stderr)[0]["attributes"]["hint"]
    assert "text, json" in project.expect(1, "plan", "--log-format", "xml").stderr


def test_ids_are_those_of_the_caller(project):
    slow(project, 1, 0)
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    for parent, taken in ((f"00-{trace}-{span}-01", True), (f"00-{trace}-{span}-01-more", True),
                          (f"ff-{trace}-{span}-01", False), (f"00-{'0' * 32}-{span}-01", False),
                          (f"00-{trace}", False), (f"00-{trace.upper()}-{span}-01", False), ("x" * 5000, False)):
        result = project.expect(2, "plan", "--log-format", "json", env={"TRACEPARENT": parent})
        record = records(result.stderr)[-1]
        assert (record["trace_id"] == trace) == taken and (record.get("parent_span_id") == span) == taken


def test_the_trace_has_the_ids(pdns_target):
    pdns_target.base()
    pdns_target.setup()
    pdns_target.project.zone(pdns_target.zone, "www: {A: 192.0.2.1}\n")
    result = pdns_target.project.expect(2, "plan", "--log-format", "json", "--trace", "trace.jsonl")
    lines = [json.loads(line) for line in pdns_target.project.read("trace.jsonl").splitlines()]
    last = records(result.stderr)[-1]
    assert lines and all(line["trace_id"] == last["trace_id"] and line["span_id"] == last["span_id"] for line in lines)
