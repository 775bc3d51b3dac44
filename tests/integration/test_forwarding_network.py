# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding between hosts of the test's own: each resolver with rules of rezone, servers behind it that die
without a word, and certificates that are good, expired and for another name."""
import time

import dns.exception
import pytest

from servers.bind_resolver import BindResolver
from servers.coredns import CoreDnsServer
from servers.kresd import KresdServer
from servers.unbound import UnboundServer, certificate
from support.network import Network, why_not

REFUSED = why_not()
pytestmark = [pytest.mark.skipif(bool(REFUSED), reason=str(REFUSED)),
              pytest.mark.skipif(not UnboundServer.executable(), reason="Unbound is not installed")]

HOSTS = {"resolver": "192.0.2.1", "one": "192.0.2.11", "two": "192.0.2.12", "expired": "192.0.2.13",
         "wrong": "192.0.2.14"}
NAMES = [f"host{number}.corp.example." for number in range(300)]  # a new one for each question


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certificates")
    return {name: certificate(directory, name, days) for name, days in
            (("dns.example.net", 30), ("other.example.net", 30), ("expired.example.net", 0))}


@pytest.fixture(scope="module")
def network(tmp_path_factory, certificates):
    """The hosts, and on all but the resolver's a server that answers with its own number."""
    shown = {"one": "dns.example.net", "two": "dns.example.net", "expired": "expired.example.net",
             "wrong": "other.example.net"}
    with Network(HOSTS) as made:
        servers = []
        try:
            for host, name in shown.items():
                data = {label: HOSTS[host] for label in NAMES}
                server = UnboundServer(tmp_path_factory.mktemp(host), data, tls=certificates[name][:2],
                                       address=HOSTS[host], port=53, tls_port=853)
                with made.at(host):
                    servers.append(server.start())
            yield made
        finally:
            for server in servers:
                server.stop()


class Case:
    """A project whose rules go to one running resolver."""

    def __init__(self, project, network, kind, ca):
        self.project, self.network, self.kind = project, network, kind
        self.rules_path = project.path("rules")
        self.rules_path.mkdir()
        self.names = iter(NAMES)
        place = {"rules": self.rules_path, "address": HOSTS["resolver"], "port": 53}
        made = {"unbound": lambda: UnboundServer(project.path("resolver"), bundle=ca, **place),
                "kresd": lambda: KresdServer(project.path("resolver"), **place),
                "named": lambda: BindResolver(project.path("resolver"), control_port=953, **place),
                "coredns": lambda: CoreDnsServer(project.path("resolver"), **place)}
        self.server = made[kind]()
        self.ca = ca

    def __enter__(self):
        with self.network.at("resolver"):
            self.server.start()
        more = {"unbound": lambda: f"control: {self.server.control}",
                "kresd": lambda: f"control: {self.server.control}\n    tls_ca_file: {self.ca}",
                "named": lambda: f"reload: {self.server.reload}\n    tls_ca_file: {self.ca}",
                "coredns": lambda: f"reload: {self.server.reload}\n    tls_ca_file: {self.ca}"}
        self.project.path("ca.pem").write_bytes(self.ca.read_bytes())
        self.project.write("rezone.yaml", f"""\
providers:
  resolver:
    kind: {self.kind}
    directory: {self.rules_path}
    ca_file: ca.pem
    servers: [{HOSTS['resolver']}]
    {more[self.kind]()}
zones: {{"**": {{to: resolver}}}}
verify: {{timeout: 3s}}
""")
        return self

    def __exit__(self, *_):
        for host in HOSTS:
            self.network.mend(host)
        self.server.stop()

    def rules(self, *lines):
        self.project.write("zones/corp.example.yaml",
                           "forwarding:\n" + "".join(f"  - {line}\n" for line in lines))

    def expect(self, code, *words):
        with self.network.at("resolver"):
            return self.project.expect(code, *words)

    def live(self):
        return {rule["name"]: rule["targets"]
                for rule in self.expect(0, "forward", "list", "--format", "json").json["rules"]}

    def answer(self, seconds=10):
        """Who answered a question that no cache knows, as the client of a resolver asks: again when no answer
        comes. None where all these seconds bring none."""
        limit = time.monotonic() + seconds
        name = next(self.names)
        while time.monotonic() < limit:
            try:
                with self.network.at("resolver"):
                    reply = self.server.ask(name, seconds=2)
                if reply.rcode() == 0 and reply.answer:
                    return str(reply.answer[0][0])
            except dns.exception.Timeout:
                continue
            time.sleep(0.1)
        return None

    def answers(self, count, seconds=10):
        return {self.answer(seconds) for _ in range(count)}


