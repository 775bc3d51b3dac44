# SPDX-License-Identifier: GPL-3.0-or-later
"""A real PowerDNS Authoritative server with the SQLite backend, in a directory of its own."""
import http.client
import json
import os
import pathlib
import secrets
import shutil
import socket
import sqlite3
import subprocess
import time

SCHEMAS = (
    "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql",
    "/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql",
    "/usr/share/doc/pdns/schema.sqlite3.sql",
    "/usr/share/pdns/schema.sqlite3.sql",
)
PROGRAM_DIRECTORIES = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


def find_program():
    """Path of pdns_server, None where it is not installed."""
    return shutil.which("pdns_server", path=PROGRAM_DIRECTORIES)


def find_schema():
    return next((path for path in SCHEMAS if os.path.exists(path)), None)


def available():
    """Whether this machine can run the server."""
    return find_program() is not None and find_schema() is not None


def free_port():
    """A loopback port that is free for both TCP and UDP just now."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                try:
                    udp.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue


class PowerDnsServer:
    """`with PowerDnsServer(tmp_path) as server:` starts it and waits until its API answers.

    url, api_key: of the HTTP API; dns_port: on 127.0.0.1, UDP and TCP. `settings` are added to
    pdns.conf, and replace what stands there by default.
    """

    START_SECONDS = 30

    def __init__(self, directory, settings=None):
        self.directory = pathlib.Path(directory)
        self.settings = dict(settings or {})
        self.api_key = secrets.token_hex(16)
        self.api_port = self.dns_port = None
        self.url = None
        self._process = None

    @property
    def database(self):
        return self.directory / "pdns.sqlite3"

    def start(self):
        if not available():
            raise RuntimeError("pdns_server or the schema of its SQLite backend is not installed")
        self.directory.mkdir(parents=True, exist_ok=True)
        self._make_database()
        # Another program may take a port between its choice and its use.
        for _ in range(5):
            self._choose_ports()
            self._launch()
            if self._wait():
                return self
            self.stop()
        raise RuntimeError("pdns_server does not start:\n" + self.log())

    def restart(self):
        """Stops and starts on the same ports, with the same data."""
        self.stop()
        self._launch()
        if not self._wait():
            self.stop()
            raise RuntimeError("pdns_server does not start again:\n" + self.log())
        return self

    def stop(self):
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log(self):
        """What the server wrote, the last 64 KiB of it."""
        path = self.directory / "pdns.log"
        return path.read_text(errors="replace")[-65536:] if path.exists() else ""

    def request(self, method, path, body=None):
        """One request below the API's /api/v1; returns (status, decoded JSON or text or None)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.api_port, timeout=60)
        try:
            full = path if path.startswith("/api") else "/api/v1/servers/localhost" + path
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, full, data, {"X-API-Key": self.api_key,
                                                    "Content-Type": "application/json"})
            reply = connection.getresponse()
            text = reply.read().decode(errors="replace")
        finally:
            connection.close()
        try:
            return reply.status, json.loads(text) if text else None
        except ValueError:
            return reply.status, text

    def create_zone(self, name, rrsets=(), kind="Native", **members):
        """Makes a zone as another program would, past rezone."""
        return self.request("POST", "/zones", {"name": name, "kind": kind, "rrsets": list(rrsets),
                                               **members})

    def rrset(self, zone, owner, rtype):
        """The live RRset as the API gives it, None where there is none."""
        status, body = self.request("GET", f"/zones/{zone}")
        if status != 200:
            return None
        return next((rrset for rrset in body["rrsets"]
                     if rrset["name"] == owner and rrset["type"] == rtype), None)

    def replace(self, zone, owner, rtype, ttl, contents):
        """Changes one RRset behind rezone's back."""
        records = [{"content": content, "disabled": False} for content in contents]
        return self.request("PATCH", f"/zones/{zone}", {"rrsets": [{
            "name": owner, "type": rtype, "ttl": ttl, "changetype": "REPLACE",
            "records": records}]})

    def utility(self, *words):
        """One command of pdnsutil, which works on the database."""
        subprocess.run([shutil.which("pdnsutil", path=PROGRAM_DIRECTORIES), f"--config-dir={self.directory}", *words],
                       check=True, capture_output=True, timeout=60)

    def fill(self, zone, records):
        """Puts (owner, type, ttl, content) straight into the database, for zones too large for the
        API; owners absolute without the final dot. The zone must exist."""
        connection = sqlite3.connect(self.database, timeout=60)
        with connection:
            (zone_id,), = connection.execute("SELECT id FROM domains WHERE name = ?",
                                             (zone.rstrip("."),))
            connection.executemany(
                "INSERT INTO records (domain_id, name, type, ttl, content, prio, disabled, auth) "
                "VALUES (?, ?, ?, ?, ?, 0, 0, 1)",
                ((zone_id, owner, rtype, ttl, content) for owner, rtype, ttl, content in records))
        connection.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def _make_database(self):
        if self.database.exists():
            return
        with sqlite3.connect(self.database) as connection:
            connection.executescript(pathlib.Path(find_schema()).read_text())
        connection.close()

    def _choose_ports(self):
        self.api_port, self.dns_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.api_port}"

    def _launch(self):
        settings = {
            "launch": "gsqlite3",
            "gsqlite3-database": self.database,
            "gsqlite3-pragma-synchronous": 0,
            "gsqlite3-dnssec": "yes",
            "local-address": "127.0.0.1",
            "local-port": self.dns_port,
            "webserver": "yes",
            "webserver-address": "127.0.0.1",
            "webserver-port": self.api_port,
            "webserver-allow-from": "127.0.0.0/8",
            "api": "yes",
            "api-key": self.api_key,
            "socket-dir": self.directory,
            "expand-alias": "no",
            "enable-lua-records": "yes",
            "cache-ttl": 0,
            "query-cache-ttl": 0,
            "negquery-cache-ttl": 0,
            "zone-cache-refresh-interval": 0,
            "consistent-backends": "yes",
            "receiver-threads": 1,
            "distributor-threads": 1,
            "disable-syslog": "yes",
            "log-timestamp": "yes",
            "guardian": "no",
            "daemon": "no",
            "write-pid": "no",
            **self.settings,
        }
        (self.directory / "pdns.conf").write_text(
            "".join(f"{key}={value}\n" for key, value in settings.items()))
        with open(self.directory / "pdns.log", "ab") as log:
            self._process = subprocess.Popen(
                [find_program(), f"--config-dir={self.directory}"], stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, cwd=self.directory)

    def _wait(self):
        end = time.monotonic() + self.START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                return False
            try:
                if self.request("GET", "/api/v1/servers/localhost")[0] == 200:
                    return True
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        return False
