# SPDX-License-Identifier: GPL-3.0-or-later
"""`notify:`: receivers that check what they get, that fail first, and that never come back."""
import email
import email.policy
import hashlib
import hmac
import json
import signal
import socket
import time
from pathlib import Path

import pytest

from support.hostile import wait_until
from support.json_schema import Schemas
from support.services import Mail, Web, certificate, closed_port

KEY = "a key that only the receiver has"
SCHEMAS = Schemas(Path(__file__).resolve().parents[2] / "schemas")
FIRST = "www: {A: 192.0.2.1}\n"


@pytest.fixture
def begun(file_target):
    file_target.project.environment["HOOK_KEY"] = KEY
    file_target.base()
    return file_target


def tell(target, *entries, extra=""):
    target.setup("notify:\n" + "".join(f"  - {entry}\n" for entry in entries) + extra)
    return target.project


def change(target, value, code=0):
    target.project.zone(target.zone, f"www: {{A: {value}}}\n")
    return target.project.expect(code, "apply", "--yes", "--format", "json")


def checked(request, key=KEY):
    """The JSON of a webhook whose signature and time are right."""
    _, _, headers, body = request
    stamp = headers["X-Rezone-Timestamp"]
    wanted = hmac.new(key.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(headers["X-Rezone-Signature"], f"sha256={wanted}")
    assert abs(time.time() - int(stamp)) < 60
    message = json.loads(body)
    assert headers["X-Rezone-Event"] == message["event"] and headers["X-Rezone-Delivery"] == message["id"]
    assert headers["Content-Type"] == "application/json"
    return message


def hook(web, more=""):
    return f'{{webhook: "http://127.0.0.1:{web.port}/in?x=1", secret: "${{secret:env:HOOK_KEY}}"{more}}}'


@pytest.mark.threads
def test_webhook_signed_and_tried_again(begun):
    """The receiver fails twice; the third try has the same id and a signature that holds."""
    with Web([(500, ""), (503, ""), (200, "")]) as web:
        project = tell(begun, hook(web))
        result = change(begun, "192.0.2.7")
        requests = web.requests
    assert "RZ5301" not in result.codes()
    messages = [checked(request) for request in requests]
    assert len(messages) == 3 and len({message["id"] for message in messages}) == 1
    message = messages[-1]
    assert requests[0][:2] == ("POST", "/in?x=1")
    assert (message["event"], message["command"], message["actor"]) == ("committed", "apply", "tester")
    assert message["run"] == project.last_run() and message["plan"] and message["zones_left_out"] == 0
    assert message["summary"]["committed"] == 1 and message["summary"]["changes"] == 3 - 2
    assert message["zones"] == [{"changes": 1, "event": "committed", "target": "live", "why": None,
                                 "zone": begun.zone}]


def test_events_and_zones_that_are_asked_for(project):
    """Each receiver gets the events and zones it asks for; the event is the worst of its zones."""
    with Web() as all_events, Web() as bad, Web() as one, Web() as none:
        project.environment["HOOK_KEY"] = KEY
        project.write("rezone.yaml", "providers:\n  good: {kind: zonefile, directory: good}\n"
                      "  bad: {kind: zonefile, directory: bad, check: [\"/bin/false\"]}\n"
                      "zones: {\"b.example\": {to: bad}, \"**\": {to: good}}\nverify: {dns: false}\nnotify:\n"
                      + "".join(f"  - {entry}\n" for entry in (
                          hook(all_events, ", events: [started, committed, rolled_back, failed, unknown]"),
                          hook(bad, ", events: [rolled_back, unknown, failed]"), hook(one, ', zones: ["a.*"]'),
                          hook(none, ', zones: ["z.example"]'))))
        project.zone("a.example", FIRST)
        project.zone("b.example", FIRST)
        result = project.run("apply", "--yes")
        assert result.code in (1, 4, 5), result
        end = {1: "failed", 4: "rolled_back", 5: "unknown"}[result.code]
        first, last = [checked(request) for request in all_events.requests]
        assert first["event"] == "started" and first["summary"]["started"] == 2 and first["run"] == last["run"]
        assert last["event"] == end and {z["zone"]: z["event"] for z in last["zones"]} == \
            {"a.example": "committed", "b.example": end}
        assert [zone["why"] for zone in last["zones"] if zone["zone"] == "b.example"][0]
        only, = [checked(request) for request in bad.requests]
        assert only["event"] == end
        mine, = [checked(request) for request in one.requests]
        assert mine["event"] == "committed" and [z["zone"] for z in mine["zones"]] == ["a.example"]
        assert none.requests == []


def test_nothing_to_tell_where_nothing_is_done(begun):
    with Web() as web:
        project = tell(begun, hook(web, ", events: [started, committed]"))
        project.zone(begun.zone, FIRST)
        project.expect(0, "validate")
        project.expect(2, "plan")
        assert web.requests == []


@pytest.mark.threads
def test_a_receiver_that_is_down_changes_nothing(begun):
    """The run is committed, the exit code 0; the warning names the receiver; the wait is bounded."""
    project = tell(begun, f'{{webhook: "http://127.0.0.1:{closed_port()}/", wait: 1s}}',
                    f'{{webhook: "http://127.0.0.1:{closed_port()}/", retries: 0}}')
    result = change(begun, "192.0.2.8")
    assert result.json["exit"] == 0 and result.json["summary"]["committed"] == 1 and result.seconds < 8
    warnings = [d for d in result.json["diagnostics"] if d["code"] == "RZ5301"]
    assert len(warnings) == 2 and all(d["severity"] == "warning" and "committed" in d["message"] for d in warnings)
    assert begun.has("www", "A", "192.0.2.8") and project.runs()[0]["status"] == "committed"


def test_a_receiver_that_refuses_is_asked_once(begun):
    with Web([(404, "")]) as web:
        tell(begun, hook(web))
        result = change(begun, "192.0.2.9")
        assert len(web.requests) == 1 and "RZ5301" in result.codes()
        assert any("status 404" in d["message"] for d in result.json["diagnostics"])


def test_slack(begun):
    """What Slack takes; the URL is a secret and shows nowhere, also where it does not answer."""
    with Web() as web:
        url = f"http://127.0.0.1:{web.port}/services/T000/B000/verysecretpath"
        begun.project.environment["SLACK_URL"] = url
        project = tell(begun, '{slack: "${secret:env:SLACK_URL}", retries: 0}')
        project.zone(begun.zone, "www: {A: 192.0.2.10}\n")
        project.expect(0, "apply", "--yes", "--trace", "trace.json")
        (method, path, headers, body), = web.requests
    assert (method, path) == ("POST", "/services/T000/B000/verysecretpath")
    message = json.loads(body)
    assert list(message) == ["text"] and "run 1 by tester: committed" in message["text"] and begun.zone in message["text"]
    assert "verysecretpath" not in project.read("trace.json")
    project.environment["REZONE_ACTOR"] = "<!channel> & co"
    project.zone(begun.zone, "www: {A: 192.0.2.11}\n")
    result = project.expect(0, "apply", "--yes", "--trace", "trace.json")  # nobody listens there now
    assert "RZ5301" in result.stderr and "verysecretpath" not in result.text + project.read("trace.json")
    with Web() as web:
        project.environment["SLACK_URL"] = f"http://127.0.0.1:{web.port}/x"
        change(begun, "192.0.2.12")
        assert "by &lt;!channel&gt; &amp; co:" in json.loads(web.requests[0][3])["text"]


def test_email_with_starttls_and_login(begun):
    context, path = certificate(begun.project.path("ca"), "localhost")
    with Mail(context, ("robot", KEY), {"MAIL": ["451 later"]}) as mail:
        tell(begun, f'{{email: [ops@example.com, boss@example.org], from: rezone@example.com, username: robot, '
              f'smtp: "smtp://localhost:{mail.port}", password: "${{secret:env:HOOK_KEY}}", ca_file: ca/{path.name}}}')
        result = change(begun, "192.0.2.13")
        assert "RZ5301" not in result.codes(), result
        assert mail.logins == [(True, "robot", KEY)] * 2
        (sender, recipients, text), = mail.messages
    assert sender == "rezone@example.com" and recipients == ["ops@example.com", "boss@example.org"]
    message = email.message_from_bytes(text, policy=email.policy.default)
    assert message["Subject"] == f"rezone apply, run {begun.project.last_run()} by tester: committed, 1 change in 1 zone"
    assert [a.addr_spec for a in message["To"].addresses] == recipients
    assert abs(message["Date"].datetime.timestamp() - time.time()) < 60 and message["Message-ID"]
    assert f"{begun.zone} → live: committed, 1 change" in message.get_content()


def test_email_does_not_go_out_in_clear(begun):
    """Without TLS where it is wanted, nothing is sent: no message and no password."""
    with Mail(None, ("robot", KEY)) as mail:
        tell(begun, '{email: ops@example.com, from: rezone@example.com, username: robot, retries: 1, '
              f'smtp: "smtp://127.0.0.1:{mail.port}", password: "${{secret:env:HOOK_KEY}}"}}')
        result = change(begun, "192.0.2.14")
        assert mail.messages == [] and mail.logins == [] and "RZ5301" in result.codes()
        tell(begun, '{email: ops@example.com, from: rezone@example.com, tls: none, '
              f'smtp: "smtp://127.0.0.1:{mail.port}"}}')
        assert "RZ5301" not in change(begun, "192.0.2.15").codes() and len(mail.messages) == 1


def test_exec_gets_json(begun):
    """Without a shell and the user's environment; a command that fails once is run again."""
    project = begun.project
    project.write("tell", "#!/bin/sh\nset -u\ntest -e tried || { touch tried; exit 1; }\ncat >got; env >environment\n", 0o755)
    tell(begun, "{exec: [./tell]}")
    assert "RZ5301" not in change(begun, "192.0.2.16").codes()
    message = json.loads(project.read("got"))
    assert message["event"] == "committed" and message["zones"][0]["zone"] == begun.zone
    assert KEY not in project.read("environment") and "HOME=" not in project.read("environment")


def test_a_secret_that_cannot_be_had(begun):
    """That entry is left out with a warning; others and the run go on."""
    with Web() as web:
        tell(begun, '{webhook: "http://127.0.0.1:9/", secret: "${secret:env:NOT_SET}"}', hook(web))
        result = change(begun, "192.0.2.17")
        assert "RZ5302" in result.codes() and result.json["summary"]["committed"] == 1 and len(web.requests) == 1


def test_rollback_tells_too(begun):
    with Web() as web:
        project = tell(begun, hook(web))
        change(begun, "192.0.2.18")
        project.expect(0, "rollback", str(project.last_run()), "--yes")
        assert [checked(r)["command"] for r in web.requests] == ["apply", f"rollback {project.last_run() - 1}"]


@pytest.mark.parametrize("entry, says", [
    ("{}", "tells in one way"), ("{webhook: ftp://x}", "no URL"), ("{webhook: \"http://a b\"}", "no URL"),
    ("{email: ops@example.com}", "needs a sender"), ("{webhook: http://x, from: a@b}", "not for this kind"),
    ("{email: no address, from: a@b.example, smtp: \"smtp://x\"}", "no address"),
    ("{email: a@b.example, from: a@b.example, smtp: \"smtp://x\", username: u}", "go together"),
    ("{email: a@b.example, from: a@b.example, smtp: \"smtp://x\", username: u, password: \"${secret:env:P}\", tls: none}",
     "in clear"),
    ("{exec: []}", "a command"), ("{exec: x, events: [done]}", "no event"), ("{exec: x, events: [planned]}", "plans run nothing"), ("{exec: x, slack: http://x}", "in one way"),
    ("text", "is a map"), ("{exec: x, retries: 100}", "range")])
def test_wrong_settings(begun, entry, says):
    result = tell(begun, entry).expect(1, "validate")
    assert says in result.stderr and "hint:" in result.stderr


# --- What could not be delivered ---

def waiting(project):
    """What `journal notices` lists."""
    listed = project.expect(0, "journal", "notices", "--format", "json").json
    assert SCHEMAS.errors(listed, "report.schema.json", "/$defs/journal notices") == []
    return listed


def test_kept_and_sent_with_the_next_run(begun):
    """In order, once each, with the ids they had; what a receiver refuses is not kept."""
    with Web([(503, "")]) as web, Web([(404, "")]) as refusing:
        project = tell(begun, hook(web, ", retries: 0"), hook(refusing))
        result = change(begun, "192.0.2.31")
        hints = [d["hint"] for d in result.json["diagnostics"] if d["code"] == "RZ5301"]
        assert len(hints) == 2 and sum("journal notices" in hint for hint in hints) == 1
        change(begun, "192.0.2.32")
        lost = [checked(request) for request in web.requests]
        assert [message["run"] for message in lost] == [1, 1, 2]  # the second run has tried the first one's again
        assert [(n["id"], n["run"], n["event"], n["tries"]) for n in waiting(project)] == \
            [(lost[0]["id"], 1, "committed", 2), (lost[2]["id"], 2, "committed", 1)]
        shown = project.expect(0, "journal", "notices").stdout
        assert f"127.0.0.1:{web.port}" in shown and "tried by 2 commands: it answers with status 503" in shown
        web.requests.clear()
        web.answers = [(200, "")]
        change(begun, "192.0.2.33")
        told = [checked(request) for request in web.requests]
        assert [message["run"] for message in told] == [1, 2, 3]
        assert [message["id"] for message in told[:2]] == [lost[0]["id"], lost[2]["id"]]
        assert waiting(project) == [] and project.expect(0, "journal", "notices").stdout.startswith("Everybody")


def test_a_receiver_that_hangs_holds_up_nothing(begun):
    """Neither now nor with messages that wait: the zone is committed at once, the end waits for `wait`."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        begun.project.environment["HOOK_KEY"] = KEY
        project = tell(begun, f'{{webhook: "http://127.0.0.1:{deaf.getsockname()[1]}/", wait: 1s, timeout: 60s}}')
        for number in (1, 2):
            result = change(begun, f"192.0.2.{number}")
            assert result.json["zones"][0]["milliseconds"] < 1000 and result.seconds < 8
            assert len(waiting(project)) == number


def test_other_receivers_and_no_journal(begun):
    """What was for one receiver does not go to another that takes its place; `state: none` keeps nothing."""
    with Web([(503, "")]) as gone, Web() as other:
        project = tell(begun, hook(gone, ", retries: 0"))
        change(begun, "192.0.2.34")
        tell(begun, hook(other))
        change(begun, "192.0.2.35")
        assert [checked(request)["run"] for request in other.requests] == [2] and len(waiting(project)) == 1
        tell(begun, hook(gone, ", retries: 0"), extra="state: none\n")
        result = change(begun, "192.0.2.36")
        assert "RZ5301" in result.codes() and "RZ5206" in project.expect(1, "journal", "notices").stderr


def test_no_secret_is_kept(begun):
    with Web([(503, "")]) as web:
        begun.project.environment["SLACK_URL"] = f"http://127.0.0.1:{web.port}/verysecretpath"
        project = tell(begun, '{slack: "${secret:env:SLACK_URL}", retries: 0}')
        change(begun, "192.0.2.37")
        assert len(waiting(project)) == 1
        kept = b"".join(path.read_bytes() for path in project.path(".rezone").iterdir())
        assert b"by tester: committed" in kept and b"verysecretpath" not in kept and KEY.encode() not in kept


# --- Plans and drift ---

def test_planned_is_told_where_it_is_asked_for(begun):
    with Web() as web, Web() as others:
        project = tell(begun, hook(web, ", events: [planned]"), hook(others),
                       extra='policy: {protect: ["www A"]}\n')
        project.zone(begun.zone, FIRST)
        plan = project.expect(2, "plan", "--format", "json").json
        project.expect(2, "plan", "--offline")
        message, = [checked(request) for request in web.requests]
        assert (message["event"], message["command"], message["run"]) == ("planned", "plan", None)
        assert message["plan"] == plan["id"] and message["zones"][0]["why"] is None
        project.apply()
        project.expect(0, "plan")
        assert len(web.requests) == 1 and [checked(r)["event"] for r in others.requests] == ["committed"]
        project.zone(begun.zone, "www: {A: 192.0.2.2}\n")
        project.expect(3, "plan")
        assert "www A" in checked(web.requests[1])["zones"][0]["why"]
        web.answers = [(503, "")]
        tell(begun, hook(web, ", events: [planned], retries: 0"))
        assert "RZ5301" in project.expect(2, "plan").stderr and waiting(project)[0]["event"] == "planned"


def test_drift_is_told(begun):
    """What others changed is; what only waits to be applied is not; --watch tells it once."""
    with Web() as web:
        project = tell(begun, hook(web))
        change(begun, "192.0.2.41")
        project.zone(begun.zone, "www: {A: 192.0.2.42}\n")
        project.expect(2, "drift", begun.zone)
        assert [checked(request)["event"] for request in web.requests] == ["committed"]
        project.zone(begun.zone, "www: {A: 192.0.2.41}\n")
        begun.put("www", "A", 60, "192.0.2.99")
        project.expect(2, "drift", begun.zone)
        message = checked(web.requests[1])
        assert (message["event"], message["command"], message["run"]) == ("drift", "drift", None)
        assert message["zones"] == [{"changes": 1, "event": "drift", "target": "live", "why": "1 drifted",
                                     "zone": begun.zone}]
        child = project.start("drift", begun.zone, "--watch", "1s")
        wait_until(lambda: len(web.requests) == 3)
        time.sleep(1.2)
        begun.put("www", "A", 60, "192.0.2.98")
        wait_until(lambda: len(web.requests) > 3)
        child.send_signal(signal.SIGTERM)
        project.finish(child)
        assert [checked(request)["event"] for request in web.requests[2:]] == ["drift", "drift"]
