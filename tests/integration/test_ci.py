# SPDX-License-Identifier: GPL-3.0-or-later
"""plan --since and --offline, ci gate and comment, files of strangers; and the steps of the example workflows,
read out of them and run by sh in a real repository against a real PowerDNS."""
import json
import os
import re
import shutil
import subprocess

import pytest
import yaml

from conftest import ROOT
from servers import powerdns as powerdns_server
from support import targets
from support.json_schema import Schemas
from support.project import HEAD
from test_reports import FORMATS, check

EXAMPLES = ROOT / "examples"
SCHEMAS = Schemas(ROOT / "schemas")
GIT = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.net", "-c", "init.defaultBranch=main",
       "-c", "commit.gpgsign=false"]


def git(directory, *args):
    done = subprocess.run([*GIT, *args], cwd=directory, capture_output=True, text=True, timeout=60,
                          env={"PATH": os.environ["PATH"], "HOME": str(directory), "GIT_CONFIG_NOSYSTEM": "1"})
    assert done.returncode == 0, done
    return done.stdout.strip()


def commit(project, message="x"):
    git(project.directory, "add", "-A")
    git(project.directory, "commit", "-qm", message)


@pytest.fixture
def repository(project):
    """Three zones: plain, by a template that reads a CSV file, by a template on another."""
    project.write("rezone.yaml", "providers: {files: {kind: zonefile, directory: live}}\n"
                  "zones: {\"**\": {to: files}}\n" + targets.LIMITS)
    project.write("templates/base.yaml", "template: base\nrecords: {base: {A: 192.0.2.1}}\n")
    project.write("templates/hosts.yaml", "template: hosts\nrecords:\n"
                  "  h: {TXT: \"${length(csv('data/hosts.csv'))}\"}\n")
    project.write("templates/web.yaml", "template: web\nextends: [base]\nrecords: {www: {A: 192.0.2.2}}\n")
    project.write("data/hosts.csv", "name\na\n")
    for name, extends in (("plain", ""), ("csv", "extends: [hosts]\n"), ("web", "extends: [web]\n")):
        project.write(f"zones/{name}.example.yaml", HEAD + extends + "records: {x: {A: 192.0.2.9}}\n")
    project.write(".gitignore", "live\n.rezone\n")
    git(project.directory, "init", "-q", ".")
    commit(project)
    return project


def planned(project, *args):
    found = project.run("plan", "--format", "json", *args)
    assert found.code in (0, 2), found
    return {z["zone"].split(".")[0] for z in found.json["zones"]}


@pytest.mark.parametrize("path, text, expected", [
    ("zones/plain.example.yaml", HEAD + "records: {y: {A: 192.0.2.9}}\n", {"plain"}),
    ("data/hosts.csv", "name\na\nb\n", {"csv"}),
    ("templates/base.yaml", "template: base\nrecords: {base: {A: 192.0.2.7}}\n", {"web"}),
    ("templates/hosts.yaml", "template: hosts\nrecords: {h: {TXT: x}}\n", {"csv"}),
    ("rezone.yaml", None, {"plain", "csv", "web"}),
    ("README.md", "nothing\n", set()),
    ("zones/new.example.yaml", HEAD, {"new"}),
])
def test_since_a_revision(repository, path, text, expected):
    assert planned(repository, "--since", "HEAD") == set()
    repository.write(path, text if text is not None else repository.read(path) + "ttl: 2h\n")
    assert planned(repository, "--since", "HEAD") == expected
    commit(repository)
    assert planned(repository, "--since", "HEAD") == set()
    assert planned(repository, "--since", "HEAD~1") == expected


def test_since_where_a_branch_left(repository):
    git(repository.directory, "checkout", "-qb", "mine")
    repository.write("zones/web.example.yaml", HEAD + "records: {m: {A: 192.0.2.9}}\n")
    commit(repository)
    git(repository.directory, "checkout", "-q", "main")
    repository.write("zones/plain.example.yaml", HEAD)
    commit(repository)
    git(repository.directory, "checkout", "-q", "mine")
    assert planned(repository, "--since", "main...") == {"web"}
    assert planned(repository, "--since", "main") == {"web", "plain"}
    assert "RZ5501" in repository.expect(1, "plan", "--since", "nowhere").stderr


def test_since_gives_a_plan_that_applies(repository):
    repository.apply()
    repository.write("data/hosts.csv", "name\na\nb\n")
    repository.expect(2, "plan", "--since", "HEAD", "-o", "plan.json")
    assert json.loads(repository.read("plan.json"))["selection"] == ["csv.example"]
    repository.write("zones/plain.example.yaml", HEAD)  # of another zone: no matter
    repository.expect(0, "apply", "plan.json", "--yes")


