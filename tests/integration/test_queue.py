# SPDX-License-Identifier: GPL-3.0-or-later
"""apply --queue: several processes work off one plan, each zone once; processes that die are replaced; and
the examples that use it, whose commands are run as they stand."""
import os
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from servers.postgresql import PASSWORD, VARIABLE
from support.json_schema import Schemas
from test_shards import run_script

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "simulators"))
from dns_services import Simulator  # noqa: E402

SCHEMAS = Schemas(ROOT / "schemas")
CONFIG = """providers:
  files: {kind: zonefile, directory: live%s}
zones: {"**": {to: files}}
policy: {max_changes: 100%%, max_deletes: 100%%}
apply: {concurrency: 2%s}
verify: {dns: false}
"""
KILLS = int(os.environ.get("REZONE_SOAK", "4"))


class Queued:
    """A project with some zones, its journal in PostgreSQL, and a plan file to be shared."""

    def __init__(self, project, server, lease="1s"):
        self.project = project
        self.zones = []
        project.environment[VARIABLE] = PASSWORD
        project.state = server.database(lease=lease)
        self.server, self.database = server, project.state.rsplit("/", 1)[1].split("?")[0]

    def set(self, count, address="192.0.2.1", apply="", provider=""):
        self.project.write("rezone.yaml", CONFIG % (provider, apply))
        self.zones = [f"zone{number}.example" for number in range(count)]
        for name in self.zones:
            self.project.zone(name, f"www: {{A: {address}}}")
        return self

    def plan(self, name="plan.json"):
        self.project.expect(2, "plan", "--out", name)
        return self

    def worker(self, plan="plan.json", env=None):
        return self.project.start("apply", plan, "--queue", "--format", "json", env=env)

    def work(self, code=0, *more):
        return self.project.expect(code, "apply", "plan.json", "--queue", "--format", "json", *more)

    def show(self):
        return self.project.expect(0, "queue", "show", "--limit", "1000", "--format", "json").json

    def states(self):
        return {zone["zone"]: zone["state"] for zone in self.show()["zones"]}

    def live(self, name):
        path = self.project.path(f"live/{name}.zone")
        return path.read_text() if path.exists() else None

    def committed(self):
        """How often each zone was committed, whichever run did it."""
        rows = self.server.sql("SELECT zone, count(*) FROM rezone.run_zones WHERE state = 'committed' "
                               "AND run NOT IN (SELECT id FROM rezone.runs WHERE undoes IS NOT NULL) GROUP BY zone",
                               self.database)
        return {zone: int(count) for zone, count in (row.split("|") for row in rows.splitlines())}

    def count(self, condition):
        return int(self.server.sql(f"SELECT count(*) FROM rezone.{condition}", self.database))

    def is_at_rest(self):
        """Nothing is locked, open, running or in anybody's hand. A worker that was killed with nothing in
        hand leaves a run that has not ended, as every killed run does."""
        assert self.count("queue_states WHERE state IN ('waiting', 'taken', 'lost')") == 0
        assert self.count("run_zones WHERE state NOT IN ('committed', 'rolled_back', 'failed')") == 0
        wait_for(lambda: self.count("workers WHERE expires > now()") == 0)
        assert self.project.expect(0, "recover", "--yes", "--format", "json").json["zones"] == []
        assert self.count("locks") == self.count("runs WHERE status = 'running'") == 0


@pytest.fixture
def fault_points(binary):
    if b"REZONE_FAULT_LOG" not in binary.read_bytes():
        pytest.skip("this build has no fault points")


@pytest.fixture
def queued(project, postgresql):
    return Queued(project, postgresql)


def test_workers_share_a_plan(queued):
    queued.set(24).plan()
    results = [queued.project.finish(child) for child in [queued.worker() for _ in range(4)]]
    done = []
    for result in results:
        assert result.code == 0, result
        report = result.json
        assert report["exit"] == 0 and report["queue"]["committed"] == 24 and report["queue"]["queue"] == 1
        done += [zone["zone"] for zone in report["zones"]]
        assert report["summary"]["committed"] == len(report["zones"])
    assert sorted(done) == sorted(queued.zones) and set(queued.committed().values()) == {1}
    assert queued.project.changes() == {}
    queue, = listed = queued.project.expect(0, "queue", "list", "--format", "json").json
    for value, name in ((report, "apply"), (listed, "queue list"), (queued.show(), "queue show")):
        assert SCHEMAS.errors(value, "report.schema.json", f"/$defs/{name}") == []
    assert (queue["status"], queue["zones"]["committed"], queue["workers"]) == ("done", 24, 0)
    text = queued.project.expect(0, "queue", "show").stdout
    assert "24 committed; 0 workers" in text and "zone9.example → files: committed, run " in text
    # One that comes when all is done, and the plan without its queue.
    late = queued.work()
    assert SCHEMAS.errors(late.json, "report.schema.json", "/$defs/apply") == []
    assert late.json["run"] == 0 and late.json["zones"] == [] and late.json["queue"]["committed"] == 24
    assert "RZ4106" in queued.project.expect(3, "apply", "plan.json").stderr
    runs = queued.project.runs()
    assert {run["command"] for run in runs} == {"apply --queue 1"} and len({run["plan"] for run in runs}) == 1
    queued.is_at_rest()


