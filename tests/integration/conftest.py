# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a project directory, the servers (once a pytest process), a zone of its own at each."""
import os
import shutil
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))

from servers import powerdns as powerdns_server  # noqa: E402
from servers.bind import BindServer  # noqa: E402
from servers.knot import KnotServer  # noqa: E402
from servers.postgresql import PASSWORD, VARIABLE, PostgreSqlServer  # noqa: E402
from support import secret_watch, targets  # noqa: E402
from support.project import Project, shorten  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
POOL = 200  # zones that a DNS server starts with; each test takes one
KEY = (targets.TSIG_NAME, targets.TSIG_ALGORITHM, targets.TSIG_SECRET)
# Known to the servers, allowed nothing.
OTHER_KEY = ("other-key", "hmac-sha256", "b3RoZXIga2V5LCBrbm93biBidXQgbm90IGFsbG93ZWQ=")


# No test may see a secret in what rezone says or leaves behind, whatever the test is about.
secret_watch.watch()


@pytest.fixture(autouse=True)
def no_secret_is_left(request):
    directory = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    if directory:
        found = secret_watch.search_files(directory)
        assert not found, f"a secret of the tests is in {found}"


@pytest.fixture(scope="session")
def binary():
    path = Path(os.environ.get("REZONE", ROOT / "build/debug/rezone"))
    path = path if path.is_absolute() else ROOT / path
    assert path.is_file(), f"there is no {path}; REZONE names the binary to test"
    return path


@pytest.fixture
def project(tmp_path, binary):
    made = Project(tmp_path / "project", binary)
    yield made
    made.close()


def pool_names(kind):
    return [f"{kind}{number}.example" for number in range(POOL)]


@pytest.fixture(scope="session")
def powerdns(tmp_path_factory):
    if not powerdns_server.available():
        pytest.skip("PowerDNS or its SQLite backend is not installed")
    server = powerdns_server.PowerDnsServer(tmp_path_factory.mktemp("powerdns")).start()
    secret_watch.add(server.api_key)
    server.free = iter(pool_names("pdns"))
    yield server
    server.stop()
    shutil.rmtree(server.directory, ignore_errors=True)


def start_pool(server_class, kind, directory):
    if not server_class.executable():
        pytest.skip(f"{server_class.program} is not installed")
    server = server_class(directory, {name: targets.BASE for name in pool_names(kind)}, key=KEY,
                          keys=[OTHER_KEY])
    server.free = iter(pool_names(kind))
    server.start()
    return server


@pytest.fixture(scope="session")
def bind(tmp_path_factory):
    server = start_pool(BindServer, "bind", tmp_path_factory.mktemp("bind"))
    yield server
    server.stop()
    shutil.rmtree(server.directory, ignore_errors=True)


@pytest.fixture(scope="session")
def knot(tmp_path_factory):
    server = start_pool(KnotServer, "knot", tmp_path_factory.mktemp("knot"))
    yield server
    server.stop()
    shutil.rmtree(server.directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql():
    if not PostgreSqlServer.available():
        pytest.skip("PostgreSQL is not installed")
    with PostgreSqlServer() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def journaled(request, project):
    """A project whose journal is of each kind in turn; `project.state` is the `state:` it has."""
    if request.param == "postgresql":
        project.environment[VARIABLE] = PASSWORD
        project.state = request.getfixturevalue("postgresql").database(lease="2s")
    return project


def make_target(kind, request, project):
    if kind == "zonefile":
        return targets.FileTarget(None, "files.example", project)
    server = request.getfixturevalue(kind)
    made = {"powerdns": targets.PowerDnsTarget, "bind": targets.BindTarget, "knot": targets.KnotTarget}
    return made[kind](server, next(server.free), project)


ALL_KINDS = ["zonefile", "powerdns", "bind", "knot"]


@pytest.fixture(params=ALL_KINDS)
def target(request, project):
    """A fresh zone at each kind of provider in turn."""
    return make_target(request.param, request, project)


@pytest.fixture(params=ALL_KINDS[1:])
def live_target(request, project):
    """A fresh zone at each real server in turn."""
    return make_target(request.param, request, project)


@pytest.fixture(params=["bind", "knot"])
def update_target(request, project):
    return make_target(request.param, request, project)


@pytest.fixture
def file_target(request, project):
    return make_target("zonefile", request, project)


@pytest.fixture
def pdns_target(request, project):
    return make_target("powerdns", request, project)


@pytest.fixture
def bind_target(request, project):
    return make_target("bind", request, project)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test says what was run and what the servers said."""
    outcome = yield
    report = outcome.get_result()
    arguments = getattr(item, "funcargs", {})
    if report.failed:
        item.keep_files = True
    elif report.when == "teardown" and "tmp_path" in arguments and not getattr(item, "keep_files", False):
        shutil.rmtree(arguments["tmp_path"], ignore_errors=True)
    if not report.failed:
        return
    for value in list(arguments.values()):
        if isinstance(value, Project):
            text = "\n\n".join(str(result) for result in value.results[-4:])
            report.sections.append((f"the last commands in {value.directory}", text))
        elif isinstance(value, targets.Target) and value.log():
            tail = "\n".join(value.log().splitlines()[-25:])
            report.sections.append((f"log of {value.kind}, zone {value.zone}", shorten(tail)))
