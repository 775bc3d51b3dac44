# SPDX-License-Identifier: GPL-3.0-or-later
"""`plan` straight after `apply` and after `import` is empty, on zones that are hard."""
import pytest
import yaml

import hard_zone
from support.targets import from_master, run_tool

# Owners that PowerDNS's API refuses, whatever its backend.
CANNOT = {"powerdns": lambda owner: "\\" in owner or ".*." in owner}


def records(target, make=hard_zone.records):
    cannot = CANNOT.get(target.kind, lambda owner: False)
    return [record for record in make(target.zone) if not cannot(record[0])]


def wanted(target, found):
    return from_master(hard_zone.master(found, target.zone), target.zone)


def same(live, expected):
    """Compares and names what differs."""
    differing = {key: (live.get(key), expected.get(key)) for key in {*live, *expected}
                 if live.get(key) != expected.get(key)}
    assert not differing, f"{len(differing)} RRsets differ: {list(differing.items())[:3]}"


def begin(target):
    target.base()
    target.setup("verify: {timeout: 20s}\n" if target.serves_dns else "")
    first = records(target)
    target.project.write(f"zones/{target.zone}.yaml", hard_zone.native(first))
    target.project.apply()
    return target.project, first


def test_apply_change_and_roll_back(target):
    project, first = begin(target)
    before = target.fetch()
    same(before, wanted(target, first))
    assert project.changes() == {}
    project.expect(0, "verify")
    second = records(target, hard_zone.other_version)
    project.write(f"zones/{target.zone}.yaml", hard_zone.native(second))
    project.apply(0, "--allow", "dangling")
    same(target.fetch(), wanted(target, second))
    assert project.changes() == {}
    project.expect(0, "rollback", project.last_run(), "--yes")
    same(target.fetch(), before)
    project.write(f"zones/{target.zone}.yaml", hard_zone.native(first))
    assert project.changes() == {}


def test_what_a_server_cannot_hold_is_said_at_its_line(pdns_target):
    pdns_target.base()
    project = pdns_target.setup()
    project.write(f"zones/{pdns_target.zone}.yaml", hard_zone.native(hard_zone.records(pdns_target.zone)))
    before = pdns_target.fetch()
    result = project.expect(1, "apply", "--yes")
    assert result.stderr.count("error[RZ4001]") == 5 and f"zones/{pdns_target.zone}.yaml:" in result.stderr
    assert pdns_target.fetch() == before
    project.apply(0, "--lenient")
    same(pdns_target.fetch(), wanted(pdns_target, records(pdns_target)))
    assert project.changes("--lenient") == {}


def test_import_from_live(target):
    project, first = begin(target)
    before = target.fetch()
    project.remove(f"zones/{target.zone}.yaml")
    project.expect(0, "import", "--from", "live", "--provider", "live", target.zone)
    assert project.changes() == {}
    text = project.read(f"zones/{target.zone}.yaml")
    assert len(yaml.safe_load(text)["records"]) > 900, "other programs read it as YAML"
    # Without --force the file stays; with it, the same file comes again.
    assert "RZ9003" in project.expect(1, "import", "--from", "live", "--provider", "live", target.zone).stderr
    project.expect(0, "import", "--from", "live", "--provider", "live", target.zone, "--force")
    assert project.read(f"zones/{target.zone}.yaml") == text, "canonical: the same zone gives the same file"
    project.apply()
    same(target.fetch(), before)


def test_master_file_as_source(target):
    """The same zone from a master file, and imported from it."""
    project, first = begin(target)
    text = hard_zone.master(first, target.zone)
    project.remove(f"zones/{target.zone}.yaml")
    project.write(f"masters/{target.zone}.zone", text)
    config = project.read("rezone.yaml")
    project.write("rezone.yaml", config + "sources: [{directory: masters, format: zonefile}]\n")
    assert project.changes() == {}
    project.write("rezone.yaml", config)
    project.expect(0, "import", "--from", "zonefile", f"masters/{target.zone}.zone")
    assert project.changes() == {}


def test_rendered_forms_agree(target):
    """What rezone renders, other programs read as the same zone."""
    project, first = begin(target)
    text = project.expect(0, "render", target.zone).stdout
    same(from_master(text, target.zone), wanted(target, first))


def test_named_checkzone_agrees(file_target):
    """BIND reads the file that rezone writes as the zone of the master file; case is not kept."""
    project, first = begin(file_target)
    project.write("wanted.zone", hard_zone.master(first, file_target.zone))
    dumps = []
    for name in (f"live/{file_target.zone}.zone", "wanted.zone"):
        result = run_tool("named-checkzone", "-D", "-q", "-i", "none", "-k", "ignore", "-r", "ignore", "-n", "ignore", "-m", "ignore",
                          "-S", "ignore", "-W", "ignore", "-T", "ignore", "-o", "-", file_target.zone, str(project.path(name)))
        assert result.returncode == 0, result.stdout[-800:] + result.stderr[-800:]
        dumps.append([line.lower() for line in result.stdout.splitlines() if " SOA\t" not in line])
    assert dumps[0] == dumps[1]


