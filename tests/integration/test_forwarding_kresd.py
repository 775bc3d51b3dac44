# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding rules of a real Knot Resolver, read and changed through its control socket."""
import pytest

from servers.bind import free_port
from servers.kresd import KresdServer
from servers.unbound import UnboundServer, certificate

pytestmark = pytest.mark.skipif(not (KresdServer.executable() and UnboundServer.executable()),
                                reason="Knot Resolver or Unbound is not installed")

HOST = "host.corp.example."


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certificates")
    return {name: certificate(directory, f"{name}.example.net", days) for name, days in
            (("dns", 30), ("other", 30), ("expired", 0))}


@pytest.fixture(scope="module")
def upstream(tmp_path_factory, certificates):
    with UnboundServer(tmp_path_factory.mktemp("upstream"), {HOST: "192.0.2.1", "host.open.corp.example.": "192.0.2.9"},
                       tls=certificates["dns"][:2]) as server:
        yield server


@pytest.fixture
def resolver(project, certificates):
    project.path("rules").mkdir()
    with KresdServer(project.path("resolver"), rules=project.path("rules")) as server:
        configure(project, server, certificates["dns"][2])
        yield server


def configure(project, server, ca):
    project.path("ca.pem").write_bytes(ca.read_bytes())
    project.write("rezone.yaml", f"""\
providers:
  resolver:
    kind: kresd
    directory: {project.path('rules')}
    control: {server.control}
    tls_ca_file: {project.path('ca.pem')}
    ca_file: ca.pem
    servers: ["{server.address}:{server.port}"]
zones: {{"**": {{to: resolver}}}}
verify: {{timeout: 2s}}
""")


def rules(project, *lines, zone="corp.example"):
    project.write(f"zones/{zone}.yaml", "forwarding:\n" + "".join(f"  - {line}\n" for line in lines))


def target(server):
    return f"{{address: {server.address}, port: {server.port}}}"


def live(project):
    return {rule["name"]: rule["targets"]
            for rule in project.expect(0, "forward", "list", "--format", "json").json["rules"]}


def test_plan_apply_verify_and_rollback(project, resolver, upstream):
    rules(project, f"{{name: corp.example, targets: {target(upstream)}, except: [open.corp.example]}}")
    project.expect(2, "plan")
    project.expect(0, "apply", "--yes")
    assert resolver.addresses(HOST) == ["192.0.2.1"]
    assert live(project) == {"corp.example": [f"10 127.0.0.1 {upstream.port} ."],
                             "open.corp.example": ["0 - 0 ."]}
    assert not resolver.knows("host.open.corp.example.")
    assert project.changes() == {}
    project.expect(0, "verify")
    resolver.stop()
    resolver.start()  # the file is what it starts with
    configure(project, resolver, project.path("ca.pem"))
    assert resolver.addresses(HOST) == ["192.0.2.1"] and project.changes() == {}
    project.expect(0, "rollback", "1", "--yes")
    assert live(project) == {} and not resolver.knows(HOST)


def test_what_runs_is_compared_and_repaired(project, resolver, upstream):
    rules(project, f"{{name: corp.example, targets: {target(upstream)}}}")
    project.expect(0, "apply", "--yes")
    resolver.evaluate("rezone.set('corp.example.', {['sub.corp.example.'] = '192.0.2.99@53'})")
    result = project.expect(2, "plan")
    assert "the running resolver does not have the rule" in result.stderr
    assert "has a rule that its file does not have" in result.stderr
    project.expect(0, "apply", "--yes")
    assert project.changes() == {} and set(live(project)) == {"corp.example"}
    assert resolver.addresses(HOST) == ["192.0.2.1"]
    resolver.evaluate("rezone.set('corp.example.', {['corp.example.'] = '127.0.0.1@1'})")
    assert "forwards elsewhere than its file says" in project.expect(2, "plan").stderr
    project.expect(0, "apply", "--yes")
    assert resolver.addresses(HOST) == ["192.0.2.1"]