def test_a_hostile_repository_runs_nothing(repository):
    """What .git/config names as a program is not run, and another user's repository is not read."""
    trap = repository.write("trap.sh", f"#!/bin/sh\ntouch {repository.path('sprung')}\ncat\n", 0o755)
    repository.path(".git/config").write_text(
        repository.path(".git/config").read_text() +
        f"[core]\n\tfsmonitor = {trap}\n\tpager = {trap}\n\thooksPath = {repository.directory}\n"
        f"[filter \"t\"]\n\tclean = {trap}\n\tsmudge = {trap}\n[diff \"t\"]\n\ttextconv = {trap}\n"
        f"[diff]\n\texternal = {trap}\n[alias]\n\trev-parse = !{trap}\n")
    repository.write(".gitattributes", "* filter=t diff=t\n")
    repository.write("zones/plain.example.yaml", HEAD)
    assert planned(repository, "--since", "HEAD") == {"plain"}
    repository.expect(2, "plan", "--blame")
    assert not repository.exists("sprung")


def commit_as(project, author, message):
    git(project.directory, "-c", f"user.name={author}", "commit", "-qam", message)


def blamed(project, *args):
    """{"OWNER TYPE": (author, subject)} of a plan."""
    found = project.plan(2, "--blame", *args)
    assert SCHEMAS.errors(found, "plan.schema.json") == []
    return {f"{c['owner']} {c['type']}": (c["blame"]["author"], c["blame"]["subject"])
            for z in found["zones"] for c in z["changes"] if "blame" in c}


def test_blame(repository):
    """Who touched the lines of a change last: of the zone, of a template, of a value of a list, of nobody yet."""
    block = "records:\n  x:\n    A:\n      - 192.0.2.9\n    TXT: a\n  y: {A: 192.0.2.1}\n"
    repository.write("zones/plain.example.yaml", HEAD + block)
    commit_as(repository, "Bea", "As a block")
    repository.write("zones/plain.example.yaml", HEAD + block.replace("    TXT", "      - 192.0.2.10\n    TXT"))
    repository.write("templates/web.yaml", repository.read("templates/web.yaml").replace("192.0.2.2", "192.0.2.3"))
    commit_as(repository, "Cid", "One more")
    repository.write("zones/plain.example.yaml", "# moved\n\n" + repository.read("zones/plain.example.yaml")
                     .replace("TXT: a", "TXT: b") + "  z: {A: 192.0.2.3}\n")
    found = blamed(repository, "plain.example", "web.example")
    assert {k: v for k, v in found.items() if "plain" in k and k[0] in "xyz"} == {
        "x.plain.example. A": ("Cid", "One more"), "x.plain.example. TXT": (None, None),
        "y.plain.example. A": ("Bea", "As a block"), "z.plain.example. A": (None, None)}
    assert found["www.web.example. A"] == ("Cid", "One more") and found["base.web.example. A"] == ("Ann", "x")
    result = repository.expect(2, "plan", "plain.example", "--blame", "-o", "plan.json")
    assert re.search(r"zones/plain.example.yaml:\d+; by Bea in [0-9a-f]{12}: As a block\n", result.stdout)
    assert "; not committed\n" in result.stdout
    head = git(repository.directory, "rev-parse", "HEAD")
    assert f" Commit {head}." in repository.expect(2, "plan", "-v", "plain.example").stdout
    assert json.loads(repository.read("plan.json"))["commit"] == head
    assert "by Bea in" in repository.expect(0, "ci", "comment", "plan.json").stdout, "it is in the plan"
    repository.expect(0, "apply", "plan.json", "--yes")
    assert "blame" not in json.dumps(repository.plan(2, "web.example")), "nobody asked"


