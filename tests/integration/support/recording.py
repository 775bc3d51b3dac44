# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording of the README's commands as asciicast v2 (asciinema plays it). What a run makes different
each time is fixed: dates, durations, and the pace of typing. Run as a program, it writes the file named."""
import json
import os
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from support.guide import Shell, steps  # noqa: E402

WIDTH, HEIGHT = 110, 30
TYPING, THINKING, ANSWER = 0.04, 0.8, 0.3  # seconds: a character, before a command, before its output
FIXED = [(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-01-31 12:00:00"), (r"\b\d+ ms\b|\b\d+\.\d s\b", "12 ms")]


def shown(page):
    """The commands of the blocks that readers see, and those that only prepare."""
    hidden = [range(text[:match.start()].count("\n") + 1, text[:match.end()].count("\n") + 2)
              for text in [page] for match in re.finditer(r"(?s)<!--.*?-->", page)]
    for number, command, _ in steps(page):
        yield command, not any(number in lines for lines in hidden)


def record(page, shell):
    header = {"version": 2, "width": WIDTH, "height": HEIGHT, "title": "rezone: from nothing to a verified change",
              "env": {"TERM": "xterm-256color", "SHELL": "/bin/sh"}}
    events, clock = [json.dumps(header)], 0.0

    def put(text, pause):
        nonlocal clock
        clock += pause
        events.append(json.dumps([round(clock, 2), "o", text], ensure_ascii=False))

    for command, visible in shown(page):
        printed = "\r\n".join(shell.run(command))
        if not visible:
            continue
        for pattern, word in FIXED:
            printed = re.sub(pattern, word, printed)
        put("$ ", THINKING)
        for part in re.findall(r"(?s).{1,8}", command.replace("\n", "\r\n> ")):
            put(part, TYPING * len(part))
        put("\r\n" + printed + ("\r\n" if printed else ""), ANSWER)
    return "\n".join(events) + "\n"


def record_readme(directory, rezone, root):
    return record((root / "README.md").read_text(), Shell(directory, rezone))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(__file__).resolve().parents[3]
        Path(sys.argv[1]).write_text(record_readme(scratch, os.path.abspath(os.environ["REZONE"]), root))
