# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guides show is what the program prints."""
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from servers.unbound import UnboundServer  # noqa: E402
from support.guide import Shell, check, services, steps  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
REZONE = ROOT / os.environ.get("REZONE", "build/debug/rezone")
PAGES = [page for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
         if steps(page.read_text())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_shows_is_what_happens(page, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    text = page.read_text()
    if "<!-- with: unbound -->" in text and not UnboundServer.executable():
        pytest.skip("Unbound is not installed")
    with services(text, tmp_path) as variables:
        wrong = check(text, Shell(work, REZONE, variables))
    if wrong:
        line, command, expected, printed = wrong
        pytest.fail(f"{page.relative_to(ROOT)}:{line}: $ {command}\nis said to print\n"
                    + "\n".join(expected) + "\nbut prints\n" + "\n".join(printed), pytrace=False)


def test_the_first_project_is_shown():
    assert ROOT / "docs/guide/first-project.md" in PAGES
