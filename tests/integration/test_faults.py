# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that refuse, are down, hang up or lie: one clear error, exit code 1, nothing changed."""
import base64
import json
import random
import socket

import pytest

from support.hostile import Hostile, Proxy, http_reply, is_change, whole_dns, whole_http
from support.targets import TSIG_SECRET

FIRST = "www: {A: 192.0.2.1}\n"
SECOND = "www: {A: 192.0.2.2}\nnew: {A: 192.0.2.3}\n"


def fails(project, *says, args=("plan",), code=1, seconds=40):
    result = project.expect(code, *args)
    assert "error[RZ" in result.stderr
    for word in says:
        assert word in result.stderr, f"{word!r} is not said in\n{result}"
    assert "\x1b" not in result.text
    assert result.seconds < seconds
    return result


def unchanged(target, *says, args=("apply", "--yes"), code=1):
    before = target.fetch()
    result = fails(target.project, *says, args=args, code=code)
    assert target.fetch() == before
    return result


def begin(target, **config):
    target.base()
    target.setup(**config)
    target.project.zone(target.zone, FIRST)
    target.project.apply()
    target.project.zone(target.zone, SECOND)
    return target.project


# ---- secrets and keys that are wrong

def test_wrong_api_key(pdns_target):
    project = begin(pdns_target)
    project.write("pdns.key", "wrong-" + pdns_target.server.api_key, 0o600)
    fails(project, "RZ3302", "api_key")
    unchanged(pdns_target, "RZ3302")
    assert pdns_target.server.api_key not in project.all_output()


@pytest.mark.parametrize("secret, name, says", [
    (base64.b64encode(b"another secret, also long").decode(), None, "RZ3024"),
    (TSIG_SECRET, "unknown-key", "RZ3024"),
    ("b3RoZXIga2V5LCBrbm93biBidXQgbm90IGFsbG93ZWQ=", "other-key", "RZ30"),
    ("not base64!", None, "RZ3023"), ("", None, "TSIG_SECRET")])
def test_wrong_tsig_key(update_target, secret, name, says):
    project = begin(update_target)
    if name:
        project.write("rezone.yaml", project.read("rezone.yaml").replace("name: rezone-key", f"name: {name}"))
    project.environment["TSIG_SECRET"] = secret
    fails(project, says)
    unchanged(update_target, says)
    assert secret == "" or secret not in project.all_output()


def test_no_tsig_key_at_all(update_target):
    project = begin(update_target)
    update_target.setup(tsig=None)
    fails(project, "RZ3027")
    unchanged(update_target)


@pytest.mark.parametrize("algorithm", ["hmac-sha512", "hmac-md5", "bogus"])
def test_another_tsig_algorithm(update_target, algorithm):
    project = begin(update_target)
    project.write("rezone.yaml", project.read("rezone.yaml").replace("hmac-sha256", algorithm))
    unchanged(update_target, "RZ30")


def test_missing_secrets(pdns_target):
    project = begin(pdns_target)
    project.remove("pdns.key")
    unchanged(pdns_target, "rezone.yaml:2:", "RZ2010", "pdns.key")
    project.write("pdns.key", "secret", 0o644)
    unchanged(pdns_target, "RZ2010", "pdns.key")
    project.remove("pdns.key")
    project.path("pdns.key").mkdir()
    unchanged(pdns_target, "RZ2010")
    project.write("rezone.yaml", project.read("rezone.yaml").replace("${secret:file:pdns.key}", "plainly-here"))
    result = unchanged(pdns_target, "rezone.yaml:2:")
    assert "plainly-here" not in result.text


# ---- servers that are not there

def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_server_down(live_target):
    project = begin(live_target)
    port = closed_port()
    where = {"url": f'"http://127.0.0.1:{port}"'} if live_target.kind == "powerdns" \
        else {"server": f'"127.0.0.1:{port}"'}
    live_target.setup(**where)
    for args in (["plan"], ["verify"], ["apply", "--yes"], ["import", "--from", "live", "--provider", "live",
                                                         live_target.zone, "--to", "imported"]):
        fails(project, str(port), args=args)
    assert not project.exists("imported")


def test_host_that_does_not_exist(project):
    project.write("rezone.yaml", 'providers: {live: {kind: powerdns, url: "http://absent.invalid:81", '
                  'api_key: "${secret:env:KEY}"}}\nzones: {"**": {to: live}}\n')
    project.environment["KEY"] = "some-key"
    project.zone("example.com", FIRST)
    fails(project, "absent.invalid")


# ---- servers that lie

