# SPDX-License-Identifier: GPL-3.0-or-later
"""drift: three-way and two-way, adopt, repair, watch, metrics; with edits by other hands at real servers."""
import json
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from conftest import ROOT, make_target
from servers.bind import BindServer
from support import targets
from support.json_schema import Schemas

RECORDS = """www: {A: 192.0.2.1}
api: {A: [192.0.2.2, 192.0.2.3]}
mail: {MX: ["10 mx.example.net."]}
old: {TXT: bye}
"""
SCHEMAS = Schemas(ROOT / "schemas")


@pytest.fixture
def begun(target):
    target.base()
    target.setup()
    target.project.zone(target.zone, RECORDS)
    target.project.apply()
    return target


def begin(target, text, extra=""):
    target.base()
    target.setup(extra)
    target.project.write(f"zones/{target.zone}.yaml", text)
    target.project.apply()
    return target


def drift(target, code, *args):
    """The JSON of drift, checked against its schema, of the test's own zone."""
    result = target.project.expect(code, "drift", target.zone, "--format", "json", *args)
    assert SCHEMAS.errors(result.json, "report.schema.json", "/$defs/drift") == []
    return result.json


def kinds(found):
    return {(r["owner"].split(".")[0], r["type"]): r["kind"] for z in found["zones"] for r in z["rrsets"]}


def test_three_way(begun):
    """Who moved is told for every RRset, at every kind of provider."""
    assert drift(begun, 0)["summary"]["clean"] == 1
    begun.put("www", "A", 300, "192.0.2.99")              # another hand
    begun.put("old", "TXT", 3600)                         # … deletes
    begun.put("new", "A", 60, "192.0.2.77")               # … adds
    begun.put("api", "A", 3600, "192.0.2.8")              # … and where the files move too
    begun.project.zone(begun.zone, RECORDS.replace("192.0.2.3]", "192.0.2.4]")
                       .replace("10 mx", "20 mx"))
    found = drift(begun, 2)
    assert kinds(found) == {("www", "A"): "drifted", ("old", "TXT"): "drifted", ("new", "A"): "drifted",
                            ("api", "A"): "both", ("mail", "MX"): "unapplied"}
    both = next(r for r in found["zones"][0]["rrsets"] if r["kind"] == "both")
    assert [both[side]["rdata"] for side in ("applied", "desired", "live")] == [
        ["192.0.2.2", "192.0.2.3"], ["192.0.2.2", "192.0.2.4"], ["192.0.2.8"]]
    assert both["file"] == f"zones/{begun.zone}.yaml" and both["line"] > 0
    text = begun.project.expect(2, "drift", begun.zone).stdout
    assert "since run 1" in text and "applied  3600 192.0.2.2" in text


def test_without_state_it_is_two_way(file_target):
    begin(file_target, targets_head() + "records:\n  www: {A: 192.0.2.1}\n", "state: none\n")
    file_target.put("www", "A", 300, "192.0.2.9")
    assert kinds(drift(file_target, 2)) == {("www", "A"): "differs"}
    assert "two-way" in file_target.project.expect(2, "drift").stdout
    refused = file_target.project.expect(1, "drift", "--since", "1")
    assert "state: none" in refused.stderr


def targets_head():
    from support.project import HEAD
    return HEAD


def test_what_a_run_leaves_out_is_no_agreement(file_target):
    """An apply of one RRset does not make the hand edits of others the new base."""
    begin(file_target, targets_head() + "records:\n  www: {A: 192.0.2.1}\n  api: {A: 192.0.2.2}\n")
    project = file_target.project
    file_target.put("www", "A", 3600, "192.0.2.66")
    path = f"zones/{file_target.zone}.yaml"
    project.write(path, project.read(path).replace("192.0.2.2", "192.0.2.3"))
    project.apply(0, "--target", "api A")
    assert kinds(drift(file_target, 2)) == {("www", "A"): "drifted"}
    project.expect(0, "rollback", "2", "--yes")
    assert kinds(drift(file_target, 2)) == {("www", "A"): "drifted", ("api", "A"): "unapplied"}


