# SPDX-License-Identifier: GPL-3.0-or-later
"""domain and dnssec commands against the simulator of DNS.services."""
import json
import sys
import time

import pytest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from test_dns_services import APEX, Project, service  # noqa: E402, F401

DNSKEY = ("257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==")
DS = "2371 13 2 32996839A6D808AFE3EB4A795A0E6A7A39A76FC52FF228B22B76F6D63826F2B9"  # of cloudflare.com


@pytest.fixture
def project(tmp_path, service):  # noqa: F811
    service.store.add_zone("example.com", APEX)
    service.store.add_domain("example.com")
    return Project(tmp_path / "project", service)


def ask(project, *arguments, code=0):
    return json.loads(project.run(*arguments, "--format", "json", code=code).stdout)


def test_list_filters_sorts_and_pages(service, project):  # noqa: F811
    for number in range(30):
        service.store.add_domain(f"d{number:02}.example.net", expires=f"2027-01-{30 - number:02}",
                                 daytoexpire=str(number), status="Active" if number % 2 else "Expired")
    found = ask(project, "domain", "list", "--expiring", "10d", "--status", "active")
    assert [d["name"][:3] for d in found["domains"]] == ["d01", "d03", "d05", "d07", "d09"]
    found = ask(project, "domain", "list", "--search", "D1", "--sort", "expires", "--limit", "4", "--offset", "4")
    assert [d["name"][:3] for d in found["domains"]] == ["d15", "d14", "d13", "d12"]
    assert (found["page"], found["per_page"], found["total"]) == (2, 4, 10)
    found = ask(project, "domain", "list", "--sort", "status", "--limit", "2")
    assert [d["status"] for d in found["domains"]] == ["Active", "Active"] and found["total"] == 31
    assert ask(project, "domain", "list", "--offset", "100")["domains"] == []
    assert "d00.example.net  Expired  expires 2027-01-30 (0 days)" in project.run("domain", "list").stdout


def test_list_by_hosting_renewal_and_nameservers(service, project):  # noqa: F811
    service.store.add_domain("elsewhere.example", nameservers=["ns1.other.example", "ns2.other.example"], autorenew="0")
    service.store.add_domain("gone.example", status="Cancelled", nameservers=["ns1.other.example"])

    def names(*options):
        return [d["name"] for d in ask(project, "domain", "list", *options)["domains"]]
    assert names("--hosted", "yes") == ["example.com"]
    assert names("--hosted", "no", "--status", "active") == ["elsewhere.example"]
    assert names("--autorenew", "no") == ["elsewhere.example"]
    assert names("--nameserver", "*.other.example", "--status", "active") == ["elsewhere.example"]
    assert "at ns1.dns.services, ns2.dns.services" in project.run("domain", "list", "--details").stdout
    assert "nameservers" not in ask(project, "domain", "list")["domains"][0]
    project.run("domain", "list", "--hosted", "perhaps", code=1)


def test_show_of_several(service, project):  # noqa: F811
    service.store.add_domain("other.example", nameservers=["ns1.other.example", "ns2.other.example"])
    lines = [json.loads(line) for line in project.run("domain", "show", "*.example", "example.com", "--format",
                                                      "json").stdout.splitlines()]
    assert [(d["name"], d["configuration"]) for d in lines] == [("other.example", "not hosted"), ("example.com", "complete")]
    assert "record create" in lines[1]["operations"] and "record create" not in lines[0]["operations"]
    assert "dnssec add" in lines[0]["operations"]
    assert "configured   complete" in project.run("domain", "show", "example.com").stdout


def test_ten_thousand_domains_are_quick(service, project):  # noqa: F811
    for number in range(10000):
        service.store.add_domain(f"domain{number}.example")
    ask(project, "domain", "list")
    start = time.monotonic()
    assert ask(project, "domain", "list", "--search", "99", "--limit", "5")["total"] > 100
    assert time.monotonic() - start < 5


def test_show_takes_the_active_one(service, project):  # noqa: F811
    service.store.add_domain("example.com", status="Cancelled", nameservers=["old.example.net"])
    shown = ask(project, "domain", "show", "example.com")
    assert shown["hosted"] is True and shown["records"] == {"NS": 2}
    assert shown["nameservers"] == ["ns1.dns.services", "ns2.dns.services"] and shown["status"] == "Active"
    assert "RZ3518" in project.run("domain", "show", "example.org", code=1).stderr


@pytest.mark.parametrize("shape", ["available", "status", "empty"])
def test_check(service, project, shape):  # noqa: F811
    service.switches.lookup = shape
    service.store.lookups["free.example"] = "12.00"
    found = ask(project, "domain", "check", "free.example", "taken.example")
    assert [offer["available"] for offer in found] == [True, False] and found[0]["register"] == "12.00"
    assert (found[0]["premium"], found[1]["premium"], found[0]["renew"]) == (False, False, "12.00")
    service.store.lookups["gold.example"] = "2500.00"
    assert "gold.example  available, premium  register 2500.00" in project.run("domain", "check", "gold.example").stdout
    tlds = ask(project, "domain", "tlds")
    assert [(tld["name"], tld["register"]) for tld in tlds] == [(".com", "12.00"), (".net", "12.00")]


