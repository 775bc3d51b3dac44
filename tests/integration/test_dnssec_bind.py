# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones that a real BIND signs by `dnssec-policy`: what its signer puts into a zone is nobody's to delete."""
import time

import dns.query
import dns.rdatatype
import dns.zone
import pytest

from servers.bind import BindServer
from support.project import HEAD

pytestmark = pytest.mark.skipif(not BindServer.executable(), reason="BIND is not installed")

ZONE = "signed.test"
KEY = ("rezone", "hmac-sha256", "c2VjcmV0IG9mIHRoZSB0ZXN0cyBvZiByZXpvbmU=")
TEXT = """$TTL 3600
@ SOA ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 3600
@ NS ns1.example.net.
@ NS ns2.example.net.
www A 192.0.2.1
"""
# Behind `options { … `, whose end is that of the policy: times of a second bring CDS within some.
POLICIES = """}};
dnssec-policy fast {{
    keys {{ {keys} }};
    nsec3param iterations 0 optout no salt-length 0;
    dnskey-ttl PT1S; max-zone-ttl PT1S; publish-safety PT0S; retire-safety PT0S;
    zone-propagation-delay PT0S; parent-ds-ttl PT1S; parent-propagation-delay PT0S;
"""
KEYS = {"csk": "csk lifetime unlimited algorithm 13;",
        "ksk and zsk": "ksk lifetime unlimited algorithm 13; zsk lifetime unlimited algorithm 13;"}
MADE = {"RRSIG", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "TYPE65534"}


def types(server):
    zone = dns.zone.from_xfr(dns.query.xfr(server.address, ZONE, port=server.port, keyring=server.keyring(), relativize=False),
                             relativize=False)
    return {dns.rdatatype.to_text(rdataset.rdtype) for _, rdataset in zone.iterate_rdatasets()}


def wait_for(server, wanted):
    """`wanted` of the types in the zone."""
    deadline = time.monotonic() + 30
    while not wanted(types(server)):
        assert time.monotonic() < deadline, types(server)
        time.sleep(0.2)


@pytest.mark.parametrize("inline", ["yes", "no"])
@pytest.mark.parametrize("keys", KEYS)
def test_what_its_signer_makes_is_no_change(project, tmp_path, keys, inline):
    signs = f'dnssec-policy fast; inline-signing {inline}; key-directory "{tmp_path}/bind";'
    with BindServer(tmp_path / "bind", {ZONE: TEXT.replace("$TTL 3600", "$TTL 1")}, key=KEY, zone_options=signs,
                    options=POLICIES.format(keys=KEYS[keys])) as server:
        project.write("secret", KEY[2], mode=0o600)
        project.write("rezone.yaml", f"""providers:
  dns: {{kind: rfc2136, server: "{server.address}:{server.port}", tsig: {{name: {KEY[0]}, secret: "${{secret:file:secret}}"}}}}
zones: {{"**": {{to: dns}}}}
policy: {{max_changes: 100%, max_deletes: 100%}}
verify: {{timeout: 10s, dnssec: false}}
""")
        write(project, "www: {A: 192.0.2.1}")
        wait_for(server, lambda found: found >= MADE)
        assert is_idle(project)
        write(project, "api: {A: 192.0.2.7}")
        project.expect(0, "apply", "--yes")
        assert is_idle(project) and types(server) >= MADE
        project.expect(0, "verify")
        project.write(f"zones/{ZONE}.yaml", "dnssec: {}\n" + project.read(f"zones/{ZONE}.yaml"))
        assert "RZ4001" in project.expect(1, "plan").stderr
        write(project, "api: {A: 192.0.2.7}")

        server.zone_options = server.zone_options.replace("fast", "insecure")
        write_options(server)
        server.restart()
        wait_for(server, lambda found: "NSEC" in found)
        assert is_idle(project), "on the way to an unsigned zone there are other records still"


def write_options(server):
    """The configuration alone: the zone's file is the server's."""
    server.write_zones = lambda: None
    server.configure()


def write(project, record):
    project.write(f"zones/{ZONE}.yaml", "ttl: 1s\n" + HEAD + f"records:\n  {record}\n")


def is_idle(project):
    return "nothing to do" in project.expect(0, "plan").stdout