def test_blame_of_what_is_gone(repository):
    """Who took a line away: of a record, of a value, on a branch, in a file that came back, not yet committed, never."""
    def zone(*lines):
        repository.write("zones/plain.example.yaml", HEAD + "records:\n" + "".join(f"  {line}\n" for line in lines))
    two = "x: {A: [192.0.2.9, 192.0.2.10], TXT: a}"
    zone(two, "y: {A: 192.0.2.1}", "z: {A: 192.0.2.3}", "w: {A: 192.0.2.4}")
    commit_as(repository, "Ann", "All of it")
    repository.expect(0, "apply", "--yes", "-q")
    live = repository.path("live/plain.example.zone")
    live.write_text(live.read_text() + "hand 3600 A 192.0.2.77\n")
    zone(two, "z: {A: 192.0.2.3}", "w: {A: 192.0.2.4}")
    commit_as(repository, "Bea", "Without y")
    git(repository.directory, "checkout", "-qb", "side")
    zone(two, "w: {A: 192.0.2.4}")
    commit_as(repository, "Cid", "Without z")
    git(repository.directory, "checkout", "-q", "-")
    zone("x:", "  A:", "  - 192.0.2.9", "  TXT: a", "z: {A: 192.0.2.3}", "w: {A: 192.0.2.4}")
    commit_as(repository, "Dan", "One value less")
    git(repository.directory, "merge", "-q", "-X", "ours", "-m", "Merge", "side")
    zone("x:", "  A:", "  - 192.0.2.9", "  TXT: a", "w: {A: 192.0.2.4}")
    if git(repository.directory, "status", "--porcelain"):
        git(repository.directory, "commit", "-qam", "resolved", "--amend")
    for line in ("v: {A: 192.0.2.5}", "# nothing more"):  # commits that have nothing to do with it
        repository.write("zones/plain.example.yaml", repository.read("zones/plain.example.yaml") + f"  {line}\n")
        commit_as(repository, "Eve", "More")
    zone("x:", "  A:", "  - 192.0.2.9", "  TXT: a", "v: {A: 192.0.2.5}")
    found = blamed(repository, "plain.example")
    assert found == {"x.plain.example. A": ("Dan", "One value less"), "y.plain.example. A": ("Bea", "Without y"),
                     "z.plain.example. A": ("Cid", "Without z"), "w.plain.example. A": (None, None),
                     "v.plain.example. A": ("Eve", "More")}
    text = repository.expect(2, "plan", "plain.example", "--blame").stdout
    assert re.search(r"- y +3600 +A +192.0.2.1   # the name disappears; by Bea in [0-9a-f]{12}: Without y\n", text)
    assert re.search(r"- hand .*# the name disappears\n", text), "nobody took away what was never there"
    # A file that was deleted, and is there again without the record.
    repository.remove("zones/plain.example.yaml")
    commit_as(repository, "Fay", "Away")
    zone("v: {A: 192.0.2.5}")
    git(repository.directory, "add", "-A")
    commit_as(repository, "Gus", "And back")
    assert blamed(repository, "plain.example")["x.plain.example. TXT"] == ("Fay", "Away")


def test_blame_of_what_a_template_gave(repository):
    """Who took it out of a template, took the template from the zone or from another one, or deleted its file."""
    def template(name, records, extends=""):
        repository.write(f"templates/{name}.yaml", f"template: {name.split('@')[0]}\n{extends}records:\n"
                         + "".join(f"  {record}\n" for record in records))
    template("base", ["base: {A: 192.0.2.1}", "two: {A: [192.0.2.1, 192.0.2.2]}"])
    template("deep", ["deep: {TXT: d}"])
    template("web", ["www: {A: 192.0.2.2}", "old: {A: 192.0.2.3}"], "extends: [base, deep]\n")
    template("part", ["part: {A: 192.0.2.4}"])
    template("mail@1", ["mail: {A: 192.0.2.5}", "imap: {A: 192.0.2.5}"])
    repository.write("zones/web.example.yaml", HEAD + "extends: [web, part, mail]\nrecords: {x: {A: 192.0.2.9}}\n")
    git(repository.directory, "add", "-A")
    commit_as(repository, "Ann", "All of it")
    repository.expect(0, "apply", "--yes", "-q")
    live = repository.path("live/web.example.zone")
    live.write_text(live.read_text() + "hand 3600 A 192.0.2.77\n")
    template("base", ["two: {A: [192.0.2.1]}"])
    commit_as(repository, "Bea", "Base without base")
    template("web", ["www: {A: 192.0.2.2}", "old: {A: 192.0.2.3}"], "extends: [base]\n")
    commit_as(repository, "Cid", "Web is not deep")
    template("web", ["www: {A: 192.0.2.2}"], "extends: [base]\n")
    commit_as(repository, "Dan", "No old")
    repository.write("zones/web.example.yaml", HEAD + "extends: [web, mail]\nrecords: {x: {A: 192.0.2.9}}\n")
    commit_as(repository, "Eve", "No part")
    repository.remove("templates/part.yaml")
    commit_as(repository, "Fay", "Part is used no more")
    template("mail@2", ["mail: {A: 192.0.2.5}"])
    git(repository.directory, "add", "-A")
    commit_as(repository, "Gus", "A newer mail")
    template("deep", ["deep: {TXT: e}"])
    template("hosts", ["h: {TXT: x}"])
    commit_as(repository, "Hal", "Nothing of this zone")
    template("web", [], "extends: [base]\n")
    name = "web.example."
    assert blamed(repository, "web.example") == {
        f"base.{name} A": ("Bea", "Base without base"), f"two.{name} A": ("Bea", "Base without base"),
        f"deep.{name} TXT": ("Cid", "Web is not deep"), f"old.{name} A": ("Dan", "No old"),
        f"part.{name} A": ("Eve", "No part"), f"imap.{name} A": ("Gus", "A newer mail"),
        f"www.{name} A": (None, None)}, "and `hand` has none"


