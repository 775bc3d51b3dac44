# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding rules of CoreDNS. Debian has no package of it: what is written is read by the grammar that
CoreDNS documents for Corefiles and its plugin *forward*; with REZONE_COREDNS a real one runs it as well
(servers/coredns.py)."""
import re

import pytest

from servers.bind import free_port
from servers.coredns import CoreDnsServer
from servers.unbound import UnboundServer, certificate

ADDRESS = r"(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]):\d+"
FORWARD = {  # properties of the plugin, and what may stand behind each
    "policy": r"random|round_robin|sequential",
    "tls": r"\S+",
    "tls_servername": r"[a-z0-9.-]+",
}


def corefile(text):
    """{key of a server block: [(plugin, arguments, {property: value})]}; anything else is wrong."""
    blocks, block, plugin = {}, None, None
    for line in text.splitlines():
        assert '"' not in line and "\\" not in line
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if block is None:
            key, brace = words
            assert brace == "{" and key not in blocks and re.fullmatch(r"(\.|[a-z0-9_.-]+)(:\d+)?", key), line
            block = blocks.setdefault(key, [])
        elif plugin is not None and words == ["}"]:
            plugin = None
        elif plugin is not None:
            name, value = line.split(maxsplit=1)
            assert name in FORWARD and re.fullmatch(FORWARD[name], value) and name not in plugin, line
            plugin[name] = value
        elif words == ["}"]:
            block = None
        else:
            opened = words[-1] == "{"
            arguments = words[1:-1] if opened else words[1:]
            block.append((words[0], arguments, {}))
            plugin = block[-1][2] if opened else None
            if words[0] == "forward":
                assert arguments[0] == "." and 1 <= len(arguments) - 1 <= 15, line
                assert all(re.fullmatch(f"(tls://)?{ADDRESS}", word) for word in arguments[1:]), line
            else:
                assert words[0] == "import" and len(arguments) == 1 and not opened, line
    assert block is None and plugin is None
    return blocks


def configure(project, more=""):
    project.write("rezone.yaml", f"""\
