# SPDX-License-Identifier: GPL-3.0-or-later
"""`dnssec:` of zones at a real Knot DNS: by its control socket and keymgr, with a configuration that is a database or
a file. What it signs is held against ldns-verify-zone and kzonecheck."""
import collections
import os
import signal
import time

import dns.dnssec
import dns.query
import dns.rdatatype
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
PARENT = """$ORIGIN test.
$TTL 60
@ SOA ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 60
@ NS ns1.example.net.
signed NS ns1.example.net.
"""
ZONES = {ZONE: TEXT, "test": PARENT}
RECORDS = HEAD + "records:\n  www: {A: 192.0.2.1}\n"
# Root may do everything: without these capabilities it may not.
POWERLESS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")
KILLS = os.environ.get("REZONE_KILLS") == "1"
EVERY = max(7, 2 * int(os.environ.get("REZONE_CRASH_STEP", "1")))  # fewer under sanitizers, as in the crash matrix


@pytest.fixture(autouse=True)
def tools():
    if missing():
        pytest.skip(f"{', '.join(missing())} not installed")


@pytest.fixture
def knot(tmp_path):
    with KnotServer(tmp_path / "knot", ZONES, key=KEY, database=True) as server:
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
verify: {{timeout: 5s, parents: ["{knot.address}:{knot.port}"]}}
""")


def write(project, dnssec, records=RECORDS):
    project.write(f"zones/{ZONE}.yaml", ("" if dnssec is None else f"dnssec: {dnssec}\n") + records)


def apply(project, code=0):
    return project.expect(code, "apply", "--yes")


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


def test_nsec_becomes_nsec3_and_back_by_rollback(signed, knot, tmp_path):
    tags = validate(knot, tmp_path)
    write(signed, "{nsec3: {opt_out: true}, ds: {parent: manual}}")
    apply(signed)
    assert validate(knot, tmp_path) == tags
    assert "NSEC3" in types(knot) and not {"NSEC", "CDS", "CDNSKEY"} & types(knot)
    assert is_idle(signed)
    signed.expect(0, "rollback", "2", "--yes")
    assert validate(knot, tmp_path) == tags
    assert {"NSEC", "CDS"} <= types(knot)
    write(signed, "{nsec3: {salt: abcd}}")
    assert "RZ4001" in signed.expect(1, "plan").stderr


def test_signing_is_taken_off_and_comes_back_with_the_same_key(signed, knot, tmp_path):
    tags = validate(knot, tmp_path)
    write(signed, "false")
    apply(signed)
    assert types(knot) == {"SOA", "NS", "A"}, "what Knot has signed is taken out"
    assert len(knot.held_keys(ZONE)) == 1, "a key is never destroyed by a plan"
    assert is_idle(signed)
    write(signed, None, RECORDS + "  api: {A: 192.0.2.7}\n")
    signed.expect(0, "apply", "--yes")
    signed.expect(0, "rollback", "2", "--yes")
    assert validate(knot, tmp_path) == tags


def test_two_keys(project, knot, tmp_path):
    configure(project, knot)
    write(project, "{algorithm: rsasha256, ksk: {bits: 2048}, zsk: {bits: 1024}}")
    apply(project)
    assert len(validate(knot, tmp_path)) == 2
    assert {(key["ksk"], key["zsk"], key["size"]) for key in knot.held_keys(ZONE)} == {(True, False, 2048), (False, True, 1024)}
    assert is_idle(project)
    write(project, "{}")
    assert "RZ6003" in project.expect(0, "plan").stderr, "keys are not exchanged by a plan"


def test_a_zone_that_is_signed_is_imported_with_how_it_is(signed, knot):
    write(signed, "{nsec3: {}}")
    apply(signed)
    signed.remove(f"zones/{ZONE}.yaml")
    signed.expect(0, "import", ZONE, "--from", "live", "--provider", "dns")
    assert "dnssec:\n  algorithm: ecdsap256sha256\n  nsec3: {}\n" in signed.read(f"zones/{ZONE}.yaml")
    assert is_idle(signed)


def test_drift_is_found_and_mended(signed, knot, tmp_path):
    knot.change(("policy[rezone-nsec-cds].nsec3", "on"))
    knot.control("-b", "zone-keys-load", ZONE)
    plan = signed.expect(2, "plan").stdout
    assert "nsec3" in plan
    apply(signed)
    knot.control("conf-begin")
    knot.control("conf-set", f"zone[{ZONE}].dnssec-signing", "off")
    knot.control("conf-commit")
    assert "DNSSEC " in signed.expect(2, "plan").stdout
    apply(signed)
    assert is_idle(signed)
    validate(knot, tmp_path)


def test_what_changed_meanwhile_is_not_overwritten(signed, knot):
    write(signed, "{nsec3: {}}")
    signed.expect(2, "plan", "-o", "plan.json")
    knot.change(("policy[rezone-nsec-cds].nsec3", "on"), ("policy[rezone-nsec-cds].nsec3-iterations", "3"))
    assert "@ DNSSEC" in signed.expect(3, "apply", "plan.json", "--yes").stderr


def test_a_key_that_was_destroyed_is_missed(signed, knot):
    write(signed, "false")
    apply(signed)
    knot.keymgr(ZONE, "delete", knot.held_keys(ZONE)[0]["id"])
    lost = signed.expect(4, "rollback", "2", "--yes")
    assert "RZ6005" in lost.stderr
    assert "DNSKEY" not in types(knot)


def test_a_failed_check_takes_the_keys_back(project, knot):
    configure(project, knot)
    write(project, "{}", RECORDS + "checks: [{dns: www.signed.test. A, contains: 192.0.2.99, timeout: 1s}]\n")
    apply(project, code=4)
    assert knot.held_keys(ZONE) == [], "a key that the run itself made is not left behind"
    assert types(knot) == {"SOA", "NS", "A"}


def test_keys_are_shown_and_not_their_private_half(signed, knot):
    shown = signed.expect(0, "show", "1", "--format", "json").stdout + signed.expect(0, "plan", "--format", "json").stdout
    assert "Private" not in shown
    write(signed, "false")
    assert f"csk ecdsap256sha256 active {knot.held_keys(ZONE)[0]['tag']} " in signed.expect(2, "plan").stdout


def test_a_foreign_policy_is_left_alone(project, tmp_path):
    """One with automatic keys, of the administrator's own."""
    policies = "policy:\n  - id: own\n    single-type-signing: on\n"
    with KnotServer(tmp_path / "knot", ZONES, key=KEY, database=True, policies=policies,
                    zone_options="dnssec-signing: on\n    dnssec-policy: own") as knot:
        configure(project, knot)
        write(project, "{}")
        assert is_idle(project), "Knot's own keys do what the file wants"
        for dnssec in ("{nsec3: {}}", "false"):
            write(project, dnssec)
            assert f"zones/{ZONE}.yaml:1" in project.expect(1, "plan").stderr
        write(project, None)
        refused = project.expect(1, "dnssec", "rollover", "start", ZONE, "ksk", "--margin", "0s", "--yes")
        assert "manual: on" in refused.stderr
        assert is_idle(project)


