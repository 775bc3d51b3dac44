# SPDX-License-Identifier: GPL-3.0-or-later
"""`dnssec:` of zones at a real PowerDNS: signed, changed, rolled back, recovered, taken off."""
import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rdatatype
import pytest

from servers import powerdns

pytestmark = pytest.mark.skipif(not powerdns.available(), reason="PowerDNS is not installed")

ZONE = "signed.test"
RECORDS = """nameservers: [ns1.example.net., ns2.example.net.]
soa: {mname: ns1.example.net., rname: hostmaster.example.net., refresh: 2h, retry: 1h, expire: 2w, minimum: 1h}
records:
  www: {A: 192.0.2.1}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that has the parent zone too."""
    with powerdns.PowerDnsServer(tmp_path_factory.mktemp("pdns"), {"query-cache-ttl": 0, "cache-ttl": 0}) as running:
        status, body = running.request("POST", "/zones", {
            "name": "test.", "kind": "Native", "nameservers": ["ns1.example.net."], "rrsets": [
                {"name": f"{ZONE}.", "type": "NS", "ttl": 60, "records": [{"content": "ns1.example.net.", "disabled": False}]}]})
        assert status == 201, body
        yield running


@pytest.fixture
def signed(project, server):
    """The project with the zone signed by NSEC; the parent has no DS."""
    configure(project, server)
    write(project, "{}")
    project.expect(0, "apply", "--yes")
    return project


def configure(project, server):
    server.request("DELETE", f"/zones/{ZONE}.")
    set_ds(server)
    project.write("key", server.api_key, mode=0o600)
    project.write("rezone.yaml", f"""providers:
  pdns: {{kind: powerdns, url: "{server.url}", api_key: "${{secret:file:key}}", servers: ["127.0.0.1:{server.dns_port}"]}}
zones: {{"**": {{to: pdns}}}}
policy: {{max_changes: 100%, max_deletes: 100%}}
verify: {{timeout: 5s, parents: ["127.0.0.1:{server.dns_port}"]}}
""")


def set_ds(server, *records):
    """At the parent."""
    status, body = server.request("PATCH", "/zones/test.", {"rrsets": [
        {"name": f"{ZONE}.", "type": "DS", "ttl": 1, "changetype": "REPLACE" if records else "DELETE",
         "records": [{"content": text, "disabled": False} for text in records]}]})
    assert status == 204, body


def ds_of(server):
    return next(text for text in keys(server)[0]["ds"] if text.split()[2] == "2")


def write(project, dnssec, records=RECORDS):
    line = "" if dnssec is None else f"dnssec: {dnssec}\n"
    project.write(f"zones/{ZONE}.yaml", line + records)


def keys(server):
    return server.request("GET", f"/zones/{ZONE}./cryptokeys")[1]


def in_use(server):
    return [key for key in keys(server) if key["active"] or key["published"]]


def ask(server, name, rdtype):
    query = dns.message.make_query(name, rdtype, want_dnssec=True)
    return dns.query.tcp(query, "127.0.0.1", port=server.dns_port, timeout=5)


def validate(server):
    """The zone's SOA against its DNSKEY RRset, which is self-signed; the DNSKEY RRset."""
    apex = dns.name.from_text(ZONE)
    reply = ask(server, ZONE, "DNSKEY")
    rrset = reply.get_rrset(reply.answer, apex, 1, dns.rdatatype.DNSKEY)
    for rdtype in (dns.rdatatype.DNSKEY, dns.rdatatype.SOA):
        reply = ask(server, ZONE, rdtype)
        dns.dnssec.validate(reply.get_rrset(reply.answer, apex, 1, rdtype),
                            reply.get_rrset(reply.answer, apex, 1, dns.rdatatype.RRSIG, rdtype), {apex: rrset})
    return rrset


def denial(server):
    """The types of the proof that a name does not exist."""
    return {dns.rdatatype.to_text(rrset.rdtype) for rrset in ask(server, f"nx.{ZONE}", "A").authority}