def write_history(repository, author, begun, path, contents):
    """A commit for each content of a file, a second apart, behind what is checked out; then that is checked out."""
    base = git(repository.directory, "rev-parse", "HEAD")
    stream = "".join(f"commit refs/heads/long\ncommitter {author} <a@example> {begun + i} +0000\ndata 1\nx\n"
                     + (f"from {base}\n" if i == 0 else "") + f"M 644 inline {path}\ndata <<END\n{content}END\n"
                     for i, content in enumerate(contents))
    subprocess.run([*GIT, "fast-import", "--quiet"], cwd=repository.directory, input=stream.encode(), check=True, timeout=60)
    git(repository.directory, "checkout", "-q", "-f", "long")


def test_blame_of_a_template_of_many_zones(repository):
    """A hundred zones that lost the same, in a history of hundreds of versions of other templates, in little time."""
    names = [f"n{i}.example" for i in range(100)]
    repository.write("templates/many.yaml", "template: many\nrecords: {gone: {A: 192.0.2.1}, kept: {A: 192.0.2.2}}\n")
    for name in names:
        repository.write(f"zones/{name}.yaml", HEAD + "extends: [many]\n")
    git(repository.directory, "add", "-A")
    commit_as(repository, "Ann", "Many")
    repository.expect(0, "apply", "--yes", "-q")
    repository.write("templates/many.yaml", "template: many\nrecords: {kept: {A: 192.0.2.2}}\n")
    commit_as(repository, "Bea", "Gone")
    write_history(repository, "Cid", 4000000000, "templates/other.yaml",
                  [f"template: other\nrecords: {{o: {{TXT: \"{i}\"}}}}\n" for i in range(200)])
    result = repository.expect(2, "plan", "--blame", "--format", "json")
    assert "RZ5506" not in result.stderr and result.seconds < 20
    found = [c["blame"]["author"] for z in result.json["zones"] for c in z["changes"] if c["owner"].startswith("gone.n")]
    assert found == ["Bea"] * len(names)


def test_blame_of_what_is_gone_with_a_long_history(repository, tmp_path):
    """Hundreds of versions of a file are looked through for what was never in it, in little time."""
    repository.expect(0, "apply", "--yes", "-q")
    live = repository.path("live/plain.example.zone")
    live.write_text(live.read_text() + "hand 3600 A 192.0.2.77\n")
    head, name = HEAD + "records:\n", "zones/plain.example.yaml"
    write_history(repository, "Ann", 1700000000, name,
                  [f"{head}  x: {{A: 192.0.2.9}}\n  n: {{TXT: \"{i}\"}}\n" for i in range(300)])
    result = repository.expect(2, "plan", "plain.example", "--blame")
    assert "RZ5506" not in result.stderr and result.seconds < 10
    assert re.search(r"- hand .*# the name disappears\n", result.stdout)


def test_blame_of_a_part_of_history(repository, tmp_path):
    """A clone of one commit would blame that commit for everything: it says nothing instead."""
    git(repository.directory, "commit", "-qm", "second", "--allow-empty")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository.directory}", "shallow")
    shallow = repository.run("-C", str(tmp_path / "shallow"), "plan", "--blame")
    assert shallow.code == 2 and "warning[RZ5506]" in shallow.stderr and "fetch-depth: 0" in shallow.stderr
    assert "; by " not in shallow.stdout
    repository.path(".git").rename(tmp_path / "elsewhere")
    assert "RZ5502" in repository.run("plan", "--blame").stderr


def test_blame_in_every_form_is_harmless(repository):
    """Names and subjects of commits are text of strangers."""
    hostile = "E\u202ev\x1b[31me </script><img src=x onerror=alert(1)> `|` @team [x](http://e.example) -->"
    repository.write("zones/plain.example.yaml", HEAD + "records: {x: {A: 192.0.2.8}}\n")
    commit_as(repository, hostile.replace("<", "{").replace(">", "}"), hostile)
    words = [word for form in FORMATS for word in ("--report", f"{form}:out.{form}")]
    repository.expect(2, "plan", "plain.example", "--blame", *words)
    found = check({form: repository.path(f"out.{form}").read_bytes() for form in FORMATS})
    change = [c for c in found["html"]["sections"][0]["c"] if c[1] == "x"][0]
    assert change[10].startswith("by E") and "</script>" in change[10] and "\u202e" not in change[10]
    assert "by E" in found["text"] and "by E" in found["markdown"]


