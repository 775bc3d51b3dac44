# SPDX-License-Identifier: GPL-3.0-or-later
"""Zone files that rezone signs itself, held against ldns-verify-zone, kzonecheck and named-checkzone."""
import re
import shutil
import time

import pytest

from support.json_schema import Schemas
from support.project import HEAD
from support.signed_zones import good, missing, run
from conftest import ROOT

SCHEMAS = Schemas(ROOT / "schemas")
PROJECT = """providers: {{files: {{kind: zonefile, directory: live, keys: keys{more}}}}}
zones: {{"**": {{to: files}}}}
verify: {{dns: false}}
"""
RECORDS = HEAD + """records:
  www: {A: 192.0.2.1, AAAA: 2001:db8::1}
  mail: {ttl: 5m, A: 192.0.2.2, TXT: {values: hello, ttl: 1m}}
  "*.dev": {A: 192.0.2.9}
  a.b.c: {TXT: hi}
  alias: {CNAME: www}
  sub: {NS: ns.sub}
  ns.sub: {A: 192.0.2.5}
  sec:
    NS: ns.example.net.
    DS: 1 13 2 0000000000000000000000000000000000000000000000000000000000000000
  dn: {DNAME: other.example.net.}
  svc: {HTTPS: 1 . alpn=h2}
"""
ZONE = "zones/example.com.yaml"
FILE = "live/example.com.zone"


@pytest.fixture(autouse=True)
def tools():
    if missing():
        pytest.skip(f"{', '.join(missing())} not installed")


def sign(project, dnssec="{}", more=""):
    project.write("rezone.yaml", PROJECT.format(more=more))
    project.write(ZONE, f"dnssec: {dnssec}\n" + RECORDS)
    project.expect(0, "apply", "--yes")
    assert "nothing to do" in project.expect(0, "plan").stdout
    return check(project)


def check(project):
    """All say that it is good; ours with the number of signed RRsets."""
    file = project.path(FILE)
    good(run("ldns-verify-zone", file))
    good(run("kzonecheck", "-o", "example.com", file))
    good(run("named-checkzone", "-q", "example.com", file))
    found = project.expect(0, "dnssec", "status", "example.com", file, "--warn", "0s", "--format", "json").json
    assert found["status"] == "signed" and found["zones"][0]["bad"] == found["zones"][0]["warnings"] == 0
    return found["zones"][0]


def lines(project):
    return set(project.read(FILE).splitlines())


@pytest.mark.parametrize("dnssec, denial, keys", [
    ("{}", "NSEC", ["csk-13"]),
    ("{ksk: {}, zsk: {}, nsec3: {}}", "NSEC3", ["ksk-13", "zsk-13"]),
    ("{algorithm: ed25519, nsec3: {opt_out: true}, ds: {parent: manual}}", "NSEC3", ["csk-15"]),
    ("{algorithm: rsasha256, ksk: {}, zsk: {}}", "NSEC", ["ksk-8", "zsk-8"]),
])
def test_signed_as_the_file_says(project, dnssec, denial, keys):
    zone = sign(project, dnssec)
    assert zone["denial"] == denial and zone["opt_out"] == ("opt_out" in dnssec)
    stored = sorted(path.name for path in project.path("keys/example.com").iterdir())
    assert [name.rsplit("-", 1)[0] for name in stored] == keys
    for path in [project.path("keys"), *project.path("keys").rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)
    assert ("CDS" in project.read(FILE)) == ("manual" not in dnssec)
    # Each signature has the TTL of what it is of.
    assert re.search(r"^mail +60 +RRSIG +TXT ", project.read(FILE), re.M)


def test_only_what_changes_is_signed_anew(project):
    sign(project, "{ksk: {}, zsk: {}}")
    before = lines(project)
    text = project.read(ZONE)
    project.write(ZONE, text.replace("192.0.2.2", "192.0.2.3"))
    project.apply()
    check(project)
    new = [line.split()[:3] for line in lines(project) - before]
    assert sorted(new) == sorted([["@", "SOA", "ns1.example.net."], ["@", "RRSIG", "SOA"], ["mail", "300", "A"],
                                  ["mail", "300", "RRSIG"]])
    before = lines(project)
    project.write(ZONE, project.read(ZONE) + "  late: {A: 192.0.2.7}\n")
    project.apply()
    check(project)
    owners = {(line.split()[0], *re.findall(r"(?:RRSIG +)?(?:NSEC|SOA|A) ", line)) for line in lines(project) - before}
    assert {owner[0] for owner in owners} == {"@", "late", "dn"} and len(lines(project) - before) == 8
    # A signature that somebody spoiled is found out with the next change.
    spoiled = re.sub(r"(www +RRSIG +A .* )(\S{20})", r"\1AAAAAAAAAAAAAAAAAAAA", project.read(FILE))
    project.write(FILE, spoiled)
    assert run("ldns-verify-zone", project.path(FILE)).returncode != 0
    project.write(ZONE, project.read(ZONE).replace("192.0.2.7", "192.0.2.8"))
    project.apply()
    check(project)
    project.expect(0, "rollback", "2", "--yes")
    check(project)