def values(found):
    return found["data"]["after"]["values"]


def test_nameservers(service, project):  # noqa: F811
    domain = service.store.domains[next(iter(service.store.domains))]
    assert project.run("domain", "nameservers", "get", "example.com").stdout.split() == domain["nameservers"]
    names = ["a.example.net", "b.example.net"]
    found = ask(project, "domain", "nameservers", "set", "example.com", *names, "--yes")
    assert (found["status"], found["operation"], found["data"]["verified"]) == ("success", "update", True)
    assert found["metadata"]["run"] == "1" and found["metadata"]["record_type"] == "NS"
    assert found["data"]["before"]["values"] == ["ns1.dns.services.", "ns2.dns.services."]
    assert [name.rstrip(".") for name in values(found)] == names == domain["nameservers"]
    shown = ask(project, "domain", "show", "example.com")
    service.store.add_domain("late.example")
    assert ask(project, "domain", "show", "example.com")["nameservers"] == shown["nameservers"] == names  # no stale reply
    again = ask(project, "domain", "nameservers", "set", "example.com", *names, "--yes")
    assert again["data"]["before"] == again["data"]["after"] and again["metadata"]["run"] is None
    service.fault("lie", "PUT", "/ns$")
    assert "RZ5101" in project.run("domain", "nameservers", "set", "example.com", "c.example.net", "d.example.net",
                                   "--yes", code=4).stderr
    project.run("domain", "nameservers", "set", "example.com", "a.example.net", "A.example.NET.", "--yes", code=1)
    project.run("domain", "nameservers", "register", "example.com", "ns.example.com", "2001:db8::1", "--yes")
    assert domain["hosts"] == {"ns.example.com": ["2001:db8::1"]}
    project.run("domain", "nameservers", "register", "example.com", "ns.example.net", "192.0.2.1", "--yes", code=1)
    project.run("domain", "nameservers", "register", "example.com", "ns.example.com", "x", "--yes", code=1)


def test_registrations_are_in_the_journal(service, project):  # noqa: F811
    """What a run did to a registration is shown, and undone when that is asked for."""
    domain = service.store.domains[next(iter(service.store.domains))]
    old = list(domain["nameservers"])
    project.run("domain", "nameservers", "set", "example.com", "a.example.net", "b.example.net", "--yes")
    project.run("dnssec", "add", "example.com", DNSKEY, "--yes")
    assert len(domain["keys"]) == 1 and domain["keys"][0]["public_key"] == DNSKEY.split()[3]
    runs = ask(project, "history")
    assert [run["command"] for run in runs] == ["dnssec add", "domain nameservers set"]
    shown = project.run("show", "1").stdout
    assert "hosting:registration" in shown and "- 0 ns1.dns.services." in shown and "+ 0 a.example.net." in shown
    assert "DS" in project.run("history", "example.com", "DS").stdout
    project.run("dnssec", "remove", "example.com", domain["keys"][0]["key_tag"], "--yes")
    assert domain["keys"] == []
    project.run("rollback", "3", "--yes")
    assert len(domain["keys"]) == 1 and domain["keys"][0]["public_key"] == DNSKEY.split()[3]
    project.run("rollback", "1", "--yes")
    assert domain["nameservers"] == old
    domain["nameservers"] = ["x.example.net", "y.example.net"]  # somebody else, since
    project.run("rollback", "5", "--yes", code=3)
    project.run("domain", "nameservers", "set", "example.com", *old, "--yes", "--dry-run")
    assert domain["nameservers"] == ["x.example.net", "y.example.net"]


def test_an_address_cannot_be_taken_back(service, project):  # noqa: F811
    """No call shows an address or removes it, so that rollback must not say it did."""
    project.run("domain", "nameservers", "register", "example.com", "ns.example.com", "192.0.2.53", "--yes")
    assert "192.0.2.53" in project.run("show", "1").stdout
    assert "panel" in project.run("rollback", "1", "--yes", code=3).stderr


