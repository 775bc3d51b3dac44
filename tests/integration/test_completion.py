# SPDX-License-Identifier: GPL-3.0-or-later
"""Completion: what `rezone complete` offers, and that real shells offer it when Tab is pressed."""
import os
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

PROJECT = """\
providers:
  files: {kind: zonefile, directory: live}
  other: {kind: zonefile, directory: other}
zones: {"**": {to: files}}
environments: {staging: {}, production: {}}
verify: {dns: false}
"""


@pytest.fixture
def filled(project):
    project.write("rezone.yaml", PROJECT)
    project.zone("example.com", "www: {A: 192.0.2.1}\n")
    project.zone("example.org", "www: {A: 192.0.2.1}\n")
    project.write("templates/mail/office.yaml", "description: mail of the office\nrecords: {}\n")
    project.write("templates/web.yaml", "version: 1\nrecords: {}\n")
    project.write("templates/web@2.yaml", "template: web\nversion: 2\nrecords: {}\n")
    return project


def offered(project, *words, **more):
    """{word: description} in the order offered."""
    result = project.expect(0, "complete", "--", *words, **more)
    assert result.stderr == ""
    return dict((line.split("\t") + [""])[:2] for line in result.stdout.splitlines())


def test_commands_and_their_second_words(filled):
    assert "plan" in offered(filled, "") and "template" in offered(filled, "")
    assert list(offered(filled, "rolle")) == [] and list(offered(filled, "rollb")) == ["rollback"]
    assert offered(filled, "zo") == {"zone": "list, create, delete"}
    assert list(offered(filled, "zone", "")) == ["list", "create", "delete"]
    assert list(offered(filled, "domain", "nameservers", "")) == ["get", "set", "register"]
    assert "set" in offered(filled, "help", "domain", "nameservers", "s")


def test_every_command_and_option_of_the_help_is_offered(filled):
    text = filled.expect(0, "--help").stdout
    for command in re.findall(r"^  (\w+(?: \w+)*)  ", text, re.M):
        words = command.split()
        assert words[-1] in offered(filled, *words[:-1], words[-1][:1])
        options = re.findall(r"^ +(?:-\w, )?(--[\w-]+)", filled.expect(0, *words, "--help").stdout, re.M)
        assert list(offered(filled, *words, "--")) == options, command


@pytest.mark.parametrize("words, wanted", [
    (["plan", "example"], ["example.com", "example.org"]),
    (["plan", "--zone", "example.o"], ["example.org"]),
    (["plan", "--zone=example.o"], ["--zone=example.org"]),
    (["render", "example.com", "example.o"], ["example.org"]),
    (["import", "--provider", ""], ["files", "other"]),
    (["plan", "--env", "s"], ["staging"]),
    (["template", "show", "w"], ["web", "web@1"]),
    (["template", "show", "mail"], ["mail/office"]),
    (["plan", "--format", ""], ["text", "json"]),
    (["template", "graph", "--format", "d"], ["dot"]),
    (["plan", "--mode", "cr"], ["create-missing"]),
    (["plan", "--allow", "apex"], ["apex-ns"]),
    (["apply", "--color=ne"], ["--color=never"]),
    (["apply", ""], [":file"]), (["apply", "plan.json", ""], []), (["fmt", "a", "b", ""], [":file"]),
    (["-C", ""], [":directory"]), (["plan", "-o", ""], [":file"]),
    (["record", "get", "www.example.com", "AAA"], ["AAAA"]),
    (["completion", ""], ["bash", "zsh", "fish"]),
    (["explain", "RZ520"], ["RZ5201", "RZ5202", "RZ5203", "RZ5204", "RZ5205", "RZ5206"]),
    (["help", "exit"], ["exit-codes"]),
    (["plan", "--", "--"], []), (["plan", "--nosuch"], []), (["nosuch", ""], []),
])
def test_values(filled, words, wanted):
    found = list(offered(filled, *words))
    assert [word for word in found if word != "sign"] == [*wanted] or found[:len(wanted)] == wanted != []


def test_runs_of_the_journal(filled):
    assert offered(filled, "rollback", "") == {}
    assert not filled.exists(".rezone"), "asking must not make a journal"
    filled.apply()
    found = offered(filled, "rollback", "")
    assert list(found) == ["1"] and "apply  committed" in found["1"]


def test_elsewhere(filled, tmp_path):
    where = str(filled.directory)
    assert list(offered(filled, "-C", where, "plan", "example.c")) == ["example.com"]
    filled.directory.joinpath("sub").mkdir()
    filled.path("rezone.yaml").rename(filled.path("other.yaml"))
    assert offered(filled, "plan", "--zone", "e") == {}
    assert list(offered(filled, "--config", "other.yaml", "plan", "--zone", "e")) == ["example.com", "example.org"]


def test_silent_where_the_project_is_broken(filled):
    filled.write("templates/web.yaml", "records: [\n")
    assert list(offered(filled, "plan", "--zone", "e")) == ["example.com", "example.org"]
    filled.write("rezone.yaml", "}{")
    assert offered(filled, "plan", "--zone", "e") == {}
    assert "plan" in offered(filled, "p")


