# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding rules: real Unbound and BIND as resolvers, real Unbound behind them by DNS and by TLS."""
import subprocess
import time

import pytest

from servers.bind import free_port
from servers.bind_resolver import BindResolver
from servers.unbound import UnboundServer, certificate

pytestmark = pytest.mark.skipif(not UnboundServer.executable(), reason="Unbound is not installed")

HOST = "host.corp.example."


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certificates")
    return {name: certificate(directory, f"{name}.example.net", days) for name, days in
            (("dns", 30), ("other", 30), ("expired", 0))}


@pytest.fixture(scope="module")
def upstream(tmp_path_factory, certificates):
    with UnboundServer(tmp_path_factory.mktemp("upstream"), {HOST: "192.0.2.1"},
                       tls=certificates["dns"][:2]) as server:
        yield server


@pytest.fixture
def resolver(request, project, certificates):
    """Controlled by its socket; with the parameter "keys" over TCP, by TLS with keys of its own."""
    project.path("rules").mkdir()
    with UnboundServer(project.path("resolver"), bundle=certificates["dns"][2], rules=project.path("rules"),
                       control_keys=getattr(request, "param", "socket") == "keys") as server:
        configure(project, server, certificates["dns"][2])
        yield server


def configure(project, server, ca, more=""):
    project.path("ca.pem").write_bytes(ca.read_bytes())
    project.write("rezone.yaml", f"""\
providers:
  resolver:
    kind: unbound
    directory: rules
    control: {server.control}
    ca_file: ca.pem
    servers: ["{server.address}:{server.port}"]
zones: {{"**": {{to: resolver}}}}
verify: {{timeout: 2s}}
{more}""")


def rules(project, *lines, zone="corp.example"):
    project.write(f"zones/{zone}.yaml", "forwarding:\n" + "".join(f"  - {line}\n" for line in lines))


def target(server):
    return f"{{address: {server.address}, port: {server.port}}}"


def live(project):
    """The rules that `forward list` shows, by name."""
    return {rule["name"]: rule["targets"]
            for rule in project.expect(0, "forward", "list", "--format", "json").json["rules"]}


@pytest.mark.parametrize("resolver", ["socket", "keys"], indirect=True)
def test_plan_apply_verify_and_rollback(project, resolver, upstream):
    rules(project, f"{{name: corp.example, targets: {target(upstream)}, except: [open.corp.example]}}")
    plan = project.expect(2, "plan").stdout
    assert "FORWARD" in plan and f"10 127.0.0.1 {upstream.port} ." in plan and "0 - 0 ." in plan
    project.expect(0, "apply", "--yes")
    assert resolver.addresses(HOST) == ["192.0.2.1"]
    assert live(project) == {"corp.example": [f"10 127.0.0.1 {upstream.port} ."],
                             "open.corp.example": ["0 - 0 ."]}
    assert project.changes() == {}
    assert "as the files say" in project.expect(0, "verify").stdout
    checked = project.expect(0, "forward", "check", "--format", "json").json["targets"]
    assert [(entry["port"], entry["good"]) for entry in checked] == [(upstream.port, True)]
    project.expect(0, "rollback", "1", "--yes")
    assert live(project) == {} and not resolver.knows(HOST)
    history = project.expect(0, "history", "corp.example", "FORWARD").stdout
    assert "delete → resolver, committed" in history and "create → resolver, rolled_back" in history


@pytest.mark.parametrize("resolver", ["socket", "keys"], indirect=True)
def test_what_runs_is_compared_and_repaired(project, resolver, upstream):
    rules(project, f"{{name: corp.example, targets: {target(upstream)}}}")
    project.expect(0, "apply", "--yes")
    control = [*resolver.control]
    subprocess.run([*control, "forward_remove", "corp.example"], check=True, capture_output=True)
    subprocess.run([*control, "forward_add", "sub.corp.example", "192.0.2.99"], check=True,
                   capture_output=True)
    result = project.expect(2, "plan")
    assert "the running resolver does not have the rule" in result.stderr
    assert "has a rule that its file does not have" in result.stderr
    assert set(project.changes()) == {("corp.example", "@", "FORWARD"), ("corp.example", "sub", "FORWARD")} \
        or "sub" in result.stdout
    project.expect(0, "apply", "--yes")
    assert project.changes() == {} and set(live(project)) == {"corp.example"}
    assert resolver.addresses(HOST) == ["192.0.2.1"]
    subprocess.run([*control, "forward_add", "corp.example", "192.0.2.99"], check=True, capture_output=True)
    assert "forwards elsewhere than its file says" in project.expect(2, "plan").stderr
    project.expect(0, "apply", "--yes")
    assert resolver.addresses(HOST) == ["192.0.2.1"]