@pytest.mark.parametrize("point", ["http.send", "http.answered"])
def test_a_killed_registration_is_recovered(service, project, point):  # noqa: F811
    """Killed just before and just after the request that changes the nameservers."""
    domain = service.store.domains[next(iter(service.store.domains))]
    old, names = list(domain["nameservers"]), ["a.example.net", "b.example.net"]
    points = project.directory / "points.log"
    project.environment["REZONE_FAULT_LOG"] = str(points)
    project.run("auth", "login")
    del project.environment["REZONE_FAULT_LOG"]
    if not points.exists():
        pytest.skip("this build has no fault points")
    # Two reads for the plan, two under the lock, one to find the registration: the change is the sixth request.
    project.environment["REZONE_FAULT"] = f"{point}:6"
    project.run("domain", "nameservers", "set", "example.com", *names, "--yes", code=-9)
    del project.environment["REZONE_FAULT"]
    assert domain["nameservers"] == (old if point == "http.send" else names)
    assert "rezone recover" in project.run("domain", "nameservers", "set", "example.com", *names, "--yes", code=3).stderr
    project.run("recover", "--yes")
    assert domain["nameservers"] == old
    project.run("domain", "nameservers", "set", "example.com", *names, "--yes")
    assert domain["nameservers"] == names


def test_a_pattern_of_names(service, project):  # noqa: F811
    for number in range(3):
        service.store.add_domain(f"shop{number}.example.net")
    done = project.run("domain", "nameservers", "set", "shop*.example.net", "a.example.org", "b.example.org", "--yes")
    assert "3 committed" in done.stdout
    changed = [d["name"] for d in service.store.domains.values() if "a.example.org" in d["nameservers"]]
    assert sorted(changed) == ["shop0.example.net", "shop1.example.net", "shop2.example.net"]
    assert "RZ3518" in project.run("domain", "nameservers", "set", "none*.example.net", "a.example.org",
                                   "b.example.org", "--yes", code=1).stderr


def test_dnssec_keys(service, project):  # noqa: F811
    domain = service.store.domains[next(iter(service.store.domains))]
    service.store.add_domain("cloudflare.com")
    added = ask(project, "dnssec", "add", "example.com", DS, "--yes")
    assert values(added) == [DS] and added["operation"] == "create"
    assert values(ask(project, "dnssec", "add", "example.com", *DS.split(), "--yes")) == [DS]
    assert len(domain["keys"]) == 1
    computed = ask(project, "dnssec", "add", "cloudflare.com", DNSKEY, "--yes")
    assert values(computed) == [DS]
    assert project.run("dnssec", "list", "example.com").stdout.strip() == DS
    project.run("dnssec", "remove", "example.com", "1", "--yes", code=1)
    assert ask(project, "dnssec", "remove", "example.com", "2371", "--yes")["data"]["after"] is None
    service.fault("lie", "PUT", "/dnssec$")
    assert "RZ5101" in project.run("dnssec", "add", "example.com", DS, "--yes", code=4).stderr
    # Of a change whose reply is lost the next try is refused; it was made, and that is what counts.
    service.fault("close-after", "PUT", "/dnssec$")
    assert values(ask(project, "dnssec", "add", "example.com", DS, "--yes")) == [DS]
    service.fault("close-after", "DELETE", "/dnssec/")
    assert ask(project, "dnssec", "remove", "example.com", "2371", "--yes")["data"]["after"] is None
    assert {(method, status) for method, _, status in service.refused} >= {("PUT", 409), ("DELETE", 404)}


@pytest.mark.parametrize("key", ["", "x", "1 2 3", "2371 13 2 AB", "2371 13 9 " + "AB" * 32, DNSKEY.replace("257", "256")])
def test_bad_keys(project, key):
    project.run("dnssec", "add", "example.com", key, "--yes", code=1)


def test_ds_of_a_zone_that_is_signed_elsewhere(service, project):  # noqa: F811
    """`dnssec ds set` and `remove` change the registration of a zone whose keys another provider has."""
    (project.directory / "rezone.yaml").write_text("""providers:
  hosting: {kind: dnsservices}
  files: {kind: zonefile, directory: live, keys: keys}
zones: {'**': {to: files}}
verify: {dns: false, parents: ["127.55.0.9:1"]}
""")
    project.write("""dnssec: {}
soa: {mname: ns1.example.net., rname: host.example.net., refresh: 2h, retry: 1h, expire: 2w, minimum: 1h}
nameservers: [ns1.example.net., ns2.example.net.]
""")
    project.run("apply", "--yes")
    tag = ask(project, "dnssec", "key", "list", "example.com")["keys"][0]["tag"]
    # No server of the parent answers here, so that whether it has them cannot be said.
    assert "the parent cannot be asked" in project.run("dnssec", "ds", "set", "example.com", "--yes", "--force", code=1).stderr
    listed = ask(project, "dnssec", "list", "example.com")["keys"]
    assert [(key["key_tag"], key["algorithm"], key["digest_type"]) for key in listed] == [(tag, 13, 2)]
    live = (project.directory / "live" / "example.com.zone").read_text()
    assert listed[0]["digest"] in live.upper().replace(" ", ""), "the CDS of the zone says the same"
    project.run("dnssec", "ds", "remove", "example.com", "--yes", code=1)
    assert ask(project, "dnssec", "list", "example.com")["keys"] == []
