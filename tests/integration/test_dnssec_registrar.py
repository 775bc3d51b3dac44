# SPDX-License-Identifier: GPL-3.0-or-later
"""Roll-overs of a zone whose DS goes through a registrar: the keys are at a real PowerDNS or in zone files, the DS at
DNS.services (simulated), whose registry puts it into a real parent zone a moment later, signed by Knot DNS; a
validating Unbound asks all the time. REZONE_ROLLOVERS, REZONE_KILLS, REZONE_FIGURES as in test_dnssec_rollover.py."""
import json
import sys
import threading
import time

import dns.dnssec
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.update
import pytest

from conftest import ROOT
from servers import powerdns
from servers.knot import KnotServer
from servers.unbound import UnboundServer
from test_dnssec_rollover import FIGURES, KILLS, TIMES, ZONE, Chain, Watcher

sys.path.insert(0, str(ROOT / "tests" / "simulators"))
from dns_services import Simulator  # noqa: E402

pytestmark = pytest.mark.skipif(not powerdns.available() or not UnboundServer.executable() or not KnotServer.executable(),
                                reason="PowerDNS, Knot DNS or Unbound is not installed")
TTL = 2
POLICY = "policy:\n  - id: own\n    single-type-signing: on\n    dnskey-ttl: 2\n"
PARENT = f"""@ 1 SOA ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 1
@ 1 NS ns1.example.net.
signed {TTL} NS ns1.example.net.
signed {TTL} NS ns2.example.net.
"""
EMPTY = "@ 1 SOA ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 1\n@ 1 NS ns1.example.net.\n@ 1 NS ns2.example.net.\n"
PROJECT = """providers:
  signer: {signer}
  hosting: {{kind: dnsservices}}
zones: {{"**": {{to: signer}}}}
policy: {{max_changes: 100%, max_deletes: 100%}}
verify: {{timeout: 5s, parents: ["127.0.0.1:{port}"]}}
"""


class Registry(threading.Thread):
    """Takes what the registrar has to the parent zone, by dynamic update, `lag` seconds after it was told."""

    def __init__(self, port, lag):
        super().__init__(daemon=True)
        self.port, self.lag, self.published, self.waiting = port, lag, [], []
        self.begun = self.done = 0
        self.wake, self.ended, self.broken = threading.Condition(), False, None

    def tell(self, name, keys):
        with self.wake:
            self.waiting.append((time.monotonic() + self.lag, name, keys))
            self.wake.notify()

    def publish(self, name, keys):
        """All of the name's DS at once, as a registry does."""
        update = dns.update.UpdateMessage("test")
        owner = dns.name.from_text(name)
        update.delete(owner, "DS")
        for key in keys:
            update.add(owner, TTL, "DS", " ".join(key))
        reply = dns.query.tcp(update, "127.0.0.1", port=self.port, timeout=5)
        assert reply.rcode() == dns.rcode.NOERROR, dns.rcode.to_text(reply.rcode())
        self.published.append({int(key[0]) for key in keys})

    def run(self):
        while True:
            with self.wake:
                self.wake.wait_for(lambda: self.ended or self.waiting)
                if self.ended:
                    return
                due, name, keys = self.waiting[0]
            time.sleep(max(0, due - time.monotonic()))
            self.begun += 1
            try:
                self.publish(name, keys)
                self.done += 1
            except Exception as error:  # the test's own thread tells of it
                self.broken = error
                return
            with self.wake:
                self.waiting.pop(0)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        with self.wake:
            self.ended = True
            self.wake.notify()
        self.join()


class RegisteredChain(Chain):
    """A signed zone of the project whose parent is elsewhere, with a DS that its registrar has."""

    def __init__(self, project, port, parent_port, service, registry):
        self.project, self.port, self.parent_port = project, port, parent_port
        self.service, self.registry, self.killed, self.took, self.waited = service, registry, 0, {}, 0
        self.number = service.store.add_domain(ZONE)
        service.store.registry = registry.tell
        project.environment.update(DNS_SERVICES_USERNAME=service.username, DNS_SERVICES_PASSWORD=service.password,
                                   DNS_SERVICES_BASE_URL=service.url)
        self.write("{ksk: {}, zsk: {}}")
        project.expect(0, "apply", "--yes")
        project.expect(2 if registry.lag > 5 else 0, "dnssec", "ds", "set", ZONE, "--yes", "--force")
        self.wait_for_parent()
        assert project.expect(0, "dnssec", "ds", "show", ZONE, "--format", "json").json["as_wished"]

    def ended(self, result):
        """2: the DS is on its way to the parent's servers; the chain holds meanwhile, and the status says so."""
        if result.code == 2:
            assert "RZ6011" in result.stderr and "on their way" in result.stderr, result
            before, idle = self.registry.begun, self.registry.begun == self.registry.done
            found = self.status()
            still = idle and before == self.registry.begun and self.registry.waiting
            if still and not KILLS:  # with kills what was taken back is under way, too
                assert [check["result"] for check in found["checks"]] == ["bad", "good"], "the registrar has other DS"
            ahead = found["next"]["rollover"]
            self.waited += ahead["begun"] and "DS" in ahead["text"]
            time.sleep(0.5)
            return None
        return super().ended(result)

    def wait_for_parent(self):
        deadline = time.monotonic() + 30
        while self.registry.waiting:
            assert time.monotonic() < deadline and not self.registry.broken, self.registry.broken
            time.sleep(0.1)

    def registered(self):
        """The DS that the registrar has, as (tag, algorithm, type, digest)."""
        keys = self.service.store.domains[self.number]["keys"]
        return {(int(key["key_tag"]), int(key["algorithm"]), int(key["digest_type"]), key["digest"].upper()) for key in keys}

    def ds(self):
        question = dns.message.make_query(ZONE, "DS")
        reply = dns.query.tcp(question, "127.0.0.1", port=self.parent_port, timeout=5)
        return {record.key_tag for rrset in reply.answer for record in rrset if record.rdtype == dns.rdatatype.DS}

    def ds_of_keys(self):
        """The SHA-256 DS that the zone's key-signing keys make."""
        made = set()
        for text in self.keys():
            key = dns.rdata.from_text("IN", "DNSKEY", text)
            if key.flags & 1:
                ds = dns.dnssec.make_ds(ZONE + ".", key, "SHA256")
                made.add((ds.key_tag, int(ds.algorithm), int(ds.digest_type), ds.digest.hex().upper()))
        return made


