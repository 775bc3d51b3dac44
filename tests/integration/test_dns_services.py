# SPDX-License-Identifier: GPL-3.0-or-later
"""The dnsservices provider against the simulator: settings, sessions, zones and records."""
import json
import os
import pathlib
import stat
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "simulators"))
from dns_services import Simulator  # noqa: E402

BINARY = ROOT / os.environ.get("REZONE", "build/debug/rezone")
ZONE = """ttl: 1h
records:
  "@":
    NS: [ns1.dns.services., ns2.dns.services.]
    MX: [{preference: 10, exchange: mail.example.net.}]
    TXT: ['v=spf1 -all', 'a "b" \\ é']
  www: {A: [192.0.2.1, 192.0.2.2]}
  alias: {CNAME: www.example.com.}
  _sip._tcp: {SRV: [{priority: 1, weight: 2, port: 5060, target: sip.example.net.}]}
  long: {TXT: [%s]}
""" % ("x" * 600)
APEX = [("@", "NS", "ns1.dns.services"), ("@", "NS", "ns2.dns.services")]


class Project:
    """A project directory with example.com sent to a simulator."""

    def __init__(self, directory, simulator, zone=ZONE, **options):
        self.directory, self.simulator, self.outputs = directory, simulator, []
        (directory / "zones").mkdir(parents=True)
        self.home = directory / "home"
        self.home.mkdir()
        self.environment = {"HOME": str(self.home), "PATH": os.environ["PATH"],
                            "DNS_SERVICES_USERNAME": simulator.username,
                            "DNS_SERVICES_PASSWORD": simulator.password,
                            "DNS_SERVICES_BASE_URL": simulator.url}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self.configure(**options)
        self.write(zone)

    def configure(self, **options):
        lines = "".join(f"\n    {key}: {value}" for key, value in options.items())
        (self.directory / "rezone.yaml").write_text(
            f"providers:\n  hosting:\n    kind: dnsservices{lines}\n"
            "zones:\n  '**': {to: hosting}\nverify: {dns: false}\n"
            "policy: {max_deletes: 100%, max_changes: 100%}\n")

    def write(self, zone, name="example.com"):
        (self.directory / "zones" / f"{name}.yaml").write_text(zone)

    def run(self, *arguments, code=0, text=None, timeout=60):
        done = subprocess.run([BINARY, *arguments], cwd=self.directory, env=self.environment, input=text,
                              stdin=None if text else subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout)
        self.outputs += [done.stdout, done.stderr]
        said = f"{' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        assert code is None or done.returncode == code, said
        assert self.simulator.password not in said
        return done

    def apply(self, **more):
        return self.run("apply", "--yes", **more)

    @property
    def token(self):
        return self.home / ".dns-services" / "token"


@pytest.fixture
def service(tmp_path):
    with Simulator(tmp_path / "simulator") as simulator:
        yield simulator


@pytest.fixture
def project(tmp_path, service):
    service.store.add_zone("example.com", APEX)
    return Project(tmp_path / "project", service)


def rows(service, name="example.com"):
    zone = service.store.find_zone(name)
    return sorted((r["name"], r["type"], r["content"], r["ttl"], r["priority"]) for r in zone.records.values())


def ids(service, name="example.com"):
    return set(service.store.find_zone(name).records)


# ---- zones and records

@pytest.mark.parametrize("names", ["relative", "full"])
@pytest.mark.parametrize("shape", ["plain", "odd"])
def test_apply_in_every_form(service, project, names, shape):
    service.switches.names = names
    if shape == "odd":
        for name, value in {"records": "object", "ids": "number", "txt": "bare", "info": "nested",
                            "refresh_field": "refresh_token", "delete_body": "none"}.items():
            setattr(service.switches, name, value)
    project.run("plan", code=2)
    project.apply()
    assert ("", "MX", "mail.example.net", 3600, 10) in rows(service)
    assert ("_sip._tcp", "SRV", "2 5060 sip.example.net", 3600, 1) in rows(service)
    assert ("alias", "CNAME", "www.example.com", 3600, 0) in rows(service)
    assert ("long", "TXT", "x" * 600, 3600, 0) in rows(service)
    project.run("plan", code=0)
    project.run("verify")
    assert project.run("rollback", "1", "--yes").returncode == 0
    assert {row[1] for row in rows(service)} == {"NS"}


