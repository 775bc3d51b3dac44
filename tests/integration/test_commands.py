# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line itself: help, usage, exit codes, JSON of every command on files."""
import json
import os
import re

import pytest

COMMANDS = ["init", "validate", "render", "plan", "plan sign", "apply", "verify", "rollback", "recover",
            "unlock", "drift", "ci gate", "ci comment", "history", "show", "journal backup", "journal restore",
            "journal prune", "journal notices", "queue list", "queue show", "queue cancel", "queue retry", "import", "fmt", "zone list", "zone create", "zone delete",
            "cache stats", "cache clear", "auth login", "auth status", "auth refresh", "auth logout", "health",
            "forward list", "forward check",
            "record create", "record update", "record delete", "record get", "record list",
            "domain list", "domain show", "domain check", "domain tlds", "domain nameservers get",
            "domain nameservers set", "domain nameservers register", "domain verify", "domain watch", "domain report",
            "dnssec status", "dnssec resign", "dnssec list", "dnssec add",
            "dnssec remove", "dnssec key list", "dnssec key generate", "dnssec key import", "dnssec key publish",
            "dnssec key activate", "dnssec key deactivate", "dnssec key retire", "dnssec key remove", "dnssec ds show", "dnssec ds set", "dnssec ds remove", "dnssec rollover plan",
            "dnssec rollover start", "dnssec rollover step", "dnssec rollover status", "dnssec rollover cancel",
            "template list", "template show", "template new", "template clone", "template rename",
            "template delete", "template search", "template test", "template graph", "version", "explain", "completion",
            "complete"]
# A good value for every option that takes one, and arguments that a command cannot do without.
VALUES = {"--directory": ".", "--config": "rezone.yaml", "--define": "a=b", "--zone": "**",
          "--format": "json", "--output": "out.txt", "--jobs": "2", "--env": "stage", "--color": "never", "--log-format": "json",
          "--trace": "trace.txt", "--allow": "protect", "--out": "plan.json", "--limit": "5",
          "--offset": "1", "--since": "7d", "--metrics": "drift.prom", "--max-risk": "high", "--max-changes": "9", "--max-deletes": "9", "--approvals": "0", "--watch": "soon", "--listen": "127.0.0.1:1", "--until": "2099-01-01", "--actor": "tester",
          "--status": "committed", "--from": "live", "--provider": "files", "--to": "imported",
          "--sign-key": "key.pem", "--verify-key": "key.pub", "--mode": "full",
          "--target": "www A", "--keep": "90d", "--ttl": "300", "--priority": "10", "--file": "-", "--search": "a", "--expiring": "30d",
          "--sort": "name", "--parent": "127.53.0.99:1", "--resolver": "127.53.0.99:1", "--port": "1", "--wait": "1s", "--every": "1s",
          "--count": "1", "--margin": "1m", "--hosted": "yes", "--autorenew": "no", "--nameserver": "*", "--http-metrics": "metrics.prom",
          "--server": "127.53.0.99:1", "--warn": "3d", "--key": "1"}
ARGUMENTS = {"ci gate": ["plan.json"], "ci comment": ["plan.json"], "completion": ["bash"], "plan sign": ["plan.json"], "journal backup": ["copy.db"], "journal restore": ["none.db"],
             "journal prune": ["--keep", "1d"], "queue cancel": ["1"], "queue retry": ["1"], "rollback": ["1"], "show": ["1"], "zone create": ["new.example"],
             "zone delete": ["example.com"], "template show": ["web"], "template new": ["web"],
             "template clone": ["web", "shop"], "template rename": ["web", "shop"],
             "template delete": ["web"], "template search": ["web"],
             "record create": ["a.example.com", "A", "192.0.2.1", "--dry-run"],
             "record update": ["a.example.com", "A", "192.0.2.1", "--dry-run"],
             "record delete": ["a.example.com", "A", "--dry-run"], "record get": ["a.example.com", "A"],
             "record list": ["example.com"], "domain show": ["example.com"], "domain verify": ["example.com", "--parent", "127.53.0.99:1"],
             "domain watch": ["example.com", "--count", "1", "--parent", "127.53.0.99:1"], "dnssec status": ["example.com", "--parent", "127.53.0.99:1"],
             "domain report": ["example.com", "--parent", "127.53.0.99:1"], "domain check": ["example.com"],
             "domain nameservers get": ["example.com"],
             "domain nameservers set": ["example.com", "ns1.example.net", "ns2.example.net"],
             "domain nameservers register": ["example.com", "ns1.example.com", "192.0.2.1"], "dnssec list": ["example.com"],
             "dnssec rollover plan": ["example.com", "zsk", "--parent", "127.53.0.99:1"],
             "dnssec add": ["example.com", "12345 13 2 " + "00" * 32], "dnssec remove": ["example.com", "12345"], "dnssec ds show": ["example.com"], "dnssec ds set": ["example.com"], "dnssec ds remove": ["example.com"],
             "dnssec key list": ["example.com"], "dnssec key generate": ["example.com", "zsk"],
             "dnssec key import": ["example.com", "none.pem", "zsk"],
             **{f"dnssec key {what}": ["example.com", "1"] for what in ("publish", "activate", "deactivate", "retire", "remove")},
             "dnssec rollover start": ["example.com", "zsk"], "dnssec rollover cancel": ["example.com"]}
