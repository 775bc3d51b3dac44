# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal in PostgreSQL: what the journal's unit tests say holds there too, what a person reads when
the database is not as it should be, what becomes of runs that lose it, and leases that run out."""
import os
import signal
import subprocess
import threading
import time

import pytest

from servers.bind import free_port
from servers.postgresql import PASSWORD, USER, VARIABLE, PostgreSqlServer
from support.hostile import Proxy, is_change, wait_until, whole_dns
from support.project import HEAD
from test_locks import CONFIG, ZONE, is_new, locks, start

ANY = ["--allow", "max-changes", "--allow", "max-deletes"]


def test_journal_units(binary, postgresql):
    """The same tests as over SQLite."""
    tests = binary.parent / "tests/unit/test_journal"
    if not tests.exists():
        pytest.skip("this build has no unit tests")
    environment = {**os.environ, VARIABLE: PASSWORD, "REZONE_TEST_STATE": postgresql.database()}
    done = subprocess.run([tests, "-j1"], env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr


def prepare(project, state, password=PASSWORD):
    project.environment[VARIABLE] = password
    project.state = state
    project.write("rezone.yaml", CONFIG)
    project.write("check", "#!/bin/sh\n", mode=0o755)
    project.zone(ZONE, "www: {A: 192.0.2.1}")
    return project


# --- History, backup, restore, prune: both kinds, and from one to the other ---

def history(project):
    runs = project.runs()
    for run in runs:
        run["zones"] = project.expect(0, "show", run["run"], "--format", "json").json
    return runs


def test_history_backup_and_prune(journaled, postgresql):
    project = prepare(journaled, journaled.state)
    for number in range(1, 5):
        project.zone(ZONE, f"www: {{A: 192.0.2.{number}}}")
        project.apply(0, *ANY)
    get = lambda *args: [r["run"] for r in project.expect(0, "history", "--format", "json", *args).json]
    numbers = get()
    assert len(numbers) == 4 and get("--oldest-first") == numbers[::-1]
    assert get("--zone", "example.com") == get("--zone", "*.com") == get("--zone", "**") == numbers
    assert get("--zone", "*") == get("--zone", "exampleXcom") == get("--actor", "x") == []
    assert get("--limit", "1", "--offset", "1") == numbers[1:2]
    changes = project.expect(0, "history", "www.example.com", "A", "--format", "json").json
    assert [c["run"] for c in changes] == numbers and changes[0]["after"] == "3600 192.0.2.4"
    assert changes[0]["before"] == "3600 192.0.2.3" and changes[-1]["action"] == "create"
    old = history(project)
    project.expect(0, "journal", "backup", "copy.db")
    assert "RZ9003" in project.expect(3, "journal", "backup", "copy.db").stderr
    assert os.stat(project.path("copy.db")).st_mode & 0o777 == 0o600
    time.sleep(1.1)  # what began within this second is not older than 0s
    pruned = project.expect(0, "journal", "prune", "--keep", "0s", "--format", "json").json
    assert pruned["runs"] == 3 and len(project.runs()) == 1
    project.expect(0, "journal", "restore", "copy.db", "--yes")
    assert history(project) == old
    # The other kind of database takes it too.
    project.environment[VARIABLE] = PASSWORD
    project.state = None if project.state else postgresql.database()
    project.write("rezone.yaml", CONFIG)
    project.expect(0, "journal", "restore", "copy.db", "--yes")
    assert history(project) == old and project.changes() == {}
    project.zone(ZONE, "www: {A: 192.0.2.9}")
    project.apply(0, *ANY)
    assert project.last_run() > numbers[0]
    project.expect(0, "rollback", project.last_run(), "--yes")
    assert "192.0.2.4" in project.read(f"live/{ZONE}.zone")
    assert not [name for name in os.listdir(project.directory) if ".way-" in name or ".part-" in name]


def test_filters_of_history(journaled):
    """By zone, owner, type, actor, time and status, forth and back, page by page, on both."""
    project = prepare(journaled, journaled.state)
    for number, (zone, actor) in enumerate([(ZONE, "ann"), ("example.org", "bob"), (ZONE, "bob")]):
        project.zone(zone, f"www: {{A: 192.0.2.{number}}}\nlong: {{TXT: ['{'x' * 255}', 'n{number}']}}")
        project.expect(0, "apply", "--yes", "--zone", zone, *ANY, env={"REZONE_ACTOR": actor})
        time.sleep(1.1 if number == 1 else 0)
    project.write("check", "#!/bin/sh\nexit 1\n", mode=0o755)
    project.zone(ZONE, "www: {A: 192.0.2.9}\nlong: {TXT: n9}")
    failed = project.run("apply", "--yes", "--zone", ZONE, *ANY)
    assert failed.code in (1, 4)
    runs = project.runs()
    last, third, second, first = numbers = [run["run"] for run in runs]
    get = lambda *args: [r["run"] for r in project.expect(0, "history", "--format", "json", *args).json]
    assert get("--status", "committed") == numbers[1:] and get("--status", runs[0]["status"]) == [last]
    assert get("--actor", "bob") == [third, second] and get("--actor", "bob", "--zone", ZONE) == [third]
    assert get("--zone", "**.org") == [second] and get("--zone", "*") == []
    assert get("--since", runs[1]["started"]) == [last, third] and get("--until", runs[2]["started"])[-1] == first
    assert [n for at in range(4) for n in get("--limit", "1", "--offset", at)] == numbers
    assert [n for at in (0, 2) for n in get("--limit", "2", "--offset", at, "--oldest-first")] == numbers[::-1]
    changes = lambda *args: project.expect(0, "history", *args, "--format", "json").json
    of_www = changes(f"WWW.{ZONE}.", "a")
    assert [c["run"] for c in of_www] == [last, third, first] and changes(f"www.{ZONE}", "TXT") == []
    assert changes(f"www.{ZONE}", "--actor", "bob") == of_www[1:2] == changes(f"www.{ZONE}", "--limit", "1", "--offset", "1")
    assert changes(f"www.{ZONE}", "--oldest-first") == of_www[::-1]
    assert "x" * 255 in changes(f"long.{ZONE}")[0]["before"] and "x" * 255 in changes(f"long.{ZONE}")[1]["after"]
    shown = project.expect(0, "show", third, "--format", "json").json
    paged = [project.expect(0, "show", third, "--limit", "1", "--offset", at, "--format", "json").json["changes"]
             for at in range(len(shown["changes"]))]
    assert sum(paged, []) == shown["changes"] and len(paged) >= 2
    run, = shown["runs"]
    assert run["actor"] == "bob" and run["host"] and run["plan"] and "--allow max-changes" in run["flags"]


def test_what_else_is_kept(journaled, postgresql):
    """Verifications, messages that wait, and what is rezone's in zones that list only a part: of each kind, and
    from one to the other."""
    project = prepare(journaled, journaled.state)
    notify = f'notify: [{{webhook: "http://127.0.0.1:{free_port()}/", retries: 0}}]\n'
    project.write("rezone.yaml", CONFIG.replace("dns: false", "dns: false, exec: true") + notify)
    listed = HEAD + 'manage: listed\nchecks: [{exec: ["true"]}]\n'
    project.zone(ZONE, "www: {A: 192.0.2.1}\napi: {A: 192.0.2.2}\n", listed)
    project.apply(0, *ANY)
    project.zone(ZONE, "www: {A: 192.0.2.1}\n", listed)

    def check():
        assert project.changes() == {(f"api.{ZONE}.", "A"): "delete"}
        zone, = project.expect(0, "show", "1", "--format", "json").json["zones"]
        assert [c["passed"] for c in zone["verification"]["checks"]] == [True] and zone["verification"]["read_back"]
        kept, = project.expect(0, "journal", "notices", "--format", "json").json
        assert kept["run"] == 1 and kept["event"] == "committed"
    check()
    project.expect(0, "journal", "backup", "copy.db")
    project.environment[VARIABLE] = PASSWORD
    project.state = None if project.state else postgresql.database()
    project.write("rezone.yaml", CONFIG.replace("dns: false", "dns: false, exec: true") + notify)
    project.expect(0, "journal", "restore", "copy.db", "--yes")
    check()
    project.apply(0, *ANY)
    assert "192.0.2.2" not in project.read(f"live/{ZONE}.zone") and project.changes() == {}


# --- Diagnostics ---

def refusal(project, code, expected):
    result = project.expect(code, "apply", "--yes")
    assert expected in result.stderr and not project.exists(f"live/{ZONE}.zone"), result
    assert PASSWORD not in project.all_output() and "p%40ss" not in project.all_output()
    return result.stderr


def test_server_down(project):
    prepare(project, f"postgresql://{USER}:${{secret:env:{VARIABLE}}}@127.0.0.1:{free_port()}/none")
    assert "start the server" in refusal(project, 1, "RZ5210")


def test_wrong_password(project, postgresql):
    text = refusal(prepare(project, postgresql.database(), password="wrong"), 1, "RZ5211")
    assert "password authentication failed" in text and "wrong" not in text


def test_no_database(project, postgresql):
    assert "createdb" in refusal(prepare(project, postgresql.url("nothing_there")), 1, "RZ5212")


def test_no_secret(project, postgresql):
    assert VARIABLE in refusal(prepare(project, postgresql.database(), password=None), 1, "RZ2010")


def test_no_right_to_make_tables(project, postgresql):
    name = f"foreign{os.getpid()}"
    postgresql.sql(f"CREATE DATABASE {name} OWNER postgres")
    prepare(project, postgresql.url(name))
    assert "CREATE SCHEMA rezone" in refusal(project, 1, "RZ5212")
    postgresql.sql(f"CREATE SCHEMA rezone AUTHORIZATION {USER}", name)
    project.apply()


@pytest.mark.parametrize("state, hint", [
    (f"postgresql://{USER}:{PASSWORD}@127.0.0.1/x", "${secret:env:NAME}"),
    (f"postgresql://127.0.0.1/x?user=a&password={PASSWORD}", "${secret:env:NAME}"),
    ("postgresql://127.0.0.1/x?sslmod=require", "sslmod"),
    ("postgresql://127.0.0.1/x?lease=soon", "lease=30s"),
    ("postgresql://a:${secret:env:X@127.0.0.1/x", "`}`")])
def test_wrong_url(project, state, hint):
    prepare(project, f"'{state}'")
    assert hint in refusal(project, 1, "RZ2013")


def test_newer_schema(project, postgresql):
    state = postgresql.database()
    prepare(project, state).apply()
    database = state.rsplit("/", 1)[1]
    postgresql.sql("UPDATE rezone.version SET number = 999", database)
    assert "newer rezone" in project.expect(1, "history").stderr


def test_first_starts_at_once(project, postgresql):
    """All make the tables, one after the other."""
    prepare(project, postgresql.database())
    children = [project.start("history") for _ in range(6)]
    assert [project.finish(child).code for child in children] == [0] * 6


# --- Losing the database in the middle ---

@pytest.fixture
def own_server(binary):
    if not PostgreSqlServer.available():
        pytest.skip("PostgreSQL is not installed")
    with PostgreSqlServer() as server:
        yield server


def slow_run(project):
    project.apply()
    project.zone(ZONE, "www: {A: 192.0.2.2}")
    project.write("check", "#!/bin/sh\n: >begun\nwhile test ! -e go; do sleep 0.02; done\n", mode=0o755)
    return start(project)


def test_a_restart_is_survived_and_an_outage_is_reported(project, own_server):
    prepare(project, own_server.database(lease="2s"))
    child = slow_run(project)
    own_server.stop()
    own_server.launch()
    project.write("go", "")
    assert project.finish(child).code == 0 and is_new(project)
    project.remove("go")
    project.remove("begun")
    project.zone(ZONE, "www: {A: 192.0.2.3}")
    child = start(project)
    own_server.stop(signal.SIGQUIT)
    project.write("go", "")
    lost = project.finish(child)
    assert lost.code == 5 and "RZ5213" in lost.stderr and "recover" in lost.text
    assert project.run("apply", "--yes").code == 1
    own_server.launch()
    assert wait_until(lambda: project.run("recover", "--yes").code == 0 and not locks(project))
    assert is_new(project) and project.runs()[0]["status"] in ("committed", "rolled_back")
    assert project.expect(0, "recover").stdout.startswith("Nothing to recover")


# --- Leases ---

def test_a_stopped_run_is_taken_over_and_sends_nothing_more(bind_target, postgresql):
    """SIGSTOP with a batch on its way; the lease runs out, another process takes the zone back. The
    batch comes too late for the server's condition, and the run sends no other."""
    project = bind_target.project
    project.environment[VARIABLE] = PASSWORD
    project.state = postgresql.database(lease="1s")
    bind_target.base()
    bind_target.setup()
    project.zone(bind_target.zone, "www: {A: 192.0.2.1}")
    project.apply()
    old = bind_target.fetch()
    records = "".join(f"h{i}: {{TXT: {'x' * 200}}}\n" for i in range(700))
    project.zone(bind_target.zone, "www: {A: 192.0.2.2}\n" + records)
    seen, release = [], threading.Event()

    def rule(message):
        if is_change(message):
            seen.append(message)
            if len(seen) == 2:
                release.wait(30)
        return "pass"

    proxy = Proxy(bind_target.server.port, whole_dns, rule)
    try:
        direct = project.read("rezone.yaml")
        bind_target.setup(server=f'"127.0.0.1:{proxy.port}"', timeout="60s",
                          servers=f'["127.0.0.1:{bind_target.server.port}"]')
        project.expect(2, "plan", "--out", "plan.json")
        child = project.start("apply", "plan.json", "--yes", "--format", "json")
        assert wait_until(lambda: len(seen) == 2 or child.poll() is not None) and len(seen) == 2
        child.send_signal(signal.SIGSTOP)
        state, project.state = project.state, None
        project.write("rezone.yaml", direct)
        assert wait_until(lambda: not locks(project)[0]["alive"])
        zone, = project.expect(0, "recover", "--yes", "--format", "json").json["zones"]
        assert zone["found"] == "mixed" and bind_target.fetch() == old
        release.set()
        child.send_signal(signal.SIGCONT)
        result = project.finish(child)
        assert result.code != 0 and ("RZ5204" in result.stderr or "RZ5215" in result.stderr), result
        assert len(seen) == 2 and bind_target.fetch() == old
        assert project.expect(0, "recover").stdout.startswith("Nothing to recover")
        project.apply()
        assert bind_target.has("www", "A", "192.0.2.2")
    finally:
        release.set()
        proxy.close()
