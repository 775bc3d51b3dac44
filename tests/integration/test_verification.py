# SPDX-License-Identifier: GPL-3.0-or-later
"""What fails verification is undone: exit code 4; where that cannot be done, 5 and what to do."""
import pytest

from servers.bind import BindServer
from support import targets
from support.hostile import Proxy, is_change, whole_dns, whole_http

FIRST = "www: {A: 192.0.2.1}\nalias: {CNAME: www}\ngone: {TXT: old}\n"
SECOND = "www: {A: 192.0.2.2}\nalias: {A: 192.0.2.3}\nnew: {MX: 10 www}\n"


@pytest.fixture
def stale(tmp_path, live_target):
    """A second server for the zone, that nobody ever updates."""
    if not BindServer.executable():
        pytest.skip("named is not installed")
    with BindServer(tmp_path / "stale", {live_target.zone: targets.BASE}) as server:
        yield server


def begin(target):
    target.base()
    target.setup()
    target.project.zone(target.zone, FIRST)
    target.project.apply()
    target.project.zone(target.zone, SECOND)
    return target.project


def test_a_stale_server_makes_it_roll_back(live_target, stale):
    project = begin(live_target)
    before = live_target.fetch()
    live_target.setup(f'verify: {{timeout: 1s, servers: ["127.0.0.1:{stale.port}"]}}\n')
    result = project.expect(4, "apply", "--yes")
    assert str(stale.port) in result.stderr and "RZ5103" in result.stderr and "RZ5003" in result.stderr
    assert "rolled_back" in result.stdout
    assert live_target.fetch() == before
    run, = [run for run in project.runs() if run["status"] == "rolled_back"]
    states = project.expect(0, "show", run["run"], "--format", "json").json["zones"]
    assert [zone["state"] for zone in states] == ["rolled_back"]
    # The zone is free: with the right server the same plan goes through.
    live_target.setup()
    project.apply()


def test_exit_code_4_in_json(live_target, stale):
    project = begin(live_target)
    live_target.setup(f'verify: {{timeout: 1s, servers: ["127.0.0.1:{stale.port}"]}}\n')
    result = project.expect(4, "apply", "--yes", "--format", "json")
    assert result.json["exit"] == 4 and result.json["summary"]["rolled_back"] == 1
    assert "RZ5103" in result.codes() and "RZ5003" in result.codes()


def test_a_server_that_does_not_answer(live_target):
    project = begin(live_target)
    before = live_target.fetch()
    live_target.setup('verify: {timeout: 1s, servers: ["127.0.0.1:1"]}\n')
    result = project.expect(4, "apply", "--yes")
    assert "RZ5104" in result.stderr and "127.0.0.1" in result.stderr
    assert live_target.fetch() == before


def test_a_new_zone_that_fails_verification_is_deleted_again(pdns_target, tmp_path):
    pdns_target.setup('verify: {timeout: 1s, servers: ["127.0.0.1:1"]}\n')
    pdns_target.project.zone(pdns_target.zone, FIRST)
    pdns_target.project.expect(4, "apply", "--yes")
    assert pdns_target.fetch() == {}


def test_a_lagging_server_is_waited_for(live_target):
    """Answers that become right within the timeout are good: no rollback."""
    project = begin(live_target)
    live_target.setup("verify: {timeout: 20s, stable_for: 1s}\n")
    assert project.apply().seconds >= 1


def server_of(kind, directory, zone):
    """A server of the test's own, which it may kill."""
    if kind == "powerdns":
        from servers.powerdns import PowerDnsServer, available
        if not available():
            pytest.skip("PowerDNS is not installed")
        return PowerDnsServer(directory)
    key = (targets.TSIG_NAME, targets.TSIG_ALGORITHM, targets.TSIG_SECRET)
    return BindServer(directory, {zone: targets.BASE}, key=key)