OPTION = re.compile(r"^ +(?:(-\w), )? *(--[\w-]+)( [A-Z=|a-z]+)?  +\S", re.M)


@pytest.fixture
def started(project):
    """A project by `init`, applied."""
    project.expect(0, "init", "-q")
    project.apply()
    return project


OPTIONS = {}


def options_of(project, command):
    if command not in OPTIONS:
        text = project.expect(0, *command.split(), "--help").stdout
        OPTIONS[command] = [(short, name, bool(value)) for short, name, value in OPTION.findall(text)]
    return OPTIONS[command]


def written(word, name, takes_value):
    return [word, VALUES[name]] if takes_value else [word]


def test_help_lists_every_command(project):
    text = project.expect(0, "--help").stdout
    listed = re.findall(r"^  (\w+(?: \w+)*)  ", text, re.M)
    assert sorted(set(listed) - {"help"}) == sorted(COMMANDS)
    assert project.expect(0, "help").stdout == text
    assert project.expect(1).stderr == text
    for command in COMMANDS:
        own = project.expect(0, *command.split(), "--help")
        assert own.stdout == project.expect(0, "help", *command.split()).stdout
        assert f"Usage: rezone {command}" in own.stdout and own.stderr == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_help_tells_the_truth(started, command):
    """Every option that the help of a command names is taken, long and short; no other is."""
    known = options_of(started, command)
    assert ("-h", "--help", False) in known
    for short, name, takes_value in known:
        for word in filter(None, (short, name)):
            if name == "--help":
                continue
            result = started.run(*command.split(), *ARGUMENTS.get(command, []), *written(word, name, takes_value))
            assert f"unknown option {word}" not in result.stderr and f"has no option {name}" not in result.stderr, result
            assert result.code in range(6)
    # The others are all refused at once, so one run shows them.
    own = {name for _, name, _ in known}
    others = sorted({option for each in COMMANDS for option in options_of(started, each) if option[1] not in own})
    result = started.expect(1, *command.split(), *ARGUMENTS.get(command, []),
                            *[word for _, name, takes_value in others for word in written(name, name, takes_value)])
    refused = re.findall(r"has no option (--[\w-]+)", result.stderr)
    assert sorted(set(refused)) == sorted({name for _, name, _ in others})


@pytest.mark.parametrize("command", COMMANDS)
def test_formats_of_the_help_work(started, command):
    """A format that the help names gives that format; another is refused with the list."""
    text = started.expect(0, *command.split(), "--help").stdout
    formats = re.search(r"^Formats: (.*)$", text, re.M).group(1).split(", ")
    arguments = [*command.split(), *ARGUMENTS.get(command, [])]
    assert "text" in formats and "json" in formats
    assert isinstance(started.run(*arguments, "--format", "json").json, (dict, list))
    result = started.expect(1, *arguments, "--format", "bogus")
    assert "RZ9001" in result.stderr and ", ".join(formats) in result.stderr