def test_signatures_are_renewed_in_time(project):
    sign(project, "{nsec3: {}}", ", signature_validity: 100s, signature_refresh: 99s")
    time.sleep(1.2)
    before = project.read(FILE)
    found = project.expect(0, "dnssec", "resign", "--format", "json").json
    assert SCHEMAS.errors(found, "report.schema.json", "/$defs/dnssec resign") == []
    assert [(zone["zone"], zone["resigned"], zone["serial"]) for zone in found["zones"]] == [("example.com", True, 2)]
    check(project)
    changed = [line for line in set(before.splitlines()) - lines(project) if " RRSIG " not in line]
    assert len(changed) == 1 and " SOA " in changed[0]
    assert "nothing to do" in project.expect(0, "plan").stdout
    project.write("rezone.yaml", PROJECT.format(more=""))
    project.expect(0, "dnssec", "resign")
    quiet = project.expect(0, "dnssec", "resign", "example.com").stdout
    assert "nothing to do before" in quiet
    project.write("rezone.yaml", PROJECT.format(more=", signature_validity: 1d, signature_refresh: 2d"))
    assert "signature_refresh" in project.expect(1, "plan").stderr


def test_private_keys_are_nobody_elses(project):
    sign(project)
    key = next(project.path("keys/example.com").iterdir())
    for spoil, mend in [(lambda: key.chmod(0o640), lambda: key.chmod(0o600)),
                        (lambda: project.path("keys").chmod(0o755), lambda: project.path("keys").chmod(0o700)),
                        (lambda: (key.rename(key.parent / "real"), key.symlink_to("real")),
                         lambda: (key.unlink(), (key.parent / "real").rename(key)))]:
        spoil()
        assert "RZ6052" in project.expect(3, "plan").stderr  # refused for safety
        mend()
        project.expect(0, "plan")
    text = key.read_text()
    key.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n")
    assert "RZ6052" in project.expect(1, "plan").stderr
    key.write_text(text)
    # Without the key nothing can be signed, and the file stays as it is.
    key.unlink()
    before = project.read(FILE)
    project.write(ZONE, project.read(ZONE).replace("192.0.2.2", "192.0.2.3"))
    assert project.run("apply", "--yes").code != 0 and project.read(FILE) == before


@pytest.mark.parametrize("point", ["keys.prepared", "keys.written", "file.written", "file.renamed"])
def test_killed_while_keys_are_made(project, point):
    project.write("rezone.yaml", PROJECT.format(more=""))
    project.write(ZONE, "dnssec: {}\n" + RECORDS)
    project.environment["REZONE_FAULT"] = f"{point}:1"
    killed = project.run("apply", "--yes")
    del project.environment["REZONE_FAULT"]
    if killed.code == 0:
        pytest.skip("a build without fault points")
    project.run("recover", "--yes")
    project.expect(0, "apply", "--yes")
    check(project)
    assert "nothing to do" in project.expect(0, "plan").stdout
    shutil.rmtree(project.path("keys"))


def test_timetable_of_a_rollover(project):
    """With the TTLs that there are; a zone with a single key is told which steps are its own."""
    sign(project, "{ksk: {}, zsk: {}}")

    def plan(kind, *more, code=0):
        return project.expect(code, "dnssec", "rollover", "plan", "example.com", kind, "--parent", "127.55.0.9:1", *more)
    for kind, names in [("zsk", ["publish", "sign", "remove"]), ("zsk-double-signature", ["sign", "remove"]),
                        ("ksk", ["publish", "parent", "remove"]),
                        ("ksk-double-ds", ["parent", "exchange", "parent-remove"])]:
        found = plan(kind, "--format", "json").json
        assert SCHEMAS.errors(found, "report.schema.json", "/$defs/dnssec rollover plan") == []
        assert [step["name"] for step in found["steps"]] == names and found["dnskey_ttl"] == 3600
        assert sorted(step["at"] for step in found["steps"]) == [step["at"] for step in found["steps"]]
    calm, quick, other = (plan("zsk", *more, "--format", "json").json["steps"][0]["wait"]
                          for more in ([], ["--emergency"], ["--margin", "5m"]))
    assert (calm, quick, other) == (7200, 3600, 3900)
    assert "DNSKEY TTL 1h, margin 1h" in plan("zsk").stdout
    assert "zsk, zsk-double-signature, ksk" in plan("all", code=1).stderr
    assert "set `algorithm`" in plan("algorithm", code=1).stderr
    project.write(ZONE, "dnssec: {algorithm: ed25519, ksk: {}, zsk: {}}\n" + RECORDS)
    assert [step["name"] for step in plan("algorithm", "--format", "json").json["steps"]] == [
        "sign", "publish", "parent", "withdraw", "remove"]
    project.write(ZONE, RECORDS)
    for path in [FILE, "keys/example.com"]:
        shutil.rmtree(project.path(path)) if project.path(path).is_dir() else project.path(path).unlink()
    project.expect(0, "apply", "--yes")
    assert "RZ6010" in plan("zsk", code=1).stderr
    project.write(ZONE, "dnssec: {}\n" + RECORDS)
    project.expect(0, "apply", "--yes")
    assert "as `ksk`" in plan("zsk", code=1).stderr and "as `ksk`" in plan("ksk-double-ds", code=1).stderr
    plan("csk")