def test_a_configuration_file_is_not_changed(project, tmp_path):
    """Its administrator says how zones are signed; keys are rezone's."""
    with KnotServer(tmp_path / "knot", ZONES, key=KEY) as knot:
        configure(project, knot)
        write(project, "{}")
        assert "dnssec-signing: on" in project.expect(1, "plan").stderr
        knot.policies = "policy:\n  - id: own\n    manual: on\n    cds-cdnskey-publish: always\n"
        knot.zone_options = "dnssec-signing: on\n    dnssec-policy: own"
        knot.configure()
        knot.control("reload")
        apply(project)
        assert is_idle(project) and len(validate(knot, tmp_path)) == 1
        write(project, "{nsec3: {}}")
        assert "`nsec3`" in project.expect(1, "plan").stderr
        write(project, "false")
        assert "set it off there" in project.expect(1, "plan").stderr
        assert "no key left" in project.expect(1, "rollback", "1", "--yes").stderr
        assert len(validate(knot, tmp_path)) == 1
        knot.zone_options = ""
        knot.configure()
        knot.control("reload")
        apply(project)
        assert is_idle(project) and types(knot) == {"SOA", "NS", "A"}


def test_a_zone_that_others_signed_stays_so(project, tmp_path):
    """Its file came with signatures, and no key of it is here."""
    with KnotServer(tmp_path / "signer", ZONES, key=KEY, zone_options="dnssec-signing: on") as signer:
        text = transfer(signer).to_text(relativize=False, want_origin=True)
    with KnotServer(tmp_path / "knot", {**ZONES, ZONE: text}, key=KEY, database=True) as knot:
        configure(project, knot)
        write(project, None)
        assert is_idle(project)
        for dnssec in ("{}", "false"):
            write(project, dnssec)
            refused = project.expect(1, "plan")
            assert "RZ6001" in refused.stderr and "come with its data" in refused.stderr