def test_since_a_run(file_target):
    begin(file_target, targets_head() + "records:\n  www: {A: 192.0.2.1}\n  api: {A: 192.0.2.2}\n")
    project = file_target.project
    path = f"zones/{file_target.zone}.yaml"
    project.write(path, project.read(path).replace("192.0.2.2", "192.0.2.3"))
    project.apply()
    project.write(path, project.read(path).replace("192.0.2.3", "192.0.2.2"))
    # Against run 2 the files moved; against run 1 it was the target.
    assert kinds(drift(file_target, 2)) == {("api", "A"): "unapplied"}
    assert kinds(drift(file_target, 2, "--since", "1")) == {("api", "A"): "drifted"}


def test_rollback_of_a_whole_run(file_target):
    """A zone that was committed and taken back with its run is measured against what it was before."""
    project = file_target.project
    file_target.setup("apply: {on_failure: rollback_run, concurrency: 1}\n")
    for name in ("a.example", "b.example"):
        project.zone(name, "www: {A: 192.0.2.1}")
    project.apply()
    for name in ("a.example", "b.example"):
        project.zone(name, "www: {A: 192.0.2.2}")
    plan = project.path("plan.json")
    project.expect(2, "plan", "-o", plan)
    live = project.path("live/b.example.zone")
    live.write_text(live.read_text().replace("192.0.2.1", "192.0.2.5"))  # b is refused: it moved
    project.run("apply", plan)
    found = project.expect(2, "drift", "--format", "json").json
    assert {z["zone"]: r["kind"] for z in found["zones"] for r in z["rrsets"]} == {
        "a.example": "unapplied", "b.example": "both"}