def test_hostile_names_are_harmless(filled):
    filled.write("templates/evil.yaml", 'description: "a\\e[2J\\tb\\nc"\nrecords: {}\n')
    shown = filled.expect(0, "complete", "--", "template", "show", "e").stdout
    assert "\x1b" not in shown and shown.count("\n") == 1 and shown.startswith("evil\t")


def test_json(filled):
    found = filled.expect(0, "complete", "--format", "json", "--", "plan", "--zone", "e").json
    assert SCHEMAS.errors(found, "report.schema.json", "/$defs/complete") == []
    assert [entry["word"] for entry in found] == ["example.com", "example.org"]
    found = filled.expect(0, "completion", "bash", "--format", "json").json
    assert SCHEMAS.errors(found, "report.schema.json", "/$defs/completion") == []
    assert "one of: bash, zsh, fish" in filled.expect(1, "completion", "tcsh").stderr


# ---- the shells themselves ----

def environment(project):
    return project._environment({"PATH": f"{project.binary.parent}:{os.environ['PATH']}", "TERM": "dumb",
                                 "ZDOTDIR": str(project.directory), "XDG_CONFIG_HOME": str(project.directory / "config"),
                                 "XDG_DATA_HOME": str(project.directory / "data")})


def shell_here(name):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    return shutil.which(name)


# A line as typed, and what it becomes when Tab has been pressed.
TYPED = [("rezone rollb", "rezone rollback "), ("rezone plan --zone example.o", "rezone plan --zone example.org "),
         ("rezone plan --zone=example.o", "rezone plan --zone=example.org "),
         ("rezone template show mai", "rezone template show mail/office "),
         ("rezone fmt rezone.y", "rezone fmt rezone.yaml "), ("rezone zone cre", "rezone zone create "),
         ("rezone template show web@", "rezone template show web@1 ")]


def bash_offers(project, line):
    """The line as bash has it after Tab, by its own completion machinery without a terminal."""
    script = r'''
source <(rezone completion bash)
COMP_LINE=$1; COMP_POINT=${#1}
IFS=$'\n' read -rd '' -a COMP_WORDS <<<"$2"; COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { :; }
_rezone
printf '%s\n' "${COMPREPLY[@]}"
'''
    words = [word for word in re.split(r"\s+|([=@:])", line) if word]
    ended = subprocess.run([shell_here("bash"), "--norc", "-c", script, "bash", line, "\n".join(words)],
                           cwd=project.directory, env=environment(project), capture_output=True, text=True,
                           timeout=30)
    assert ended.stderr == "", ended.stderr
    last = words[-1] if words[-1] not in "=@:" else ""
    return [line[:len(line) - len(last)] + word for word in ended.stdout.split("\n") if word]


@pytest.mark.parametrize("typed, wanted", TYPED)
def test_bash(filled, typed, wanted):
    assert bash_offers(filled, typed) == [wanted.rstrip()]


def test_bash_at_a_terminal(filled):
    with Terminal([shell_here("bash"), "--norc", "--noprofile", "-i"], filled.directory,
                  environment(filled)) as terminal:
        terminal.send("source <(rezone completion bash); PS1='> '; echo rea''dy\n")
        terminal.wait_for(r"ready\r?\n", 20)
        terminal.send("rezone render exam\torg --format js\t -q\n")
        terminal.wait_for(r'"zone":"example.org"', 20)


def test_zsh_at_a_terminal(filled):
    with Terminal([shell_here("zsh"), "-f", "-i"], filled.directory, environment(filled)) as terminal:
        terminal.send("autoload -U compinit && compinit -u -D; source <(rezone completion zsh); PS1='> '; "
                      "echo rea''dy\n")
        terminal.wait_for(r"ready\r?\n", 30)
        terminal.send("rezone rende\tzone\x15")  # the command's blank, then the line is thrown away
        terminal.send("rezone render example.o\t --format js\t -q\n")
        text = terminal.wait_for(r'"zone":"example.org"', 20)
        terminal.send("rezone template graph --for\t\n")
        terminal.wait_for("template graph --format", 20)
        terminal.send("rezone plan --zone=example.o\t -q | cat; echo do''ne\n")
        text = terminal.wait_for(r"done\r?\n", 20)
        assert "--zone=example.org" in text


@pytest.mark.parametrize("typed, wanted", TYPED)
def test_fish(filled, typed, wanted):
    script = 'rezone completion fish | source; complete -C "$argv[1]"'
    ended = subprocess.run([shell_here("fish"), "--no-config", "-c", script, typed], cwd=filled.directory,
                           env=environment(filled), capture_output=True, text=True, timeout=30)
    assert ended.stderr == "", ended.stderr
    last = typed.split()[-1]
    assert [typed[:len(typed) - len(last)] + line.split("\t")[0] for line in ended.stdout.splitlines()] \
        == [wanted.rstrip()]