def test_a_control_socket_that_cannot_be_used(signed, knot):
    write(signed, "{nsec3: {}}")
    knot.socket.chmod(0)
    refused = signed.expect(1, "plan", prefix=POWERLESS)
    assert "RZ3404" in refused.stderr and "in its group" in refused.stderr
    knot.socket.chmod(0o660)
    keys = knot.directory / "data" / "keys"
    keys.chmod(0)
    assert "RZ6006" in signed.expect(1, "plan", prefix=POWERLESS).stderr
    keys.chmod(0o770)
    configure(signed, knot, socket=knot.directory / "none.sock")
    missing_socket = signed.expect(1, "plan")
    assert "RZ3404" in missing_socket.stderr and "there is none" in missing_socket.stderr
    configure(signed, knot, keymgr="/nonexistent/keymgr")
    assert "RZ6006" in signed.expect(1, "plan").stderr
    configure(signed, knot, keymgr="'keymgr")
    assert "RZ3401" in signed.expect(1, "plan").stderr


def test_the_socket_of_a_server_without_the_zone(project, knot, tmp_path):
    with KnotServer(tmp_path / "other", {"other.test": TEXT.replace("signed", "other")}, key=KEY) as other:
        configure(project, knot, socket=other.socket)
        write(project, "{}")
        refused = project.expect(1, "plan").stderr
        assert f"zones/{ZONE}.yaml:1" in refused and "no such zone" in refused
        write(project, None)
        assert is_idle(project), "its records are none of that server's"


def points(project, *args):
    """How often each step at Knot is made."""
    path = project.path("points.log")
    project.expect(0, *args, env={"REZONE_FAULT_LOG": str(path)})
    if not path.exists():
        pytest.skip("a build without fault points")
    counts = collections.Counter(path.read_text().split())
    path.unlink()
    return [f"{name}:{number}" for name, count in counts.items() if name.startswith("knot.")
            for number in range(1, count + 1)]


def mend(project, knot, tmp_path, dnssec):
    project.run("recover", "--yes")
    write(project, dnssec)
    project.expect(0, "apply", "--yes")
    assert is_idle(project)
    if dnssec == "false":
        assert types(knot) == {"SOA", "NS", "A"}
    else:
        assert len(validate(knot, tmp_path)) == 1


@pytest.mark.parametrize("dnssec, other", [("{}", "false"), ("false", "{}"), ("{nsec3: {}}", "{}")])
def test_killed_at_each_step(signed, knot, tmp_path, dnssec, other):
    """`dnssec` is applied to a zone that is as `other` says, and killed; what that leaves can be mended."""
    write(signed, other)
    signed.expect(0, "apply", "--yes")
    write(signed, dnssec)
    steps = points(signed, "apply", "--yes")
    for step in steps if KILLS else steps[3::EVERY]:
        mend(signed, knot, tmp_path, other)
        write(signed, dnssec)
        killed = signed.run("apply", "--yes", env={"REZONE_FAULT": step})
        assert killed.code == -signal.SIGKILL, step
        mend(signed, knot, tmp_path, dnssec)


def test_a_server_that_restarts_meanwhile(signed, knot, tmp_path):
    """Within the transaction of its configuration."""
    write(signed, "{nsec3: {}}")
    steps = [step for step in points(signed, "apply", "--yes") if step.startswith("knot.asked")]
    write(signed, "{}")
    child = signed.start("apply", "--yes", env={"REZONE_FAULT": f"{steps[len(steps) // 2]}:stop"})
    wait_until_stopped(child)
    knot.restart()
    child.send_signal(signal.SIGCONT)
    assert signed.finish(child).code in (0, 1, 4), "what became of the change was found out"
    mend(signed, knot, tmp_path, "{}")


def wait_until_stopped(child):
    deadline = time.monotonic() + 20
    while open(f"/proc/{child.pid}/stat").read().rsplit(") ", 1)[1][0] != "T":
        assert child.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)


def test_somebody_elses_transaction_is_not_ended(signed, knot):
    knot.control("conf-begin")
    knot.control("conf-set", "server.identity", "somebody")
    write(signed, "{nsec3: {}}")
    refused = signed.expect(1, "apply", "--yes")
    assert "knotc conf-abort" in refused.stderr
    assert "identity" in knot.control("conf-diff")
    knot.control("conf-abort")
    signed.expect(0, "apply", "--yes")
