# SPDX-License-Identifier: GPL-3.0-or-later
"""`checks:` of zones: against real services, after apply and in verify; what fails is rolled back."""
import json
from pathlib import Path

import pytest

from support.json_schema import Schemas
from support.project import HEAD
from support.services import Web, certificate, closed_port
from test_plan_files import forge

SCHEMAS = Schemas(Path(__file__).resolve().parents[2] / "schemas")
EXTRA = "verify: {timeout: 5s, dns: false, exec: true}\n"


def zone(target, checks, records="www: {A: 127.0.0.1}\nalias: {CNAME: www}\n"):
    lines = "checks:\n" + "".join(f"  - {check}\n" for check in checks)
    target.project.zone(target.zone, records, HEAD + lines)


@pytest.fixture
def begun(file_target):
    file_target.base()
    file_target.setup(EXTRA)
    return file_target


def applied(target, checks, code=0, *args):
    zone(target, checks)
    result = target.project.expect(code, "apply", "--yes", "--format", "json", *args)
    assert SCHEMAS.errors(result.json, "report.schema.json", "/$defs/apply") == []
    is_kept(target.project, result.json["zones"][0])
    return result


def is_kept(project, told):
    """What apply told of a zone's verification is what the journal has for good."""
    shown = project.expect(0, "show", project.last_run(), "--format", "json").json
    assert SCHEMAS.errors(shown, "report.schema.json", "/$defs/show") == []
    kept = shown["zones"][0]["verification"]
    assert kept == {key: told[key] for key in ("checks", "read_back", "server_reports")}
    return project.expect(0, "show", project.last_run()).stdout


@pytest.fixture
def secure(tmp_path):
    context, path = certificate(tmp_path / "ca", "www.files.example")
    with Web([(200, "all is well")], context) as web:
        web.certificate = path
        yield web


def test_all_kinds_against_real_services(bind_target, secure):
    """http, tcp, tls, dns and exec pass, and are reported one by one and server by server."""
    name = bind_target.zone
    bind_target.base()
    bind_target.setup("verify: {timeout: 20s, exec: true}\n")
    project = bind_target.project
    ca = project.write("ca.pem", secure.certificate.read_text())
    dns = f"127.0.0.1:{bind_target.server.port}"
    context, other = certificate(ca.parent / "other", f"www.{name}")
    project.write("other.pem", other.read_text())
    with Web([(200, "a b c")], context) as own, Web([(404, "gone")]) as plain:
        zone(bind_target, [
            f'{{http: "https://alias.{name}:{own.port}/x?y=1#z", resolve: true, ca_file: other.pem}}'.replace("alias", "www"),
            f'{{http: "http://127.0.0.1:{plain.port}", expect: [404, 410], contains: gone}}',
            f'{{tcp: "alias.{name}:{plain.port}", resolve: true}}',
            f'{{tls: "127.0.0.1:{secure.port}", name: www.files.example, days: 10, ca_file: ca.pem}}',
            "{dns: www A, equals: 127.0.0.1}",
            f'{{dns: alias A, via: "{dns}", contains: 127.0.0.1}}',
            '{dns: text TXT, contains: "quick brown"}',
            '{exec: [sh, -c, "test $# = 1 && env", me, "${zone}"]}'],
            "www: {A: 127.0.0.1}\nalias: {CNAME: www}\ntext: {TXT: the quick brown fox}\n")
        result = project.expect(0, "apply", "--yes", "--format", "json")
        assert own.requests[0][:2] == ("GET", "/x?y=1")
    assert SCHEMAS.errors(result.json, "report.schema.json", "/$defs/apply") == []
    found, = result.json["zones"]
    shown = is_kept(project, found)
    assert f"    {dns.replace(':', ' port ')}: agrees, 3 of 3 answers as expected" in shown
    assert "read back, 8 of 8 checks passed" in shown and "    check tls 127.0.0.1:" in shown
    assert "alias CNAME: answer" not in shown and "alias CNAME: answer" in project.expect(0, "show", "1", "-v").stdout
    assert [check["passed"] for check in found["checks"]] == [True] * 8
    assert [check["kind"] for check in found["checks"]] == ["http", "http", "tcp", "tls", "dns", "dns", "dns", "exec"]
    environment = {line.split("=")[0] for line in found["checks"][7]["said"].split("; ")}
    assert "HOME" not in environment and "REZONE_ACTOR" not in environment
    server, = found["server_reports"]
    assert server["right"] == server["expectations"] == 3 and server["serial"] == found["serial_after"]
    assert {answer["owner"]: answer["expected"] for answer in server["answers"]}["alias"] == "answer"
    assert server["settled_ms"] is not None