def test_a_zone_is_signed_and_stays_so(signed, server):
    assert len(validate(server)) == 1
    assert "NSEC" in denial(server)
    assert ask(server, ZONE, "CDS").answer
    assert signed.expect(0, "plan")
    write(signed, None)
    assert "nothing to do" in signed.expect(0, "plan").stdout, "signing that no file mentions is left alone"
    assert signed.expect(0, "verify")


def test_keys_are_shown_and_not_their_private_half(signed, server):
    shown = signed.expect(0, "show", "1", "--format", "json").stdout + signed.expect(0, "plan", "--format", "json").stdout
    assert "PrivateKey" not in shown
    tag = int(keys(server)[0]["ds"][0].split()[0])
    write(signed, "false")
    plan = signed.expect(2, "plan").stdout
    assert f"csk ecdsap256sha256 active {tag} " in plan
    assert "bogus for all while the parent has a DS" in plan


def test_nsec_becomes_nsec3_and_back_by_rollback(signed, server):
    write(signed, "{nsec3: {}, ds: {parent: manual}}")
    signed.expect(0, "apply", "--yes")
    assert "NSEC3" in denial(server)
    assert not ask(server, ZONE, "CDS").answer
    tags = [key.to_text() for key in validate(server)]
    signed.expect(0, "rollback", "2", "--yes")
    assert "NSEC" in denial(server)
    assert ask(server, ZONE, "CDS").answer
    assert [key.to_text() for key in validate(server)] == tags


def test_signing_is_taken_off_and_comes_back_with_the_same_key(signed, server):
    before = validate(server)
    write(signed, "false")
    signed.expect(0, "apply", "--yes")
    assert not ask(server, ZONE, "DNSKEY").answer
    assert len(keys(server)) == 1 and not in_use(server), "a key is never destroyed by a plan"
    assert "nothing to do" in signed.expect(0, "plan").stdout
    signed.expect(0, "rollback", "2", "--yes")
    assert validate(server) == before


def test_two_keys(project, server):
    configure(project, server)
    project.write("templates/secure.yaml", """template: secure
params: {bits: {type: int, default: 2048}}
dnssec: {algorithm: rsasha256, ksk: {bits: "${bits}"}, zsk: {bits: 1024}}
""")
    project.write(f"zones/{ZONE}.yaml", "extends: secure\n" + RECORDS)
    project.expect(0, "apply", "--yes")
    assert {key.flags for key in validate(server)} == {256, 257}
    assert {(key["keytype"], key["bits"]) for key in keys(server)} == {("ksk", 2048), ("zsk", 1024)}
    assert "nothing to do" in project.expect(0, "plan").stdout
    project.write(f"zones/{ZONE}.yaml", "extends: secure\ndnssec: {}\n" + RECORDS)
    plan = project.expect(0, "plan")
    assert "RZ6003" in plan.stderr, "keys are not exchanged by a plan"


def test_a_zone_that_is_signed_is_imported_with_how_it_is(signed, server):
    write(signed, "{nsec3: {opt_out: true}}")
    signed.expect(0, "apply", "--yes")
    signed.path(f"zones/{ZONE}.yaml").unlink()
    signed.expect(0, "import", "--from", "live", "--provider", "pdns")
    text = signed.path(f"zones/{ZONE}.yaml").read_text()
    assert "dnssec:\n  algorithm: ecdsap256sha256\n  nsec3: {opt_out: true}\n" in text
    assert "nothing to do" in signed.expect(0, "plan").stdout


def test_a_key_that_was_destroyed_is_missed(signed, server):
    write(signed, "false")
    signed.expect(0, "apply", "--yes")
    server.request("DELETE", f"/zones/{ZONE}./cryptokeys/{keys(server)[0]['id']}")
    lost = signed.expect(4, "rollback", "2", "--yes")
    assert "RZ6005" in lost.stderr
    assert not in_use(server)


def test_what_changed_meanwhile_is_not_overwritten(signed, server):
    write(signed, "{nsec3: {}}")
    signed.expect(2, "plan", "-o", "plan.json")
    server.request("PUT", f"/zones/{ZONE}.", {"nsec3param": "1 0 3 ab"})
    refused = signed.expect(3, "apply", "plan.json", "--yes")
    assert "@ DNSSEC" in refused.stderr
    assert "nsec3 3 ab" in signed.expect(2, "plan").stdout


