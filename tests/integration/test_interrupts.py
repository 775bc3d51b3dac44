# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGINT once, twice, SIGTERM and SIGKILL in the middle of an apply, before slow servers."""
import signal
import time

import pytest

from support.hostile import Proxy, is_change, wait_until, whole_dns, whole_http

FIRST = "www: {A: 192.0.2.1}\ngone: {TXT: old}\n"
SECOND = "www: {A: 192.0.2.2}\nnew: {A: 192.0.2.3}\n"


class Slow:
    """The target behind a proxy where a change waits: before the server ("delay") or after it
    ("stall")."""

    def __init__(self, target, how, seconds=3):
        self.target, self.how, self.seconds = target, how, seconds
        self.seen = []
        target.base()
        target.setup()
        target.project.zone(target.zone, FIRST)
        target.project.apply()
        self.before = target.fetch()
        target.project.zone(target.zone, SECOND)
        powerdns = target.kind == "powerdns"
        port = target.server.api_port if powerdns else target.server.port
        self.proxy = Proxy(port, whole_http if powerdns else whole_dns, self.rule)
        if powerdns:
            target.setup("verify: {timeout: 5s}\n", url=f'"http://127.0.0.1:{self.proxy.port}"')
        else:
            target.setup("verify: {timeout: 5s}\n", server=f'"127.0.0.1:{self.proxy.port}"', timeout="8s",
                         servers=f'["127.0.0.1:{port}"]')

    def rule(self, message):
        if is_change(message):
            self.seen.append(message)
            if len(self.seen) == 1:
                return self.how, self.seconds
        return "pass"

    def start(self):
        child = self.target.project.start("apply", "--yes")
        assert wait_until(lambda: self.seen or child.poll() is not None) and self.seen
        return child

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proxy.close()


def settled(target, before):
    """All as before or all as after; which."""
    live = target.fetch()
    if live == before:
        return "before"
    assert target.has("www", "A", "192.0.2.2") and target.has("new", "A", "192.0.2.3")
    assert target.get("gone", "TXT") is None, "never a mixture"
    return "after"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("how", ["delay", "stall"])
def test_one_signal_ends_cleanly(live_target, how, number):
    """The batch in flight is finished, then verified or undone; the journal knows, nothing is open."""
    project = live_target.project
    with Slow(live_target, how, 1) as slow:
        child = slow.start()
        child.send_signal(number)
        result = project.finish(child)
    where = settled(live_target, slow.before)
    run = project.runs()[0]
    assert (where, result.code, run["status"]) in [("after", 0, "committed"), ("before", 4, "rolled_back"),
                                                   ("before", 1, "failed")], result
    live_target.setup()
    project.apply()
    assert settled(live_target, slow.before) == "after"


def test_two_signals_stop_at_once(live_target):
    """The second signal does not wait: exit code 5, the run is open, rollback mends it."""
    project = live_target.project
    with Slow(live_target, "stall", 6) as slow:
        child = slow.start()
        child.send_signal(signal.SIGINT)
        child.send_signal(signal.SIGINT)
        # Two signals at once may arrive as one.
        if not wait_until(lambda: child.poll() is not None, 1.5):
            child.send_signal(signal.SIGINT)
        result = project.finish(child)
        assert result.code == 5 and result.seconds < 6, result
    run = project.last_run()
    assert "rezone recover" in result.text
    live_target.setup()
    refused = project.expect(3, "apply", "--yes")
    assert "rezone recover" in refused.stderr
    project.expect(0, "rollback", run, "--yes")
    assert live_target.fetch() == slow.before
    assert project.expect(0, "show", run, "--format", "json").json["zones"][0]["state"] == "rolled_back"
    project.apply()


@pytest.mark.parametrize("mend", ["rollback", "recover"])
@pytest.mark.parametrize("how", ["delay", "stall"])
def test_kill(live_target, how, mend):
    """SIGKILL while a change is under way: whatever the server did, `before` can be had back."""
    project = live_target.project
    with Slow(live_target, how, 1) as slow:
        child = slow.start()
        child.kill()
        project.finish(child)
        slow.proxy.wait(1.5)  # the change arrives after the death, or has arrived
    run = project.runs()[0]
    assert run["status"] in ("killed", "unknown")
    live_target.setup()
    refused = project.expect(3, "apply", "--yes")
    assert "rezone recover" in refused.stderr and "RZ5203" in refused.stderr
    where = settled(live_target, slow.before)
    shown = project.expect(0, mend, run["run"], "--yes")
    assert f"as {where}" in shown.text or {"before": "old", "after": "new"}[where] in shown.text
    assert live_target.fetch() == slow.before
    project.apply()
    assert settled(live_target, slow.before) == "after"


def test_kill_before_anything_was_sent(live_target):
    """Killed while the zone is read: nothing to mend, the next apply goes on."""
    project = live_target.project
    with Slow(live_target, "pass") as slow:
        reads = []

        def rule(message):
            reads.append(message)
            return ("delay", 2)
        slow.proxy.rule = rule
        child = project.start("apply", "--yes")
        assert wait_until(lambda: reads)
        child.kill()
        project.finish(child)
    live_target.setup()
    assert live_target.fetch() == slow.before
    project.apply()
    assert settled(live_target, slow.before) == "after"


