# SPDX-License-Identifier: GPL-3.0-or-later
"""Real servers with one large zone, and the plain programs that download it."""
import shutil
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "integration"))
from projects import MASTER_HEAD, ZONE, address, owner  # noqa: E402
from servers.bind import BindServer  # noqa: E402
from servers.knot import KnotServer  # noqa: E402
from servers.powerdns import PowerDnsServer  # noqa: E402
from servers.powerdns import available as powerdns_available  # noqa: E402

SOA = "ns1.example.net hostmaster.example.net 1 7200 3600 1209600 3600"


def _fill(database, records):
    """Rows as PowerDNS itself writes them; by its API this would take minutes."""
    with sqlite3.connect(database) as connection:
        zone = connection.execute("SELECT id FROM domains WHERE name = ?", (ZONE,)).fetchone()[0]
        connection.execute("DELETE FROM records")
        rows = [(ZONE, "SOA", SOA), (ZONE, "NS", "ns1.example.net")]
        rows += [(f"{owner(i)}.{ZONE}", "A", address(i)) for i in range(records)]
        connection.executemany(
            "INSERT INTO records (domain_id, name, type, content, ttl, prio, disabled, ordername, auth) "
            f"VALUES ({zone}, ?, ?, ?, 3600, 0, 0, NULL, 1)", rows)
    connection.close()


class PowerDns:
    """`with` it: `provider` is the options of rezone.yaml, `downloads` {name: words}."""

    name = "PowerDNS"
    server = "pdns_server"

    def __init__(self, directory, records):
        self.directory = directory
        self.records = records
        self.process = None

    def missing(self):
        return None if powerdns_available() and shutil.which("curl") else "pdns_server or curl"

    def __enter__(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        self.process = PowerDnsServer(self.directory).start()
        self.process.create_zone(ZONE + ".", nameservers=["ns1.example.net."])
        _fill(self.process.database, self.records)
        key = self.directory / "key"
        key.write_text(self.process.api_key)
        key.chmod(0o600)
        url = self.process.url
        self.provider = f'kind: powerdns, url: "{url}", api_key: "${{secret:file:{key}}}"'
        self.downloads = {"curl": ["curl", "-sSf", "-H", f"X-API-Key: {self.process.api_key}",
                                   f"{url}/api/v1/servers/localhost/zones/{ZONE}."]}
        return self

    def __exit__(self, *_):
        self.process.stop()


class _Transfer:
    """A name server with AXFR for anyone on this machine."""

    server_class = None

    def __init__(self, directory, records):
        self.directory = directory
        self.records = records
        self.process = None

    def missing(self):
        if not self.server_class.executable():
            return self.server_class.program
        return None if self._programs() else "dig or kdig"

    @staticmethod
    def _programs():
        return [program for program in ("dig", "kdig") if shutil.which(program)]

    def __enter__(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        text = MASTER_HEAD + "".join(f"{owner(i)} A {address(i)}\n" for i in range(self.records))
        self.process = self.server_class(self.directory, {ZONE: text}, allow="anyone").start()
        self.provider = f'kind: rfc2136, server: "{self.process.address}:{self.process.port}"'
        self.downloads = {
            program: [program, f"@{self.process.address}", "-p", str(self.process.port), ZONE, "AXFR"]
            for program in self._programs()}
        return self

    def __exit__(self, *_):
        self.process.stop()


class Bind(_Transfer):
    name = "BIND"
    server_class = BindServer


class Knot(_Transfer):
    name = "Knot DNS"
    server_class = KnotServer
