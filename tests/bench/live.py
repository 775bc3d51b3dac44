# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones at real servers whose records flip between two versions, and the programs that flip them."""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "integration"))
from measure import Command  # noqa: E402
from projects import HEAD, MASTER_HEAD, owner  # noqa: E402
from servers.knot import KnotServer  # noqa: E402
from servers.powerdns import PowerDnsServer  # noqa: E402

SOA = "ns1.example.net hostmaster.example.net 1 7200 3600 1209600 3600"
KEY = ("bench", "hmac-sha256", "c2VjcmV0IG9mIHRoZSBiZW5jaCwgbmV2ZXIgc2hvd24h")
DNSCONTROL = "github.com/StackExchange/dnscontrol/v4"
DNSCONTROL_VERSION = "v4.15.0"


def address(number, version):
    """Version 0 or 1 of a record that changes."""
    return f"10.{version * 100 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


class Records:
    """`count` A records of one zone, of which the first `changed` differ between the versions."""

    def __init__(self, count, changed=None):
        self.count, self.changed = count, count if changed is None else changed

    def at(self, version):
        return [(owner(i), address(i, version if i < self.changed else 0)) for i in range(self.count)]

    def yaml(self, version):
        return HEAD + "".join(f"  {name}: {{A: {value}}}\n" for name, value in self.at(version))

    def master(self):
        return MASTER_HEAD + "".join(f"{name} A {value}\n" for name, value in self.at(0))

    def octodns(self, version):
        return "---\n'':\n  ttl: 3600\n  type: NS\n  value: ns1.example.net.\n" + "".join(
            f"{name}:\n  ttl: 3600\n  type: A\n  value: {value}\n" for name, value in self.at(version))

    def patch(self, zone, version):
        """What rezone sends to PowerDNS, as one body."""
        return json.dumps({"rrsets": [
            {"name": f"{name}.{zone}.", "type": "A", "ttl": 3600, "changetype": "REPLACE",
             "records": [{"content": value, "disabled": False}]}
            for name, value in self.at(version)[:self.changed]]}, separators=(",", ":"))


class PowerDns(PowerDnsServer):
    """With `zones` of the same records, put straight into its database."""

    def __init__(self, directory, zones, records):
        shutil.rmtree(directory, ignore_errors=True)
        super().__init__(directory, {"webserver-max-bodysize": 64})
        self.zones, self.records = zones, records

    def start(self):
        super().start()
        with sqlite3.connect(self.database, timeout=60) as connection:
            for zone in self.zones:
                self._fill(connection, zone)
        connection.close()
        self.directory.joinpath("key").write_text(self.api_key)
        self.directory.joinpath("key").chmod(0o600)
        return self

    def _fill(self, connection, zone):
        cursor = connection.execute("INSERT INTO domains (name, type) VALUES (?, 'NATIVE')", (zone,))
        connection.execute("INSERT INTO domainmetadata (domain_id, kind, content) VALUES "
                           "(?, 'SOA-EDIT-API', 'DEFAULT')", (cursor.lastrowid,))
        rows = [(zone, "SOA", SOA), (zone, "NS", "ns1.example.net")]
        rows += [(f"{name}.{zone}", "A", value) for name, value in self.records.at(0)]
        connection.executemany(
            "INSERT INTO records (domain_id, name, type, content, ttl, prio, disabled, ordername, auth) "
            f"VALUES ({cursor.lastrowid}, ?, ?, ?, 3600, 0, 0, NULL, 1)", rows)

    @property
    def provider(self):
        return (f'kind: powerdns, url: "{self.url}", body_limit: 64M, servers: ["127.0.0.1:{self.dns_port}"], '
                f'api_key: "${{secret:file:{self.directory}/key}}"')


class Knot(KnotServer):
    start_seconds = 300

    def __init__(self, directory, zones, records):
        shutil.rmtree(directory, ignore_errors=True)
        text = records.master()
        super().__init__(directory, {zone: text for zone in zones}, key=KEY)

    @property
    def provider(self):
        secret = self.directory / "tsig"
        secret.write_text(KEY[2])
        secret.chmod(0o600)
        return (f'kind: rfc2136, server: "127.0.0.1:{self.port}", tsig: {{name: {KEY[0]}, algorithm: {KEY[1]}, '
                f'secret: "${{secret:file:{secret}}}"}}')


class Flip:
    """Knows the version that is live, and gives each program the other one to bring about."""

    def __init__(self):
        self.version = 0

    def next(self):
        self.version = 1 - self.version
        return self.version