@pytest.mark.parametrize("words, says", [
    (["bogus"], "bogus"), (["plan", "--bogus"], "--bogus"), (["plan", "--jobs", "x"], "--jobs"),
    (["plan", "--jobs"], "--jobs"), (["rollback"], "argument is missing"), (["rollback", "x"], "x"),
    (["rollback", "-1"], "-1"), (["show", "99"], "no run 99"), (["rollback", "99", "--yes"], "no run 99"),
    (["apply", "a", "b"], "too many"), (["apply", "missing.json"], "missing.json"),
    (["plan", "other.example"], "other.example"), (["plan", "exmple.com"], "did you mean example.com?"),
    (["apply", "example.com"], "--zone example.com"), (["plan", "--zone", "*.nope"], "*.nope"),
    (["plan", "--allow", "bogus"], "max-changes"), (["zone"], "zone"), (["zone", "bogus"], "bogus"),
    (["-C", "nowhere", "plan"], "nowhere"), (["plan", "--config", "none.yaml"], "none.yaml"),
    (["plan", "-D", "novalue"], "novalue"), (["plan", "--color", "pink"], "auto, always, never"),
    (["import", "--from", "bogus"], "octodns"), (["import", "--from", "live"], "--provider"),
    (["import"], "--from"), (["zone", "list", "--provider", "nobody"], "nobody"),
    (["zone", "create", "other.example", "--yes"], "other.example"),
    (["zone", "delete", "bad..name", "--provider", "files", "--yes"], "bad..name"),
    (["zone", "delete", "other.example", "--provider", "files", "--yes"], "other.example"),
    (["history", "www", "BOGUS"], "BOGUS"), (["history", "--since", "yesterday"], "yesterday"),
    (["history", "--limit", "0x"], "--limit"), (["history", "--status", "bogus"], "bogus"),
    (["plan", "--output", "no/such/dir"], "no/such/dir"), (["plan", "--out", "no/such/dir"], "no/such"),
    (["plan", "--trace", "no/such/dir"], "no/such/dir"), (["help", "bogus"], "bogus"),
])
def test_usage_errors(started, words, says):
    """Exit code 1, one diagnostic that names what is wrong, nothing on stdout."""
    before = started.read("live/example.com.zone")
    result = started.expect(1, *words)
    assert says in result.stderr and "error[RZ" in result.stderr
    assert "--out" in words or result.stdout == ""
    assert started.read("live/example.com.zone") == before


def test_init(project):
    result = project.expect(0, "init")
    for name in ("rezone.yaml", "zones/example.com.yaml", ".gitignore"):
        assert project.exists(name) and name in result.stdout
    project.write("rezone.yaml", "mine: true\n")
    again = project.expect(1, "init")
    assert "rezone.yaml" in again.stderr and project.read("rezone.yaml") == "mine: true\n"


def test_init_from_other_files(project):
    """A directory of OctoDNS's or BIND's becomes a project in one step."""
    project.write("config/example.com.yaml", "www:\n  type: A\n  value: 192.0.2.1\n")
    project.write("master/example.net.zone", "@ 3600 SOA ns1 h 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.53\n")
    for kind, path, zone in (("octodns", "config", "example.com"), ("bind", "master", "example.net")):
        project.expect(0, "init", "--from", kind, path)
        assert project.exists(f"zones/{zone}.yaml")
        project.expect(0, "validate", zone)
        project.path("rezone.yaml").unlink()
    assert "-C DIR" in project.expect(1, "init", "somewhere").stderr
    assert "rezone import --from live" in project.expect(1, "init", "--from", "live").stderr
    assert not project.exists("rezone.yaml")


def test_init_gives_a_project_that_works(project):
    project.expect(0, "init")
    project.expect(0, "validate")
    project.expect(0, "fmt", "--check")
    project.expect(2, "plan")
    project.apply()
    project.expect(0, "plan")
    project.expect(0, "verify")
    assert ".rezone" in project.read(".gitignore")


def test_validate(started):
    found = started.expect(0, "validate", "--format", "json").json
    assert found["errors"] == 0 and found["zones"] == 1 and found["rrsets"] >= 20
    started.zone("broken.example", "www: {A: 300.1.1.1}\n")
    result = started.expect(1, "validate")
    assert "zones/broken.example.yaml:4:12: error[RZ1104]" in result.stderr
    found = started.expect(1, "validate", "--format", "json").json
    place = next(d for d in found["diagnostics"] if d["severity"] == "error")
    assert (place["file"], place["line"], place["column"]) == ("zones/broken.example.yaml", 4, 12)
    # A zone that is not asked for does not stand in the way.
    started.expect(0, "validate", "example.com")
    started.expect(0, "plan", "example.com")


def test_validate_needs_no_secrets_and_no_network(project):
    project.write("rezone.yaml", 'providers:\n  live: {kind: powerdns, url: "http://192.0.2.1:1",'
                  ' api_key: "${secret:env:ABSENT}"}\nzones: {"**": {to: live}}\n')
    project.zone("example.com", "www: {A: 192.0.2.1}\n")
    project.expect(0, "validate")
    project.expect(0, "render")
    result = project.expect(1, "plan")
    assert "ABSENT" in result.stderr and "rezone.yaml:2:" in result.stderr