def test_outside_of_a_repository(file_target):
    file_target.setup()
    file_target.project.zone(file_target.zone)
    assert "RZ5502" in file_target.project.expect(1, "plan", "--since", "HEAD").stderr


def test_gate(repository):
    repository.apply()
    repository.write("zones/plain.example.yaml", HEAD + "records: {y: {A: 192.0.2.9}}\n")
    repository.expect(2, "plan", "-o", "plan.json")
    for code, *args in ((0,), (0, "--max-deletes", "1"), (3, "--max-deletes", "0"), (3, "--max-changes", "1"),
                        (0, "--max-changes", "2"), (0, "--max-risk", "high"), (3, "--max-risk", "none")):
        result = repository.expect(code, "ci", "gate", "plan.json", *args, "--format", "json", prefix=no_network())
        assert result.json["open"] == (code == 0)
        assert SCHEMAS.errors(result.json, "report.schema.json", "/$defs/ci gate") == []
    for name in ("a", "b"):
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", repository.path(f"{name}.pem")],
                       check=True, capture_output=True, timeout=30)
        repository.path(f"{name}.pem").chmod(0o600)
        subprocess.run(["openssl", "pkey", "-in", repository.path(f"{name}.pem"), "-pubout", "-out",
                        repository.path(f"{name}.pub")], check=True, capture_output=True, timeout=30)
    keys = ["--verify-key", "a.pub", "--verify-key", "b.pub"]
    repository.expect(3, "ci", "gate", "plan.json", *keys, "--approvals", "1")
    repository.expect(0, "plan", "sign", "plan.json", "--sign-key", "a.pem")
    repository.expect(0, "ci", "gate", "plan.json", *keys, "--approvals", "1")
    repository.expect(3, "ci", "gate", "plan.json", *keys)
    repository.write("plan.json", repository.read("plan.json").replace("192.0.2.9", "192.0.2.8"))
    assert "RZ4102" in repository.expect(3, "ci", "gate", "plan.json").stderr


def test_comment(repository):
    repository.write("zones/big.example.yaml", HEAD + "records:\n" + "".join(
        f"  h{i}: {{TXT: \"{'x' * 60} <!-- {i} -->\"}}\n" for i in range(3000)))
    repository.expect(2, "plan", "--since", "HEAD", "-o", "plan.json")
    text = repository.expect(0, "ci", "comment", "plan.json", prefix=no_network()).stdout
    assert text.startswith("<!-- rezone:plan:") and len(text.encode()) <= 60000
    found = repository.expect(0, "ci", "comment", "plan.json", "--format", "json").json
    assert SCHEMAS.errors(found, "report.schema.json", "/$defs/ci comment") == []
    assert found["body"] == text and found["marker"] == text.splitlines()[0]
    other = repository.expect(0, "ci", "comment", "plan.json", "--env", "stage").stdout
    assert other.splitlines()[0] != found["marker"]
    repository.expect(0, "ci", "comment", "plan.json", "--output", "comment.md")
    assert "`comment.full.md`" in repository.read("comment.md") and len(repository.read("comment.md").encode()) <= 60000
    assert repository.read("comment.full.md").count("\n+ h") == 3000, "nothing is lost"
    # The next push changes another zone as well: it is the same comment.
    repository.write("zones/plain.example.yaml", HEAD)
    repository.expect(2, "plan", "--since", "HEAD", "-o", "plan.json")
    assert repository.expect(0, "ci", "comment", "plan.json").stdout.splitlines()[0] == found["marker"]