providers:
  resolver:
    kind: coredns
    directory: rules
{more}
zones: {{"**": {{to: resolver}}}}
verify: {{timeout: 4s}}
""")


def rules(project, *lines, zone="corp.example"):
    project.write(f"zones/{zone}.yaml", "forwarding:\n" + "".join(f"  - {line}\n" for line in lines))


def live(project):
    return {rule["name"]: rule["targets"]
            for rule in project.expect(0, "forward", "list", "--format", "json").json["rules"]}


def test_the_form_is_that_of_its_documentation(project):
    configure(project, "    port: 1053\n    plugins: common\n    otherwise: rest\n    tls_ca_file: /etc/ca.pem")
    rules(project, "{name: corp.example, targets: [192.0.2.1, {address: '2001:db8::1', port: 5353}], except: [o.corp.example]}",
          "{name: rr.corp.example, targets: [192.0.2.1, 192.0.2.2], policy: round_robin}",
          "{name: one.corp.example, targets: 192.0.2.1}",
          "{name: tls.corp.example, targets: [{address: 192.0.2.1, tls: {name: dns.example.net}}, "
          "{address: '2001:db8::1', port: 8853, tls: {name: dns.example.net}}]}")
    project.expect(0, "apply", "--yes")
    common = ("import", ["common"], {})
    assert corefile(project.read("rules/corp.example.conf")) == {
        "corp.example:1053": [common, ("forward", [".", "192.0.2.1:53", "[2001:db8::1]:5353"],
                                       {"policy": "sequential"})],
        "o.corp.example:1053": [("import", ["rest"], {})],
        "one.corp.example:1053": [common, ("forward", [".", "192.0.2.1:53"], {})],
        "rr.corp.example:1053": [common, ("forward", [".", "192.0.2.1:53", "192.0.2.2:53"], {})],
        "tls.corp.example:1053": [common, ("forward", [".", "tls://192.0.2.1:853", "tls://[2001:db8::1]:8853"],
                                           {"policy": "sequential", "tls": "/etc/ca.pem",
                                            "tls_servername": "dns.example.net"})]}
    assert project.changes() == {}
    assert live(project)["tls.corp.example"] == ["10 192.0.2.1 853 dns.example.net.", "20 2001:db8::1 8853 dns.example.net."]
    assert live(project)["o.corp.example"] == ["0 - 0 ."]


def test_a_rule_for_all_names(project):
    configure(project)
    project.write("zones/root.yaml", "zone: .\nforwarding: [{name: ., targets: 192.0.2.1}]\n")
    project.expect(0, "apply", "--yes")
    assert corefile(project.read("rules/@.conf")) == {".": [("forward", [".", "192.0.2.1:53"], {})]}
    assert project.changes() == {}


@pytest.mark.parametrize("rule,words", [
    ("{name: corp.example, targets: 192.0.2.1, except: [a.corp.example]}", "`otherwise`"),
    ("{name: corp.example, targets: [{address: 192.0.2.1, priority: 1}, {address: 192.0.2.2, priority: 1}, "
     "{address: 192.0.2.3, priority: 2}]}", "a priority of its own"),
    ("{name: corp.example, targets: [{address: 192.0.2.1, tls: {name: a.example}}, "
     "{address: 192.0.2.2, tls: {name: b.example}}]}", "for one name only"),
    ("{name: corp.example, targets: [192.0.2.1, {address: 192.0.2.2, tls: {name: a.example}}]}", "by TLS or none"),
    (f"{{name: corp.example, targets: [{', '.join(f'192.0.2.{i}' for i in range(1, 17))}]}}", "too many targets"),
], ids=["exception", "priorities", "names", "tls", "targets"])
def test_what_it_cannot_hold_is_refused(project, rule, words):
    configure(project)
    rules(project, rule)
    result = project.expect(1, "plan")
    assert "RZ4001" in result.stderr and words in result.stderr and "zones/corp.example.yaml:2" in result.stderr


@pytest.mark.parametrize("option", ["plugins: 'a b'", "otherwise: '{'", "tls_ca_file: 'a\"b'"])
def test_options_that_cannot_be(project, option):
    configure(project, "    " + option)
    rules(project, "{name: corp.example, targets: 192.0.2.1}")
    assert "RZ6103" in project.expect(1, "plan").stderr


@pytest.mark.parametrize("text", ["corp.example {\n    forward . 192.0.2.1:53\n", "corp.example {\n    hosts\n}\n",
                                  "corp.example {\n    forward . ns.example.net\n}\n",
                                  "corp.example {\n    forward . 192.0.2.1:53 {\n        max_fails 0\n    }\n}\n",
                                  "corp.example {\n    forward .  {\n    }\n}\n", "(common) {\n}\n"])
def test_a_file_of_other_hands_is_left_alone(project, text):
    configure(project)
    project.write("rules/corp.example.conf", text)
    rules(project, "{name: corp.example, targets: 192.0.2.1}")
    assert "RZ6104" in project.expect(1, "apply", "--yes").stderr
    assert project.read("rules/corp.example.conf") == text


# ---- with a real one

real = pytest.mark.skipif(not (CoreDnsServer.executable() and UnboundServer.executable()),
                          reason="no CoreDNS: REZONE_COREDNS is a path, or `build`")
HOST = "host.corp.example."
REST = "(rest) {\n    template IN ANY . {\n        rcode NXDOMAIN\n    }\n}\n(common) {\n    errors\n}\n. {\n    import rest\n}\n"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certificates")
    return {name: certificate(directory, f"{name}.example.net", days) for name, days in
            (("dns", 30), ("other", 30), ("expired", 0))}


@pytest.fixture
def resolver(project, certificates):
    project.path("rules").mkdir()
    with CoreDnsServer(project.path("resolver"), project.path("rules"), REST) as server:
        configure(project, f"    reload: {server.reload}\n    plugins: common\n    otherwise: rest\n"
                           f"    tls_ca_file: {certificates['dns'][2]}\n"
                           f"    servers: ['{server.address}:{server.port}']")
        yield server


def target(server):
    return f"{{address: {server.address}, port: {server.port}}}"


@real
def test_priorities_and_failover(project, resolver, tmp_path):
    with UnboundServer(tmp_path / "one", {HOST: "192.0.2.1", "host.open.corp.example.": "192.0.2.9"}) as one, \
            UnboundServer(tmp_path / "two", {HOST: "192.0.2.2"}) as two:
        rules(project, f"{{name: corp.example, targets: [{target(one)}, {target(two)}], except: [open.corp.example]}}")
        project.expect(0, "apply", "--yes")
        assert {tuple(resolver.addresses(HOST)) for _ in range(20)} == {("192.0.2.1",)}
        assert resolver.addresses("host.open.corp.example.") == []
        one.stop()
        assert {tuple(resolver.addresses(HOST)) for _ in range(20)} == {("192.0.2.2",)}
        rules(project, f"{{name: corp.example, targets: [{{address: 127.0.0.1, port: {one.port}, priority: 9}}, "
                       f"{{address: 127.0.0.1, port: {two.port}, priority: 3}}]}}")
        one.start()
        project.expect(0, "apply", "--yes")
        assert {tuple(resolver.addresses(HOST)) for _ in range(20)} == {("192.0.2.2",)}
        rules(project, f"{{name: corp.example, targets: [{target(one)}, {target(two)}], policy: round_robin}}")
        project.expect(0, "apply", "--yes")
        assert {tuple(resolver.addresses(HOST)) for _ in range(50)} == {("192.0.2.1",), ("192.0.2.2",)}


@real
def test_a_dead_target_is_rolled_back(project, resolver, tmp_path):
    with UnboundServer(tmp_path / "one", {HOST: "192.0.2.1"}) as one:
        rules(project, f"{{name: corp.example, targets: {target(one)}}}")
        project.expect(0, "apply", "--yes")
        rules(project, f"{{name: corp.example, targets: {{address: 127.0.0.1, port: {free_port()}}}}}")
        assert "RZ6109" in project.expect(4, "apply", "--yes").stderr
        assert resolver.addresses(HOST) == ["192.0.2.1"]


@real
@pytest.mark.parametrize("kind", ["dns", "other", "expired"])
def test_certificates(project, resolver, certificates, tmp_path, kind):
    with UnboundServer(tmp_path / "one", {HOST: "192.0.2.1"}, tls=certificates[kind][:2]) as one:
        name = "expired.example.net" if kind == "expired" else "dns.example.net"
        rules(project, f"{{name: corp.example, targets: {{address: 127.0.0.1, port: {one.tls_port}, tls: {{name: {name}}}}}}}")
        if kind == "dns":
            project.expect(0, "apply", "--yes")
            assert resolver.addresses(HOST) == ["192.0.2.1"]
        else:
            assert "RZ6109" in project.expect(4, "apply", "--yes").stderr
            assert live(project) == {}