NOISE = random.Random(7).randbytes(3000)
ZONE = {"name": "lie.example.", "kind": "Native", "serial": 1, "edited_serial": 1, "rrsets": []}


def soa(**members):
    record = {"name": "lie.example.", "type": "SOA", "ttl": 60,
              "records": [{"content": "a. b. 1 2 3 4 5", "disabled": False}], **members}
    return json.dumps({**ZONE, "rrsets": [record]})


HTTP_LIES = {
    "noise": NOISE,
    "not HTTP": b"220 mail ready\r\n",
    "empty reply": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "no JSON": http_reply("<html>hello</html>"),
    "half a JSON": http_reply(soa()[:60]),
    "a list": http_reply("[]"), "a number": http_reply("1"), "null": http_reply("null"),
    "an empty object": http_reply("{}"),
    "rrsets is a number": http_reply(json.dumps({**ZONE, "rrsets": 5})),
    "an rrset is a list": http_reply(json.dumps({**ZONE, "rrsets": [[]]})),
    "an rrset without a name": http_reply(json.dumps({**ZONE, "rrsets": [
        {"type": "A", "ttl": 60, "records": [{"content": "192.0.2.1", "disabled": False}]}]})),
    "records is text": http_reply(soa(records="x")),
    "content is a number": http_reply(soa(records=[{"content": 5}])),
    "bad rdata": http_reply(soa(type="A", records=[{"content": "1.2.3.400", "disabled": False}])),
    "bad type": http_reply(soa(type="BOGUS")),
    "a name of 300 octets": http_reply(soa(name="a" * 300 + ".")),
    "a negative TTL": http_reply(soa(ttl=-5)), "a TTL past 2^40": http_reply(soa(ttl=2**40)),
    "deep nesting": http_reply("[" * 200000),
    "deep nesting inside": http_reply('{"rrsets":[{"x":' + "[" * 200000),
    "not UTF-8": http_reply(b'{"name": "\xff\xfe"}'),
    "a NUL": http_reply(b'{"name": "\\u0000", "rrsets": [{"name": "a\\u0000b", "type": "A"}]}'),
    "a huge header": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2000000 + b"\r\n\r\n",
    "a huge length": http_reply("{}", length=10**17),
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
    "a redirect": http_reply("", "302 Found", "Location: http://127.0.0.1:9/"),
    "forbidden": http_reply('{"error": "no \\u001b[31mred\\u001b[0m for you"}', "403 Forbidden"),
    "not found page": http_reply("<html>nginx</html>", "404 Not Found"),
    "server error": http_reply('{"error": "broken"}', "500 Internal Server Error"),
    "unprocessable": http_reply('{"error": "broken"}', "422 Unprocessable Entity"),
    "compressed noise": http_reply(NOISE, "200 OK", "Content-Encoding: gzip"),
    "chunked noise": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + NOISE,
}


def http_project(project, port, extra=""):
    project.environment["KEY"] = "key-of-the-liar"
    project.write("rezone.yaml", f'providers: {{live: {{kind: powerdns, url: "http://127.0.0.1:{port}", '
                  f'api_key: "${{secret:env:KEY}}", timeout: 2s{extra}}}}}\nzones: {{"**": {{to: live}}}}\n')
    project.zone("lie.example", FIRST)


@pytest.mark.parametrize("lie", HTTP_LIES)
def test_http_replies_that_lie(project, lie):
    def answer(connection, _message, _server):
        connection.sendall(HTTP_LIES[lie])
        connection.shutdown(socket.SHUT_WR)
        return False
    with Hostile(whole_http, answer) as server:
        http_project(project, server.port)
        stderr = fails(project).stderr
        assert str(server.port) in stderr or "live" in stderr, "the error names the server"
        assert not any(is_change(message) for message in server.messages)
        fails(project, args=["apply", "--yes"])
        assert not any(is_change(message) for message in server.messages), "nothing was sent"
        assert "key-of-the-liar" not in project.all_output()


@pytest.mark.parametrize("how", ["hang", "close", "reset", "half", "drip"])
def test_http_connections_that_break(project, how):
    def answer(connection, _message, server):
        if how == "hang":
            server.wait(30)
        elif how == "half":
            connection.sendall(http_reply(soa(), length=len(soa()) + 500))
            connection.shutdown(socket.SHUT_WR)
            server.wait(3)
        elif how == "drip":
            connection.sendall(http_reply("", length=100000))
            while not server._closed.is_set():
                connection.sendall(b" ")
                server.wait(0.3)
        return False
    with Hostile(whole_http, answer) as server:
        http_project(project, server.port)
        fails(project, str(server.port), seconds=60)


