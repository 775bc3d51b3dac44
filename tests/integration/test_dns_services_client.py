# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of DNS.services: where settings come from, what sessions survive, limits, replies that lead astray."""
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from support.services import Web  # noqa: E402
from test_dns_services import APEX, BINARY, Project, Simulator, project, service  # noqa: E402, F401


# ---- settings

def test_the_command_line_wins(service, project):  # noqa: F811
    """The environment < .env < rezone.yaml < --set, and each alone decides."""
    other = {"DNS_SERVICES_USERNAME": "env@example.net", "DNS_SERVICES_AUTH_TYPE": "BASIC"}
    project.environment.update(other)

    def account(*more):
        return json.loads(project.run("auth", "status", "--format", "json", *more).stdout)["account"]
    assert account() == "env@example.net"
    (project.directory / ".env").write_text("DNS_SERVICES_USERNAME=dotenv@example.net\n")
    assert account() == "dotenv@example.net"
    project.configure(username="yaml@example.net")
    assert account() == "yaml@example.net"
    assert account("--set", "hosting.username=first", "--set", "hosting.username=line@example.net") == "line@example.net"
    for bad, said in (("hosting.usrname=x", "no such option"), ("other.username=x", "no such provider"), ("x", "PROVIDER.KEY"),
                      ("hosting.timeout=soon", "duration"), ("hosting.password=on-the-line", "other users see")):
        done = project.run("auth", "status", "--set", bad, code=1)
        assert said in done.stderr and "on-the-line" not in done.stderr


def test_problems_of_all_places_at_once(project):  # noqa: F811
    project.environment["DNS_SERVICES_TIMEOUT"] = "never"
    (project.directory / ".env").write_text("DNS_SERVICES_AUTH_TYPE=SMOKE\n= x\n")
    project.configure(service="ten", servers="[nowhere]", public_key="missing.pem")
    said = project.run("plan", "--set", "hosting.rate=-1", code=1).stderr
    for place in ("DNS_SERVICES_TIMEOUT", ".env:1", ".env:2", "service", "servers", "public_key", "command line"):
        assert place in said, said


def test_each_variable_counts(service, project):  # noqa: F811
    project.environment.update(DNS_SERVICES_TOKEN_PATH="~/mine/token", DNS_SERVICES_TIMEOUT="1")
    service.fault("delay:3", "GET", "/details$", times=9)
    start = time.monotonic()
    assert "error[RZ30" in project.run("health", code=1).stderr
    assert (project.home / "mine" / "token").exists() and time.monotonic() - start < 20
    del project.environment["DNS_SERVICES_TOKEN_PATH"]
    project.environment["DNS_SERVICES_AUTH_TYPE"] = "basic"
    project.run("plan", code=2)
    assert service.sessions.logins == 1


# ---- sessions

def test_a_new_token_that_is_refused_as_well(service, project):  # noqa: F811
    """Renewed once, not for ever."""
    service.fault("status:401", "GET", "/dns$", times=99)
    assert "a new token as well" in project.run("plan", code=1).stderr
    assert service.count("GET", "/dns$") == 2 and service.sessions.logins == 1


@pytest.mark.parametrize("rotate", [True, False])
def test_refresh_tokens_rotate_or_stay(service, project, rotate):  # noqa: F811
    service.switches.rotate = rotate
    project.run("auth", "login")
    for _ in range(3):
        project.run("auth", "refresh")
    assert (service.sessions.logins, service.sessions.refreshed, service.refused) == (1, 3, [])


def test_a_disk_that_fails_never_loses_the_token(service, project, tmp_path):  # noqa: F811
    """Each write, fsync and rename of a refresh fails in turn: the old token or the new one is there, whole."""
    shim = BINARY.parent / "fault-shim.so"
    libraries = subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout
    if not shim.exists() or "libasan" in libraries or "libtsan" in libraries:
        pytest.skip("this build has no fault-shim.so, or a malloc of its own")
    service.switches.rotate = False  # else a token that cannot be kept is one that was spent
    project.run("auth", "login")
    count = tmp_path / "count"
    project.environment.update(LD_PRELOAD=str(shim), SHIM_COUNT=str(count))
    project.run("auth", "refresh")
    operations = int(count.read_text().split()[1])
    assert operations >= 5  # made, written, synced, linked, renamed, the directory synced
    inode = project.token.stat().st_ino
    failed = 0
    for number in range(1, operations + 1):
        project.environment.update(SHIM_FILE=str(number), SHIM_ERRNO="28")
        failed += project.run("auth", "refresh", code=None).returncode
        del project.environment["SHIM_FILE"]
        done = project.run("auth", "status")
        assert "RZ3506" not in done.stderr and "until" in done.stdout, number
    assert failed >= 3 and service.sessions.logins == 1
    assert project.token.stat().st_ino != inode and not list(project.token.parent.glob(".*"))


# ---- limits

def test_the_rate_is_held(service, project):  # noqa: F811
    """A token bucket of one second: no second has more than twice the rate, and the mean is below it."""
    project.configure(rate=6)
    project.apply()
    times = service.times
    assert len(times) > 10 and all(later - earlier > 0.9 for earlier, later in zip(times, times[12:]))
    assert times[-1] - times[0] > (len(times) - 6) / 6 - 0.3


def test_retry_after_is_waited_for(service, project):  # noqa: F811
    service.fault("busy", "GET", "/dns$")
    project.run("plan", code=2)
    at = [time for time, request in zip(service.times, service.requests) if request[1].endswith("/dns")]
    assert len(at) == 2 and at[1] - at[0] >= 1


# ---- replies that lead astray

def test_a_redirect_to_another_host_gets_nothing(service, project):  # noqa: F811
    with Web() as elsewhere:
        for path in ("/login$", "/dns$"):
            service.fault(f"redirect:http://localhost:{elsewhere.port}/", "", path, times=1)
            assert "leads to another address" in project.run("plan", "--refresh", code=1).stderr
        assert elsewhere.requests == []


@pytest.mark.parametrize("kind", ["html", "truncated", "huge", "close-after"])
def test_logins_without_a_good_reply(service, project, kind):  # noqa: F811
    service.fault(kind, "POST", "/login$", times=9)
    said = project.run("auth", "login", code=1).stderr
    assert "error[RZ3" in said and len(said) < 3000 and not project.token.exists()


def test_a_certificate_of_another_name_or_unknown_authority(tmp_path):
    with Simulator(tmp_path / "simulator", tls=True) as tls:
        tls.store.add_zone("example.com", APEX)
        made = Project(tmp_path / "project", tls)
        shutil.copy(tls.ca, made.directory / "ca.pem")
        made.configure(ca_file="ca.pem")
        made.environment["DNS_SERVICES_BASE_URL"] = tls.url.replace("127.0.0.1", "127.0.0.2")
        assert "RZ30" in made.run("plan", code=1).stderr and tls.requests == []
        made.configure()
        made.environment.update(DNS_SERVICES_BASE_URL=tls.url, DNS_SERVICES_VERIFY_SSL="false")
        for _ in range(2):  # every time
            assert "warning[RZ3502]" in made.run("plan", code=2).stderr
