# SPDX-License-Identifier: GPL-3.0-or-later
"""`dnssec:` of zones at a real Knot DNS: by its control socket and keymgr, with a configuration that is a database or
a file. What it signs is held against ldns-verify-zone and kzonecheck."""
import dns.query
import dns.zone
import pytest

from servers.knot import KnotServer
from support.project import HEAD
from support.signed_zones import good, missing, run

pytestmark = pytest.mark.skipif(not KnotServer.executable(), reason="Knot DNS is not installed")

ZONE = "signed.test"
KEY = ("rezone", "hmac-sha256", "c2VjcmV0IG9mIHRoZSB0ZXN0cyBvZiByZXpvbmU=")
TEXT = """$ORIGIN signed.test.
$TTL 3600
@ SOA ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 3600
@ NS ns1.example.net.
@ NS ns2.example.net.
www A 192.0.2.1
"""
RECORDS = HEAD + "records:\n  www: {A: 192.0.2.1}\n"


@pytest.fixture(autouse=True)
def tools():
    if missing():
        pytest.skip(f"{', '.join(missing())} not installed")


@pytest.fixture
def knot(tmp_path):
    with KnotServer(tmp_path / "knot", {ZONE: TEXT}, key=KEY, database=True) as server:
        yield server


def configure(project, knot, **options):
    configuration = "database" if knot.database else "file"
    settings = {"socket": knot.socket, "configuration": configuration, "keymgr": " ".join(["keymgr", *knot.source]), **options}
    project.environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    project.write("secret", KEY[2], mode=0o600)
    project.write("rezone.yaml", f"""providers:
  dns:
    kind: rfc2136
    server: "{knot.address}:{knot.port}"
    tsig: {{name: {KEY[0]}, secret: "${{secret:file:secret}}"}}
    knot: {{{", ".join(f'{name}: "{value}"' for name, value in settings.items())}}}
zones: {{"**": {{to: dns}}}}
policy: {{max_changes: 100%, max_deletes: 100%}}
verify: {{timeout: 5s, parents: ["127.53.0.99:1"]}}
""")


def write(project, dnssec, records=RECORDS):
    project.write(f"zones/{ZONE}.yaml", ("" if dnssec is None else f"dnssec: {dnssec}\n") + records)


def apply(project, *more, code=0):
    """No parent is there to be asked."""
    return project.expect(code, "apply", "--yes", "--allow", "dnssec", *more)


@pytest.fixture
def signed(project, knot):
    configure(project, knot)
    write(project, "{}")
    apply(project)
    return project


def transfer(knot):
    return dns.zone.from_xfr(dns.query.xfr(knot.address, ZONE, port=knot.port, keyring=knot.keyring(), relativize=False),
                             relativize=False)


def types(knot):
    return {dns.rdatatype.to_text(rdtype) for _, rdtype in
            ((name, rdataset.rdtype) for name, rdataset in transfer(knot).iterate_rdatasets())}


def validate(knot, tmp_path):
    """Others say that the zone is signed well; tags of its keys."""
    file = tmp_path / "transferred.zone"
    zone = transfer(knot)
    file.write_text(zone.to_text(relativize=False, want_origin=True))
    good(run("ldns-verify-zone", file))
    good(run("kzonecheck", "-o", ZONE, file))
    return {dns.dnssec.key_id(key) for key in zone.find_rdataset(f"{ZONE}.", "DNSKEY")}


def is_idle(project):
    return "nothing to do" in project.expect(0, "plan").stdout


def test_a_zone_is_signed_and_stays_so(signed, knot, tmp_path):
    assert len(validate(knot, tmp_path)) == 1
    assert {"NSEC", "CDS", "CDNSKEY"} <= types(knot)
    assert is_idle(signed)
    write(signed, None)
    assert is_idle(signed), "signing that no file mentions is left alone"
    signed.expect(0, "verify")
    knot.restart()
    assert is_idle(signed), "the database keeps it"
    write(signed, "{}", RECORDS + "  api: {A: 192.0.2.7}\n")
    signed.expect(0, "apply", "--yes")
    assert len(validate(knot, tmp_path)) == 1