@pytest.mark.threads
def test_many_zones(project):
    """Many zones at once, on several threads: all right, and nothing left to do."""
    project.write("rezone.yaml", "providers: {live: {kind: zonefile, directory: live}}\n"
                  "zones: {\"**\": {to: live}}\nverify: {dns: false}\napply: {concurrency: 8}\n")
    for number in range(40):
        zone = f"z{number}.example"
        found = hard_zone.records(zone, count=5 + number)
        project.write(f"zones/{zone}.yaml", hard_zone.native(found))
    project.expect(0, "apply", "--yes", "-j", "8")
    assert project.changes("-j", "8") == {}
    for number in (0, 17, 39):
        zone = f"z{number}.example"
        same(from_master(project.read(f"live/{zone}.zone"), zone),
             from_master(hard_zone.master(hard_zone.records(zone, count=5 + number), zone), zone))


def large_zone(records):
    """Enough text to be read in parts, with what reading has to keep across them: comments, variables,
    names in the zone and outside, owners of several lines."""
    lines = ["vars: {net: 10.9}", "ttl: 1h", "soa: {mname: ns1.example.net., rname: hostmaster.example.net.}",
             "nameservers: [ns1.example.net.]", "records:"]
    for number in range(records):
        name = f"host{(number * 7919) % records:06}"
        if number % 11 == 0:
            lines.append("  # a comment")
            lines += [f"  {name}:", "    A:", f"    - 10.1.{number >> 8 & 255}.{number & 255}", "    TXT: text of it"]
        elif number % 13 == 0:
            lines.append(f"  {name}: {{A: \"${{net}}.{number >> 8 & 255}.{number & 255}\"}}")
        elif number % 17 == 0:
            lines.append(f"  {name}: {{CNAME: host000000}}")
        else:
            lines.append(f"  {name}: {{A: 10.{number >> 16}.{number >> 8 & 255}.{number & 255}, ttl: 5m}}")
    return lines


@pytest.mark.threads
def test_a_large_zone_is_read_in_parts(project):
    """What is read, and what is said of it, is the same as for a small zone; the second time it comes from
    the cache."""
    project.write("rezone.yaml", "providers: {live: {kind: zonefile, directory: live}}\n"
                  "zones: {\"**\": {to: live}}\nverify: {dns: false}\n")
    records = 40000
    lines = large_zone(records)
    assert sum(len(line) + 1 for line in lines) > 3 << 19, "three parts"
    last = len(lines)
    project.write("zones/large.example.yaml",
                  "\n".join(lines + ["  host000001: {A: 10.2.3.4}", "  bad: {A: 10.2.3.456}", "  worse: {B: 1}"]) + "\n")
    result = project.run("validate")
    assert result.code == 1
    first = lines.index(next(line for line in lines if line.startswith("  host000001:"))) + 1
    assert f"large.example.yaml:{last + 1}:3: error" in result.stderr and f"large.example.yaml:{first}" in result.stderr
    assert f"large.example.yaml:{last + 2}:12: error" in result.stderr
    assert f"large.example.yaml:{last + 3}:" in result.stderr
    project.write("zones/large.example.yaml", "\n".join(lines) + "\n")
    project.expect(0, "apply", "--yes", "--quiet")
    assert project.changes() == {}
    assert project.changes() == {}
    live = from_master(project.read("live/large.example.zone"), "large.example")
    assert len(live) == records + records // 11 + 1 + 2, "one RRset an owner, TXT at some, SOA and NS"