KINDS = ["unbound", "named", "kresd", "coredns"]


@pytest.fixture(params=KINDS)
def case(request, project, network, certificates):
    kind = request.param
    found = {"unbound": UnboundServer, "kresd": KresdServer, "named": BindResolver, "coredns": CoreDnsServer}[kind]
    if not found.executable():
        pytest.skip(f"{found.program} is not installed")
    with Case(project, network, kind, certificates["dns.example.net"][2]) as made:
        yield made


def test_failover(case):
    """Each target dies in turn, and comes back; clients go on getting answers."""
    case.rules("{name: corp.example, targets: [192.0.2.11, 192.0.2.12], policy: round_robin}")
    case.expect(0, "apply", "--yes")
    assert case.answers(5) <= {"192.0.2.11", "192.0.2.12"}
    for dead, alive in (("one", "two"), ("two", "one")):
        case.network.cut(dead)
        assert case.answers(5) == {HOSTS[alive]}
        case.network.mend(dead)


def test_priorities(case):
    """Kept where the resolver can, refused at the line of the rule where it cannot."""
    case.rules("{name: corp.example, targets: [{address: 192.0.2.11, priority: 20}, "
               "{address: 192.0.2.12, priority: 10}]}")
    if case.kind != "coredns":
        result = case.expect(1, "apply", "--yes")
        assert "RZ4001" in result.stderr and "knows no order" in result.stderr
        assert "zones/corp.example.yaml:2" in result.stderr and case.live() == {}
        return
    case.expect(0, "apply", "--yes")
    assert case.answers(10) == {HOSTS["two"]}
    case.network.cut("two")
    assert case.answers(5) == {HOSTS["one"]}
    case.network.mend("two")
    time.sleep(2)  # it looks for itself whether a target is back
    assert case.answers(10) == {HOSTS["two"]}


def test_rules_through_which_no_answer_comes_are_taken_back(case):
    case.rules("{name: corp.example, targets: 192.0.2.11}")
    case.expect(0, "apply", "--yes")
    before = case.live()
    case.network.cut("two")
    case.rules("{name: corp.example, targets: 192.0.2.12}", "{name: more.corp.example, targets: 192.0.2.11}")
    assert "RZ6109" in case.expect(4, "apply", "--yes").stderr
    assert case.live() == before, "one rule that does not work takes all of the file back"
    assert case.answer() == HOSTS["one"]
    checked = case.expect(2, "forward", "check").stderr
    assert "RZ6110" in checked and "192.0.2.12" in checked


CERTIFICATES = {"good": ("one", "dns.example.net"), "expired": ("expired", "expired.example.net"),
                "wrong name": ("wrong", "dns.example.net")}


@pytest.mark.parametrize("certificate_is", CERTIFICATES)
def test_dns_over_tls(case, certificate_is):
    host, name = CERTIFICATES[certificate_is]
    case.rules(f"{{name: corp.example, targets: {{address: {HOSTS[host]}, tls: {{name: {name}}}}}}}")
    if case.kind == "named" and BindResolver.version() < (9, 20):
        result = case.expect(1, "plan")
        assert "RZ4001" in result.stderr and "cannot forward by TLS" in result.stderr
        assert "zones/corp.example.yaml:2" in result.stderr
        return
    if certificate_is == "good":
        case.expect(0, "forward", "check")
        case.expect(0, "apply", "--yes")
        assert case.answer() == HOSTS["one"] and case.expect(0, "plan")
        return
    checked = case.expect(2, "forward", "check").stderr
    assert "RZ6110" in checked and ("expired" in checked if certificate_is == "expired" else True), checked
    assert "RZ6109" in case.expect(4, "apply", "--yes").stderr
    assert case.live() == {} and case.answer(seconds=1) is None