@pytest.mark.parametrize("resolver", ["keys"], indirect=True)
def test_a_resolver_whose_keys_are_others(project, resolver, upstream):
    """Control is refused: nothing is believed of what runs, and no rule stays written."""
    rules(project, f"{{name: corp.example, targets: {target(upstream)}}}")
    keys = project.path("other")
    with UnboundServer(keys, control_keys=True):
        for name in ("unbound_control.key", "unbound_control.pem"):
            (resolver.directory / name).write_bytes((keys / name).read_bytes())
        result = project.run("apply", "--yes")
    assert result.code == 1 and "unbound-control" in result.stderr, result
    assert list(project.path("rules").iterdir()) == []


def test_another_target_answers_when_one_dies(project, resolver, upstream, tmp_path):
    with UnboundServer(tmp_path / "second", {HOST: "192.0.2.2"}) as second:
        rules(project, f"{{name: corp.example, targets: [{target(second)}, {target(upstream)}], "
                       "policy: round_robin}")
        project.expect(0, "apply", "--yes")
        second.stop()
        subprocess.run([*resolver.control, "flush_zone", "corp.example"], check=True, capture_output=True)
        for _ in range(20):  # until it has noticed
            found = resolver.ask(HOST, seconds=5)
            if found.rcode() == 0 and str(found.answer[0][0]) == "192.0.2.1":
                break
            time.sleep(0.2)
        else:
            raise AssertionError("the other target was never asked")
    failed = project.expect(2, "forward", "check")
    assert "does not answer" in failed.stderr and "RZ6110" in failed.stderr


def test_a_dead_target_is_rolled_back(project, resolver, upstream):
    rules(project, f"{{name: corp.example, targets: {target(upstream)}}}")
    project.expect(0, "apply", "--yes")
    rules(project, f"{{name: corp.example, targets: {{address: 127.0.0.1, port: {free_port()}}}}}")
    result = project.expect(4, "apply", "--yes")
    assert "RZ6109" in result.stderr
    assert live(project) == {"corp.example": [f"10 127.0.0.1 {upstream.port} ."]}
    assert resolver.addresses(HOST) == ["192.0.2.1"]


def test_tls_with_a_good_certificate(project, resolver, upstream):
    rules(project, f"{{name: corp.example, targets: {{address: 127.0.0.1, port: {upstream.tls_port}, "
                   "tls: {name: dns.example.net}}}")
    checked = project.expect(0, "forward", "check").stdout
    assert "certificate for 29 more days" in checked or "certificate for 30 more days" in checked
    project.expect(0, "apply", "--yes")
    assert resolver.addresses(HOST) == ["192.0.2.1"]
    assert "forward-tls-upstream: yes" in project.read("rules/corp.example.conf")
    assert project.changes() == {}


@pytest.mark.parametrize("kind", ["other", "expired"])
def test_tls_with_a_bad_certificate_is_rolled_back(project, resolver, certificates, tmp_path, kind):
    with UnboundServer(tmp_path / "bad", {HOST: "192.0.2.3"}, tls=certificates[kind][:2]) as bad:
        name = "dns.example.net" if kind == "other" else "expired.example.net"
        rules(project, f"{{name: corp.example, targets: {{address: 127.0.0.1, port: {bad.tls_port}, "
                       f"tls: {{name: {name}}}}}}}")
        assert "RZ6110" in project.expect(2, "forward", "check").stderr
        assert "RZ6109" in project.expect(4, "apply", "--yes").stderr
    assert live(project) == {}


def test_bind_as_the_resolver(project, upstream, tmp_path):
    if not BindResolver.executable():
        pytest.skip("BIND is not installed")
    project.path("rules").mkdir()
    with BindResolver(tmp_path / "named", project.path("rules")) as named:
        project.write("rezone.yaml", f"""\
providers:
  resolver:
    kind: named
    directory: rules
    reload: {named.reload}
    servers: ["{named.address}:{named.port}"]
zones: {{"**": {{to: resolver}}}}
verify: {{timeout: 4s}}
""")
        rules(project, f"{{name: [corp.example, x.corp.example], targets: {target(upstream)}, "
                       "except: [open.corp.example]}")
        project.expect(0, "apply", "--yes")
        assert set(live(project)) == {"corp.example", "x.corp.example", "open.corp.example"}
        assert project.changes() == {}
        rules(project, f"{{name: corp.example, targets: {{address: 127.0.0.1, port: {free_port()}}}}}")
        assert "RZ6109" in project.expect(4, "apply", "--yes").stderr
        assert set(live(project)) == {"corp.example", "x.corp.example", "open.corp.example"}