OCTODNS = """\
---
? ''
: - type: A
    ttl: 300
    values: [192.0.2.1, 192.0.2.2]
  - type: MX
    values:
    - {preference: 10, exchange: mx1.example.net.}
    - {priority: 20, value: mx2.example.net.}
  - type: NS
    values: [ns1.example.net., ns2.example.net.]
  - type: TXT
    values:
    - v=spf1 mx -all
    - 'escaped \\; semicolon'
  - type: CAA
    value: {flags: 0, tag: issue, value: ca.example.net}
'*.wild':
  type: A
  value: 192.0.2.99
www:
  ttl: 60
  type: CNAME
  value: octo.example.
_sip._tcp:
  type: SRV
  values:
  - {priority: 1, weight: 2, port: 3, target: sip.example.net.}
_443._tcp.www:
  type: TLSA
  value: {certificate_usage: 3, selector: 1, matching_type: 1, certificate_association_data: 3490a6806d47f17a34c29e2ce80e8a999ffbe4be94a5a8f3be4a8e9b1b3d2f67}
ssh:
  type: SSHFP
  value: {algorithm: 4, fingerprint_type: 2, fingerprint: 3490a6806d47f17a34c29e2ce80e8a999ffbe4be94a5a8f3be4a8e9b1b3d2f67}
ptr:
  type: PTR
  value: host.example.net.
naptr:
  type: NAPTR
  value: {order: 100, preference: 50, flags: S, service: SIP+D2U, regexp: '!^.*$!sip:a@b!', replacement: .}
sub:
  type: NS
  values: [ns1.example.org., ns2.example.org.]
"""


def test_octodns_as_source_and_import(project):
    project.write("rezone.yaml", "providers: {live: {kind: zonefile, directory: live}}\nzones: {\"**\": {to: live}}\n"
                  "sources: [{directory: octo, format: octodns}]\nverify: {dns: false}\n")
    project.write("octo/octo.example.yaml", OCTODNS)
    project.write("live/octo.example.zone", "@ 3600 SOA ns1.example.net. h.example.net. 1 2 3 4 5\n@ 3600 NS ns1.example.net.\n")
    project.apply(0, "--allow", "protect", "--allow", "max-changes")
    assert project.changes() == {}
    live = from_master(project.read("live/octo.example.zone"), "octo.example")
    assert len(live) == 14
    assert live["octo.example.", "A"][0] == 300 and live["www.octo.example.", "CNAME"][0] == 60
    project.expect(0, "import", "--from", "octodns", "octo/octo.example.yaml")
    config = project.read("rezone.yaml")
    project.write("rezone.yaml", config.replace("{directory: octo, format: octodns}", "{directory: zones}"))
    assert project.changes() == {}


def test_import_of_a_directory(project):
    project.expect(0, "init", "-q")
    project.remove("zones/example.com.yaml")
    for number in range(5):
        zone = f"d{number}.example"
        project.write(f"foreign/{zone}.zone", hard_zone.master(hard_zone.records(zone, count=3), zone))
    project.expect(0, "import", "--from", "zonefile", "foreign", "--to", "zones")
    assert len(list(project.path("zones").iterdir())) == 5
    assert len(project.changes()) > 0


def test_import_keeps_what_is_there(project):
    project.expect(0, "init", "-q")
    mine = project.read("zones/example.com.yaml")
    project.write("foreign/example.com.zone", hard_zone.master([], "example.com"))
    result = project.expect(1, "import", "--from", "zonefile", "foreign/example.com.zone")
    assert "RZ9003" in result.stderr and "--force" in result.stderr
    assert project.read("zones/example.com.yaml") == mine


def test_import_of_all_zones_of_a_provider(pdns_target):
    """`import --from live` without names takes what the provider lists."""
    pdns_target.base()
    project = pdns_target.setup()
    project.expect(0, "import", "--from", "live", "--provider", "live", "--zone", pdns_target.zone)
    assert project.exists(f"zones/{pdns_target.zone}.yaml")
    assert project.changes() == {}


def test_apex_changes(target):
    """SOA and apex name servers by plan, where the provider lets them be set."""
    target.base()
    target.setup()
    head = ("soa: {mname: ns9.example.net., rname: other@example.net, refresh: 3h, retry: 2h, expire: 3w, minimum: 2h}\n"
            "nameservers: [ns8.example.net., ns9.example.net.]\n")
    target.project.zone(target.zone, "www: {A: 192.0.2.1}\n", head=head)
    assert target.project.changes("--allow", "protect").keys() >= {(target.absolute("@"), "NS"), (target.absolute("@"), "SOA")}
    target.project.apply(0, "--allow", "protect")
    assert target.has("@", "NS", "ns8.example.net.", "ns9.example.net.")
    assert target.has("@", "SOA", "ns9.example.net. other.example.net. 0 10800 7200 1814400 7200")
    assert target.project.changes() == {}
    target.project.expect(0, "rollback", target.project.last_run(), "--yes")
    assert target.has("@", "NS", "ns1.example.net.", "ns2.example.net.")


def test_case(target):
    """Names differ in case only: the same name, and nothing to do."""
    target.base()
    target.setup()
    target.project.zone(target.zone, "WwW: {CNAME: MAIL}\nMail: {A: 192.0.2.1}\n")
    target.project.apply()
    target.project.zone(target.zone, "www: {CNAME: mail}\nmAIL: {A: 192.0.2.1}\n")
    assert target.project.changes() == {}