def test_what_goes_wrong_is_the_whole_queues(queued):
    """A zone that moved since the plan is refused, one that its check refuses is rolled back; every worker
    says so, and trying again does what can be done now."""
    queued.set(6).plan()
    moved = queued.project.path("live/zone3.example.zone")
    moved.parent.mkdir(exist_ok=True)
    moved.write_text("not a zone file\n")
    first, second = queued.worker(), queued.worker()
    for child in (first, second):
        result = queued.project.finish(child)
        assert result.code == 1 and result.json["queue"]["failed"] == 1 and result.json["queue"]["committed"] == 5
    assert queued.states()["zone3.example"] == "failed"
    zone, = [z for z in queued.show()["zones"] if z["state"] == "failed"]
    assert zone["detail"] and zone["attempts"] == 1
    listed = queued.project.expect(0, "queue", "show", "--status", "failed").stdout
    assert listed.count(" → ") == 1 and "zone3.example → files: failed" in listed
    moved.unlink()
    retried = queued.project.expect(0, "queue", "retry", "1", "--format", "json").json
    assert retried == {"queue": 1, "waiting": 1}
    assert SCHEMAS.errors(retried, "report.schema.json", "/$defs/queue change") == []
    assert queued.work().json["summary"]["committed"] == 1
    assert queued.project.changes() == {} and set(queued.committed().values()) == {1}
    queued.is_at_rest()


def test_waves_and_stop(queued):
    """A canary is tried before any worker gets another zone; where it fails nobody does."""
    queued.set(9, apply=", batch: {canary: 1, size: 8, pause: 1s}").plan()
    broken = queued.project.path("live/zone0.example.zone")
    broken.parent.mkdir(exist_ok=True)
    broken.write_text("not a zone file\n")
    for child in [queued.worker() for _ in range(3)]:
        assert queued.project.finish(child).code == 1
    assert sorted(queued.states().values()) == ["failed"] + ["waiting"] * 8
    queue, = queued.project.expect(0, "queue", "list", "--format", "json").json
    assert queue["status"] == "stopped" and queue["reason"]
    broken.unlink()
    queued.project.expect(0, "queue", "retry", "1")
    start = time.monotonic()
    for child in [queued.worker() for _ in range(3)]:
        assert queued.project.finish(child).code == 0
    assert time.monotonic() - start > 1  # the pause
    times = queued.server.sql("SELECT wave, min(changed), max(changed) FROM rezone.queue_zones GROUP BY 1 ORDER BY 1",
                              queued.database)
    assert len(times.splitlines()) == 2 and queued.project.changes() == {}
    queued.is_at_rest()


@pytest.mark.usefixtures("fault_points")
def test_stop_and_cancel(queued):
    queued.set(5, apply=", on_failure: stop").plan()
    assert "RZ5605" in queued.project.expect(1, "queue", "cancel", "7").stderr
    queued.project.write("rezone.yaml", CONFIG % ("", ", on_failure: rollback_run"))
    assert "RZ5601" in queued.project.expect(1, "apply", "plan.json", "--queue", "--ignore-sources").stderr
    queued.set(5, apply=", on_failure: stop, concurrency: 1".replace(", concurrency: 1", ""))
    halted = queued.worker(env={"REZONE_FAULT": "queue.taken:1:stop"})
    wait_for(lambda: has_stopped(halted))
    assert "5 zones not done" in queued.project.expect(0, "queue", "cancel", "1").stdout
    halted.send_signal(signal.SIGCONT)
    # It was away for longer than its lease or not: either way the rest is nobody's.
    result = queued.project.finish(halted)
    assert result.code in (1, 5), result
    assert "RZ5605" in queued.project.expect(1, "queue", "show", "9").stderr
    assert "waiting" in queued.states().values()
    assert queued.work(1).json["zones"] == []