@pytest.mark.parametrize("check, says", [
    ('{{http: "http://127.0.0.1:{web}/", retries: 0}}', "status 500, not 200 to 299"),
    ('{{http: "http://127.0.0.1:{web}/", expect: 500, contains: joy, retries: 0}}', "does not have `joy`"),
    ('{{http: "https://127.0.0.1:{tls}/", retries: 0}}', "certificate"),
    ('{{http: "http://127.0.0.1:{closed}/", retries: 1}}', "tried 2 times"),
    ('{{http: "http://nowhere.files.example/", resolve: true, retries: 0}}', "no address for nowhere.files.example"),
    ('{{tcp: "127.0.0.1:{closed}", retries: 0}}', "connect"),
    ('{{tls: "127.0.0.1:{tls}", name: www.files.example, ca_file: ca.pem, days: 100, retries: 0}}', "not 100"),
    ('{{tls: "127.0.0.1:{tls}", name: other.example, ca_file: ca.pem, retries: 0}}', "no alternative certificate"),
    ('{{tls: "127.0.0.1:{web}", ca_file: ca.pem, retries: 0}}', ""),
    ('{{dns: www A, via: "127.0.0.1:{closed}", timeout: 1s, retries: 0}}', "no answer"),
    ('{{exec: [sh, -c, "echo out of order; exit 3"], retries: 0}}', "out of order; it exited with code 3"),
    ('{{exec: [./no-such-program], retries: 0}}', "cannot be run"),
    ('{{exec: [sleep, "60"], timeout: 1s, retries: 0}}', "did not end within 1 seconds"),
])
@pytest.mark.threads
def test_what_fails_is_rolled_back(begun, secure, check, says):
    project = begun.project
    before = begun.fetch()
    project.write("ca.pem", secure.certificate.read_text())
    with Web([(500, "sorry")]) as web:
        text = check.format(web=web.port, tls=secure.port, closed=closed_port())
        result = applied(begun, [text, "{exec: [\"true\"]}"], 4)
    failed, passed = result.json["zones"][0]["checks"]
    assert not failed["passed"] and passed["passed"]
    about, = [d for d in result.json["diagnostics"] if d["code"] == "RZ5111"]
    assert says in about["message"], about
    assert about["file"] == f"zones/{begun.zone}.yaml" and about["line"] == 4
    assert begun.fetch() == before


def test_tried_again_until_it_passes(begun):
    with Web([(503, ""), (503, ""), (200, "up")]) as web:
        result = applied(begun, [f'{{http: "http://127.0.0.1:{web.port}/"}}'])
        assert result.json["zones"][0]["checks"][0]["tries"] == 3
    # Within the time of `verify:`, whatever `retries` says.
    begun.setup(EXTRA.replace("5s", "1s"))
    zone(begun, [f'{{tcp: "127.0.0.1:{closed_port()}", retries: 100}}'], "www: {A: 127.0.0.2}\n")
    assert begun.project.expect(4, "apply", "--yes").seconds < 10


def test_verify_and_moments(begun):
    """`verify` runs them too, once each; `when` says which are for which."""
    project = begun.project
    touch = '{{exec: [sh, -c, "echo x >>{0}"], when: {0}}}'
    applied(begun, [touch.format("verify"), touch.format("after-apply"), touch.format("always")])
    assert not project.exists("verify") and project.exists("after-apply") and project.exists("always")
    result = project.expect(0, "verify", "-v")
    assert "2 of 2 checks passed" in result.stdout and "check exec sh" in result.stdout
    assert len(project.read("always").splitlines()) == 2 and len(project.read("after-apply").splitlines()) == 1
    zone(begun, ['{exec: [sh, -c, "echo x >>tries; exit 1"]}'])
    found = project.expect(2, "verify", "--format", "json")
    assert SCHEMAS.errors(found.json, "report.schema.json", "/$defs/verify") == []
    assert "RZ5111" in found.codes() and len(project.read("tries").splitlines()) == 1