def test_updates_keep_the_ids_of_unchanged_records(service, project):
    project.apply()
    kept = {number for number, r in service.store.find_zone("example.com").records.items()
            if r["content"] != "192.0.2.2"}
    before = ids(service)
    project.write(ZONE.replace("192.0.2.2]", "192.0.2.3]"))
    count = len(service.requests)
    project.apply()
    assert kept <= ids(service) and ids(service) == before  # the one that changed was updated in place
    writes = [r for r in service.requests[count:] if r[0] != "GET" and "/records" in r[1]]
    assert len(writes) == 1 and writes[0][0] == "PUT"


def test_alias_becomes_data_and_back(service, project):
    project.apply()
    project.write(ZONE.replace("alias: {CNAME: www.example.com.}", "alias: {A: [192.0.2.9], TXT: [x]}"))
    project.apply()
    assert ("alias", "A", "192.0.2.9", 3600, 0) in rows(service)
    project.write(ZONE)
    project.apply()
    assert ("alias", "CNAME", "www.example.com", 3600, 0) in rows(service)


def test_a_lying_success_is_a_failed_verification(service, project):
    project.apply()
    before = rows(service)
    project.write(ZONE.replace("192.0.2.2]", "192.0.2.3, 192.0.2.4]"))
    service.fault("lie", "POST", "/records$")
    done = project.run("apply", "--yes", code=4)
    assert "RZ5101" in done.stderr
    assert rows(service) == before


@pytest.mark.parametrize("kind", ["close-after", "truncated", "close", "html", "status:502"])
def test_a_missing_reply_is_read_back(service, project, kind):
    service.fault(kind, "POST", "/records$", times=2)
    project.apply()
    assert len([r for r in rows(service) if r[0] == "www"]) == 2
    assert len(rows(service)) == len(set(rows(service))) == 10
    project.run("plan", code=0)


def test_a_refused_change_is_undone(service, project):
    before = rows(service)
    project.write(ZONE.replace("  www:", "  low: {A: {ttl: 5, values: [192.0.2.7]}}\n  www:"))
    done = project.run("apply", "--yes", code=None)
    assert done.returncode in (1, 4) and "ttl out of range" in done.stderr
    assert rows(service) == before


@pytest.mark.parametrize("errors", ["status", "success-false", "error-list"])
def test_errors_in_every_form(service, project, errors):
    service.switches.errors = errors
    project.write(ZONE.replace("  www:", "  low: {A: {ttl: 5, values: [192.0.2.7]}}\n  www:"))
    assert "ttl out of range" in project.run("apply", "--yes", code=None).stderr


def test_other_records_are_kept_and_told(service, project):
    zone = service.store.find_zone("example.com")
    own = {"name": "go", "type": "URL", "content": "https://example.net/", "ttl": 3600, "priority": 0}
    zone.records[9001] = own
    zone.records[9002] = {**own, "type": "FRAME", "name": "fr"}
    zone.records[9003] = {**own, "type": "MXE", "name": "mx", "content": "192.0.2.1"}
    assert "RZ3512" in project.run("plan", code=2).stderr
    project.apply()
    assert {9001, 9002, 9003} <= ids(service)
    refused = project.run("zone", "delete", "example.com", "--provider", "hosting", "--yes", code=None)
    assert refused.returncode != 0 and {9001, 9002, 9003} <= ids(service)


def test_a_zone_is_made_and_deleted(service, tmp_path):
    project = Project(tmp_path / "project", service)
    project.apply()
    assert ("long", "TXT", "x" * 600, 3600, 0) in rows(service)
    project.run("zone", "delete", "example.com", "--provider", "hosting", "--yes")
    assert service.store.find_zone("example.com") is None
    listed = project.run("zone", "list", "--provider", "hosting").stdout
    assert listed == ""


def test_a_thousand_records_go_out_in_parallel(service, project):
    service.switches.latency = 0.05
    project.write(ZONE + "".join(f"  h{n}: {{A: [192.0.2.{n % 250}]}}\n" for n in range(1000)))
    start = time.monotonic()
    project.apply()
    assert len(rows(service)) == 1010
    assert time.monotonic() - start < 15  # one after the other is 50 seconds