@pytest.fixture
def signer(request, tmp_path, project):
    """(provider, its DNS port): a PowerDNS, or files that rezone signs and Knot DNS serves."""
    if request.param == "powerdns":
        settings = {"query-cache-ttl": 0, "cache-ttl": 0, "negquery-cache-ttl": 0}
        with powerdns.PowerDnsServer(tmp_path / "pdns", settings) as server:
            project.write("key", server.api_key, mode=0o600)
            yield (f'{{kind: powerdns, url: "{server.url}", api_key: "${{secret:file:key}}", '
                   f'servers: ["127.0.0.1:{server.dns_port}"]}}', server.dns_port)
    else:
        directory = tmp_path / "knot"
        with KnotServer(directory, {ZONE: EMPTY}, allow="nobody",
                        zone_options="zonefile-load: whole\n    journal-content: none") as server:
            project.environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
            yield (f'{{kind: zonefile, directory: {directory}/zones, keys: keys, servers: ["127.0.0.1:{server.port}"], '
                   f'reload: [knotc, -b, -s, {directory}/run/knot.sock, zone-reload, "${{zone}}"]}}', server.port)


@pytest.fixture
def chain(request, project, signer, tmp_path):
    parent = KnotServer(tmp_path / "parent", {"test": PARENT}, allow="anyone", policies=POLICY,
                        zone_options="dnssec-signing: on\n    dnssec-policy: own")
    with parent, Simulator(tmp_path / "service") as service, Registry(parent.port, request.param) as registry:
        provider, port = signer
        project.write("rezone.yaml", PROJECT.format(signer=provider, port=parent.port))
        made = RegisteredChain(project, port, parent.port, service, registry)
        key = next(record.to_text() for rrset in parent.ask("test", "DNSKEY").answer for record in rrset)
        stubs = {"test": f"127.0.0.1@{parent.port}", ZONE: f"127.0.0.1@{port}"}
        with UnboundServer(tmp_path / "resolver", stubs=stubs, anchors=[f"test. DNSKEY {key}"],
                           options="    val-bogus-ttl: 1\n    qname-minimisation: no\n") as resolver:
            made.resolver = resolver
            yield made
        assert not registry.broken


# In the first case the parent takes longer than a run waits for it.
@pytest.mark.parametrize("signer, kind, chain", [("powerdns", "ksk", 6), ("powerdns", "ksk-double-ds", 1), ("files", "ksk-double-ds", 1)],
                         indirect=["signer", "chain"])
def test_a_roll_over_through_a_registrar(chain, kind, request):
    """The parent's DS go from the old key's by both to the new one's, never to none, and nobody notices."""
    registry, service = chain.registry, chain.service
    watcher = Watcher(chain.resolver)
    watcher.start()
    for number in range(TIMES):
        old = {ds[0] for ds in chain.registered()}
        registry.published.clear()
        if number == 0:  # of one change nobody hears whether it was made
            service.fault("close-after", "PUT", "/dnssec$")
        # A killed change that was taken back reaches the parent late: that is what a margin is for.
        chain.roll(kind, *(["--margin", f"{3 * registry.lag}s"] if KILLS else [["--emergency"], ["--margin", "0s"]][number % 2]))
        chain.wait_for_parent()
        assert chain.registered() == chain.ds_of_keys() and len(chain.registered()) == 1
        new = {ds[0] for ds in chain.registered()}
        assert new != old and chain.ds() == new == registry.published[-1]
        assert set() not in registry.published and old | new in registry.published
        assert "nothing to do" in chain.project.expect(0, "plan").stdout
    watcher.stop()
    assert KILLS or (chain.waited > 0) == (registry.lag > 5)
    if FIGURES:
        with open(FIGURES, "a") as file:
            file.write(json.dumps({"test": "registrar-" + request.node.callspec.id, "rollovers": TIMES,
                                   "asked": watcher.asked, "bad": len(watcher.bad), "killed": chain.killed}) + "\n")
    assert watcher.asked > 10 and not watcher.bad, watcher.bad[:10]


@pytest.mark.parametrize("signer, chain", [("powerdns", 1)], indirect=True)
@pytest.mark.parametrize("shown", ["new", "none"])
def test_the_registrar_counts_and_not_what_its_registry_still_shows(chain, shown):
    """The parent shows the new DS of a change that was taken back, or none yet of one that was made."""
    project, old = chain.project, chain.registered()
    project.expect(0, "dnssec", "rollover", "start", ZONE, "ksk", "--emergency", "--yes")
    new = chain.ds_of_keys() - old
    assert len(old) == len(new) == 1
    chain.registry.publish(ZONE, [tuple(map(str, ds)) for ds in new] if shown == "new" else [])
    while not chain.under_way()[1]:
        time.sleep(0.1)
    chain.step()
    chain.wait_for_parent()
    assert chain.registered() == new and chain.ds() == {ds[0] for ds in new} == chain.registry.published[-1]