def test_rules_whose_policy_was_taken_out_do_not_run(project, resolver, upstream):
    rules(project, f"{{name: corp.example, targets: {target(upstream)}}}")
    project.expect(0, "apply", "--yes")
    assert resolver.evaluate("policy.del(rezone.policy.id)") == "true"
    assert "does not have the rule" in project.expect(2, "plan").stderr


def test_every_process_takes_the_rules(project, resolver, upstream, tmp_path):
    with KresdServer(tmp_path / "second", rules=project.path("rules")) as second:
        text = project.read("rezone.yaml")
        project.write("rezone.yaml", text.replace(f"control: {resolver.control}",
                                                  f"control: ['{resolver.control}', '{second.control}']"))
        rules(project, f"{{name: corp.example, targets: {target(upstream)}}}")
        project.expect(0, "apply", "--yes")
        assert resolver.addresses(HOST) == second.addresses(HOST) == ["192.0.2.1"]
        assert project.changes() == {}
        second.evaluate("rezone.set('corp.example.', {})")
        assert "does not have the rule" in project.expect(2, "plan").stderr
        control = second.control
    rules(project, f"{{name: [corp.example, more.corp.example], targets: {target(upstream)}}}")
    result = project.expect(1, "plan")
    assert "RZ6105" in result.stderr and str(control) in result.stderr


def test_another_target_answers_when_one_dies(project, resolver, upstream, tmp_path):
    with UnboundServer(tmp_path / "second", {HOST: "192.0.2.1"}) as second:
        rules(project, f"{{name: corp.example, targets: [{target(second)}, {target(upstream)}], "
                       "policy: round_robin}")
        project.expect(0, "apply", "--yes")
        second.stop()
        resolver.evaluate("cache.clear('corp.example.')")
        assert resolver.addresses(HOST) == ["192.0.2.1"]


def test_a_dead_target_is_rolled_back(project, resolver, upstream):
    rules(project, f"{{name: corp.example, targets: {target(upstream)}}}")
    project.expect(0, "apply", "--yes")
    rules(project, f"{{name: corp.example, targets: {{address: 127.0.0.1, port: {free_port()}}}}}")
    assert "RZ6109" in project.expect(4, "apply", "--yes").stderr
    assert live(project) == {"corp.example": [f"10 127.0.0.1 {upstream.port} ."]}
    assert resolver.addresses(HOST) == ["192.0.2.1"]


def test_rules_that_the_resolver_refuses_are_put_back(project, resolver, upstream):
    rules(project, f"{{name: corp.example, targets: {target(upstream)}}}")
    project.expect(0, "apply", "--yes")
    project.write("rezone.yaml", project.read("rezone.yaml").replace(str(project.path("ca.pem")), "/nonexistent"))
    rules(project, f"{{name: corp.example, targets: {{address: 127.0.0.1, port: {upstream.tls_port}, "
                   "tls: {name: dns.example.net}}}")
    result = project.expect(1, "apply", "--yes")
    assert "RZ3208" in result.stderr and "put back" in result.stderr
    assert "failed to import certificate file" in result.stderr and "traceback" not in result.stderr
    assert live(project) == {"corp.example": [f"10 127.0.0.1 {upstream.port} ."]}
    assert resolver.addresses(HOST) == ["192.0.2.1"]


def test_tls_with_a_good_certificate(project, resolver, upstream):
    rules(project, f"{{name: corp.example, targets: {{address: 127.0.0.1, port: {upstream.tls_port}, "
                   "tls: {name: dns.example.net}}}")
    project.expect(0, "forward", "check")
    project.expect(0, "apply", "--yes")
    assert resolver.addresses(HOST) == ["192.0.2.1"] and project.changes() == {}


@pytest.mark.parametrize("kind", ["other", "expired"])
def test_tls_with_a_bad_certificate_is_rolled_back(project, resolver, certificates, tmp_path, kind):
    with UnboundServer(tmp_path / "bad", {HOST: "192.0.2.3"}, tls=certificates[kind][:2]) as bad:
        name = "dns.example.net" if kind == "other" else "expired.example.net"
        rules(project, f"{{name: corp.example, targets: {{address: 127.0.0.1, port: {bad.tls_port}, "
                       f"tls: {{name: {name}}}}}}}")
        assert "RZ6110" in project.expect(2, "forward", "check").stderr
        assert "RZ6109" in project.expect(4, "apply", "--yes").stderr
    assert live(project) == {} and not resolver.knows(HOST)