def test_offline_against_a_revision(repository, tmp_path):
    """What a branch changes, and nothing else: no server, no journal; templates, data and deletions too."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    repository.environment["TMPDIR"] = str(temporary)
    git(repository.directory, "checkout", "-qb", "change")
    args = ["plan", "--offline", "--untrusted", "--since", "main..."]
    assert "nothing to do" in repository.expect(0, *args).stdout
    repository.write("data/hosts.csv", "name\na\nb\n")
    repository.write("templates/base.yaml", "template: base\nrecords: {base: {A: 192.0.2.111}}\n")
    repository.write("zones/plain.example.yaml", HEAD)
    repository.write("zones/new.example.yaml", HEAD)
    commit(repository)
    result = repository.expect(2, *args, "-o", "plan.json")
    assert "RZ5504" in result.stderr and "main..." in result.stderr and "for review" in result.stdout
    plan = json.loads(repository.read("plan.json"))
    found = {(z["zone"], c["owner"].split(".")[0], c["action"]) for z in plan["zones"] for c in z["changes"]
             if z["zone"] != "new.example"}
    assert found == {("csv.example", "h", "update"), ("web.example", "base", "update"), ("plain.example", "x", "delete")}
    assert {z["zone"]: z["create_zone"] for z in plan["zones"]}["new.example"] is True
    assert "made offline" in repository.expect(0, "ci", "comment", "plan.json").stdout
    assert list(temporary.iterdir()) == [], "nothing is left behind"
    # A base that had errors, or no project, is nothing to compare with, and no failure.
    repository.write("zones/plain.example.yaml", "records: [")
    commit(repository)
    repository.write("zones/plain.example.yaml", HEAD)
    assert "create zone" in repository.expect(2, "plan", "--offline", "--since", "HEAD", "plain.example").stdout
    assert "RZ5501" in repository.expect(1, "plan", "--offline", "--since", "nowhere").stderr


@pytest.mark.parametrize("base, branch, gone", [
    ("listed", "listed", {("x", "delete"), ("y", "update")}),
    ("all", "listed", {("y", "update")}),  # nothing was put there as listed
    ("listed", "all", {("x", "delete"), ("y", "update")})])
def test_what_a_branch_no_longer_lists(repository, base, branch, gone):
    """`manage: listed`: what the base lists is what a run would have put there, and is shown as deleted."""
    records = "records:\n  x: {A: 192.0.2.1}\n  y: {A: 192.0.2.2}\n"
    repository.write("zones/plain.example.yaml", HEAD + f"manage: {base}\n" + records)
    commit(repository)
    repository.write("zones/plain.example.yaml", HEAD + f"manage: {branch}\nrecords: {{y: {{A: 192.0.2.3}}}}\n")
    plan = repository.plan(2, "--offline", "--untrusted", "--since", "HEAD")
    assert {(c["owner"].split(".")[0], c["action"]) for z in plan["zones"] for c in z["changes"]} == gone


def test_a_revision_of_strangers_is_laid_out_safely(repository, tmp_path):
    """Names of a tree that lead elsewhere are refused, links and submodules left out."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text(SECRET)
    os.symlink(outside / "secret.txt", repository.path("link"))
    repository.write("zones/plain.example.yaml", HEAD + "records: {x: {TXT: \"${file('link')}\"}}\n")
    commit(repository)
    repository.write("zones/plain.example.yaml", HEAD)
    result = repository.run("plan", "--offline", "--untrusted", "--since", "HEAD")
    assert result.code == 2 and SECRET not in result.text
    blob = git(repository.directory, "hash-object", "-w", "rezone.yaml")
    for name in ("..", "."):
        tree = subprocess.run([*GIT, "hash-object", "-w", "-t", "tree", "--literally", "--stdin"], cwd=repository.directory,
                              input=b"100644 " + name.encode() + b"\0" + bytes.fromhex(blob), capture_output=True, timeout=20)
        revision = git(repository.directory, "commit-tree", "-m", "evil", tree.stdout.decode().strip())
        refused = repository.run("plan", "--offline", "--untrusted", "--since", revision)
        assert refused.code == 1 and ("RZ5507" in refused.stderr or "RZ5501" in refused.stderr), refused


def test_offline_against_the_last_run(pdns_target):
    """No secret, no server: what the last run left stands for what is live; such a plan is not applied."""
    project = pdns_target.setup()
    project.zone(pdns_target.zone, "www: {A: 192.0.2.1}\nold: {A: 192.0.2.2}")
    project.apply()
    project.remove("pdns.key")
    path = project.path("rezone.yaml")
    path.write_text(path.read_text().replace(f":{pdns_target.server.api_port}", ":1"))
    project.expect(0, "plan", "--offline")
    project.zone(pdns_target.zone, "www: {A: 192.0.2.3}")
    found = project.plan(2, "--offline")
    assert {(c["owner"].split(".")[0], c["action"]) for z in found["zones"] for c in z["changes"]} == {
        ("www", "update"), ("old", "delete")}
    assert SCHEMAS.errors(found, "plan.schema.json") == [] and found["offline"] is True
    project.expect(2, "plan", "--offline", "-o", "plan.json")
    project.expect(0, "ci", "gate", "plan.json")
    assert "RZ5505" in project.expect(3, "apply", "plan.json", "--yes").stderr
    alone = project.plan(2, "--offline", "--untrusted")  # the journal is the project's own
    assert all(c["action"] == "create" for z in alone["zones"] for c in z["changes"])


SECRET = "the-secret-of-the-runner"


@pytest.mark.parametrize("value", [
    "${env('RUNNER_SECRET')}", "${file('../outside.txt')}", "${file('/etc/passwd')}", "${file('link')}",
    "${csv('../outside.txt')}", "${secret:env:RUNNER_SECRET}", "${json('link')}"])