def has_stopped(child):
    return Path(f"/proc/{child.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.usefixtures("fault_points")
def test_refusals(project, postgresql):
    queued = Queued(project, postgresql)
    state, project.state = project.state, None
    queued.set(2).plan()
    result = project.expect(1, "apply", "plan.json", "--queue")
    assert "RZ5600" in result.stderr and "--shard K/N" in result.stderr and not project.path("live").exists()
    assert "RZ5600" in project.expect(1, "queue", "list").stderr
    assert "RZ5602" in project.expect(1, "apply", "--queue", "--yes").stderr
    project.state = state
    queued.set(2).plan()
    assert "There is no queue" in project.expect(0, "queue", "list").stdout
    assert "RZ5605" in project.expect(1, "queue", "show").stderr
    assert "RZ5605" in project.expect(1, "queue", "retry", "1").stderr
    assert "RZ9001" in project.expect(1, "queue", "show", "x").stderr
    # A plan in a queue is nobody's alone.
    halted = queued.worker(env={"REZONE_FAULT": "queue.taken:1:stop"})
    wait_for(lambda: has_stopped(halted))
    assert "RZ5609" in project.expect(3, "apply", "plan.json").stderr
    assert "RZ5604" in project.expect(3, "queue", "retry", "1").stderr
    halted.send_signal(signal.SIGKILL)
    halted.wait()
    assert queued.work().json["queue"]["committed"] == 2


def test_a_long_queue_is_found_by_index(project, postgresql):
    """With sequential scans out of favour there is none left but where no index could serve."""
    queued = Queued(project, postgresql)
    project.state += "&options=-c%20enable_seqscan%3Doff%20-c%20enable_bitmapscan%3Doff"
    queued.set(20).plan()
    project.expect(0, "queue", "list")  # makes the tables and their indexes, and reads all of one

    def scans():
        rows = queued.server.sql("SELECT relname, seq_scan, idx_scan FROM pg_stat_user_tables WHERE relname IN "
                                 "('queue_zones', 'run_zones', 'workers', 'queues')", queued.database)
        return {name: (int(first), int(second)) for name, first, second in (row.split("|") for row in rows.splitlines())}
    before = scans()
    queued.work()
    project.expect(0, "queue", "show", "1")
    wait_for(lambda: scans()["queue_zones"][1] > 40)
    assert {name: found[0] - before[name][0] for name, found in scans().items()} == dict.fromkeys(before, 0)


# --- Processes that die ---

def kill_points(count):
    """Those of a worker that does two zones; all of them with REZONE_CRASH=all."""
    if os.environ.get("REZONE_CRASH") == "all":
        return [f"*:{n}" for n in range(1, 90)]
    return ["queue.taken:1", "queue.set:1", "*:12", "*:17", "*:21", "*:26", "*:31", "*:37"][:count]


@pytest.mark.usefixtures("fault_points")
def test_killed_workers_are_replaced(queued):
    """Whatever they had in hand becomes whole, and is done once."""
    points, killed, rounds = kill_points(8), 0, 0
    while points:
        now, points, rounds = points[:8], points[8:], rounds + 1
        queued.set(16, f"192.0.2.{rounds}").plan()
        children = [queued.worker(env={"REZONE_FAULT": point}) for point in now]
        codes = [queued.project.finish(child).code for child in children]
        killed += codes.count(-signal.SIGKILL)
        assert set(codes) <= {0, -signal.SIGKILL}
        result = queued.work()
        assert result.json["queue"]["committed"] == 16
        assert queued.project.changes() == {} and set(queued.committed().values()) == {rounds}
        queued.is_at_rest()
    assert killed >= min(rounds, 4)


@pytest.mark.usefixtures("fault_points")
def test_a_worker_that_slept_too_long(queued):
    """Stopped for longer than its lease with a zone in hand: another mends it and does all; what it wakes
    up with is refused."""
    queued.set(3).plan()
    asleep = queued.worker(env={"REZONE_FAULT": "journal.committed:9:stop"})
    wait_for(lambda: has_stopped(asleep))
    wait_for(lambda: queued.count("workers WHERE expires > clock_timestamp()") == 0)
    assert queued.work().json["queue"]["committed"] == 3
    done = {name: queued.live(name) for name in queued.zones}
    asleep.send_signal(signal.SIGCONT)
    result = queued.project.finish(asleep)
    assert result.code == 0 and {name: queued.live(name) for name in queued.zones} == done
    assert set(queued.states().values()) == {"committed"} and queued.project.changes() == {}
    queued.is_at_rest()


@pytest.mark.usefixtures("fault_points")
def test_one_that_kills_every_worker(queued):
    """is left alone in the end, whole, and the others are done."""
    queued.set(2).plan()
    queued.project.finish(queued.worker(env={"REZONE_FAULT": "queue.taken:1"}))
    queued.server.sql("UPDATE rezone.queue_zones SET attempts = 5 WHERE state = 'taken'", queued.database)
    queued.work(1)
    assert sorted(queued.states().values()) == ["committed", "failed"]
    assert "too many" in [z for z in queued.show()["zones"] if z["state"] == "failed"][0]["detail"]
    queued.is_at_rest()


def test_a_stopped_worker_gives_back(queued):
    """SIGTERM: the zone in hand is finished or undone, and the others do the rest."""
    queued.set(8, apply=", lock_wait: 1m", provider=", reload: [sleep, '0.2']").plan()
    first = queued.worker()
    wait_for(lambda: queued.project.path("live").exists())
    first.send_signal(signal.SIGTERM)
    assert queued.project.finish(first).code == 1
    assert queued.work().json["queue"]["committed"] == 8
    assert queued.project.changes() == {} and set(queued.committed().values()) == {1}
    queued.is_at_rest()


SOAK = """providers:
  files: {kind: zonefile, directory: live, reload: [sleep, "0.15"]}
  dns: {kind: powerdns, url: "http://127.0.0.1:%d", api_key: "${secret:env:PDNS_API_KEY}"}
zones: {"both*.example": {to: [files, dns]}, "**": {to: files}}
policy: {max_changes: 100%%, max_deletes: 100%%}
apply: {concurrency: 2}
verify: {dns: false}
"""


class Crowd:
    """Eight workers, of which some are killed at random and replaced."""

    def __init__(self, queued, chance):
        self.queued, self.chance, self.killed, self.codes = queued, chance, 0, []
        self.workers = []

    def kill_one(self):
        child = self.chance.choice(self.workers)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        self.workers.remove(child)
        self.killed += child.returncode == -signal.SIGKILL
        self.codes += [child.returncode] if child.returncode != -signal.SIGKILL else []

    def work(self, kills):
        while True:
            self.workers += [self.queued.worker() for _ in range(8 - len(self.workers))]
            time.sleep(self.chance.uniform(0.02, 0.2))
            if kills > self.killed:
                self.kill_one()
            ended = [child for child in self.workers if child.poll() is not None]
            if ended:
                self.codes += [self.queued.project.finish(child).code for child in self.workers]
                self.workers = []
                return


def test_random_kills(queued, powerdns):
    """8 processes, kill -9: each zone is old or new and the journal says which, each is done once in effect,
    nothing is left in anybody's hand. REZONE_SOAK says how many are killed."""
    project, chance, killed, rounds = queued.project, random.Random(9), 0, 0
    project.environment["PDNS_API_KEY"] = powerdns.api_key
    names = [f"both{n}-{os.getpid()}.example" for n in range(4)] + [f"zone{n}.example" for n in range(12)]
    items, after = len(names) + 4, {}
    while killed < KILLS:
        rounds += 1
        project.write("rezone.yaml", SOAK % powerdns.api_port)
        for name in names:
            project.zone(name, f"www: {{A: 192.0.2.{rounds % 250 + 1}}}\nmail: {{A: 192.0.2.{rounds % 7 + 1}}}")
        queued.plan()
        before, crowd = after, Crowd(queued, chance)
        crowd.work(KILLS - killed)
        killed += crowd.killed
        assert set(crowd.codes) == {0}, crowd.codes
        shown = queued.show()
        assert [z["state"] for z in shown["zones"]] == ["committed"] * items
        after = queued.committed()
        assert all(after[name] - before.get(name, 0) == (2 if name.startswith("both") else 1) for name in names)
        rows = queued.server.sql("SELECT count(*) FROM rezone.queue_zones JOIN rezone.run_zones USING (run, zone, target) "
                                 f"WHERE queue = {shown['queues'][0]['queue']} AND run_zones.state = 'committed'", queued.database)
        assert int(rows) == items
        assert project.changes() == {}
        queued.is_at_rest()
    again = queued.server.sql("SELECT sum(attempts - 1) FROM rezone.queue_zones", queued.database)
    print(f"queue: {killed} of {rounds * 8 + killed} runs killed, {again} of {rounds * items} zones taken again")


# --- The examples, as they stand ---

def test_kubernetes_queue_job(queued):
    spec = yaml.safe_load((ROOT / "examples/kubernetes/apply-queue-job.yaml").read_text())["spec"]
    container, = spec["template"]["spec"]["containers"]
    assert "completions" not in spec and spec["parallelism"] == 8
    assert {"name": "plan", "mountPath": "/project/plan.json", "subPath": "plan.json"} in container["volumeMounts"]
    assert container["command"] == ["sh", "-ec"]
    use_state_password(queued, container["env"])
    queued.set(12).plan()
    in_parallel(queued, [container["args"][0]] * spec["parallelism"])
    assert set(queued.committed().values()) == {1} and queued.project.changes() == {}


def test_github_queue(queued):
    workflow = yaml.safe_load((ROOT / "examples/github-actions/apply-queue.yml").read_text())
    queued.project.state = queued.project.state.replace(VARIABLE, "REZONE_STATE_PASSWORD")
    queued.project.environment["REZONE_STATE_PASSWORD"] = PASSWORD
    assert "REZONE_STATE_PASSWORD" in workflow["env"]
    queued.set(12)
    steps = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in workflow["jobs"].items()}
    in_parallel(queued, steps["plan"])
    in_parallel(queued, steps["apply"] * len(workflow["jobs"]["apply"]["strategy"]["matrix"]["worker"]))
    assert set(queued.committed().values()) == {1} and queued.project.changes() == {}