WRONG = [
    ("{name: example.net, targets: 192.0.2.1}", "RZ6101", "is not in the zone corp.example"),
    ("{name: corp.example, targets: ns.example.net}", "RZ6102", "is IPv4 or IPv6"),
    ("{name: corp.example, targets: []}", "RZ6102", "1 to 100 targets"),
    ("{name: corp.example, targets: [192.0.2.1, {address: 192.0.2.1, port: 53}]}", "RZ6102", "twice"),
    ("{name: corp.example, targets: [192.0.2.1, 192.0.2.2]}", "RZ4001", "policy: round_robin"),
    ("{name: corp.example, targets: 192.0.2.1, except: [corp.example]}", "RZ6101", "below none"),
    ("{name: corp.example, targets: [192.0.2.1, {address: 192.0.2.2, tls: {name: a.example}}], "
     "policy: round_robin}", "RZ4001", "by TLS or none"),
    ("{name: corp.example, target: 192.0.2.1}", "RZ1004", "target"),
    ("{name: corp.example, targets: 127.0.0.1}", "RZ6108", "come back"),
    ("{name: corp.example, targets: 0.0.0.0}", "RZ6102", "no server has this address"),
    ("{name: corp.example, targets: 224.0.0.53}", "RZ6102", "no server has this address"),
    ("{name: corp.example, targets: 255.255.255.255}", "RZ6102", "no server has this address"),
    ("{name: corp.example, targets: '::'}", "RZ6102", "no server has this address"),
    ("{name: corp.example, targets: 'ff02::fb'}", "RZ6102", "no server has this address"),
    ("{name: [corp.example, corp.example], targets: 192.0.2.1}", "RZ1110", "given twice"),
    ("{name: corp.example, targets: 192.0.2.1}\n  - {name: corp.example, targets: 192.0.2.2}", "RZ1110", "given twice"),
    ("{name: corp.example, targets: 192.0.2.1, except: [a.corp.example]}\n"
     "  - {name: a.corp.example, targets: 192.0.2.2}", "RZ1110", "given twice"),
    ("{name: corp.example, targets: {address: 192.0.2.1, tls: {name: .}}}", "RZ6102", "no host name"),
]


@pytest.mark.parametrize("rule,code,words", WRONG, ids=[f"{code}-{words[:12]}" for _, code, words in WRONG])
def test_mistakes_are_named(project, rule, code, words):
    project.write("rezone.yaml", "providers:\n  resolver: {kind: unbound, directory: rules, servers: "
                                 "[127.0.0.1]}\nzones: {'**': {to: resolver}}\n")
    rules(project, rule)
    result = project.expect(1, "plan")
    assert code in result.stderr and words in result.stderr, result


def test_rules_and_records_need_their_targets(project):
    project.write("rezone.yaml", "providers:\n  resolver: {kind: unbound, directory: rules}\n"
                                 "  files: {kind: zonefile, directory: live}\n"
                                 "zones:\n  both.example: {to: [files, resolver]}\n"
                                 "  rules.example: {to: files}\n  records.example: {to: resolver}\n")
    rules(project, "{name: rules.example, targets: 192.0.2.1}", zone="rules.example")
    project.zone("records.example", "www: {A: 192.0.2.1}")
    project.zone("both.example", "www: {A: 192.0.2.1}")
    with open(project.path("zones/both.example.yaml"), "a", encoding="utf-8") as file:
        file.write("forwarding:\n  - {name: in.both.example, targets: 192.0.2.1}\n")
    result = project.expect(1, "plan")
    assert result.stderr.count("RZ6107") == 2, result
    plan = project.expect(2, "plan", "--zone", "both.example", "--format", "json").json
    found = {(zone["target"], change["type"]) for zone in plan["zones"] for change in zone["changes"]}
    assert ("files", "A") in found and ("resolver", "FORWARD") in found
    assert ("files", "FORWARD") not in found and ("resolver", "A") not in found


def test_two_files_with_a_rule_for_one_name(project):
    project.write("rezone.yaml", "providers:\n  resolver: {kind: unbound, directory: rules}\nzones: {'**': {to: resolver}}\n")
    rules(project, "{name: a.corp.example, targets: 192.0.2.1}")
    rules(project, "{name: a.corp.example, targets: 192.0.2.2}", zone="a.corp.example")
    result = project.expect(1, "plan")
    assert "RZ6108" in result.stderr and "two zone files" in result.stderr