def test_the_closest_rule_of_any_file_counts(project, resolver, tmp_path):
    """Files are run in any order."""
    with UnboundServer(tmp_path / "second", {"host.a.corp.example.": "192.0.2.2"}) as second, \
            UnboundServer(tmp_path / "wide", {"host.example.": "192.0.2.1"}) as wide:
        rules(project, f"{{name: a.corp.example, targets: {target(second)}}}", zone="a.corp.example")
        project.expect(0, "apply", "--yes")
        rules(project, f"{{name: example, targets: {target(wide)}}}", zone="example")
        project.expect(0, "apply", "--yes")
        assert resolver.addresses("host.A.corp.example.") == ["192.0.2.2"]
        assert resolver.addresses("host.example.") == ["192.0.2.1"]
        resolver.stop()
        resolver.start()
        assert resolver.addresses("host.a.corp.example.") == ["192.0.2.2"]


def test_many_rules_and_a_long_one(project, resolver, upstream):
    """More than a control socket takes at once."""
    many = [f"{{name: [{', '.join(f'n{i}.corp.example' for i in range(5000))}], targets: {target(upstream)}}}"]
    project.write("rezone.yaml", project.read("rezone.yaml").replace("servers:", "# servers:"))
    rules(project, *many)
    project.expect(0, "apply", "--yes")
    assert len(live(project)) == 5000 and project.changes() == {}
    assert len(resolver.evaluate("rezone.show(24)").splitlines()) == 200 and resolver.evaluate("rezone.show(25)") == "''"


def test_one_server_with_two_names(project):
    project.write("rezone.yaml", "providers:\n  resolver: {kind: kresd, directory: rules}\n"
                                 "zones: {'**': {to: resolver}}\n")
    rules(project, "{name: corp.example, targets: {address: 192.0.2.1, tls: {name: a.example}}}",
          "{name: a.corp.example, targets: {address: 192.0.2.1, tls: {name: b.example}}}")
    assert "RZ6111" in project.expect(1, "plan").stderr


@pytest.mark.parametrize("options,words", [
    ("directory: rules, control: /run/kresd/1", "it is not absolute"),
    ("directory: /rules, control: control/1", "absolute path of a socket"),
    (f"directory: /rules, control: /{'x' * 108}", "absolute path of a socket"),
    ("directory: \"it's\"", "quotes"),
    ("directory: /rules, tls_ca_file: \"a'b\"", "quotes"),
    ("directory: /rules, file: \"${zone}'\"", "quotes"),
])
def test_options_that_cannot_be(project, options, words):
    project.write("rezone.yaml", f"providers:\n  resolver: {{kind: kresd, {options}}}\nzones: {{'**': {{to: resolver}}}}\n")
    rules(project, "{name: corp.example, targets: 192.0.2.1}")
    result = project.expect(1, "plan")
    assert "RZ6103" in result.stderr and words in result.stderr, result


@pytest.mark.parametrize("text", ["return 1\n", "-- Forwarding rules. Written by rezone; by hand\nrezone.set('x', {\n",
                                  "-- Forwarding rules. Written by rezone; by hand\nrezone.set('x', {\nwrong\n})\n",
                                  "-- Forwarding rules. Written by rezone; by hand\nrezone.set('x', {\n['corp.example.'] = "
                                  "'192.0.2.1@0',\n})\n"])
def test_a_file_of_other_hands_is_left_alone(project, text):
    project.write("rezone.yaml", "providers:\n  resolver: {kind: kresd, directory: rules}\nzones: {'**': {to: resolver}}\n")
    project.write("rules/corp.example.lua", text)
    rules(project, "{name: corp.example, targets: 192.0.2.1}")
    assert "RZ6104" in project.expect(1, "apply", "--yes").stderr
    assert project.read("rules/corp.example.lua") == text