def test_a_failed_check_takes_the_keys_back(project, server, signed):
    write(signed, "false")
    signed.expect(0, "apply", "--yes")
    server.request("DELETE", f"/zones/{ZONE}./cryptokeys/{keys(server)[0]['id']}")
    write(signed, "{}", RECORDS + "checks: [{dns: www.signed.test A, contains: 192.0.2.99, timeout: 1s}]\n")
    signed.expect(4, "apply", "--yes")
    assert keys(server) == [], "a key that the run itself made is not left behind"


def test_a_zone_does_not_go_unsigned_under_a_ds(signed, server):
    set_ds(server, ds_of(server))
    write(signed, "false")
    refused = signed.expect(3, "plan")
    assert "policy dnssec: the parent has a DS of key" in refused.stdout
    signed.expect(3, "apply", "--yes")
    assert in_use(server)
    set_ds(server)
    signed.expect(2, "plan", "-o", "plan.json")
    set_ds(server, ds_of(server))
    late = signed.expect(3, "apply", "plan.json", "--yes")
    assert "RZ6009" in late.stderr, "the parent is asked again when the plan is applied"
    assert "RZ6009" in signed.expect(3, "rollback", "1", "--yes").stderr
    assert in_use(server)
    signed.expect(0, "apply", "--yes", "--allow", "dnssec")
    assert not in_use(server)


def test_a_ds_comes_when_no_unsigned_answer_is_cached_any_more(signed, server):
    assert signed.expect(2, "dnssec", "ds", "show", ZONE, "--format", "json").json["wanted"] == [
        ds_of(server).upper()]
    assert "RZ6009" in signed.expect(3, "dnssec", "ds", "set", ZONE, "--yes").stderr
    told = signed.expect(2, "dnssec", "ds", "set", ZONE, "--yes", "--force").stdout
    assert ds_of(server).upper() in told and "DS that the parent has:\n  none" in told
    set_ds(server, ds_of(server))
    assert signed.expect(0, "dnssec", "ds", "show", ZONE, "--format", "json").json["as_wished"]


def test_a_parent_that_cannot_be_asked_is_no_leave(signed, server):
    text = signed.read("rezone.yaml").replace(f'parents: ["127.0.0.1:{server.dns_port}"]', 'parents: ["127.53.0.99:1"]')
    signed.write("rezone.yaml", text)
    write(signed, "false")
    assert "could not be learned" in signed.expect(3, "plan").stdout


def test_a_server_that_does_not_sign_is_found(signed, server, tmp_path):
    """A second server is named that has the zone without its keys."""
    with powerdns.PowerDnsServer(tmp_path / "other") as other:
        rrsets = [rrset for rrset in server.request("GET", f"/zones/{ZONE}.")[1]["rrsets"]]
        assert other.request("POST", "/zones", {"name": f"{ZONE}.", "kind": "Native", "nameservers": [],
                                                "soa_edit_api": "", "rrsets": rrsets})[0] == 201
        signed.write("rezone.yaml", signed.read("rezone.yaml").replace(
            f'servers: ["127.0.0.1:{server.dns_port}"]', f'servers: ["127.0.0.1:{other.dns_port}"]'))
        found = signed.expect(2, "verify")
        assert "RZ6007" in found.stderr and "does not have the keys" in found.stderr


@pytest.fixture
def presigned(project, server, tmp_path):
    """The zone signed elsewhere, by rezone in a file, and loaded with its signatures."""
    project.write("rezone.yaml", """providers: {files: {kind: zonefile, directory: live, keys: keys}}
zones: {"**": {to: files}}
""")
    write(project, "{}", SIGNED_ELSEWHERE)
    project.expect(0, "apply", "--yes")
    configure(project, server)
    server.utility("load-zone", ZONE, str(project.path(f"live/{ZONE}.zone")))
    server.utility("set-presigned", ZONE)
    write(project, None, SIGNED_ELSEWHERE)
    return project


