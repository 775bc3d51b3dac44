# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are nowhere but in requests: not on a screen, in a trace, a plan, the journal or a core."""
import base64
import json
import sqlite3
import subprocess

import pytest

from support import secret_watch
from support.hostile import Hostile, http_reply, whole_http
from support.targets import TSIG_SECRET

FIRST = "www: {A: 192.0.2.1}\n"


def forms_of(secret):
    """The secret as it is, as its octets where it is base64, and in base64."""
    found = {secret.encode(), base64.b64encode(secret.encode())}
    try:
        found.add(base64.b64decode(secret, validate=True))
    except ValueError:
        pass
    return {form for form in found if len(form) > 4}


def secret_of(target):
    return target.server.api_key if target.kind == "powerdns" else TSIG_SECRET


def test_nothing_written_has_a_secret(live_target):
    live_target.base()
    project = live_target.setup()
    project.zone(live_target.zone, FIRST)
    for args in (["plan", "-v", "--trace", "trace1", "-o", "plan.json"], ["apply", "plan.json", "-v", "--trace", "trace2"],
                 ["verify", "--trace", "trace3"], ["history", "--format", "json"], ["show", "1", "--format", "json"],
                 ["rollback", "1", "--yes", "-v", "--trace", "trace4"], ["render"], ["validate", "--format", "json"],
                 ["import", "--from", "live", "--provider", "live", live_target.zone, "--to", "other", "--trace", "trace5"],
                 ["zone", "list", "--provider", "live", "--trace", "trace6"], ["plan", "--format", "json"]):
        project.run(*args)
    assert project.path("trace1").stat().st_size and project.path("trace2").stat().st_size
    assert project.path("trace1").stat().st_mode & 0o077 == 0
    written = {path: path.read_bytes() for path in project.directory.rglob("*")
               if path.is_file() and path.name != "pdns.key"}
    assert any(path.name.startswith("state.db") for path in written)
    written["output"] = project.all_output().encode()
    for form in forms_of(secret_of(live_target)):
        leaking = [str(name) for name, octets in written.items() if form in octets]
        assert not leaking, leaking


def test_trace_shows_the_messages(live_target):
    live_target.base()
    project = live_target.setup()
    project.zone(live_target.zone, FIRST)
    project.expect(2, "plan", "--trace", "trace")
    assert live_target.zone in project.read("trace")
    lines = [json.loads(line) for line in project.read("trace").splitlines()]
    kinds = {line["kind"] for line in lines}
    assert kinds == ({"http-request", "http-reply"} if live_target.kind == "powerdns" else {"dns-request", "dns-reply"})
    if live_target.kind != "powerdns":
        assert f"{live_target.zone}. AXFR" in lines[0]["summary"] and "NOERROR" in lines[1]["summary"]


@pytest.mark.parametrize("status", ["401 Unauthorized", "422 Unprocessable Entity", "500 Internal Server Error"])
def test_servers_that_send_the_secret_back(project, status):
    """An error page that quotes the request's key is shown without it."""
    key = "a-key-that-comes-back"

    def answer(connection, message, _server):
        assert key.encode() in message
        connection.sendall(http_reply(f'{{"error": "bad key {key} of you, {key}"}}', status, f"X-Echo: {key}"))
    with Hostile(whole_http, answer) as server:
        project.environment["KEY"] = key
        project.write("rezone.yaml", f'providers: {{live: {{kind: powerdns, url: "http://127.0.0.1:{server.port}", '
                      'api_key: "${secret:env:KEY}"}}\nzones: {"**": {to: live}}\n')
        project.zone("echo.example", FIRST)
        project.expect(1, "plan", "--trace", "trace", "--format", "json")
        project.expect(1, "plan", "-v", "--trace", "trace")
    assert key not in project.all_output() and key not in project.read("trace")


def test_child_commands_do_not_inherit_secrets(file_target):
    file_target.base()
    project = file_target.setup(reload='["/bin/sh", "-c", "env >environment.txt; tr \\\\\\\\0 \\\\\\\\n </proc/self/environ >>environment.txt"]')
    project.environment.update(MY_SECRET_TOKEN="very-hidden-token", TSIG_SECRET=TSIG_SECRET)
    project.zone(file_target.zone, FIRST)
    project.apply()
    found = [path for path in project.directory.rglob("environment.txt")]
    assert found and all("very-hidden-token" not in path.read_text() for path in found)


def test_secrets_are_not_taken_from_the_command_line(project):
    """`-D` sets variables of zones, never secrets."""
    project.write("rezone.yaml", 'providers: {live: {kind: powerdns, url: "http://127.0.0.1:1", api_key: "${key}"}}\n'
                  'zones: {"**": {to: live}}\n')
    project.zone("a.example", FIRST)
    result = project.expect(1, "plan", "-D", "key=on-the-command-line")
    assert "rezone.yaml:1:" in result.stderr and "on-the-command-line" not in result.text


def test_secrets_in_zones_are_no_secrets(project):
    """`${secret:…}` is for providers: a zone cannot publish one."""
    project.environment["KEY"] = "must-not-be-published"
    project.write("rezone.yaml", "providers: {live: {kind: zonefile, directory: live}}\nzones: {\"**\": {to: live}}\n"
                  "verify: {dns: false}\n")
    project.zone("a.example", 't: {TXT: "${secret:env:KEY}"}\n')
    result = project.expect(1, "apply", "--yes")
    assert "zones/a.example.yaml:4:" in result.stderr and "must-not-be-published" not in result.text
    assert not project.exists("live/a.example.zone")


def test_journal_is_a_database_of_the_owner(file_target):
    file_target.base()
    project = file_target.setup()
    project.zone(file_target.zone, FIRST)
    project.apply()
    with sqlite3.connect(project.path(".rezone/state.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM runs").fetchone()[0] == 1
    database.close()
    assert all(path.stat().st_mode & 0o077 == 0 for path in project.path(".rezone").iterdir()
               if path.name.startswith("state.db"))


def test_the_watch_finds_what_it_looks_for(tmp_path):
    """The watch over the whole suite is no test that cannot fail."""
    for secret in (TSIG_SECRET, 'pa ss"wörd\\1', "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0x.c2lnbmF0dXJlLW9mLWl0"):
        assert secret_watch.find(f"some {secret} text") and secret_watch.find(json.dumps(secret))
        (tmp_path / "trace").write_text(secret)
        assert secret_watch.search_files(tmp_path) == [str(tmp_path / "trace")]
    (tmp_path / "trace").unlink()
    assert secret_watch.find("nothing of it") is None and secret_watch.search_files(tmp_path) == []
    fake = tmp_path / "rezone"
    fake.write_text(f"#!/bin/sh\necho '{TSIG_SECRET}'\n")
    fake.chmod(0o755)
    with pytest.raises(AssertionError, match="a secret on the standard output"):
        subprocess.run([fake], capture_output=True)
    fake.unlink()