class RezoneFlip:
    """A project of these zones; `verify` is the line of rezone.yaml."""

    def __init__(self, directory, rezone, server, zones, records, verify):
        self.directory, self.rezone, self.zones, self.records = directory, rezone, zones, records
        shutil.rmtree(directory, ignore_errors=True)
        (directory / "zones").mkdir(parents=True)
        (directory / "rezone.yaml").write_text(
            f"providers:\n  live: {{{server.provider}}}\nzones: {{\"**\": {{to: live}}}}\n"
            f"policy: {{max_changes: 100%, max_deletes: 100%}}\nverify: {verify}\n")
        self.write(0)

    def write(self, version):
        text = self.records.yaml(version)
        for zone in self.zones:
            (self.directory / "zones" / f"{zone}.yaml").write_text(text)

    def command(self, flip, *words, env=None):
        return Command([self.rezone, "-C", self.directory, *words], self.directory / "output",
                       before=(lambda: self.write(flip.next())) if flip else None, env=env)

    def apply(self, flip, env=None):
        return self.command(flip, "apply", "--yes", "--quiet", env=env)


class CurlFlip:
    """The same change as one PATCH by curl."""

    def __init__(self, directory, server, zone, records):
        self.directory, self.server, self.zone = directory, server, zone
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        for version in (0, 1):
            (directory / f"{version}.json").write_text(records.patch(zone, version))

    def _words(self, path="", *more):
        """One request of a command line with several."""
        return ["-sSf", "-H", f"X-API-Key: {self.server.api_key}", "-H", "Expect:", *more,
                f"{self.server.url}/api/v1/servers/localhost/zones/{self.zone}.{path}"]

    def _patch(self):
        return self._words("", "-X", "PATCH", "-H", "Content-Type: application/json", "--data-binary",
                           f"@{self.directory}/body.json")

    def _command(self, flip, words):
        def before():
            shutil.copyfile(self.directory / f"{flip.next()}.json", self.directory / "body.json")
        return Command(["curl", *words], self.directory / "output", before=before)

    def apply(self, flip):
        return self._command(flip, self._patch())

    def all_requests(self, flip):
        """With the two readings that an apply makes before, and its looks at the serial."""
        head = self._words("?rrsets=false")
        return self._command(flip, [*self._words(), "--next", *self._words(), "--next", *head, "--next",
                                    *self._patch(), "--next", *head])


class OctoFlip:
    """OctoDNS with its PowerDNS provider."""

    def __init__(self, directory, programs, server, zone, records):
        self.directory, self.programs, self.zone, self.records = directory, programs, zone, records
        shutil.rmtree(directory, ignore_errors=True)
        (directory / "config").mkdir(parents=True)
        (directory / "config.yaml").write_text(
            "providers:\n  config: {class: octodns.provider.yaml.YamlProvider, directory: ./config, "
            "default_ttl: 3600}\n  live: {class: octodns_powerdns.PowerDnsProvider, host: 127.0.0.1, "
            f"port: {server.api_port}, api_key: {server.api_key}}}\n"
            f"zones: {{{zone}.: {{sources: [config], targets: [live]}}}}\n")

    def apply(self, flip):
        def before():
            (self.directory / "config" / f"{self.zone}.yaml").write_text(self.records.octodns(flip.next()))
        return Command([self.programs / "octodns-sync", "--config-file", "config.yaml", "--doit", "--force"],
                       self.directory / "output", before=before, cwd=self.directory)


def install_dnscontrol(work):
    """Its program; built at the first call, from the Go module proxy. None without Go."""
    directory = work / "dnscontrol"
    program = directory / "dnscontrol"
    go = shutil.which("go", path=os.environ.get("PATH", "") + ":/usr/local/go/bin")
    if not program.exists():
        if not go:
            return None
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "go.mod").write_text(
            f"module bench\n\ngo 1.22\n\nrequire {DNSCONTROL} {DNSCONTROL_VERSION}\n")
        subprocess.run([go, "build", "-mod=mod", "-o", program, DNSCONTROL], check=True, cwd=directory, env={
            **os.environ, "GOPATH": str(work / "go"), "GOCACHE": str(work / "go-cache"), "GOFLAGS": "-modcacherw"})
    return program


class DnsControlFlip:
    """DNSControl with its PowerDNS provider."""

    def __init__(self, directory, program, server, zone, records):
        self.directory, self.program, self.zone, self.records = directory, program, zone, records
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        (directory / "creds.json").write_text(json.dumps({"live": {
            "TYPE": "POWERDNS", "apiKey": server.api_key, "apiUrl": server.url, "serverName": "localhost"}}))

    def apply(self, flip):
        def before():
            lines = "".join(f"  A('{name}', '{value}'),\n" for name, value in self.records.at(flip.next()))
            (self.directory / "dnsconfig.js").write_text(
                "var NONE = NewRegistrar('none', 'NONE');\n"
                "var LIVE = NewDnsProvider('live', 'POWERDNS', {default_ns: ['ns1.example.net.']});\n"
                f"D('{self.zone}', NONE, DnsProvider(LIVE), DefaultTTL(3600),\n"
                f"  {{no_ns: 'true'}}, NAMESERVER_TTL(3600),\n{lines}  NAMESERVER('ns1.example.net.')\n);\n")
        return Command([self.program, "--no-colors", "push"], self.directory / "output", before=before,
                       cwd=self.directory)
