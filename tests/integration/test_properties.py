# SPDX-License-Identifier: GPL-3.0-or-later
"""Random zones against a model in Python: what plan says, what is live after apply, what rollback
gives. The seed is in the test's name; REZONE_SEED adds one of your own, REZONE_ROUNDS more rounds."""
import os
import random

import pytest

import hard_zone
from support.targets import from_master

SEEDS = [int(os.environ["REZONE_SEED"])] if "REZONE_SEED" in os.environ else [1, 2, 3]
ROUNDS = int(os.environ.get("REZONE_ROUNDS", "4"))
LABELS = ["www", "mail", "a", "b", "c", "x1", "_srv._tcp", "deep.er", "*.w", "UPPER", "0", "n" * 63, "host-1"]
DIGEST = "3490A6806D47F17A34C29E2CE80E8A999FFBE4BE94A5A8F3BE4A8E9B1B3D2F67"


class RandomZone:
    """{(owner, type): (TTL, values)}: the desired state, changed at random but always valid."""

    def __init__(self, seed, zone):
        self.random, self.zone, self.rrsets = random.Random(f"{seed} {zone.split('.')[0][:4]}"), zone, {}

    def value(self, rtype):
        r = self.random
        text = lambda: "".join(r.choice('abc "\\;()$@é\x01\x1b ') for _ in range(r.choice((0, 1, 20, 255, 256, 700))))
        return {
            "A": lambda: f"192.0.2.{r.randrange(256)}",
            "AAAA": lambda: f"2001:db8::{r.randrange(1, 65536):x}",
            "TXT": lambda: hard_zone.Text(text()),
            "MX": lambda: f"{r.randrange(65536)} {r.choice(('mx.example.org.', 'mail'))}",
            "SRV": lambda: f"{r.randrange(9)} {r.randrange(9)} {r.randrange(65536)} srv.example.org.",
            "CAA": lambda: f'{r.choice((0, 128))} issue "ca{r.randrange(9)}.example.net"',
            "TLSA": lambda: f"3 1 1 {DIGEST[:62]}{r.randrange(256):02X}",
            "HTTPS": lambda: f"{r.randrange(1, 99)} . alpn=h2 port={r.randrange(1, 65536)}",
            "TYPE65300": lambda: f"\\# 2 {r.randrange(65536):04X}",
            "CNAME": lambda: f"t{r.randrange(9)}.example.org.",
            "PTR": lambda: f"p{r.randrange(9)}.example.org.",
        }[rtype]()

    def put(self, owner, rtype):
        r = self.random
        count = 1 if rtype == "CNAME" else r.randrange(1, 5)
        values = list({self.value(rtype): None for _ in range(count)})
        if rtype == "HTTPS":
            values = values[:1]
        self.rrsets[owner, rtype] = (r.choice((0, 1, 60, 300, 3600, 86400, 604800)), values)

    def step(self):
        """Some RRsets come, change and go; a CNAME is alone at its owner."""
        r = self.random
        for _ in range(r.randrange(1, 25)):
            owner = r.choice(LABELS + ["@"])
            at = [key for key in self.rrsets if key[0] == owner]
            rtype = r.choice(("A", "AAAA", "TXT", "TXT", "MX", "SRV", "CAA", "TLSA", "HTTPS", "TYPE65300", "PTR", "CNAME"))
            if r.random() < 0.3 and at:
                del self.rrsets[r.choice(at)]
                continue
            if rtype == "CNAME" and owner == "@":
                continue
            if rtype == "CNAME" or (owner, "CNAME") in self.rrsets:
                for key in at:
                    del self.rrsets[key]
            self.put(owner, rtype)

    def records(self):
        return [(owner, ttl, rtype, values) for (owner, rtype), (ttl, values) in self.rrsets.items()]

    def expected(self):
        """As a DNS library reads the master file of it."""
        return from_master(hard_zone.master(self.records(), self.zone), self.zone)


def model_of_plan(live, desired):
    """{(owner, type): action} that the plan must say."""
    actions = {}
    for key in {*live, *desired}:
        if live.get(key) != desired.get(key):
            actions[key] = "create" if key not in live else "delete" if key not in desired else "update"
    return actions


@pytest.mark.parametrize("seed", SEEDS)
def test_random_zones(target, seed):
    target.base()
    project = target.setup()
    made = RandomZone(seed, target.zone)
    allow = [f"--allow={rule}" for rule in ("dangling", "protect", "empty-zone", "apex-ns")]
    states = [target.fetch()]
    for _ in range(ROUNDS):
        made.step()
        project.write(f"zones/{target.zone}.yaml", hard_zone.native(made.records()))
        desired = made.expected()
        planned = model_of_plan(states[-1], desired)
        assert project.changes(*allow) == planned
        project.apply(0, *allow)
        live = target.fetch()
        assert {k: v for k, v in live.items() if v != desired.get(k)} == {}
        assert live.keys() == desired.keys()
        assert project.changes() == {}
        states.append(live)
        if planned and made.random.random() < 0.5:
            project.expect(0, "rollback", project.last_run(), "--yes")
            assert target.fetch() == states[-2]
            states.append(target.fetch())
    # Someone else's edits, one RRset at a time, are found exactly.
    project.apply(0, *allow)
    target.put("strange", "A", 60, "192.0.2.200")
    assert project.changes() == {(target.absolute("strange"), "A"): "delete"}
    target.put("strange", "A", 60)
    assert project.changes() == {}


@pytest.mark.parametrize("seed", SEEDS)
def test_random_zones_survive_import(target, seed):
    target.base()
    project = target.setup()
    made = RandomZone(seed + 1000, target.zone)
    for _ in range(4):
        made.step()
    project.write(f"zones/{target.zone}.yaml", hard_zone.native(made.records()))
    project.apply(0, "--allow=dangling")
    project.expect(0, "import", "--from", "live", "--provider", "live", target.zone, "--force")
    assert project.changes() == {}
    # From master files, to native, to master files: the same zone.
    project.expect(0, "render", target.zone, "--output", "rendered.zone")
    assert from_master(project.read("rendered.zone"), target.zone) == made.expected()