def test_render(started):
    text = started.expect(0, "render", "example.com").stdout
    assert re.search(r"^www\s+\d*\s*(IN )?CNAME", text, re.M)
    rendered = started.expect(0, "render", "--format", "json").json
    owners = {(r["owner"], r["type"]) for zone in rendered for r in zone["rrsets"]}
    assert ("www.example.com.", "CNAME") in owners
    again = started.expect(0, "render", "--format", "yaml").stdout
    started.write("zones/example.com.yaml", again)
    assert started.changes() == {}, "the zone rendered as YAML is the same zone"
    # A master file from render is a source that gives the same zone.
    started.remove("zones/example.com.yaml")
    started.write("masters/example.com.zone", text)
    started.write("rezone.yaml", started.read("rezone.yaml").replace(
        "{directory: zones}", "{directory: masters, format: zonefile}"))
    assert started.changes() == {}


def test_variables(project):
    project.expect(0, "init")
    project.zone("v.example", "www: {A: \"${ip}\"}\n")
    result = project.expect(1, "validate")
    assert "zones/v.example.yaml:4:" in result.stderr and "ip" in result.stderr
    text = project.expect(0, "render", "v.example", "-D", "ip=192.0.2.77").stdout
    assert "192.0.2.77" in text


def test_output_file(started):
    started.expect(0, "version", "--output", "version.txt")
    assert "rezone" in started.read("version.txt")
    result = started.expect(0, "version", "--output", "version.json", "--format", "json")
    assert result.stdout == "" and "rezone" in json.loads(started.read("version.json"))


def test_output_that_cannot_be_written(started):
    with open("/dev/full", "wb"):
        result = started.expect(1, "plan", "--output", "/dev/full", "example.com")
    assert "RZ9002" in result.stderr


def test_version(project):
    text = project.expect(0, "version").stdout
    assert re.match(r"rezone \d+\.\d+\.\d+ ", text)
    assert project.expect(0, "--version").stdout == text
    assert project.expect(0, "version", "--format", "json").json["rezone"] in text


def test_zone_list(started):
    assert started.expect(0, "zone", "list", "--format", "json").json == [
        {"format": "native", "path": "zones/example.com.yaml", "targets": ["files"], "zone": "example.com"}]
    started.write("live/other.example.zone", "@ 60 SOA a. b. 1 2 3 4 5\n@ 60 NS a.\n")
    live = started.expect(0, "zone", "list", "--provider", "files", "--format", "json").json
    assert sorted((z["zone"], z["managed"]) for z in live) == [("example.com", True), ("other.example", False)]
    text = started.expect(0, "zone", "list", "--provider", "files").stdout
    assert "other.example  in no file" in text


def test_zone_delete_and_rollback(started):
    before = started.read("live/example.com.zone")
    refused = started.expect(1, "zone", "delete", "example.com", "--provider", "files")
    assert "RZ9004" in refused.stderr and started.read("live/example.com.zone") == before
    started.expect(0, "zone", "delete", "example.com", "--provider", "files", "--yes")
    assert not started.exists("live/example.com.zone")
    started.expect(0, "rollback", started.last_run(), "--yes")
    assert started.changes() == {}


def test_zone_delete_of_a_zone_in_no_file(started):
    started.write("live/other.example.zone", "@ 60 SOA a. b. 1 2 3 4 5\n@ 60 NS a.\nwww 60 A 192.0.2.1\n")
    started.expect(0, "zone", "delete", "other.example", "--provider", "files", "--yes")
    assert not started.exists("live/other.example.zone")
    started.expect(0, "rollback", started.last_run(), "--yes")
    assert "192.0.2.1" in started.read("live/other.example.zone")


def test_history_filters(started):
    for number in range(3):
        started.zone("example.com", f"www: {{A: 192.0.2.{number}}}\n")
        started.apply(0, *[f"--allow={rule}" for rule in ("max-changes", "max-deletes", "protect", "dangling")])
    runs = started.runs()
    assert len(runs) == 4
    numbers = [run["run"] for run in runs]
    assert numbers == sorted(numbers, reverse=True)
    get = lambda *args: [r["run"] for r in started.expect(0, "history", "--format", "json", *args).json]
    assert get("--limit", "2") == numbers[:2]
    assert get("--limit", "2", "--offset", "2") == numbers[2:]
    assert get("--oldest-first") == numbers[::-1]
    assert get("--actor", "nobody") == [] and get("--actor", "tester") == numbers
    assert get("--status", "failed") == [] and get("--status", "committed") == numbers
    assert get("--since", "1h") == numbers and get("--until", "2020-01-01") == []
    assert get("--zone", "*.nothing") == [] and get("--zone", "example.com") == numbers
    assert "--allow max-changes" in runs[0]["flags"]
    assert started.expect(0, "history").stdout.count("\n") >= 4