SIGNED_ELSEWHERE = RECORDS + "  api: {A: 192.0.2.7}\n"


def signatures(server):
    zone = server.request("GET", f"/zones/{ZONE}.")[1]
    return {(rrset["name"], rrset["type"], record["content"]) for rrset in zone["rrsets"] for record in rrset["records"]
            if rrset["type"] in ("RRSIG", "NSEC", "DNSKEY", "CDS", "CDNSKEY")}


def test_a_presigned_zone_is_left_alone(presigned, server):
    before = signatures(server)
    assert {kind for _, kind, _ in before} >= {"RRSIG", "NSEC", "DNSKEY"}
    assert "nothing to do" in presigned.expect(0, "plan").stdout, "its signatures are no records that are too many"
    assert "nothing to do" in presigned.expect(0, "apply", "--yes").stdout
    presigned.expect(0, "verify")
    for dnssec in ("{}", "false", "{nsec3: {}}"):
        write(presigned, dnssec, SIGNED_ELSEWHERE)
        refused = presigned.expect(1, "plan").stderr
        assert "RZ6001" in refused and f"zones/{ZONE}.yaml:1" in refused and "come with its data" in refused
        presigned.expect(1, "apply", "--yes")
    assert signatures(server) == before and keys(server) == []


def test_records_of_a_presigned_zone_do_not_change_without_a_word(presigned, server):
    """They would be other than what is signed."""
    before = signatures(server)
    write(presigned, None, SIGNED_ELSEWHERE.replace("192.0.2.7", "192.0.2.8"))
    refused = presigned.expect(3, "plan")
    assert "policy dnssec" in refused.stdout and "where it is signed" in refused.stdout
    presigned.expect(3, "apply", "--yes")
    validate(server)
    presigned.expect(0, "apply", "--yes", "--allow", "dnssec")
    assert signatures(server) == before, "also then signatures are not rezone's to change"
    assert ask(server, f"api.{ZONE}", "A").answer[0][0].to_text() == "192.0.2.8"


def test_a_presigned_zone_is_imported_without_dnssec(presigned):
    presigned.path(f"zones/{ZONE}.yaml").unlink()
    presigned.expect(0, "import", "--from", "live", "--provider", "pdns")
    assert "dnssec" not in presigned.read(f"zones/{ZONE}.yaml")
    assert "nothing to do" in presigned.expect(0, "plan").stdout


@pytest.mark.parametrize("dnssec, code", [
    ("{algorithm: rsasha1}", "RZ1006"), ("{csk: {}, zsk: {}}", "RZ6001"), ("{ksk: {}}", "RZ6001"),
    ("{csk: {bits: 2048}}", "RZ6001"), ("{nsec3: {salt: xyz}}", "RZ6001"), ("[]", "RZ1005"),
    ("{ds: {digest: sha1}}", "RZ1006"), ("maybe", "RZ1005")])
def test_mistakes(project, dnssec, code):
    project.write("rezone.yaml", "providers: {files: {kind: zonefile, directory: live}}\nzones: {\"**\": {to: files}}\n")
    write(project, dnssec)
    assert code in project.expect(1, "validate").stderr


def test_warnings_and_refusals(project):
    project.write("rezone.yaml", """providers: {one: {kind: zonefile, directory: live}}
zones: {"**": {to: one}}
""")
    write(project, "{nsec3: {iterations: 5}}")
    assert "RZ6002" in project.expect(0, "validate").stderr
    write(project, None, RECORDS + "  '@': {DNSSEC: nsec}\n")
    assert "RZ6001" in project.expect(1, "validate").stderr


def test_one_zone_has_one_signer(project, server):
    project.write("key", server.api_key, mode=0o600)
    options = f'{{kind: powerdns, url: "{server.url}", api_key: "${{secret:file:key}}"}}'
    project.write("rezone.yaml", f"providers: {{one: {options}, two: {options}}}\nzones: {{\"**\": {{to: [one, two]}}}}\n")
    write(project, "{}")
    assert "RZ6004" in project.expect(1, "plan").stderr