@pytest.mark.threads
def test_foreign_and_missing_zones(file_target):
    begin(file_target, targets_head())
    project = file_target.project
    project.write("live/stray.example.zone", "$ORIGIN stray.example.\n" + targets.BASE)
    found = project.expect(2, "drift", "--format", "json").json
    assert {z["zone"]: z["state"] for z in found["zones"]} == {
        file_target.zone: "clean", "stray.example": "foreign zone"}
    config = project.read("rezone.yaml")
    project.write("rezone.yaml", config + "drift: {ignore_foreign: [stray.example, '*.arpa']}\n")
    assert project.expect(0, "drift").stdout.count("stray") == 0, "somebody else's, by a setting"
    project.write("rezone.yaml", config + "drift: {ignore_foreign: ['*']}\n")
    assert "stray.example" in project.expect(2, "drift").stdout, "one star is one label"
    project.write("rezone.yaml", config)
    project.path(f"live/{file_target.zone}.zone").unlink()
    found = drift(file_target, 2)
    assert found["zones"][0]["state"] == "missing zone" and found["summary"]["foreign_zones"] == 0


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A primary, and a second server that has old content: a secondary that no longer transfers."""
    if not BindServer.executable():
        pytest.skip("named is not installed")
    from conftest import KEY
    servers = [BindServer(tmp_path_factory.mktemp(name), {"pair.example": targets.BASE}, key=KEY)
               for name in ("primary", "secondary")]
    for server in servers:
        server.start()
    yield servers
    for server in servers:
        server.stop()
        shutil.rmtree(server.directory, ignore_errors=True)


@pytest.mark.threads
def test_servers_that_lag(pair, project):
    primary, secondary = pair
    target = targets.BindTarget(primary, "pair.example", project)
    own = f"verify: {{servers: ['127.0.0.1:{primary.port}'], timeout: 5s}}\n"
    both = f"verify: {{servers: ['127.0.0.1:{primary.port}', '127.0.0.1:{secondary.port}']}}\n"
    begin(target, targets_head() + "records:\n  www: {A: 192.0.2.1}\n", own)
    drift(target, 0)
    target.setup(both)
    found = drift(target, 2)
    said = {s["kind"] for s in found["zones"][0]["servers"]}
    assert said == {"serial behind", "server disagrees"} and found["zones"][0]["rrsets"] == []
    assert str(secondary.port) in json.dumps(found["zones"][0]["servers"])
    assert f"port {primary.port} has serial" not in json.dumps(found["zones"][0]["servers"])


def test_hand_edit_in_the_database(pdns_target, powerdns):
    """pdnsutil writes behind the API's back, and the serial does not move."""
    tool = shutil.which("pdnsutil")
    if not tool:
        pytest.skip("pdnsutil is not installed")
    begin(pdns_target, targets_head() + "records:\n  www: {A: 192.0.2.1}\n")
    done = subprocess.run([tool, f"--config-dir={powerdns.directory}", "replace-rrset", pdns_target.zone,
                           "www", "A", "120", "192.0.2.50"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done
    found = drift(pdns_target, 2)
    assert kinds(found) == {("www", "A"): "drifted"}
    assert found["zones"][0]["rrsets"][0]["live"] == {"rdata": ["192.0.2.50"], "ttl": 120}


def test_nsupdate_and_adopt(bind_target, bind):
    tool = shutil.which("nsupdate")
    if not tool:
        pytest.skip("nsupdate is not installed")
    begin(bind_target, targets_head() + "records:\n  www: {A: 192.0.2.1}  # the site\n")
    script = (f"server 127.0.0.1 {bind.port}\nkey hmac-sha256:{targets.TSIG_NAME} {targets.TSIG_SECRET}\n"
              f"update delete www.{bind_target.zone}. A\nupdate add www.{bind_target.zone}. 3600 A 192.0.2.51\nsend\n")
    done = targets.run_tool(tool, stdin=script)
    assert done.returncode == 0, done
    drift(bind_target, 0, "--adopt")
    text = bind_target.project.read(f"zones/{bind_target.zone}.yaml")
    assert "  www: {A: 192.0.2.51}  # the site\n" in text
    assert bind_target.project.changes() == {}


UGLY = """# The zone of everything that is ugly.   (trailing blanks)%BLANKS%
%YAML_HEAD%
defaults: &web {A: 192.0.2.80}   # an anchor beside the records
records:
  # before www
  www:            # beside www
    # before A
    A:            # beside A
      - 192.0.2.1     # first
      # between
      - '192.0.2.2'   # second, in quotes
      - 192.0.2.3     # third
    TXT: "quoted \\"text\\""   # beside TXT

  flow: {A: [192.0.2.10, "192.0.2.11" , 192.0.2.12], TXT: x}  # all on a line
  list: {MX: [{preference: 10, exchange: mx1}, 20 mx2]}
  fields:
    MX: {preference: 10, exchange: mx1, ttl: 600}  # with a TTL
  times:
    ttl: 10m
    A: {values: [192.0.2.20], ttl: 300}  # seconds
    AAAA:
      ttl: 5m       # five minutes
      values:
        - 2001:db8::1   # v6
  long:
    TXT: >-
      folded text that
      goes on

  "quo ted": {TXT: 'it''s'}
  bücher: {A: 192.0.2.30}   # umlauts
  gone: {A: 192.0.2.40}     # to be deleted
  half:
    A: 192.0.2.41   # stays
    TXT: goes       # goes
  ref: *web
# the end, without a newline"""


@pytest.fixture
def ugly(file_target):
    text = UGLY.replace("%BLANKS%", "   ").replace("%YAML_HEAD%", targets_head().rstrip()).replace("defaults: &web", "vars: {unused: 1}\n#")
    text = text.replace("\n  ref: *web", "\n  ref: &web {A: 192.0.2.80}\n  ref2: *web")
    text = text.replace("  \"quo ted\"", "  quoted")
    return begin(file_target, text)


@pytest.mark.parametrize("owner, rtype, ttl, values, before, after", [
    ("www", "A", 3600, ["192.0.2.1", "192.0.2.9", "192.0.2.3"], "'192.0.2.2'   # second", "'192.0.2.9'   # second"),
    ("www", "A", 3600, ["192.0.2.1", "192.0.2.3"], "      - '192.0.2.2'   # second, in quotes\n", ""),
    ("www", "A", 3600, ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"], "# third\n", "# third\n      - 192.0.2.4\n"),
    ("www", "TXT", 3600, ['"other text"'], '"quoted \\"text\\""', '"other text"'),
    ("flow", "A", 3600, ["192.0.2.10", "192.0.2.12"], '192.0.2.10, "192.0.2.11" , 192.0.2.12', "192.0.2.10, 192.0.2.12"),
    ("flow", "A", 3600, ["192.0.2.10", "192.0.2.13", "192.0.2.12"], '"192.0.2.11"', '"192.0.2.13"'),
    ("times", "A", 120, ["192.0.2.20"], "ttl: 300}", "ttl: 120}"),
    ("times", "A", 120, ["192.0.2.21"], "[192.0.2.20], ttl: 300}", "[192.0.2.21], ttl: 120}"),
    ("times", "AAAA", 60, ["2001:db8::1"], "ttl: 5m       #", "ttl: 1m       #"),
    ("xn--bcher-kva", "A", 3600, ["192.0.2.31"], "192.0.2.30}   # um", "192.0.2.31}   # um"),
    ("xn--bcher-kva", "A", 60, ["192.0.2.30"], "A: 192.0.2.30}", "A: {values: 192.0.2.30, ttl: 1m}}"),
    ("gone", "A", 3600, [], "  gone: {A: 192.0.2.40}     # to be deleted\n", ""),
    ("half", "TXT", 3600, [], "    TXT: goes       # goes\n", ""),
    ("half", "A", 3600, ["192.0.2.41", "192.0.2.42"], "A: 192.0.2.41   #", "A: [192.0.2.41, 192.0.2.42]   #"),
    ("brandnew", "A", 3600, ["192.0.2.90"], "\n# the end", "\n  brandnew:\n    A: 192.0.2.90\n# the end"),
    ("half", "AAAA", 3600, ["2001:db8::5"], "# goes\n", "# goes\n    AAAA: 2001:db8::5\n"),
    ("fields", "MX", 900, ["10 mx1.files.example."], "ttl: 600}", "ttl: 900}"),
    ("ref2", "A", 3600, ["192.0.2.81"], None, "alias"),
    ("@", "NS", 3600, ["ns1.example.net.", "ns3.example.net."], "ns2.example.net.]", "ns3.example.net.]"),
    ("@", "SOA", 3600, ["ns1.example.net. hostmaster.example.net. 9 7200 1800 1209600 3600"], "retry: 1h", "retry: 30m"),
])
def test_adopt_changes_only_what_it_must(ugly, owner, rtype, ttl, values, before, after):
    """Every other octet of the file stays, comments above all, and plan is empty afterwards."""
    project, path = ugly.project, f"zones/{ugly.zone}.yaml"
    text = project.read(path)
    ugly.put(owner, rtype, ttl, *values)
    assert kinds(drift(ugly, 2)) != {}
    if before is None:  # cannot be said in the file
        found = drift(ugly, 2, "--adopt")
        assert after in found["adoptions"][0]["why_not"] and project.read(path) == text
        return
    assert text.count(before) == 1
    found = drift(ugly, 0, "--adopt")
    assert found["adoptions"][0]["adopted"] is True
    assert project.read(path) == text.replace(before, after)
    assert project.changes() == {}
    # What was agreed on is the base from now on.
    project.write(path, project.read(path).replace("192.0.2.41", "192.0.2.43"))
    ugly.project.run("validate")
    left = kinds(drift(ugly, 2))
    assert left == {("half", "A"): "unapplied"}


def test_a_list_gets_a_ttl_and_keeps_its_comments(ugly):
    project, path = ugly.project, f"zones/{ugly.zone}.yaml"
    ugly.put("www", "A", 60, "192.0.2.1", "192.0.2.2", "192.0.2.3")
    drift(ugly, 0, "--adopt")
    assert """    A:            # beside A
      ttl: 1m
      values:
        - 192.0.2.1     # first
        # between
        - '192.0.2.2'   # second, in quotes
        - 192.0.2.3     # third
    TXT""" in project.read(path)


def test_adopt_over_a_template(file_target):
    """What a template gives is overridden in the zone's own document."""
    project = file_target.project
    project.write("templates/web.yaml", "template: web\nrecords:\n  www: {A: 192.0.2.1}\n  old: {A: 192.0.2.2}\n")
    begin(file_target, targets_head() + "extends: [web]\nrecords:\n  api: {A: 192.0.2.3}\n")
    file_target.put("www", "A", 300, "192.0.2.7")
    file_target.put("old", "A", 300)
    template = project.read("templates/web.yaml")
    project.expect(0, "fmt")  # what is laid out stays so
    found = drift(file_target, 0, "--adopt")
    assert [a["adopted"] for a in found["adoptions"]] == [True, True]
    text = project.read(f"zones/{file_target.zone}.yaml")
    assert "  www:\n    A: {values: 192.0.2.7, ttl: 5m}\n" in text and "  old:\n    A: null\n" in text
    assert project.read("templates/web.yaml") == template and project.changes() == {}
    project.expect(0, "fmt", "--check", f"zones/{file_target.zone}.yaml")


def test_adopt_leaves_conflicts_and_strangers(file_target):
    project = file_target.project
    begin(file_target, targets_head() + "records:\n  www: {A: 192.0.2.1}\n")
    path = f"zones/{file_target.zone}.yaml"
    file_target.put("www", "A", 3600, "192.0.2.7")
    project.write(path, project.read(path).replace("192.0.2.1", "192.0.2.2"))
    text = project.read(path)
    found = drift(file_target, 2, "--adopt")
    assert "--force" in found["adoptions"][0]["why_not"] and project.read(path) == text
    drift(file_target, 0, "--adopt", "--force")
    assert project.read(path) == text.replace("192.0.2.2", "192.0.2.7")


def test_repair_goes_through_policy(begun):
    begun.put("www", "A", 300, "192.0.2.99")
    begun.put("extra", "A", 300, "192.0.2.98")
    path = begun.project.path("rezone.yaml")
    good = path.read_text()
    path.write_text(good.replace("max_deletes: 100%", "max_deletes: 0"))
    assert "max-deletes" in begun.project.expect(3, "drift", begun.zone, "--repair", "--yes").stderr
    assert begun.has("extra", "A", "192.0.2.98")
    path.write_text(good)
    begun.project.expect(0, "drift", begun.zone, "--repair", "--yes")
    assert begun.has("www", "A", "192.0.2.1") and begun.get("extra", "A") is None
    assert begun.project.runs()[0]["command"] == "drift --repair"
    drift(begun, 0)


def wait_for(check, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            found = check()
        except (OSError, urllib.error.URLError):
            found = None
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port, path, **more):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", **more)
    with urllib.request.urlopen(request, timeout=5) as reply:
        return reply.read().decode()


@pytest.mark.threads
def test_watch_metrics_and_endpoint(bind_target):
    begin(bind_target, targets_head() + "records:\n  www: {A: 192.0.2.1}\n")
    project, port = bind_target.project, free_port()
    child = project.start("drift", bind_target.zone, "--watch", "1s", "--metrics", "drift.prom",
                          "--listen", f"127.0.0.1:{port}", "--report", "markdown:drift.md")
    label = f'zone="{bind_target.zone}",target="live"'
    assert wait_for(lambda: f"rezone_drift_zone_clean{{{label}}} 1" in get(port, "/metrics"))
    bind_target.put("www", "A", 300, "192.0.2.9")
    sample = f'rezone_drift_rrsets{{{label},kind="drifted"}} 1'
    text = wait_for(lambda: sample in get(port, "/metrics") and get(port, "/metrics"))
    for line in text.splitlines():  # the text format: comments, or name{labels} value
        assert line.startswith("#") or line.rsplit(" ", 1)[1].isdigit(), line
    assert json.loads(get(port, "/report"))["summary"]["drifted"] == 1
    assert sample in project.read("drift.prom")
    assert "www" in project.read("drift.md")
    for path, more, code in (("/etc/passwd", {}, 404), ("/metrics", {"data": b"x"}, 405),
                             ("/metrics", {"headers": {"Host": "evil.example"}}, 403)):
        with pytest.raises(urllib.error.HTTPError) as failed:
            get(port, path, **more)
        assert failed.value.code == code
    child.send_signal(signal.SIGTERM)
    assert project.finish(child).code == 2


def watched(target, *args):
    """A watch that has looked once: the child, and a function that is true once a look sees `text` in the report."""
    child = target.project.start("drift", target.zone, "--watch", "1s", "--report", "text:drift.txt", *args)
    def sees(text, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if target.project.exists("drift.txt") and text in target.project.read("drift.txt"):
                return True
            time.sleep(0.05)
        return False
    assert sees("Drift: none", 20), target.project.read("drift.txt")
    return child, sees


def test_watch_sees_data_files_and_edited_zone_files_at_once(file_target):
    """Not only at the sixth look, six seconds later."""
    file_target.project.write("hosts.csv", "ip\n192.0.2.1\n")
    begin(file_target, targets_head() + "records:\n  www: {A: \"${csv('hosts.csv')[0].ip}\"}\n  x: {A: 192.0.2.8}\n")
    child, sees = watched(file_target)
    file_target.project.write("hosts.csv", "ip\n192.0.2.2\n")
    assert sees("unapplied", 4), file_target.project.read("drift.txt")
    file_target.project.write("hosts.csv", "ip\n192.0.2.1\n")
    assert sees("Drift: none", 4)
    file_target.put("x", "A", 3600, "192.0.2.9")
    assert sees("drifted", 4), file_target.project.read("drift.txt")
    child.send_signal(signal.SIGTERM)
    assert file_target.project.finish(child).code == 2


def test_watch_probes_the_api(pdns_target, tmp_path):
    """While nothing moves, the API is asked for the serial alone; what moves is read at once."""
    begin(pdns_target, targets_head() + "records:\n  www: {A: 192.0.2.1}\n")
    child, sees = watched(pdns_target, "--trace", str(tmp_path / "trace"))
    whole = f"GET /api/v1/servers/localhost/zones/{pdns_target.zone}.: 200"
    trace = lambda: (tmp_path / "trace").read_text()
    assert wait_for(lambda: "rrsets=false" in trace())
    assert trace().count(whole) == 1, trace()
    pdns_target.put("www", "A", 300, "192.0.2.9")
    assert sees("drifted", 4), pdns_target.project.read("drift.txt")
    child.send_signal(signal.SIGTERM)
    assert pdns_target.project.finish(child).code == 2


@pytest.mark.parametrize("args, says", [
    (["--listen", "0.0.0.0:9999", "--watch", "1s"], "loopback"), (["--listen", "127.0.0.1:9"], "--watch"),
    (["--watch", "0s"], "interval"), (["--adopt", "--repair"], "do not go together"),
    (["--since", "last"], "--since"), (["--provider", "nobody"], "nobody"), (["--force"], "--adopt"),
    (["--metrics", "no/such/dir/x"], "no/such/dir"),
])
def test_wrong_use(file_target, args, says):
    begin(file_target, targets_head())
    assert says in file_target.project.expect(1, "drift", *args).stderr


@pytest.mark.parametrize("form", ["markdown", "html", "junit", "sarif", "github", "gitlab"])
def test_forms(file_target, form):
    begin(file_target, targets_head() + "records:\n  www: {A: 192.0.2.1}\n")
    file_target.put("www", "A", 300, "192.0.2.9")
    text = file_target.project.expect(2, "drift", "--format", form).stdout
    assert "www" in text and "drifted" in text
