# SPDX-License-Identifier: GPL-3.0-or-later
"""The dnsservices provider against the simulator: settings, sessions, zones and records."""
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "simulators"))
from dns_services import Simulator  # noqa: E402
from support import results  # noqa: E402

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
        assert results.errors(arguments, done.stdout) == []
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


def test_make_before_break_record_by_record(service, project):
    """Nothing of it is atomic: what an alias is to lead to is there before it leads there, and what it led to
    goes when nothing does; a name that changes its kind is marked in the plan."""
    project.write(ZONE + "  old: {A: 192.0.2.8}\n  name: {CNAME: old.example.com.}\n  kind: {CNAME: old.example.com.}\n")
    project.apply()
    project.write(ZONE + "  new: {A: 192.0.2.9}\n  name: {CNAME: new.example.com.}\n  kind: {A: 192.0.2.7}\n")
    planned = json.loads(project.run("plan", "--format", "json", code=2).stdout)["zones"][0]["changes"]
    gaps = {(change["owner"], change["type"]) for change in planned if change["gap"]}
    assert gaps == {("kind.example.com.", "A"), ("kind.example.com.", "CNAME")}
    first = len(service.requests)
    numbers = {r["name"]: number for number, r in service.store.find_zone("example.com").records.items()}
    project.apply()
    steps = []
    for method, path, body in service.requests[first:]:
        name = (body or {}).get("name", "") if method in ("POST", "PUT") else \
            next((n for n, number in numbers.items() if path.endswith(f"/{number}")), "")
        if method != "GET" and "/records" in path:
            steps.append((method, name.partition(".")[0]))
    assert steps.index(("POST", "new")) < steps.index(("PUT", "name")) < steps.index(("DELETE", "old")), steps
    assert steps.index(("DELETE", "kind")) + 1 == steps.index(("POST", "kind")), steps
    assert steps.index(("POST", "kind")) < steps.index(("DELETE", "old")), steps


@pytest.mark.parametrize("verb, values", [("POST", "192.0.2.2, 192.0.2.4]"), ("PUT", "192.0.2.5]"), ("DELETE", "]")])
def test_a_lying_success_is_a_failed_verification(service, project, verb, values):
    project.apply()
    before = rows(service)
    project.write(ZONE.replace("192.0.2.1, 192.0.2.2]", "192.0.2.1, " + values).replace("1, ]", "1]"))
    service.fault("lie", verb, "/records")
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