@pytest.mark.parametrize("kind", ["powerdns", "bind"])
def test_rollback_that_is_impossible(kind, project, tmp_path):
    """The server dies between apply and verification: exit code 5, and the command that mends it."""
    zone = "dies.example"
    server = server_of(kind, tmp_path / "server", zone)
    server.start()
    made = {"powerdns": targets.PowerDnsTarget, "bind": targets.BindTarget}[kind](server, zone, project)
    proxy = None
    try:
        begin(made)
        before = made.fetch()
        cut = []

        def rule(message):
            if cut:
                return "drop"
            if is_change(message):
                cut.append(1)
            return "pass"
        port = server.api_port if kind == "powerdns" else server.port
        proxy = Proxy(port, whole_http if kind == "powerdns" else whole_dns, rule)
        where = {"url": f'"http://127.0.0.1:{proxy.port}"'} if kind == "powerdns" else \
            {"server": f'"127.0.0.1:{proxy.port}"', "timeout": "1s"}
        made.setup("verify: {timeout: 1s}\n", **where)
        result = project.expect(5, "apply", "--yes")
        run = project.last_run()
        assert "rezone recover" in result.text and "RZ5004" in result.stderr
        assert project.runs()[0]["status"] == "unknown"
        # Until it is mended, the zone is refused.
        proxy.rule = lambda message: "pass"
        refused = project.expect(3, "apply", "--yes")
        assert "rezone recover" in refused.stderr
        made.setup()
        project.expect(0, "recover", str(run), "--yes")
        assert made.fetch() == before
        project.apply()
        assert made.has("www", "A", "192.0.2.2")
    finally:
        if proxy:
            proxy.close()
        server.stop()


def test_rollback_run_undoes_all_zones(project):
    """on_failure: rollback_run takes back also the zones that went well."""
    project.write("rezone.yaml", "providers:\n  good: {kind: zonefile, directory: good}\n"
                  "  bad: {kind: zonefile, directory: bad, check: [\"/bin/false\"]}\n"
                  "zones: {\"b.example\": {to: bad}, \"**\": {to: good}}\nverify: {dns: false}\n"
                  "apply: {concurrency: 1, on_failure: rollback_run}\n")
    project.zone("a.example", FIRST)
    project.zone("b.example", FIRST)
    result = project.run("apply", "--yes")
    assert result.code in (1, 4), result
    assert not project.exists("good/a.example.zone") and not project.exists("bad/b.example.zone")


def test_check_command_refuses(file_target):
    """The provider's own check before the file is put in place: refused, exit 1, the old file stays."""
    file_target.base()
    project = file_target.setup(check='["/bin/sh", "-c", "echo no good; exit 1"]')
    before = file_target.file.read_bytes()
    project.zone(file_target.zone, FIRST)
    result = project.expect(1, "apply", "--yes")
    assert "RZ3207" in result.stderr and "no good" in result.stderr
    assert file_target.file.read_bytes() == before
    assert sorted(path.name for path in project.path("live").iterdir()) == [file_target.file.name]


def test_named_checkzone_as_check(file_target):
    file_target.base()
    project = file_target.setup(check='[named-checkzone, -q, "${zone}", "${file}"]')
    project.zone(file_target.zone, FIRST)
    project.apply()
    assert file_target.has("www", "A", "192.0.2.1")


COMMANDS = [  # what fails, what is said of it, and what of the zone
    ('["/bin/sh", "-c", "echo no; echo good; printf \\"\\\\033[31m\\"; exit 3"]',
     r"exit 3'` failed: no; good; \u{1B}[31m; it exited with code 3", "could not be loaded again"),
    ('[sh, -c, "kill -9 $$"]', "failed: it was killed by signal 9", "could not be loaded again"),
    ('"/no/such/program ${zone}"', "`/no/such/program {zone}` cannot be run: No such file", "the zone is as before"),
    # The old file is loaded, the new one is not.
    ('"grep -q first live/${zone}.zone"', "`grep -q first live/{zone}.zone` failed: it exited with code 1", "loaded again, the zone is as before")]


@pytest.mark.parametrize("command, said, meaning", COMMANDS)
def test_reload_that_fails(file_target, command, said, meaning):
    """The old file is put back, once; what failed, how, and what that means for the zone is said."""
    file_target.base()
    project = file_target.setup()
    project.zone(file_target.zone, "first: {A: 192.0.2.1}\n")
    project.apply()
    project = file_target.setup(reload=command)
    before = file_target.file.read_bytes()
    project.zone(file_target.zone, FIRST)
    result = project.expect(1, "apply", "--yes")
    assert result.stderr.count("RZ3208") == 1 and "RZ5001" not in result.stderr and "again and again" not in result.stderr
    assert said.replace("{zone}", file_target.zone) in result.stderr and meaning in result.stderr
    assert file_target.file.read_bytes() == before
    assert "1 failed, 0 unknown" in result.stdout