def test_selection_by_glob(project):
    project.expect(0, "init", "-q")
    project.remove("zones/example.com.yaml")
    for name in ("a.example", "b.example", "c.b.example"):
        project.zone(name, "www: {A: 192.0.2.1}\n")
    planned = lambda *args: sorted(z["zone"] for z in project.plan(2, *args)["zones"])
    assert planned() == ["a.example", "b.example", "c.b.example"]
    assert planned("--zone", "*.example") == ["a.example", "b.example"]
    assert planned("--zone", "**.example") == ["a.example", "b.example", "c.b.example"]
    assert planned("a.example", "c.b.example.") == ["a.example", "c.b.example"]
    project.apply(0, "--zone", "b.example")
    assert project.exists("live/b.example.zone") and not project.exists("live/a.example.zone")


def test_several_targets(project):
    project.write("rezone.yaml", "providers:\n  one: {kind: zonefile, directory: one}\n"
                  "  two: {kind: zonefile, directory: two}\nzones:\n"
                  "  \"both.example\": {to: [one, two]}\n  \"**\": {to: two}\nverify: {dns: false}\n")
    project.zone("both.example", "www: {A: 192.0.2.1}\n")
    project.zone("single.example", "www: {A: 192.0.2.1}\n")
    project.apply()
    assert project.exists("one/both.example.zone") and project.exists("two/both.example.zone")
    assert not project.exists("one/single.example.zone") and project.exists("two/single.example.zone")
    assert project.changes() == {}


def test_manage_listed_leaves_other_records(file_target):
    project = file_target.project
    project.write("rezone.yaml", "providers:\n  live: {kind: zonefile, directory: live}\nzones:\n"
                  "  \"**\": {to: live, manage: listed}\nverify: {dns: false}\n")
    file_target.base()
    file_target.put("theirs", "A", 60, "192.0.2.9")
    project.zone("files.example", "ours: {A: 192.0.2.1}\n")
    project.apply()
    assert file_target.has("theirs", "A", "192.0.2.9", ttl=60) and file_target.has("ours", "A", "192.0.2.1")
    assert project.changes() == {}


def test_ignored_records_are_neither_shown_nor_touched(target):
    target.base()
    target.setup()
    target.put("_acme-challenge", "TXT", 60, '"token"')
    target.put("other", "TXT", 60, '"token"')
    target.project.zone(target.zone, "www: {A: 192.0.2.1}\n")
    path = target.project.path(f"zones/{target.zone}.yaml")
    path.write_text("ignore:\n  - {name: \"_acme-challenge*\", type: TXT}\n" + path.read_text())
    assert target.project.changes() == {(target.absolute("www"), "A"): "create",
                                        (target.absolute("other"), "TXT"): "delete"}
    target.project.apply()
    assert target.has("_acme-challenge", "TXT", '"token"', ttl=60)


def test_colors(started):
    assert "\033[" not in started.expect(0, "plan").text
    assert "\033[" in started.expect(0, "history", "--color", "always").text \
        or "\033[" in started.expect(0, "plan", "--color", "always").text
    started.zone("x.example", "www: {A: 192.0.2.1}\n")
    assert "\033[" in started.expect(2, "plan", "--color", "always").text


def test_quiet(started):
    loud = started.expect(0, "plan")
    quiet = started.expect(0, "plan", "-q")
    assert len(quiet.text) <= len(loud.text)


def test_terminal_escapes_in_data_are_not_printed_raw(started):
    """What strangers put into a zone must not reach the reviewer's terminal."""
    started.zone("evil.example", 't: {TXT: "a\\x1b[2Jb\\u202ec"}\n"x\\\\027y": {A: 192.0.2.1}\n')
    for args in (["plan"], ["apply", "--yes"], ["render", "evil.example"], ["history", "t.evil.example"],
                 ["show", "2"]):
        assert "\x1b" not in started.run(*args).text
