# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator of DNS.services is as strict as it says, and gives every form the service gives."""
import base64
import http.client
import json
import pathlib
import ssl
import subprocess
import sys
import urllib.parse

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "simulators"))
from dns_services import Simulator  # noqa: E402


@pytest.fixture
def service(tmp_path):
    with Simulator(tmp_path / "simulator") as simulator:
        simulator.store.add_zone("example.com", [("www", "A", "192.0.2.1"), ("@", "TXT", 'a "b"'),
                                                 ("@", "MX", "mail.example.com", 300, 10)])
        yield simulator


class Client:
    def __init__(self, service, **form):
        self.service, self.header = service, {}
        if not form:
            self.header = {"Authorization": "Bearer " + self.login()["token"]}

    def ask(self, method, path, body=None, kind="application/json", context=None):
        url = urllib.parse.urlsplit(self.service.url)
        connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        more = {"context": context} if context else {}
        connection = connect(url.hostname, url.port, timeout=10, **more)
        data = body if isinstance(body, (str, type(None))) else json.dumps(body)
        connection.request(method, "/api" + path, data, {**self.header, "Content-Type": kind})
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        return reply.status, json.loads(text) if text else None

    def login(self, password=None, context=None):
        body = {"username": self.service.username, "password": password or self.service.password}
        return self.ask("POST", "/login", body, context=context)[1]


def zone_path(service):
    zone = service.store.find_zone("example.com")
    return f"/service/{zone.service}/dns/{zone.number}"


def test_tokens_are_signed_and_end(service, tmp_path):
    client = Client(service)
    token = client.header["Authorization"].split()[1]
    signed, _, signature = token.rpartition(".")
    (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
    subprocess.run(["openssl", "dgst", "-sha256", "-verify", service.key.public, "-signature",
                    tmp_path / "signature"], input=signed.encode(), check=True, capture_output=True)
    assert client.ask("GET", "/details")[0] == 200
    service.sessions.end_all()
    assert client.ask("GET", "/details")[0] == 401


def test_wrong_password_and_the_login_limit(service):
    client = Client(service, anonymous=True)
    for _ in range(service.switches.login_limit):
        assert client.login("wrong")["error"] == ["invalid username or password"]
    assert client.login()["error"] == ["too many logins, try again later"]


def test_refresh_rotates(service):
    client = Client(service, anonymous=True)
    service.switches.refresh_field = "refresh_token"
    refresh = client.login()["refresh_token"]
    assert client.ask("POST", "/token", {"refresh_token": refresh})[0] == 200
    assert client.ask("POST", "/token", {"refresh_token": refresh})[0] == 401


@pytest.mark.parametrize("records", ["list", "object"])
@pytest.mark.parametrize("ids", ["string", "number"])
@pytest.mark.parametrize("txt", ["quoted", "bare"])
@pytest.mark.parametrize("names", ["relative", "full"])
def test_forms(service, records, ids, txt, names):
    client = Client(service)
    service.switches.records, service.switches.ids = records, ids
    service.switches.txt, service.switches.names = txt, names
    rows = client.ask("GET", zone_path(service))[1]["records"]
    rows = rows if records == "list" else list(rows.values())
    assert [row["name"] for row in rows] == (
        ["www", "", ""] if names == "relative" else ["www.example.com", "example.com", "example.com"])
    assert rows[1]["content"] == ('"a \\"b\\""' if txt == "quoted" else 'a "b"')
    assert {type(row["id"]) for row in rows} == {str if ids == "string" else int}


@pytest.mark.parametrize("change", [
    {"type": "BOGUS"}, {"ttl": 5}, {"ttl": "x"}, {"content": "300.1.1.1"}, {"name": "a b"}, {"extra": 1},
    {"name": "www"}, {"type": "CNAME", "name": "www", "content": "a.example.net"},
    {"name": "x.example.com"}, {"type": "MX", "content": "10 mail.example.net"}])
def test_bad_records_are_refused(service, change):
    client = Client(service)
    good = {"name": "new", "type": "A", "content": "192.0.2.1", "ttl": 300}
    for errors in ("status", "success-false", "error-list"):
        service.switches.errors = errors
        status, reply = client.ask("POST", zone_path(service) + "/records", {**good, **change})
        assert (status >= 400) == (errors == "status")
        assert errors == "success-false" and reply["success"] is False or reply["error"]
    service.switches.errors = "status"
    assert client.ask("POST", zone_path(service) + "/records", good)[0] == 200
    assert len(service.store.find_zone("example.com").records) == 4


def test_lies_and_faults(service):
    client = Client(service)
    body = {"name": "new", "type": "A", "content": "192.0.2.1", "ttl": 300}
    service.fault("lie", "POST", "/records$")
    assert client.ask("POST", zone_path(service) + "/records", body)[1]["success"]
    assert len(service.store.find_zone("example.com").records) == 3
    service.fault("close-after", "POST", "/records$")
    with pytest.raises(http.client.HTTPException):
        client.ask("POST", zone_path(service) + "/records", body)
    assert len(service.store.find_zone("example.com").records) == 4
    service.fault("truncated", "GET")
    with pytest.raises(ValueError):
        client.ask("GET", zone_path(service))
    assert client.ask("GET", zone_path(service))[0] == 200


def test_form_bodies_other_types_and_methods(service):
    client = Client(service)
    body = urllib.parse.urlencode({"name": "form", "type": "A", "content": "192.0.2.9", "ttl": "300"})
    form = "application/x-www-form-urlencoded"
    assert client.ask("POST", zone_path(service) + "/records", body, form)[0] == 200
    assert client.ask("POST", zone_path(service) + "/records", "{", "application/json")[0] == 400
    assert client.ask("POST", zone_path(service) + "/records", "x", "text/plain")[0] == 415
    assert client.ask("PUT", "/dns")[0] == 405
    assert client.ask("GET", "/nothing")[0] == 404
    assert client.ask("GET", f"/service/{service.store.services[0]}/dns") == (200, {"error": ["invalid method"]})


def test_domains(service):
    client = Client(service)
    number = service.store.add_domain("example.com")
    service.store.lookups["free.example"] = "12.00"
    assert client.ask("GET", "/domain")[1]["domains"][0]["id"] == str(number)
    assert client.ask("GET", "/domain/name/example.com")[1]["details"][0]["status"] == "Active"
    assert client.ask("PUT", f"/domain/{number}/ns", {"nameservers": ["a.example.net"]})[0] == 400
    names = ["a.example.net", "b.example.net"]
    assert client.ask("PUT", f"/domain/{number}/ns", {"nameservers": names})[0] == 200
    assert client.ask("GET", f"/domain/{number}/ns")[1] == {"nameservers": names}
    key = {"key_tag": 1, "algorithm": 13, "digest_type": 2, "digest": "ab" * 32}
    assert client.ask("PUT", f"/domain/{number}/dnssec", {**key, "digest": "ab"})[0] == 400
    assert client.ask("PUT", f"/domain/{number}/dnssec", key)[0] == 200
    assert client.ask("DELETE", f"/domain/{number}/dnssec/1")[0] == 200
    assert client.ask("POST", "/domain/lookup", {"name": "free.example"})[1]["available"] is True


def test_tls_with_its_own_authority(tmp_path):
    with Simulator(tmp_path, tls=True) as service:
        client = Client(service, anonymous=True)
        with pytest.raises(ssl.SSLError):
            client.login(context=ssl.create_default_context())
        trusted = ssl.create_default_context(cafile=service.ca)
        assert "token" in client.login(context=trusted)
