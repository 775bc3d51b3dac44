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
