# SPDX-License-Identifier: GPL-3.0-or-later
"""Docs name only commands and options that there are, what is not run says why, links lead somewhere,
and the recording is what the README's commands print."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from support.recording import record_readme  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
REZONE = ROOT / os.environ.get("REZONE", "build/debug/rezone")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]
MARK = re.compile(r"<!-- (not run|run by) ?:? ?(.+?) -->")


def name_of(page):
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def options():
    """{command: its options}; families have none."""
    found = {}
    text = subprocess.run([REZONE, "help"], capture_output=True, text=True, check=True, timeout=60).stdout
    for command in re.findall(r"^  (\w+(?: \w+)*)  ", text, re.M):
        own = subprocess.run([REZONE, "help", *command.split()], capture_output=True, text=True, timeout=60).stdout
        found[command] = set(re.findall(r"(?<![\w-])(--?[\w-]+)", own.split("Options:")[-1]))
        words = command.split()
        for count in range(1, len(words)):
            found.setdefault(" ".join(words[:count]), None)
    return found


def mentions(page):
    """(line, words) of every `rezone …` in code: spans, blocks, lines of workflows."""
    code = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        code ^= bool(re.match(" *```", line))
        spans = re.findall(r"`(rezone [^`]+)`", line)
        if re.match(r" *(\$ |- (run: )?|run: |script: \[)?rezone [a-z]", line) and (code or line.startswith("    ")):
            spans.append(line[line.index("rezone "):])
        for span in spans:
            yield number, re.split(r"[|&;<>#\]]|\$\(| 2>", span)[0].split()[1:]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_options_exist(page, options):
    for number, words in mentions(page):
        names = []
        for word in words:
            if not re.fullmatch(r"[a-z]+", word):
                break
            names.append(word)
        if not names or words[0] in ("COMMAND", "--version"):
            continue
        command = next((" ".join(names[:count]) for count in range(len(names), 0, -1)
                        if " ".join(names[:count]) in options), None)
        # A page may show a mistyped command with its hint.
        wrong = names[0] in ("tempalte",)
        assert command or wrong, f"{name_of(page)}:{number}: there is no command {' '.join(names)}"
        for word in words[:words.index("--")] if "--" in words else words:
            option = re.match(r"--[a-z][\w-]*|-[a-zA-Z]", word)
            if option and options.get(command):
                assert option[0] in options[command], f"{name_of(page)}:{number}: {command} has no {option[0]}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_that_are_not_run_say_why(page):
    lines = page.read_text().splitlines()
    inside = False
    for number, line in enumerate(lines, 1):
        fence = re.match(r" *```(\w*)", line)
        if fence and not inside and fence[1] in ("sh", "bash", "shell"):
            above = next(text for text in reversed(lines[:number - 1]) if text.strip())
            mark = MARK.search(above)
            assert mark, f"{name_of(page)}:{number}: a block of commands that is not run, without a reason"
            if mark[1] == "run by":
                assert (ROOT / mark[2]).exists(), f"{name_of(page)}:{number}: {mark[2]} is not there"
        if fence:
            inside = not inside


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "guide"], ids=name_of)
def test_indented_commands_say_who_runs_them(page):
    """What a guide shows to be typed is a block that is run, or names the test that does."""
    code, before = False, ["", ""]
    for number, line in enumerate(page.read_text().splitlines(), 1):
        code ^= bool(re.match(" *```", line))
        if not code and re.match("    (\\$ )?(rezone|sudo|cd|git|apt|curl) ", line):
            mark = MARK.search(before[-1]) if not before[-1].startswith("    ") else True
            assert mark, f"{name_of(page)}:{number}: a command that nothing runs"
        if line.strip():
            before.append(line)


def anchors(page):
    found = {}
    for head in re.findall(r"^#+ (.*)$", re.sub(r"(?ms)^```.*?^```", "", page.read_text()), re.M):
        anchor = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", head).lower()).replace(" ", "-")
        found[f"{anchor}-{found[anchor]}" if anchor in found else anchor] = 0
        found[anchor] = found.get(anchor, 0) + 1
    return set(found)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=name_of)
def test_links_lead_somewhere(page):
    text = re.sub(r"(?ms)^ *```.*?^ *```", "", page.read_text())
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{name_of(page)}: {target}"
        assert not anchor or anchor in anchors(file), f"{name_of(page)}: {target}"


def test_every_page_is_reached():
    """From the README by links, so that nothing is written that nobody finds."""
    seen, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if not re.match(r"[a-z]+:", target):
                todo.append((page.parent / target).resolve())
    pages = {name_of(page) for page in PAGES if not name_of(page).startswith("examples/")}
    assert pages - {name_of(page) for page in seen} == set()


def test_the_readme_shows_a_plan_on_its_first_screen():
    visible = re.sub(r"(?s)<!--.*?-->\n*", "", (ROOT / "README.md").read_text()).splitlines()
    assert "$ rezone plan" in visible[:25] and any(line.startswith("Plan: ") for line in visible[:30])


def test_the_recording_is_current(tmp_path):
    """`REZONE=build/debug/rezone python3 tests/integration/support/recording.py docs/quickstart.cast`"""
    kept = (ROOT / "docs/quickstart.cast").read_text()
    assert kept == record_readme(tmp_path, REZONE, ROOT), "record it anew, as the test's first line says"
    header, *events = [json.loads(line) for line in kept.splitlines()]
    assert header["version"] == 2 and all(kind == "o" for _, kind, _ in events)
    times = [time for time, _, _ in events]
    assert times == sorted(times) and 10 < times[-1] < 120
