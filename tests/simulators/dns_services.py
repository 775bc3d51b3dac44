#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A strict simulator of the DNS.services User API, for tests and for examples/dns-services.

    with Simulator(directory) as service:
        service.store.add_zone("example.com", [("www", "A", "192.0.2.1")])
        … service.url, service.requests, service.switches, service.fault("close-after", "POST")

or by hand: dns_services.py --port 8053 --zone example.com
"""
import argparse
import base64
import collections
import email.utils
import http.server
import json
import pathlib
import re
import secrets
import socket
import ssl
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from dns_services_model import Fault, Refusal, Store, Switches  # noqa: E402
from dns_services_pki import TokenKey, make_certificates  # noqa: E402
import dns_services_calls as calls  # noqa: E402

BODY_MAX = 1 << 20
HUGE = 10 << 20


class Sessions:
    """Logins, tokens and what ended them."""

    def __init__(self, key, switches, username, password):
        self.key, self.switches = key, switches
        self.username, self.password = username, password
        self.lock = threading.Lock()
        self.tokens, self.refreshes, self.attempts = {}, {}, collections.deque()
        self.logins = self.refreshed = 0

    def now(self):
        return time.time() + self.switches.clock_skew

    def _make(self):
        now, kind = int(self.now()), self.switches.bad_token
        claims = {"iss": "dns.services", "sub": self.username, "iat": now, "jti": secrets.token_hex(8),
                  "exp": now + self.switches.token_life}
        if kind == "no-exp":
            del claims["exp"]
        if kind == "expired":
            claims["exp"] = now - 10
        token = self.key.sign(claims, "HS256" if kind == "hs256" else "RS256")
        if kind == "text":
            token = "no token at all"
        if kind == "unsigned":
            token = token.rsplit(".", 1)[0] + "." + "A" * 342
        refresh = secrets.token_urlsafe(32)
        self.tokens[token] = now + self.switches.token_life
        self.refreshes[refresh] = now + self.switches.refresh_life
        return {"token": token, self.switches.refresh_field: refresh}

    def login(self, username, password):
        with self.lock:
            now = time.monotonic()
            while self.attempts and self.attempts[0] < now - self.switches.login_window:
                self.attempts.popleft()
            if len(self.attempts) >= self.switches.login_limit:
                raise Refusal(429, "too many logins, try again later")
            self.attempts.append(now)
            if self.switches.locked:
                raise Refusal(403, "account is locked")
            if (username, password) != (self.username, self.password):
                raise Refusal(401, "invalid username or password")
            self.logins += 1
            return self._make()

    def refresh(self, token):
        with self.lock:
            if self.refreshes.get(token, 0) <= self.now():
                raise Refusal(401, "refresh token expired")
            self.refreshed += 1
            reply = self._make()
            if self.switches.rotate:
                del self.refreshes[token]
            else:
                del self.refreshes[reply.pop(self.switches.refresh_field)]
            return reply

    def end(self, token, refresh=None):
        with self.lock:
            self.tokens.pop(token, None)
            self.refreshes.pop(refresh, None)

    def end_all(self, refreshes=False):
        """As when the service forgets its sessions."""
        with self.lock:
            self.tokens.clear()
            if refreshes:
                self.refreshes.clear()

    def check(self, header):
        """The token of a request, None for Basic."""
        scheme, _, value = (header or "").partition(" ")
        if scheme == "Bearer":
            with self.lock:
                if self.tokens.get(value, 0) > self.now():
                    return value
            raise Refusal(401, "token expired or invalid")
        if scheme == "Basic":
            try:
                given = base64.b64decode(value, validate=True).decode().partition(":")
            except ValueError:
                raise Refusal(401, "malformed credentials") from None
            if (given[0], given[2]) == (self.username, self.password):
                return None
        raise Refusal(401, "authorization required")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # a reply is one write

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(self.server.simulator.sessions.now(), usegmt=True)

    def read_body(self):
        """The fields of the body; what is neither JSON nor a form is refused."""
        size = int(self.headers.get("Content-Length") or 0)
        if size > BODY_MAX:
            raise Refusal(413, "body too large")
        data = self.rfile.read(size)
        kind = (self.headers.get("Content-Type") or "").partition(";")[0].strip()
        if not data:
            return {}
        if kind == "application/x-www-form-urlencoded":
            return {k: v if k.endswith("[]") else v[0] for k, v in
                    urllib.parse.parse_qs(data.decode(), keep_blank_values=True).items()}
        if kind != "application/json":
            raise Refusal(415, f"unsupported media type {kind}")
        try:
            body = json.loads(data)
        except ValueError:
            raise Refusal(400, "malformed JSON") from None
        if not isinstance(body, dict):
            raise Refusal(400, "the body must be an object")
        return body

    def answer(self, status, body, headers=()):
        self.leave()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        kind = "text/html" if body[:1] == b"<" else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def drop(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def refuse(self, refusal):
        switches = self.server.simulator.switches
        text = {"info": [[refusal.text]] if switches.info == "nested" else [refusal.text]}
        headers = []
        if refusal.status == 429 and switches.retry_after:
            headers = [("Retry-After", switches.retry_after)]
        status = refusal.status
        self.server.simulator.refused.append((self.command, self.path.partition("?")[0], status))
        if switches.errors == "success-false" and status < 500 and status not in (401, 429):
            status, text = 200, {"success": False, **text}
        elif switches.errors == "error-list" and status < 500 and status not in (401, 429):
            status, text = 200, {"error": [refusal.text]}
        else:
            text = {"error": [refusal.text]}
        self.answer(status, json.dumps(text).encode(), headers)

    def spoil(self, fault, body):
        """A reply that is not the one hoped for."""
        kind, _, detail = fault.partition(":")
        if kind == "status":
            self.answer(int(detail), b'{"error":["simulated"]}')
        elif kind == "html":
            self.answer(200, b"<html><body><h1>Maintenance</h1></body></html>")
        elif kind == "redirect":
            self.answer(302, b"", [("Location", detail)])
        elif kind == "huge":
            self.answer(200, b'{"name":"' + b"x" * HUGE + b'"}')
        elif kind == "truncated":
            self.answer(200, body[:len(body) // 2])
        else:
            self.drop()

    def handle_one(self):
        simulator = self.server.simulator
        with simulator.lock:
            simulator.in_flight += 1
            simulator.most_in_flight = max(simulator.most_in_flight, simulator.in_flight)
        self.counted = True
        try:
            self.handle_counted(simulator)
        finally:
            self.leave()

    def leave(self):
        """The request is in flight no more: the client may send its next one as soon as it has the answer."""
        with self.server.simulator.lock:
            self.server.simulator.in_flight -= self.counted
            self.counted = False

    def handle_counted(self, simulator):
        path, _, query = self.path.partition("?")
        try:
            body = self.read_body()
            fault = simulator.begin(self.command, path, body, self.headers)
            kind = fault.partition(":")[0]
            if kind == "busy":
                raise Refusal(429, "too many requests")
            if kind in ("status", "close", "html", "redirect", "huge"):
                self.spoil(fault, b"")
                return
            time.sleep(simulator.switches.latency + (float(fault[6:]) if kind == "delay" else 0))
            reply = calls.dispatch(simulator, self.command, path, query, body, self.headers, kind == "lie")
            data = b"" if reply is None else json.dumps(reply).encode()
            if kind in ("close-after", "truncated"):
                self.spoil(fault, data)
            else:
                self.answer(200, data)
        except Refusal as refusal:
            self.refuse(refusal)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_one


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass  # a client that went away is none of the simulator's business


class Simulator:
    """The service in threads of this process. url, requests [(method, path, body)], times of their coming,
    refused [(method, path, status)], most_in_flight, store, sessions."""

    def __init__(self, directory, tls=False, port=0, username="user@example.net", password="pa ss\"wörd\\1"):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.username, self.password = username, password
        self.switches, self.store = Switches(), Store()
        self.key = TokenKey(self.directory)
        self.sessions = Sessions(self.key, self.switches, username, password)
        self.lock = threading.Lock()
        self.requests, self.times, self.refused, self.faults, self.due = [], [], [], [], 0.0
        self.in_flight = self.most_in_flight = 0
        self.server = Server(("127.0.0.1", port), Handler)
        self.server.simulator = self
        self.ca = None
        if tls:
            self.ca, certificate, key = make_certificates(self.directory)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(certificate, key)
            # The handshake is left to each connection's thread.
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def fault(self, kind, method="", path="", times=1):
        with self.lock:
            self.faults.append(Fault(kind, method, path, times))

    def count(self, method="", path=""):
        """How many requests fit."""
        return sum(1 for r in self.requests if r[0].startswith(method) and re.search(path, r[1]))

    def begin(self, method, path, body, headers):
        """Notes the request, holds the rate, and picks the fault that befalls it, "" for none."""
        with self.lock:
            self.requests.append((method, path, body))
            now = time.monotonic()
            self.times.append(now)
            if self.switches.rate:
                self.due = max(self.due, now - 1) + 1 / self.switches.rate
                if self.due > now:
                    self.due -= 1 / self.switches.rate
                    raise Refusal(429, "too many requests")
            for fault in self.faults:
                if fault.times and fault.method in ("", method) and re.search(fault.path, path):
                    fault.times -= 1
                    return fault.kind
        return ""


def main():
    parser = argparse.ArgumentParser(description="a simulator of the DNS.services API on 127.0.0.1")
    parser.add_argument("--port", type=int, default=8053)
    parser.add_argument("--zone", action="append", default=[], help="a hosted zone, with its NS records")
    parser.add_argument("--domain", action="append", default=[], help="a registered name")
    parser.add_argument("--username", default="user@example.net")
    parser.add_argument("--password", default="secret-of-the-example")
    parser.add_argument("--latency", type=float, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        with Simulator(directory, port=arguments.port, username=arguments.username,
                       password=arguments.password) as simulator:
            simulator.switches.latency = arguments.latency
            for name in arguments.zone:
                simulator.store.add_zone(name, [("@", "NS", "ns1.dns.services"), ("@", "NS", "ns2.dns.services")])
            for name in arguments.domain:
                simulator.store.add_domain(name)
            print(simulator.url, flush=True)
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                pass


if __name__ == "__main__":
    main()