def test_commands_only_where_rezone_yaml_allows_them(begun):
    """No file of a zone makes rezone run anything by itself, and no plan file ever does."""
    project = begun.project
    begun.setup(EXTRA.replace(", exec: true", ""))
    zone(begun, ['{exec: [touch, ran]}'])
    for command in (["validate"], ["plan"], ["apply", "--yes"], ["verify"]):
        result = project.expect(1, *command)
        assert "RZ5112" in result.stderr and "exec: true" in result.stderr
    begun.setup(EXTRA)
    project.expect(0, "validate")
    project.expect(2, "plan", "-o", "plan.json")
    assert not project.exists("ran")
    plan = json.loads(project.read("plan.json"))
    assert SCHEMAS.errors(plan, "plan.schema.json", "") == []
    forge(project, lambda plan: plan["zones"][0]["checks"][0].update(exec=["touch", "forged"]))
    before = begun.fetch()
    assert "RZ5113" in project.expect(3, "apply", "plan.json").stderr
    assert begun.fetch() == before and not project.exists("forged")
    project.expect(2, "plan", "-o", "plan.json")
    begun.setup(EXTRA.replace(", exec: true", ""))
    assert "RZ5112" in project.expect(3, "apply", "plan.json", "--ignore-sources").stderr
    begun.setup(EXTRA)
    project.expect(0, "apply", "plan.json", "--ignore-sources")
    assert project.exists("ran")


@pytest.mark.parametrize("change", [
    {"kind": "shell"}, {"when": "never"}, {"timeout": 0}, {"timeout": True}, {"retries": 101}, {"subject": None},
    {"expect": "200"}, {"expect": [200]}, {"file": None}, {"line": -1}])
def test_checks_of_a_plan_that_are_not_as_written(begun, change):
    zone(begun, ['{tcp: "127.0.0.1:9"}'])
    begun.project.expect(2, "plan", "-o", "plan.json")
    forge(begun.project, lambda plan: plan["zones"][0]["checks"][0].update(change))
    assert "RZ4101" in begun.project.expect(1, "apply", "plan.json").stderr


def test_layers_give_checks(begun):
    """Templates bring checks with their arguments; one that two layers give alike runs once."""
    project = begun.project
    project.write("templates/base.yaml", 'checks:\n  - {exec: [sh, -c, "echo base >>log"]}\n')
    project.write("templates/site.yaml", "extends: base\nparams: {host: {type: label}}\nrecords: {\"${host}\": {A: 127.0.0.1}}\n"
                  'checks:\n  - {exec: [sh, -c, "echo $1 >>log", me, "${host}.${zone}"]}\n')
    head = HEAD + "extends: [base, {site: {host: a}}, {site: {host: b}}]\n" \
        'checks:\n  - {exec: [sh, -c, "echo base >>log"]}\n  - "${extra}"\n'
    project.write(f"zones/{begun.zone}.yaml", head + "vars: {extra: null}\n")
    result = project.expect(0, "apply", "--yes", "--format", "json")
    assert sorted(project.read("log").split()) == sorted(["base", f"a.{begun.zone}", f"b.{begun.zone}"])
    assert {c["file"] for c in result.json["zones"][0]["checks"]} == {"templates/base.yaml", "templates/site.yaml"}


def test_all_errors_at_once(begun):
    zone(begun, ["{}", "{http: x, tcp: y}", "{http: ftp://x}", '{http: "http://u:p@x/"}', "{tcp: host}", "{tcp: \"h:99999\"}",
                 "{dns: www}", "{dns: www NOPE}", "{dns: www A, equals: 300.1.1.1}", "{dns: x.example.net. A}",
                 "{http: \"http://x/\", expect: 999}", "{tcp: \"h:1\", expect: 200}", "{exec: []}", "{tcp: \"h:1\", days: 3}",
                 "{tcp: \"h:1\", tries: 3}", "text", "{http: \"http://café.example/\"}", "{http: \"https://x/\", ca_file: /etc/ca.pem}",
                 "{tls: \"x:1\", ca_file: a/../../ca.pem}"])
    result = begun.project.expect(1, "validate", "--format", "json")
    lines = {d["line"] for d in result.json["diagnostics"] if d["severity"] == "error"}
    assert lines == set(range(4, 23)), result
    assert all(d["hint"] for d in result.json["diagnostics"] if d["code"] == "RZ5110")


def test_rollback_and_recover_are_not_held_up(begun):
    """The way back leads to what was there, whatever the checks say of it."""
    project = begun.project
    applied(begun, ['{exec: ["true"]}'])
    zone(begun, ['{exec: ["test", "-e", "flag"]}'], "www: {A: 127.0.0.9}\n")
    project.write("flag", "")
    project.apply()
    project.remove("flag")
    project.expect(0, "rollback", str(project.last_run()), "--yes")
    assert begun.has("www", "A", "127.0.0.1")


@pytest.mark.threads
def test_many_checks_run_side_by_side(begun):
    result = applied(begun, [f'{{exec: [sh, -c, "sleep 0.4; echo {n}"]}}' for n in range(16)])
    assert result.json["zones"][0]["milliseconds"] < 16 * 400 / 2
    assert [check["said"] for check in result.json["zones"][0]["checks"]] == [str(n) for n in range(16)]