def test_api_key_does_not_follow_redirects(project):
    seen = []
    def other(connection, message, _server):
        seen.append(message)
        connection.sendall(http_reply(soa()))
    with Hostile(whole_http, other) as elsewhere:
        location = f"Location: http://127.0.0.1:{elsewhere.port}/api/v1/servers/localhost/zones/lie.example."
        with Hostile(whole_http, lambda c, _m, _s: c.sendall(http_reply("", "307 Temporary", location))) as server:
            http_project(project, server.port)
            fails(project)
    assert seen == []


# ---- DNS servers that lie

def dns_answer(make):
    """answer() for Hostile: make(query) gives the octets of a reply, or None to hang up."""
    def answer(connection, message, _server):
        reply = make(message[2:])
        if reply is None:
            return False
        connection.sendall(len(reply).to_bytes(2, "big") + reply)
        return None
    return answer


def rcode(code):
    def make(wire):
        header = bytearray(wire[:12])
        header[2] |= 0x80
        header[3] = (header[3] & 0xF0) | code
        header[6:12] = b"\0" * 6
        end = 12 + wire[12:].index(0) + 5
        return bytes(header) + wire[12:end]
    return make


DNS_LIES = {
    "noise": lambda wire: NOISE[:500], "empty": lambda wire: b"", "a header": lambda wire: wire[:2] + b"\x84\0",
    "hang up": lambda wire: None, "another id": lambda wire: bytes([wire[0] ^ 255]) + rcode(0)(wire)[1:],
    "the question back": lambda wire: wire, "no answer": rcode(0), "FORMERR": rcode(1), "SERVFAIL": rcode(2),
    "NXDOMAIN": rcode(3), "NOTIMP": rcode(4), "REFUSED": rcode(5), "NOTAUTH": rcode(9), "RCODE 15": rcode(15),
    "a loop of pointers": lambda wire: wire[:2] + b"\x84\0\0\0\0\1\0\0\0\0" + b"\xc0\x0c" + b"\0\6\0\1" + b"\0\0\0\1\0\0",
    "counts that are not there": lambda wire: wire[:2] + b"\x84\0" + b"\xff" * 8,
    "65,535 octets of noise": lambda wire: (wire[:2] + b"\x84\0" + NOISE * 30)[:65535],
}


def dns_project(project, port, tsig=True):
    project.environment["TSIG_SECRET"] = TSIG_SECRET
    key = ', tsig: {name: k, secret: "${secret:env:TSIG_SECRET}"}' if tsig else ""
    project.write("rezone.yaml", f'providers: {{live: {{kind: rfc2136, server: "127.0.0.1:{port}", '
                  f'timeout: 1s{key}}}}}\nzones: {{"**": {{to: live}}}}\n')
    project.zone("lie.example", FIRST)


@pytest.mark.parametrize("tsig", [True, False], ids=["signed", "unsigned"])
@pytest.mark.parametrize("lie", DNS_LIES)
def test_dns_replies_that_lie(project, lie, tsig):
    with Hostile(whole_dns, dns_answer(DNS_LIES[lie])) as server:
        dns_project(project, server.port, tsig)
        result = project.run("plan")
        # A server that says it has no such zone is believed only as far as: it cannot be made there.
        if result.code == 2:
            assert lie == "NOTAUTH" and "create zone" in result.stdout
        else:
            fails(project, "error[RZ")
        fails(project, args=["apply", "--yes"])
        assert not any(is_change(message) for message in server.messages), "nothing was sent"
        assert TSIG_SECRET not in project.all_output()


@pytest.mark.parametrize("how", ["hang", "half", "drip", "no end", "another zone"])
def test_transfers_that_break(project, how):
    apex = b"\3lie\7example\0"
    soa_rr = apex + b"\0\6\0\1\0\0\0\x3c" + (26).to_bytes(2, "big") + b"\1a\0\1b\0" + b"\0\0\0\1" * 5
    a_rr = b"\3www" + apex + b"\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4"
    outside = b"\3www\5other\7example\0" + b"\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4"

    def message(query, *records):
        end = 12 + query[12:].index(0) + 5
        body = query[:2] + b"\x84\0\0\1" + len(records).to_bytes(2, "big") + b"\0\0\0\0" + query[12:end] + b"".join(records)
        return len(body).to_bytes(2, "big") + body

    def answer(connection, data, server):
        query = data[2:]
        if how == "hang":
            server.wait(20)
        elif how == "half":
            connection.sendall(message(query, soa_rr, a_rr)[:-7])
        elif how == "no end":
            connection.sendall(message(query, soa_rr, a_rr))
        elif how == "another zone":
            connection.sendall(message(query, soa_rr, outside, soa_rr))
        else:
            for octet in message(query, soa_rr, a_rr, soa_rr):
                connection.sendall(bytes([octet]))
                server.wait(0.3)
                if server._closed.is_set():
                    break
        return False
    with Hostile(whole_dns, answer) as server:
        dns_project(project, server.port, tsig=False)
        fails(project, seconds=60)