def test_a_rule_that_the_one_above_covers(project):
    project.write("rezone.yaml", "providers:\n  resolver: {kind: unbound, directory: rules}\nzones: {'**': {to: resolver}}\n")
    rules(project, "{name: corp.example, targets: 192.0.2.1}", "{name: a.b.corp.example, targets: 192.0.2.1}",
          "{name: c.corp.example, targets: 192.0.2.2}", "{name: d.c.corp.example, targets: 192.0.2.1}")
    result = project.expect(2, "plan")
    assert result.stderr.count("RZ6112") == 1 and "a.b.corp.example" in result.stderr


BIND = "providers:\n  resolver: {{kind: named, directory: rules, {}}}\nzones: {{'**': {{to: resolver}}}}\n"


def test_tls_in_the_form_of_bind(project):
    project.write("rezone.yaml", BIND.format("version: '9.20', check: 'true', reload: 'true', tls_ca_file: /etc/ca.pem"))
    rules(project, "{name: corp.example, targets: [{address: 192.0.2.1, tls: {name: b.example.net}}, "
                   "{address: 192.0.2.2, port: 8853, tls: {name: a.example.net}}, 192.0.2.3], policy: round_robin}",
          "{name: x.corp.example, targets: {address: 192.0.2.1, tls: {name: b.example.net}}}")
    project.expect(0, "apply", "--yes")
    assert project.read("rules/corp.example.conf").splitlines()[1:] == [
        'tls "rezone/corp.example/a.example.net" { remote-hostname "a.example.net"; ca-file "/etc/ca.pem"; };',
        'tls "rezone/corp.example/b.example.net" { remote-hostname "b.example.net"; ca-file "/etc/ca.pem"; };',
        'zone "corp.example." { type forward; forward only; forwarders { 192.0.2.3 port 53; 192.0.2.1 port 853 tls '
        '"rezone/corp.example/b.example.net"; 192.0.2.2 port 8853 tls "rezone/corp.example/a.example.net"; }; };',
        'zone "x.corp.example." { type forward; forward only; forwarders { 192.0.2.1 port 853 tls '
        '"rezone/corp.example/b.example.net"; }; };']
    assert project.changes() == {}
    if BindResolver.executable() and BindResolver.version() >= (9, 20):
        subprocess.run(["named-checkconf", str(project.path("rules/corp.example.conf"))], check=True)


@pytest.mark.parametrize("options,code,words", [
    ("version: '9.18'", "RZ4001", "BIND 9.18 cannot forward by TLS"),
    ("check: [ssh, dns1, named-checkconf]", "RZ4001", "set `version`"),
    ("check: /nonexistent/named-checkconf", "RZ4001", "set `version`"),
    ("version: new", "RZ6103", "no version of BIND"),
    ("version: '9.20', tls_ca_file: 'a\"b'", "RZ6103", "quotes"),
], ids=["old", "elsewhere", "missing", "no version", "quotes"])
def test_tls_of_bind_needs_a_version_that_can(project, options, code, words):
    project.write("rezone.yaml", BIND.format(options))
    rules(project, "{name: corp.example, targets: {address: 192.0.2.1, tls: {name: a.example.net}}}")
    result = project.expect(1, "plan")
    assert code in result.stderr and words in result.stderr, result


def test_resolvers_that_forward_to_each_other(project):
    project.write("rezone.yaml", "providers:\n"
                                 "  one: {kind: unbound, directory: one, servers: [192.0.2.1]}\n"
                                 "  two: {kind: named, directory: two, servers: [192.0.2.2]}\n"
                                 "zones: {a.example: {to: one}, b.a.example: {to: two}}\n")
    rules(project, "{name: a.example, targets: 192.0.2.2}", zone="a.example")
    rules(project, "{name: b.a.example, targets: 192.0.2.1}", zone="b.a.example")
    assert "RZ6108" in project.expect(1, "plan").stderr


def test_a_file_of_other_hands_is_left_alone(project):
    project.write("rezone.yaml", "providers:\n  resolver: {kind: unbound, directory: rules}\n"
                                 "zones: {'**': {to: resolver}}\n")
    project.write("rules/corp.example.conf", "server:\n    verbosity: 1\n")
    rules(project, "{name: corp.example, targets: 192.0.2.1}")
    result = project.expect(1, "apply", "--yes")
    assert "RZ6104" in result.stderr and "corp.example.conf:1:1" in result.stderr
    assert project.read("rules/corp.example.conf") == "server:\n    verbosity: 1\n"