def use_state_password(queued, variables):
    queued.project.state = queued.project.state.replace(VARIABLE, "REZONE_STATE_PASSWORD")
    queued.project.environment["REZONE_STATE_PASSWORD"] = PASSWORD
    assert "REZONE_STATE_PASSWORD" in {entry["name"] for entry in variables}


def in_parallel(queued, scripts):
    (queued.project.directory / "bin").mkdir(exist_ok=True)
    with ThreadPoolExecutor(len(scripts)) as pool:
        for done in [pool.submit(run_script, queued.project, script, {}) for script in scripts]:
            done.result()


# --- A limit of requests, shared ---

RATE = 6
LIMITED = """providers:
  hosting: {kind: dnsservices, rate: %d, concurrency: 4}
zones: {"**": {to: hosting}}
"""


@pytest.fixture
def limited(queued, tmp_path):
    """Four zones at a service that may be asked six times a second; `asked` are the times."""
    with Simulator(tmp_path / "service") as service:
        service.asked, begin = [], service.begin
        service.begin = lambda *args: (service.asked.append(time.monotonic()), begin(*args))[1]
        queued.project.environment.update(DNS_SERVICES_BASE_URL=service.url, DNS_SERVICES_PASSWORD=service.password,
                                          DNS_SERVICES_USERNAME=service.username, HOME=str(tmp_path))
        queued.project.write("rezone.yaml", LIMITED % RATE)
        queued.service, queued.zones = service, [f"limited{n}.example" for n in range(4)]
        for name in queued.zones:
            service.store.add_zone(name)
            queued.project.zone(name, "www: {A: 192.0.2.1}")
        yield queued


def test_workers_share_a_rate(limited):
    """Eight processes at once send no more than one may."""
    children = [limited.project.start("plan", "--refresh", name) for name in limited.zones for _ in (1, 2)]
    for child in children:
        result = limited.project.finish(child)
        assert result.code == 2 and "RZ5607" not in result.stderr
    asked = sorted(limited.service.asked)
    assert len(asked) > 2 * RATE  # more than one second's, and more than one process would send
    # A bucket of one second's requests, and a fifth of a second for those that are late.
    for first in range(len(asked)):
        for last in range(first, len(asked)):
            assert last - first + 1 <= RATE * (asked[last] - asked[first] + 1.2) + 2
    assert limited.server.sql("SELECT name FROM rezone.rate_budgets", limited.database) == limited.service.url


def test_a_rate_without_its_database(limited, postgresql):
    """Each goes by itself then, and says so; nothing else depends on it."""
    limited.project.state = postgresql.url("nothing_there")
    limited.project.write("rezone.yaml", LIMITED % RATE)
    result = limited.project.expect(2, "plan", "--refresh")
    assert "warning[RZ5607]" in result.stderr and "Plan: " in result.stdout
