# SPDX-License-Identifier: GPL-3.0-or-later
"""Another program changes the zone between each pair of steps of an apply, which halts at its fault
points meanwhile. What it wrote stays, or the run says that it was in the way; the rest of the zone is
wholly old or wholly new. REZONE_WRITERS=all has every point."""
import os

import pytest

from support.pause import Paused, points_of
from test_crash_matrix import NEW, OLD

STEP = 1 if os.environ.get("REZONE_WRITERS") == "all" else 8
# An RRset of the plan, and one that it does not know.
WRITES = {"planned": ("mail", "MX", "77 elsewhere.example.net."), "other": ("theirs", "A", "192.0.2.177")}


class Writers:
    def __init__(self, target, write):
        self.target, self.project = target, target.project
        self.owner, self.type, self.value = WRITES[write]
        self.key = target.absolute(self.owner), self.type
        if hasattr(target, "base"):
            target.base()
        target.setup()
        self.whole = {}
        for name, records in (("old", OLD), ("new", NEW)):
            self.write(records)
            if name == "new":
                self.points = points_of(self.project, "apply", "--yes")
            else:
                self.project.apply()
            self.whole[name] = target.fetch()

    def write(self, records):
        self.project.zone(self.target.zone, records)

    def renew(self):
        self.write(OLD)
        if self.target.fetch() != self.whole["old"]:
            self.project.apply()
        assert self.target.fetch() == self.whole["old"]
        self.write(NEW)

    def rest(self, zone):
        return {key: value for key, value in zone.items() if key != self.key}

    def interfere(self, number):
        self.renew()
        run = Paused(self.project, ["apply", "--yes"], number)
        assert run.halted
        self.target.put(self.owner, self.type, 60, self.value)
        result = run.finish()
        live = self.target.fetch()
        stays = self.target.has(self.owner, self.type, self.value, ttl=60)
        assert stays or self.is_said(result), f"point {number}: overwritten silently\n{result}"
        now = next((name for name, zone in self.whole.items() if self.rest(zone) == self.rest(live)), None)
        assert now == ("new" if result.code == 0 else "old"), f"point {number}\n{result}"
        if result.code == 5:  # it cannot say "old" of an RRset that is theirs
            assert stays and "recover" in result.text, result
            refused = self.project.expect(3, "recover", "--yes")
            assert self.owner in refused.text and self.target.fetch() == live
            self.project.expect(0, "recover", "--yes", "--force")
        else:
            assert self.project.expect(0, "recover").stdout.startswith("Nothing to recover")

    def is_said(self, result):
        """The plan was made with it and shows it going, or the run failed because of it."""
        shown = self.value in result.stdout
        return shown or (result.code in (3, 4, 5) and "RZ5012" in result.stderr)


@pytest.mark.parametrize("write", WRITES)
def test_between_each_pair_of_steps(target, write):
    case = Writers(target, write)
    first = 1 + len(target.kind + write) % STEP
    for number in range(first, len(case.points) + 1, STEP):
        case.interfere(number)


def test_the_very_last_moment(target):
    """Right before the octets go out, after everything that can be looked at has been."""
    case = Writers(target, "planned")
    sends = {"zonefile": "file.written", "powerdns": "http.send", "bind": "dns.update", "knot": "dns.update"}
    intent = case.points.index(sends[target.kind]) if target.kind != "powerdns" else \
        [at for at, name in enumerate(case.points) if name == "http.send"][patch_of(case)]
    case.interfere(intent + 1)
    text = case.project.results[-2].text
    assert any(code in text for code in ("RZ3204", "RZ5012", "RZ3029")), text


def patch_of(case):
    """Which request the PATCH is."""
    case.renew()
    trace = case.project.path("trace.log")
    case.project.expect(0, "apply", "--yes", "--trace", str(trace))
    lines = [line for line in trace.read_text().splitlines() if '"http-request"' in line]
    return next(at for at, line in enumerate(lines) if "PATCH " in line)