def test_files_of_strangers(project, tmp_path, value):
    """A fork that allows itself everything reads nothing, runs nothing, asks nobody."""
    (tmp_path / "outside.txt").write_text(SECRET + "\n")
    os.symlink(tmp_path / "outside.txt", project.path("link"))
    project.environment["RUNNER_SECRET"] = SECRET
    project.write("rezone.yaml", "providers:\n"
                  f"  files: {{kind: zonefile, directory: live, reload: [touch, {tmp_path}/sprung], check: [touch, {tmp_path}/sprung]}}\n"
                  "zones: {\"**\": {to: files}}\nallow_env: [RUNNER_SECRET, HOME]\n"
                  f"state: sqlite:{tmp_path}/elsewhere.db\n")
    project.write("zones/a.example.yaml", HEAD + f"records: {{x: {{TXT: \"{value}\"}}, y: {{A: \"{value}\"}}}}\n")
    for args in (["validate", "--untrusted"], ["plan", "--offline", "--untrusted"]):
        for form in ("text", "json", "markdown"):
            result = project.run(*args, "--format", form, prefix=no_network())
            assert SECRET not in result.text and "root:" not in result.text
            assert result.code == 1, result
    assert not (tmp_path / "sprung").exists() and not (tmp_path / "elsewhere.db").exists()
    assert "--offline" in project.expect(1, "plan", "--untrusted").stderr


def no_network():
    """A network namespace without interfaces, where the system lets tests make one."""
    command = ["unshare", "--user", "--net"]
    works = shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True, timeout=20).returncode == 0
    return command if works else []


def test_sources_of_strangers(project, tmp_path):
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "p.example.yaml").write_text(HEAD)
    for directory in ("../private", str(tmp_path / "private")):
        project.write("rezone.yaml", "providers: {files: {kind: zonefile, directory: live}}\n"
                      f"sources: [{{directory: {directory}}}]\nzones: {{\"**\": {{to: files}}}}\n")
        result = project.expect(1, "validate", "--untrusted")
        assert "p.example" not in result.stdout


# The example workflows.

@pytest.fixture(scope="module")
def own_powerdns(tmp_path_factory):
    """One that has no zones of other tests: they would be foreign ones."""
    if not powerdns_server.available():
        pytest.skip("PowerDNS or its SQLite backend is not installed")
    server = powerdns_server.PowerDnsServer(tmp_path_factory.mktemp("own-powerdns")).start()
    yield server
    server.stop()
    shutil.rmtree(server.directory, ignore_errors=True)