def test_what_a_killed_run_had_on_its_way(service, project):
    """A request of a process that is dead already arrives while it is mended: recover waits for it."""
    project.apply()
    before = rows(service)
    project.write(ZONE.replace("192.0.2.2]", "192.0.2.2, 192.0.2.3]"))
    service.fault("delay:1", "POST", "/records$")
    count = service.count("POST", "/records$")
    child = subprocess.Popen([BINARY, "apply", "--yes"], cwd=project.directory, env=project.environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while service.count("POST", "/records$") == count and child.poll() is None:
        time.sleep(0.01)
    child.kill()
    child.wait()
    assert rows(service) == before  # not there yet
    assert "wholly as after" in project.run("recover", "--yes").stderr
    time.sleep(1)
    assert rows(service) == before
    project.run("plan", code=2)


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


@pytest.mark.threads
def test_records_go_out_in_parallel(service, project):
    service.switches.latency = 0.05
    project.write(ZONE + "".join(f"  h{n}: {{A: [192.0.2.{n % 250}]}}\n" for n in range(200)))
    project.apply()
    assert len(rows(service)) == 210
    assert 8 <= service.most_in_flight <= 16  # `scripts/bench hosting` measures a thousand


# ---- settings

def test_all_problems_of_settings_at_once(project):
    for name in ("DNS_SERVICES_USERNAME", "DNS_SERVICES_PASSWORD"):
        del project.environment[name]
    project.environment.update({"DNS_SERVICES_VERIFY_SSL": "perhaps", "DNS_SERVICES_TIMEOUT": "-1",
                                "DNS_SERVICES_AUTH_TYPE": "SMOKE",
                                "DNS_SERVICES_BASE_URL": "http://dns.example.net"})
    said = project.run("plan", code=1).stderr
    assert said.count("RZ3501") == 6, said


def test_precedence(service, project):
    project.environment["DNS_SERVICES_USERNAME"] = "wrong@example.net"
    project.environment["DNS_SERVICES_BASE_URL"] = "http://127.0.0.1:1"
    quoted = service.password.replace("\\", "\\\\").replace('"', '\\"')
    dotenv = project.directory / ".env"
    dotenv.write_text(f'# ours\nexport DNS_SERVICES_USERNAME=other@example.net\n'
                      f'DNS_SERVICES_PASSWORD="{quoted}" # quoted\nDNS_SERVICES_BASE_URL = {service.url}\n')
    project.environment["DNS_SERVICES_PASSWORD"] = "wrong"
    assert "RZ3503" in project.run("health", code=1).stderr
    dotenv.chmod(0o600)
    project.configure(username=service.username)
    assert project.run("health").stderr == ""
    dotenv.write_text("DNS_SERVICES_USERNAME\n")
    assert ".env:1" in project.run("health", code=1).stderr


@pytest.mark.parametrize("options", [{"auth_type": "basic", "token_path": "x/token"},
                                     {"verify_ssl": "false", "ca_file": "ca.pem"},
                                     {"service": "ten"}, {"public_key": "missing.pem"},
                                     {"password": "literal"}])
def test_contradictions(project, options):
    project.configure(**options)
    said = project.run("plan", code=1).stderr
    assert "RZ3501" in said or "RZ2010" in said


def test_tls(tmp_path):
    with Simulator(tmp_path / "simulator", tls=True) as service:
        service.store.add_zone("example.com", APEX)
        project = Project(tmp_path / "project", service)
        assert project.run("health", code=1).stderr.count("RZ3") == 1
        assert service.requests == []
        (project.directory / "ca.pem").write_bytes(service.ca.read_bytes())
        project.configure(ca_file="ca.pem")
        assert "certificate checked" in project.run("health").stdout
        project.apply()
        project.configure(verify_ssl="false")
        for _ in range(2):
            done = project.run("health")
            assert "RZ3502" in done.stderr and "NOT CHECKED" in done.stdout


# ---- sessions

def test_one_login_for_many_runs(service, project):
    project.apply()
    project.run("plan")
    project.run("auth", "status")
    assert service.sessions.logins == 1
    assert stat.S_IMODE(project.token.stat().st_mode) == 0o600
    assert stat.S_IMODE(project.token.parent.stat().st_mode) == 0o700
    assert [p.name for p in project.token.parent.iterdir() if "tmp" in p.name] == []


def test_processes_share_a_login(service, project):
    service.switches.latency = 0.1
    running = [subprocess.Popen([BINARY, "plan"], cwd=project.directory, env=project.environment,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(8)]
    for process in running:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 2, said
    assert service.sessions.logins == 1


def test_a_token_that_ends_early_is_refreshed_once(service, project):
    project.run("plan", code=2)
    service.sessions.end_all()
    project.apply()
    assert (service.sessions.logins, service.sessions.refreshed) == (1, 1)
    service.sessions.end_all(refreshes=True)
    project.run("plan", "--refresh")
    assert service.sessions.logins == 2
    assert service.count("POST", "/login$") == 2


def test_refresh_before_the_end(service, project):
    service.switches.token_life = 2
    project.run("plan", code=2)
    time.sleep(2.1)
    project.run("plan", "--refresh", code=2)
    assert (service.sessions.logins, service.sessions.refreshed) == (1, 1)
    assert service.refused == []


@pytest.mark.parametrize("skew", [-7200, 7200])
def test_clock_skew_is_told_and_lived_with(service, project, skew):
    service.switches.clock_skew = skew
    assert "RZ3507" in project.run("plan", code=2).stderr
    project.apply()
    assert service.sessions.logins == 1
    health = json.loads(project.run("health", "--format", "json").stdout)["providers"][0]
    assert abs(health["clock_skew_seconds"] - skew) < 5 and health["account"] == service.username


def test_wrong_password_is_tried_once(service, project):
    service.sessions.password = "changed"
    said = project.run("plan", code=1).stderr
    assert "RZ3504" in said and service.count("POST", "/login") == 1


def test_a_locked_account(service, project):
    service.switches.locked = True
    assert "account is locked" in project.run("auth", "login", code=1).stderr
    assert service.count("POST", "/login") == 1


def test_login_limit_is_honoured(service, project):
    service.switches.login_limit, service.switches.login_window = 1, 1.5
    project.run("auth", "login")
    project.run("auth", "login")
    assert service.times[-1] - service.times[1] >= 1  # Retry-After
    service.switches.retry_after, service.switches.login_window = "600", 600
    assert "600" in project.run("auth", "login", code=1).stderr


@pytest.mark.parametrize("bad", ["text", "hs256", "no-exp", "expired"])
def test_malformed_tokens_are_refused(service, project, bad):
    project.run("auth", "login")
    kept = project.token.read_bytes()
    service.switches.bad_token = bad
    assert "RZ3508" in project.run("auth", "login", code=1).stderr
    assert project.token.read_bytes() == kept
    project.run("plan", code=2)


def test_signatures_are_checked_where_a_key_is_set(service, project):
    (project.directory / "key.pem").write_bytes(service.key.public.read_bytes())
    project.configure(public_key="key.pem")
    assert "signature checked" in project.run("auth", "login").stdout
    service.switches.bad_token = "unsigned"
    assert "signature" in project.run("auth", "login", code=1).stderr


@pytest.mark.parametrize("damage", ["bit", "empty", "garbage", "swapped"])
def test_a_damaged_token_file(service, project, damage):
    project.run("auth", "login")
    project.run("auth", "refresh")
    text = project.token.read_text()
    content = json.loads(text)
    project.token.write_text({"bit": text.replace(content["token"], content["token"][:-1] + "_"), "empty": "",
                              "garbage": "\0" * 100,
                              "swapped": text.replace(service.username, "x@example.net")}[damage])
    done = project.run("auth", "status")
    assert "RZ3506" in done.stderr and "until" in done.stdout  # the backup took its place
    assert "RZ3506" not in project.run("plan", code=2).stderr


def test_token_files_that_are_not_safe(service, project, tmp_path):
    project.run("auth", "login")
    project.token.chmod(0o644)
    assert "RZ3506" in project.run("auth", "status").stderr
    project.token.unlink()
    project.token.with_name("token.bak").unlink(missing_ok=True)
    (tmp_path / "elsewhere").write_text("x")
    project.token.symlink_to(tmp_path / "elsewhere")
    assert "symbolic link" in project.run("plan", "--refresh", code=2).stderr
    assert (tmp_path / "elsewhere").read_text() == "x" and not project.token.is_symlink()
    project.token.parent.chmod(0o755)
    assert "RZ3505" in project.run("plan", "--refresh", code=None).stderr
    project.token.parent.chmod(0o700)
    (project.home / "link").symlink_to(project.token.parent)
    project.configure(token_path="~/link/token")
    assert "RZ3505" in project.run("plan", "--refresh", code=1).stderr
    project.configure(token_path="~/elsewhere/token")
    project.run("plan", "--refresh", code=2)
    assert (project.home / "elsewhere" / "token").exists()


def test_logout(service, project):
    project.run("auth", "login")
    assert service.sessions.tokens and service.sessions.refreshes
    assert "none" in project.run("auth", "logout").stdout
    assert not service.sessions.tokens and not service.sessions.refreshes
    assert not project.token.exists() and not project.token.with_name("token.bak").exists()
    project.run("auth", "logout")


def test_basic_authentication(service, project):
    project.configure(auth_type="basic")
    project.apply()
    assert service.count("POST", "/login") == 0 and not project.token.exists()
    assert json.loads(project.run("auth", "status", "--format", "json").stdout)["method"] == "BASIC"
    service.sessions.password = "changed"
    assert "RZ3504" in project.run("plan", "--refresh", code=1).stderr


# ---- bad input

@pytest.mark.parametrize("kind", ["html", "truncated", "huge", "status:500"])
def test_replies_that_are_none(service, project, kind):
    service.fault(kind, "GET", "/dns", times=50)
    said = project.run("plan", code=1).stderr
    assert "error[RZ3" in said
    assert len(said) < 5000


def test_an_unreachable_host(service, project):
    project.environment["DNS_SERVICES_BASE_URL"] = "http://127.0.0.1:1"
    assert "error[RZ30" in project.run("plan", code=1).stderr


def test_rate_limit_is_waited_for(service, project):
    service.switches.rate = 8
    project.apply(timeout=120)
    assert len(rows(service)) == 10


def test_no_secret_in_any_output(service, project):
    project.environment["DNS_SERVICES_DEBUG"] = "true"
    project.run("auth", "login", "--trace", "trace.jsonl")
    project.run("apply", "--yes", "-v")
    assert "/records" in (project.directory / ".rezone" / "dns-services.trace").read_text()
    project.run("auth", "refresh")
    project.run("auth", "logout")
    texts = project.outputs + [p.read_text(errors="replace") for p in project.directory.rglob("*")
                               if p.is_file() and p.parent.name != ".dns-services"]
    assert "/api/login" in (project.directory / "trace.jsonl").read_text()
    secrets = [service.password, json.dumps(service.password)[1:-1], "eyJ"]
    for text in texts:
        for secret in secrets:
            assert secret not in text


def test_nothing_in_the_process_list_and_no_core(service, project):
    """While it waits for the service: its command line, and what a crash would write."""
    service.switches.latency = 0.3
    running = subprocess.Popen([BINARY, "plan", "--refresh"], cwd=project.directory, env=project.environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not service.requests:
        time.sleep(0.01)
    command = pathlib.Path(f"/proc/{running.pid}/cmdline").read_bytes()
    limits = pathlib.Path(f"/proc/{running.pid}/limits").read_text()
    running.communicate(timeout=60)
    assert b"plan" in command and service.password.encode() not in command
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


def test_request_metrics(service, project):
    service.fault("status:503", "GET", "/dns$", times=1)
    project.run("plan", "--http-metrics", "metrics.json", code=2)
    found = {(one["method"], one["endpoint"]): one for one in json.loads((project.directory / "metrics.json").read_text())["requests"]}
    zones = found["GET", "/api/dns"]
    assert (zones["requests"], zones["errors"], zones["retries"]) == (2, 1, 1)
    assert ("GET", "/api/service/{…}/dns/{…}") in found and 0 < zones["p50_ms"] <= zones["p99_ms"] <= zones["max_ms"]
    project.run("plan", "--refresh", "--http-metrics", "metrics.prom", code=2)
    text = (project.directory / "metrics.prom").read_text()
    assert f'rezone_http_requests_total{{server="{service.url}",method="GET",endpoint="/api/dns"}} 1' in text
    assert 'quantile="0.99"' in text and "# TYPE rezone_http_request_duration_seconds summary" in text
    health = json.loads(project.run("health", "--format", "json").stdout)
    assert any(one["endpoint"] == "/api/details" for one in health["requests"])
    text = project.run("health", "--format", "prometheus").stdout
    assert 'rezone_provider_healthy{provider="hosting",kind="dnsservices"} 1' in text and "rezone_http_retries_total" in text
    service.sessions.password = "changed"
    service.sessions.end_all(refreshes=True)
    assert '"} 0' in project.run("health", "--format", "prometheus", code=1).stdout
    assert "RZ9002" in project.run("plan", "--http-metrics", "/nowhere/file", code=1).stderr


# ---- cache

def test_a_second_plan_reads_no_records(service, project):
    project.run("plan", code=2)
    count = service.count("GET")
    project.run("plan", code=2)
    assert service.count("GET") == count
    row = {"name": "seen", "type": "A", "content": "192.0.2.1", "ttl": 3600, "priority": 0}
    service.store.find_zone("example.com").records[9001] = row  # behind our back
    assert "seen" in project.run("plan", "--refresh", code=2).stdout
    assert service.count("GET") == count + 2
    assert "seen" in project.run("plan", code=2).stdout and service.count("GET") == count + 2  # what was seen last is kept
    stats = json.loads(project.run("cache", "stats", "--provider", "hosting", "--format", "json").stdout)
    assert (stats["entries"], stats["hits"], stats["misses"], stats["hit_percent"]) == (2, 4, 2, 66)
    assert [(one["endpoint"], one["hits"], one["misses"], one["hit_percent"], one["lifetime_seconds"])
            for one in stats["endpoints"]] == [("/dns", 2, 1, 66, 60), ("/service/{…}/dns/{…}", 2, 1, 66, 60)]
    assert "/dns: 2 of 3 (66%), good for 1m" in project.run("cache", "stats", "--provider", "hosting").stdout
    assert "0 replies" in project.run("cache", "clear", "--provider", "hosting").stdout
    project.run("plan", code=2)
    assert service.count("GET") == count + 4
    project.configure(cache=0)
    project.run("plan", code=2)
    assert service.count("GET") == count + 6


def test_own_writes_and_applies_go_round_the_cache(service, project):
    project.run("plan", code=2)
    project.apply()
    project.run("plan", code=0)
    service.store.find_zone("example.com").records.clear()  # behind our back
    project.run("plan", code=0)
    assert "to create" in project.apply().stdout
    assert len(rows(service)) == 10


def test_a_damaged_cache_is_passed_by(service, project):
    project.run("plan", code=2)
    for path in (project.directory / ".rezone" / "cache" / "dnsservices").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.write_text("{\"stored\": 1")
    project.run("plan", code=2)


def test_the_cache_ends_and_is_bounded(service, project):
    """Each kind of reply has its lifetime; what is too much is thrown away."""
    service.store.add_domain("example.com")
    project.configure(cache="1s", cache_domains="1h")
    project.run("domain", "list")
    time.sleep(1.1)
    project.run("domain", "list")
    assert (service.count("GET", "/api/domain$"), service.count("GET", "/api/dns$")) == (1, 2)
    cache = project.directory / ".rezone" / "cache" / "dnsservices"
    with open(cache / ("0" * 64), "wb") as large:
        large.truncate(300 << 20)  # with holes
    project.run("plan", code=2)
    stats = json.loads(project.run("cache", "stats", "--provider", "hosting", "--format", "json").stdout)
    assert stats["octets"] < 10000 < stats["octets_limit"] and stats["entries"] < 5


@pytest.mark.threads
def test_the_example(tmp_path):
    """The steps of examples/dns-services/README.md, with the simulator as a program of its own."""
    project = tmp_path / "project"
    shutil.copytree(ROOT / "examples" / "dns-services", project)
    command = [sys.executable, ROOT / "tests" / "simulators" / "dns_services.py", "--port", "0",
               "--zone", "example.com", "--domain", "example.com"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            url = simulator.stdout.readline().strip()
            text = (project / "env.example").read_text().replace("http://127.0.0.1:8053", url)
            (project / ".env").write_text(text)
            (project / ".env").chmod(0o600)
            steps = [line.split("#")[0].split()[1:] for line in (project / "README.md").read_text().splitlines()
                     if line.startswith("    rezone ")]
            codes = [subprocess.run([BINARY, *step], cwd=project, capture_output=True, text=True).returncode
                     for step in steps]
            assert codes == [0, 2] + [0] * (len(steps) - 2), list(zip(steps, codes))
            assert len(steps) == 10 and not (project / ".session" / "token").exists()
        finally:
            simulator.terminate()