def test_kill_at_any_moment_on_files(file_target):
    """Again and again, at growing delays: the file is always whole, rollback always mends."""
    file_target.base()
    project = file_target.setup()
    first = "".join(f"h{n}: {{A: 192.0.2.{n % 250}}}\n" for n in range(1500))
    second = first.replace("192.0.2.", "198.51.100.")
    project.zone(file_target.zone, first)
    project.apply()
    before = file_target.fetch()
    project.zone(file_target.zone, second)
    for milliseconds in (5, 15, 25, 35, 45, 60, 80, 120):
        child = project.start("apply", "--yes")
        try:
            child.wait(milliseconds / 1000)
        except Exception:
            child.kill()
        project.finish(child)
        live = file_target.fetch()
        assert len(live) == len(before), "the file is whole"
        runs = [run for run in project.runs() if run["status"] not in ("committed", "rolled_back", "failed")]
        for run in runs:
            project.expect(0, "rollback", run["run"], "--yes")
            same = file_target.fetch() == before  # a diff of thousands of rows takes minutes
            assert same
        if file_target.fetch() != before:
            committed = next(r["run"] for r in project.runs() if r["status"] == "committed" and r["command"] == "apply")
            project.expect(0, "rollback", committed, "--yes")
            same = file_target.fetch() == before  # a diff of thousands of rows takes minutes
            assert same
    leftovers = [path.name for path in project.path("live").iterdir() if path.name != file_target.file.name]
    assert len(leftovers) <= 1 and all(name.startswith(".") for name in leftovers), leftovers
    project.apply()
    assert [path.name for path in project.path("live").iterdir()] == [file_target.file.name], "and the next write removes it"


@pytest.mark.threads
def test_signal_with_many_zones(project):
    """Zones in hand are finished, the others are not begun and say so; a second apply does the rest."""
    project.write("slow.sh", "#!/bin/sh\nsleep 0.2\n", 0o755)
    project.write("rezone.yaml", "providers: {live: {kind: zonefile, directory: live, check: [\"./slow.sh\"]}}\n"
                  "zones: {\"**\": {to: live}}\nverify: {dns: false}\napply: {concurrency: 2}\n")
    for number in range(20):
        project.zone(f"m{number}.example", FIRST)
    child = project.start("apply", "--yes")
    assert wait_until(lambda: project.exists("live") and any(project.path("live").glob("m*.zone")))
    child.send_signal(signal.SIGINT)
    result = project.finish(child)
    done = len(list(project.path("live").glob("m*.zone")))
    assert 0 < done < 20 and result.code in (1, 4), result
    assert "RZ5006" in result.stderr
    project.apply()
    assert len(list(project.path("live").glob("m*.zone"))) == 20


def test_signal_during_plan(pdns_target):
    with Slow(pdns_target, "pass") as slow:
        reads = []

        def rule(message):
            reads.append(message)
            return ("delay", 5)
        slow.proxy.rule = rule
        child = pdns_target.project.start("plan")
        assert wait_until(lambda: reads)
        child.send_signal(signal.SIGINT)
        result = pdns_target.project.finish(child)
    assert result.code == 1 and result.seconds < 12, result


def test_two_applies_at_once(live_target):
    """The second is refused while the first has the zone in hand, and names it."""
    project = live_target.project
    with Slow(live_target, "delay", 2) as slow:
        child = slow.start()
        result = project.run("apply", "--yes")
        assert result.code == 3 and "RZ5202" in result.stderr, result
        assert project.finish(child).code == 0
    assert settled(live_target, slow.before) == "after"


def test_a_signal_ends_the_pause_between_waves(project):
    """What was committed stays, the rest is not begun, and nobody waits for the minute to pass."""
    project.write("rezone.yaml", "providers: {live: {kind: zonefile, directory: live}}\nzones: {\"**\": {to: live}}\n"
                  "verify: {dns: false}\napply: {batch: {canary: 1, size: 1, pause: 60s}}\n")
    for number in range(3):
        project.zone(f"m{number}.example", FIRST)
    child = project.start("apply", "--yes")
    assert wait_until(lambda: project.exists("live/m0.example.zone"))
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    result = project.finish(child)
    assert result.code == 1 and result.seconds < 15 and result.stderr.count("not begun") == 2, result
    assert "m0.example → live: committed" in result.stdout and not project.exists("live/m1.example.zone")


def test_a_signal_ends_stable_for(bind_target):
    """The answers were right and had to stay so: it is not proved, and goes back."""
    project = bind_target.project
    bind_target.base()
    bind_target.setup("verify: {stable_for: 60s}\n")
    project.zone(bind_target.zone, FIRST)
    before = bind_target.fetch()
    child = project.start("apply", "--yes")
    assert wait_until(lambda: bind_target.fetch() != before)
    time.sleep(0.5)
    child.send_signal(signal.SIGTERM)
    result = project.finish(child)
    assert result.code == 4 and result.seconds < 20 and "the zone is not proved" in result.stderr, result
    assert "does not answer" not in result.stderr and bind_target.fetch().keys() == before.keys()
