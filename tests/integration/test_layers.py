# SPDX-License-Identifier: GPL-3.0-or-later
"""Random templates against a model in Python: what later layers do to earlier ones, however they are
grouped; and files laid out at random, which `fmt` changes in nothing but their layout. The seed is in the
test's name; REZONE_SEED adds one of your own."""
import os
import random

import pytest

SEEDS = [int(os.environ["REZONE_SEED"])] if "REZONE_SEED" in os.environ else range(1, 7)
OWNERS = ["@", "www", "mail", "*.dev", "a.b", "x1"]
TYPES = ["A", "TXT", "MX"]
NAMES = "abcd"
# Ways to put four templates in order; a group is a template that extends its parts.
GROUPINGS = [("a", "b", "c", "d"), ("ab", "c", "d"), ("a", "bc", "d"), ("a", "b", "cd"), ("ab", "cd"),
             ("abc", "d"), ("a", "bcd"), ("abcd",)]
PARTS = {"ab": ("a", "b"), "bc": ("b", "c"), "cd": ("c", "d"), "abc": ("ab", "c"), "bcd": ("b", "cd"),
         "abcd": ("a", "bcd")}


class Layers:
    """Four templates and what a zone is after each."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.templates, self.state, self.count = {}, {}, 0
        for name in NAMES:
            self.templates[name] = self.layer()

    def value(self, rtype):
        self.count += 1
        return {"A": f"192.0.2.{self.count}", "TXT": f"text {self.count}; \"quoted\"",
                "MX": f"{self.count} mx.example.net."}[rtype]

    def adjust(self, rtype, values):
        removed = self.random.sample(values, self.random.randrange(len(values)))
        added = [self.value(rtype) for _ in range(self.random.randrange(1, 3))]
        values[:] = [v for v in values if v not in removed] + added
        return {"add": added, **({"remove": removed} if removed else {})}

    def layer(self):
        """Replaces, adjusts, removes RRsets and whole owners at random."""
        r, records = self.random, {}
        for owner in r.sample(OWNERS, r.randrange(2, len(OWNERS))):
            had = [rtype for rtype in TYPES if (owner, rtype) in self.state]
            if had and r.random() < 0.15:
                records[owner] = None
                for rtype in had:
                    del self.state[owner, rtype]
                continue
            records[owner] = {}
            for rtype in r.sample(TYPES, r.randrange(1, 4)):
                choice = r.random()
                if rtype in had and choice < 0.4:
                    records[owner][rtype] = self.adjust(rtype, self.state[owner, rtype])
                elif rtype in had and choice < 0.6:
                    records[owner][rtype] = None
                    del self.state[owner, rtype]
                else:
                    values = [self.value(rtype) for _ in range(r.randrange(1, 4))]
                    self.state[owner, rtype] = list(values)
                    records[owner][rtype] = values if len(values) > 1 or r.random() < 0.5 else values[0]
        return records


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Layout:
    """YAML as hands write it."""

    def __init__(self, rand, tidy=False):
        self.random, self.tidy = rand, tidy

    def scalar(self, value):
        if value is None:
            return "null" if self.tidy else self.random.choice(("null", "~"))
        if not self.tidy and self.random.random() < 0.2 and '"' not in value:
            return f"'{value}'"
        return quoted(value)

    def flow(self, value):
        space = "" if self.tidy else self.random.choice(("", " ", "  "))
        if isinstance(value, dict):
            return "{" + space + ", ".join(f"{quoted(k)}: {self.flow(v)}" for k, v in value.items()) + space + "}"
        if isinstance(value, list):
            return "[" + space + f",{space or ' '}".join(map(self.flow, value)) + space + "]"
        return self.scalar(value)

    def noise(self, indent):
        if self.tidy or self.random.random() > 0.2:
            return ""
        return self.random.choice(("\n", "\n\n\n", f"{' ' * indent}# a remark:  {{ not YAML\n", "   \n"))

    def behind(self):
        return "" if self.tidy or self.random.random() > 0.2 else self.random.choice(("  # behind", "   "))

    def block(self, value, indent):
        step = 2 if self.tidy else self.random.choice((1, 2, 3, 4, 7))
        lines = ""
        for key, below in value.items():
            lines += self.noise(indent) + " " * indent + f"{quoted(key)}:"
            if isinstance(below, dict) and below and self.random.random() < 0.6:
                lines += self.behind() + "\n" + self.block(below, indent + step)
            elif isinstance(below, list) and self.random.random() < 0.5:
                dash = indent if self.random.random() < 0.5 else indent + step
                lines += "\n" + "".join(f"{' ' * dash}-{' ' * self.random.randrange(1, 4)}{self.flow(item)}\n"
                                        for item in below)
            else:
                lines += " " + self.flow(below) + self.behind() + "\n"
        return lines


def write_all(project, layers, layout):
    for name, records in layers.templates.items():
        head = {} if name == "a" else {"override": "true"}
        text = layout.block({**head, "records": records}, 0)
        project.write(f"templates/{name}.yaml", text.replace('"true"', "true").replace("'true'", "true"))
    for name, parts in PARTS.items():
        project.write(f"templates/{name}.yaml",
                      f"override: true\nextends: [{', '.join(parts)}]\n")
    for number, grouping in enumerate(GROUPINGS):
        project.write(f"zones/z{number}.example.yaml", f"extends: [{', '.join(grouping)}]\n")


def render(project):
    """{zone: {(owner, type): values}}; TXT as the text it is."""
    zones = {}
    for zone in project.expect(0, "render", "--format", "json").json:
        rrsets, apex = zones.setdefault(zone["zone"], {}), f"{zone['zone']}."
        for rrset in zone["rrsets"]:
            values = [value.replace('\\"', "\0").replace('"', "").replace("\0", '"') if rrset["type"] == "TXT"
                      else value for value in rrset["rdata"]]
            owner = rrset["owner"].removesuffix(apex).removesuffix(".") or "@"
            rrsets[owner, rrset["type"]] = sorted(values)
    return zones


def start(project):
    project.write("rezone.yaml", "providers: {live: {kind: zonefile, directory: live}}\n"
                                 "zones: {\"**\": {to: live}}\nlint: {RZ2102: off, RZ2110: off, RZ2111: off}\n")


@pytest.mark.parametrize("seed", SEEDS)
def test_grouping_makes_no_difference(project, seed):
    """extends: [a, b, c] is [ab, c] is [a, bc], where ab extends a and b, and bc extends b and c."""
    layers = Layers(seed)
    start(project)
    write_all(project, layers, Layout(layers.random, tidy=True))
    model = {key: sorted(values) for key, values in layers.state.items()}
    rendered = render(project)
    assert len(rendered) == len(GROUPINGS)
    for zone, rrsets in rendered.items():
        assert rrsets == model, f"{zone}: {GROUPINGS[int(zone[1])]}"


@pytest.mark.parametrize("seed", SEEDS)
def test_fmt_changes_layout_only(project, seed):
    """fmt(fmt(x)) = fmt(x), render(fmt(x)) = render(x), and no comment is lost."""
    layers = Layers(seed + 100)
    start(project)
    write_all(project, layers, Layout(layers.random))
    files = [f"templates/{name}.yaml" for name in NAMES]
    before = render(project)
    comments = {file: project.read(file).count("# ") for file in files}
    project.expect(0, "fmt")
    once = {file: project.read(file) for file in files}
    assert render(project) == before
    assert {file: text.count("# ") for file, text in once.items()} == comments
    project.expect(0, "fmt", "--check")
    project.expect(0, "fmt")
    assert {file: project.read(file) for file in files} == once