@pytest.mark.parametrize("command, said, meaning", COMMANDS[:3])
def test_check_that_fails(file_target, command, said, meaning):
    file_target.base()
    project = file_target.setup(check=command)
    before = file_target.file.read_bytes()
    project.zone(file_target.zone, FIRST)
    result = project.expect(1, "apply", "--yes")
    assert result.stderr.count("RZ3207") == 1 and said.replace("{zone}", file_target.zone) in result.stderr
    assert "was not put in place and the zone is as before" in result.stderr
    assert file_target.file.read_bytes() == before


def test_output_of_a_command_is_bounded(file_target):
    file_target.base()
    project = file_target.setup(reload='"sh -c \'yes | head -c 1000000; exit 7\'"')
    project.zone(file_target.zone, FIRST)
    result = project.expect(1, "apply", "--yes")
    assert "exited with code 7" in result.stderr and len(result.stderr) < 8000


def test_files_served_by_bind_and_reloaded(project, tmp_path):
    """zonefile with a reload command and a real server behind it: verified over DNS."""
    if not BindServer.executable():
        pytest.skip("named is not installed")
    live = project.path("live")
    live.mkdir(parents=True)
    zone = "served.example"
    with BindServer(tmp_path / "bind", {zone: targets.BASE}) as server:
        master = server.zone_file(zone)
        project.write("reload.sh", f"#!/bin/sh\ncp live/{zone}.zone {master}.new && mv {master}.new {master}"
                      f" && kill -HUP {server.process.pid}\n", 0o755)
        project.write(f"live/{zone}.zone", targets.BASE)
        made = targets.FileTarget(None, zone, project)
        made.serves_dns = True
        made.setup("verify: {timeout: 20s}\n", reload='["./reload.sh"]', servers=f'["127.0.0.1:{server.port}"]')
        project.zone(zone, FIRST)
        result = project.apply()
        assert "from 1 server" in result.stdout
        assert server.ask(f"www.{zone}.", "A").answer[0][0].address == "192.0.2.1"
        project.expect(0, "verify")
        # And one that does not take the new file is found out and undone.
        project.write("reload.sh", "#!/bin/sh\nexit 0\n", 0o755)
        made.setup("verify: {timeout: 1s}\n", reload='["./reload.sh"]', servers=f'["127.0.0.1:{server.port}"]')
        before = made.fetch()
        project.zone(zone, SECOND)
        project.expect(4, "apply", "--yes")
        assert made.fetch() == before


def test_verify_says_what_differs_where(live_target, stale):
    project = begin(live_target)
    project.apply()
    live_target.setup(f'verify: {{timeout: 1s, servers: ["127.0.0.1:{live_target_port(live_target)}", '
                      f'"127.0.0.1:{stale.port}"]}}\n')
    result = project.expect(2, "verify")
    assert str(stale.port) in result.stderr and "RZ5103" in result.stderr
    found = project.expect(2, "verify", "--format", "json").json
    assert found["different"] == 1 and found["good"] == 0


def live_target_port(target):
    return target.server.dns_port if target.kind == "powerdns" else target.server.port


MANY = "".join(f"h{number:04}: {{A: 192.0.2.{number % 250}}}\n" for number in range(1500))


@pytest.mark.parametrize("spoiled", [False, True], ids=["as written", "spoiled"])
def test_large_file_is_proved_by_its_octets(file_target, spoiled):
    """Of a large zone the new file is made while the journal is written, and its octets are compared
    when it is read back; what somebody else did to it meanwhile is seen all the same."""
    command = "echo 'h0007 A 203.0.113.7' >>live/%s.zone" % file_target.zone if spoiled else "exit 0"
    project = file_target.setup(reload=f'["/bin/sh", "-c", "{command}"]')
    project.zone(file_target.zone, MANY)
    project.expect(0, "apply", "--yes")  # the zone is new: no server knows it, nothing is reloaded
    assert file_target.has("h1499", "A", "192.0.2.249")
    before = file_target.fetch()
    project.zone(file_target.zone, MANY.replace("192.0.2.7}", "192.0.2.251}"))
    result = project.run("apply", "--yes")
    if spoiled:
        assert result.code in (4, 5) and "read back" in result.text, result
        assert "h0007 A" in result.text
        project.write("ok", "")
    else:
        assert result.code == 0 and file_target.has("h0007", "A", "192.0.2.251")
        assert file_target.fetch() != before
        project.expect(0, "plan")
    assert not [file for file in project.path("live").iterdir() if file.name.startswith(".")]