# ---- a real server behind a bad line

def behind(target, rule=lambda message: "pass"):
    """A proxy before the target's server, and rezone.yaml that goes through it."""
    if target.kind == "powerdns":
        proxy = Proxy(target.server.api_port, whole_http, rule)
        target.setup("verify: {timeout: 5s}\n", url=f'"http://127.0.0.1:{proxy.port}"', timeout="3s")
    else:
        proxy = Proxy(target.server.port, whole_dns, rule)
        target.setup("verify: {timeout: 5s}\n", server=f'"127.0.0.1:{proxy.port}"', timeout="2s",
                     servers=f'["127.0.0.1:{target.server.port}"]')
    return proxy


def test_change_that_never_arrives(live_target):
    """The connection breaks before the server sees the change, every time: nothing changed, exit 1."""
    begin(live_target)
    with behind(live_target, lambda message: "drop" if is_change(message) else "pass") as proxy:
        unchanged(live_target)
        assert any(is_change(message) for message in proxy.messages)
    live_target.setup()
    assert live_target.project.runs()[0]["status"] == "failed"
    live_target.project.apply()


def test_change_whose_reply_is_lost(live_target):
    """The server did it, the reply never came: found out by reading back, and the run is committed."""
    project = begin(live_target)
    changes = []
    def rule(message):
        changes.append(is_change(message))
        return "lose" if changes[-1] else "pass"
    with behind(live_target, rule):
        project.apply()
    assert changes.count(True) == 1, "a change whose outcome is unknown is never sent again blindly"
    assert live_target.has("new", "A", "192.0.2.3")


def test_change_lost_once_is_sent_again(live_target):
    """The first change vanishes before the server; reading back shows so, and it is sent again."""
    project = begin(live_target)
    seen = []
    def rule(message):
        if is_change(message):
            seen.append(message)
            return "drop" if len(seen) == 1 else "pass"
        return "pass"
    with behind(live_target, rule):
        project.apply()
    assert len(seen) == 2 and live_target.has("new", "A", "192.0.2.3")


def test_reads_that_break_are_repeated(pdns_target):
    project = begin(pdns_target)
    reads = []
    def rule(message):
        reads.append(message)
        return "drop" if len(reads) in (1, 2) else "pass"
    with behind(pdns_target, rule):
        project.expect(2, "plan")


def test_503_with_retry_after(pdns_target):
    project = begin(pdns_target)
    reads = []
    def rule(message):
        reads.append(message)
        return http_reply("", "503 Busy", "Retry-After: 1") if len(reads) == 1 else "pass"
    with behind(pdns_target, rule):
        assert project.expect(2, "plan").seconds >= 1


# ---- someone else at the same time

def test_change_between_fetch_and_write(live_target):
    """Another client changes the same RRset after rezone read it: refused, theirs stays."""
    project = begin(live_target)
    done = []
    def rule(message):
        if is_change(message) and not done:
            done.append(1)
            live_target.put("www", "A", 60, "192.0.2.99")
        return "pass"
    with behind(live_target, rule):
        result = project.run("apply", "--yes")
        if live_target.kind == "powerdns":
            # Its API has no condition: what happened right before the PATCH is seen by the serial.
            assert result.code == 4 and "RZ5012" in result.stderr, result
            return
        assert result.code == 3, result
    assert live_target.has("www", "A", "192.0.2.99", ttl=60), "the other's change stays"
    assert live_target.get("new", "A") is None
    assert project.runs()[0]["status"] == "failed"


def test_conflict_by_file_locks(file_target):
    """Two applies of one zone at once: both end well or one is refused, never a mixture."""
    file_target.base()
    project = file_target.setup()
    project.zone(file_target.zone, "".join(f"h{n}: {{A: 192.0.2.{n % 250}}}\n" for n in range(500)))
    children = [project.start("apply", "--yes") for _ in range(4)]
    codes = sorted(project.finish(child).code for child in children)
    assert codes[0] == 0 and set(codes) <= {0, 3}
    assert project.changes() == {}
    assert [run["status"] for run in project.runs()].count("committed") >= 1