class Pipeline:
    """A repository with an origin, and sh with rezone, gh and the variables of a runner."""

    def __init__(self, project, server, directory):
        self.project, self.server, self.directory = project, server, directory
        self.bin = directory / "bin"
        self.bin.mkdir()
        os.symlink(project.binary, self.bin / "rezone")
        gh = self.bin / "gh"
        gh.write_text(f"#!/bin/sh\necho \"$@\" >>{directory}/gh.log\ncase \"$*\" in\n"
                      f"*-X*|*body=@*) cp comment.md {directory}/posted.md ;;\n"
                      f"*--jq*) if [ -e {directory}/posted.md ]; then echo 17; fi ;;\nesac\n")
        gh.chmod(0o755)
        project.write("rezone.yaml", "providers:\n"
                      f"  pdns: {{kind: powerdns, url: \"{server.url}\", api_key: \"${{secret:env:PDNS_API_KEY}}\", servers: [\"127.0.0.1:{server.dns_port}\"]}}\n"
                      f"zones: {{\"**\": {{to: pdns}}}}\nstate: sqlite:{directory}/state.db\n"
                      "verify: {timeout: 10s}\n" + targets.LIMITS)
        project.write(".gitignore", ".rezone*\nplan.*\ncomment.md\n")
        project.zone("ci.example", "www: {A: 192.0.2.1}")
        git(project.directory, "init", "-q", ".")
        commit(project)
        git(directory, "clone", "-q", "--bare", str(project.directory), "origin.git")
        git(project.directory, "remote", "add", "origin", str(directory / "origin.git"))
        git(project.directory, "fetch", "-q")

    def push(self):
        commit(self.project)
        git(self.project.directory, "push", "-q", "origin", "HEAD")

    def sh(self, script, cwd=None, **variables):
        environment = {"PATH": f"{self.bin}:{os.environ['PATH']}", "HOME": str(self.directory), "LC_ALL": "C.UTF-8",
                       "REZONE_RESOLVERS": "none",
                       **{k: os.environ[k] for k in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS") if k in os.environ},
                       **variables}
        return subprocess.run(["sh", "-e", "-c", script], cwd=cwd or self.project.directory, env=environment,
                              capture_output=True, text=True, timeout=120)

    def good(self, script, **variables):
        done = self.sh(script, **variables)
        assert done.returncode == 0, (script, done)
        return done

    @property
    def secrets(self):
        return {"PDNS_API_KEY": self.server.api_key}

    def live(self):
        found = self.server.rrset("ci.example.", "www.ci.example.", "A")
        return sorted(r["content"] for r in found["records"]) if found else None


@pytest.fixture
def pipeline(project, own_powerdns, tmp_path):
    made = Pipeline(project, own_powerdns, tmp_path)
    yield made
    own_powerdns.request("DELETE", "/zones/ci.example.")


def steps(path, job):
    """The scripts of a job, with its variables: of secrets only the name."""
    found = yaml.safe_load(path.read_text())["jobs"][job]
    return [step["run"] for step in found["steps"] if "run" in step]


@pytest.mark.parametrize("host", ["github-actions", "forgejo"])
def test_actions(pipeline, host):
    path = EXAMPLES / host / "dns.yml"
    for script in steps(path, "apply"):
        pipeline.good(script, **pipeline.secrets)
    assert pipeline.live() == ["192.0.2.1"]
    git(pipeline.project.directory, "checkout", "-qb", "change")
    pipeline.project.zone("ci.example", "www: {A: 192.0.2.2}")
    commit(pipeline.project)
    for _ in range(2):  # the second time the comment is there, and is replaced
        for script in steps(path, "check"):
            pipeline.good(script, GITHUB_BASE_REF="main", GITHUB_REPOSITORY="o/r", PR="7", GH_TOKEN="t")
    if host == "github-actions":
        calls = (pipeline.directory / "gh.log").read_text()
        assert calls.count("-X PATCH repos/o/r/issues/comments/17") == 1 and "issues/7/comments" in calls
        assert "www" in (pipeline.directory / "posted.md").read_text()
    for script in steps(path, "apply"):
        pipeline.good(script, **pipeline.secrets)
    assert pipeline.live() == ["192.0.2.2"]
    if host == "github-actions":
        drift = steps(path, "drift")[0]
        pipeline.good(drift, **pipeline.secrets)
        pipeline.server.replace("ci.example.", "www.ci.example.", "A", 60, ["192.0.2.9"])
        done = pipeline.sh(drift, **pipeline.secrets)
        assert done.returncode == 2 and "drifted" in done.stdout


def test_gitlab(pipeline):
    jobs = yaml.safe_load((EXAMPLES / "gitlab-ci/.gitlab-ci.yml").read_text())
    base = git(pipeline.project.directory, "rev-parse", "HEAD")
    pipeline.project.zone("ci.example", "www: {A: 192.0.2.3}")
    commit(pipeline.project)
    for script in jobs["check"]["script"]:
        pipeline.good(script, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    for job in ("plan", "apply"):
        for script in jobs[job]["script"]:
            pipeline.good(script, **pipeline.secrets)
    assert pipeline.live() == ["192.0.2.3"]


def test_jenkins(pipeline):
    text = (EXAMPLES / "jenkins/Jenkinsfile").read_text()
    scripts = re.findall(r"\bsh '([^']*)'", text)
    assert len(scripts) == 4 and "credentials('pdns-api-key')" in text
    for script in scripts:
        pipeline.good(script, **pipeline.secrets)
    assert pipeline.live() == ["192.0.2.1"]


def test_pull_loop_and_cron_job(pipeline):
    where = {"DNS_REPOSITORY": str(pipeline.directory / "origin.git"), "DNS_CHECKOUT": str(pipeline.directory / "checkout"),
             **pipeline.secrets}
    loop = str(EXAMPLES / "pull-loop/pull-loop.sh")
    pipeline.good(loop, **where)
    assert pipeline.live() == ["192.0.2.1"]
    pipeline.project.zone("ci.example", "www: {A: 192.0.2.4}")
    pipeline.push()
    pipeline.good(loop, **where)
    assert pipeline.live() == ["192.0.2.4"]
    job = yaml.safe_load((EXAMPLES / "kubernetes/drift-cronjob.yaml").read_text())
    container = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    assert container["command"] == ["sh", "-c"]
    (pipeline.directory / "work").mkdir()
    done = pipeline.sh(container["args"][0], cwd=pipeline.directory / "work", **where)
    assert done.returncode == 0 and json.loads(done.stdout)["summary"]["clean"] == 1


def test_pre_commit_hooks(repository):
    """Each hook's entry is a command that passes on a good project, without network."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["rezone-validate", "rezone-fmt", "rezone-template-test"]
    for hook in hooks:
        words = hook["entry"].split()
        assert words[0] == "rezone" and hook["pass_filenames"] is False
        repository.expect(0, *words[1:], prefix=no_network())
