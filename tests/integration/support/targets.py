# SPDX-License-Identifier: GPL-3.0-or-later
"""One zone at one live provider: what rezone.yaml says of it, how others read and change it."""
import subprocess

import dns.message
import dns.name
import dns.rdataset
import dns.query
import dns.rdata
import dns.rdatatype
import dns.tsig
import dns.update
import dns.zone

TSIG_NAME, TSIG_ALGORITHM = "rezone-key", "hmac-sha256"
TSIG_SECRET = "c2VjcmV0IG9mIHRoZSB0ZXN0cywgbmV2ZXIgc2hvd24h"
LIMITS = "policy: {max_changes: 100%, max_deletes: 100%}\n"  # the zones of tests are small
BASE = """$TTL 3600
@ SOA ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 3600
@ NS ns1.example.net.
@ NS ns2.example.net.
"""


def normal(records):
    """{(owner, type): (ttl, records)} of (name, rdataset) pairs: owners in lower case, RDATA in
    canonical wire form, the serial of the SOA left out."""
    found = {}
    for name, rdataset in records:
        key = (name.canonicalize().to_text(), dns.rdatatype.to_text(rdataset.rdtype))
        wires = set()
        for rdata in rdataset:
            if rdata.rdtype == dns.rdatatype.SOA:
                rdata = rdata.replace(serial=0)
            wires.add(rdata.to_digestable(dns.name.root))
        found[key] = (rdataset.ttl, frozenset(wires))
    return found


def from_master(text, origin):
    """The same of a master file's text."""
    zone = dns.zone.from_text(text, origin=origin, relativize=False, check_origin=False)
    return normal(zone.iterate_rdatasets())


def rdata_of(rtype, text):
    return dns.rdata.from_text("IN", rtype, text, relativize=False).to_digestable(dns.name.root)


class Target:
    """name: of the zone. `server` is the object of servers/*.py, None for files."""

    kind = None
    serves_dns = True
    verify = "verify: {timeout: 10s}\n"

    def __init__(self, server, zone, project):
        self.server, self.zone, self.project = server, zone, project

    def config(self, **replaced):
        options = {**self.options(), **replaced}
        text = ", ".join(f"{key}: {value}" for key, value in options.items() if value is not None)
        return "{" + text + "}"

    def setup(self, extra="", **replaced):
        """Writes rezone.yaml and the secrets."""
        self.secrets()
        self.project.write("rezone.yaml", f"providers:\n  live: {self.config(**replaced)}\n"
                           "zones: {\"**\": {to: live}}\n"
                           + (self.verify if "verify:" not in extra else "")
                           + (LIMITS if "policy:" not in extra else "") + extra)
        return self.project

    def secrets(self):
        pass

    def get(self, owner, rtype):
        """TTL and set of RDATA of one RRset, None where there is none; owner relative or "@"."""
        return self.fetch().get((self.absolute(owner), rtype))

    def absolute(self, owner):
        return f"{self.zone}." if owner == "@" else f"{owner}.{self.zone}.".lower()

    def has(self, owner, rtype, *values, ttl=None):
        found = self.get(owner, rtype)
        wanted = frozenset(rdata_of(rtype, value) for value in values)
        return found is not None and found[1] == wanted and ttl in (None, found[0])

    def log(self):
        return ""


class FileTarget(Target):
    kind = "zonefile"
    serves_dns = False
    verify = "verify: {dns: false}\n"

    def options(self):
        return {"kind": "zonefile", "directory": "live"}

    @property
    def file(self):
        return self.project.path(f"live/{self.zone}.zone")

    def fetch(self):
        return from_master(self.file.read_text(), self.zone) if self.file.exists() else {}

    def put(self, owner, rtype, ttl, *values):
        """Another hand: deletes the RRset, adds these values."""
        text = self.file.read_text()
        zone = dns.zone.from_text(text, origin=self.zone, relativize=False, check_origin=False)
        name = dns.name.from_text(self.absolute(owner))
        zone.delete_rdataset(name, rtype)
        if values:
            zone.replace_rdataset(name, dns.rdataset.from_text("IN", rtype, ttl, *values))
        self.file.write_text("$TTL 3600\n" + zone.to_text(relativize=False) + "\n")

    def base(self):
        """Makes the zone at the provider, with SOA and NS alone."""
        self.project.write(f"live/{self.zone}.zone", f"$ORIGIN {self.zone}.\n{BASE}")


class PowerDnsTarget(Target):
    kind = "powerdns"
    creates = True

    def options(self):
        return {"kind": "powerdns", "url": f'"{self.server.url}"', "api_key": '"${secret:file:pdns.key}"',
                "servers": f'["127.0.0.1:{self.server.dns_port}"]'}

    def secrets(self):
        self.project.write("pdns.key", self.server.api_key + "\n", 0o600)

    def fetch(self):
        status, _ = self.server.request("GET", f"/zones/{self.zone}.")
        if status == 404:
            return {}
        return normal(transfer("127.0.0.1", self.server.dns_port, self.zone, None))

    def put(self, owner, rtype, ttl, *values):
        rrset = {"name": self.absolute(owner), "type": rtype,
                 "changetype": "REPLACE" if values else "DELETE", "ttl": ttl,
                 "records": [{"content": value, "disabled": False} for value in values]}
        status, body = self.server.request("PATCH", f"/zones/{self.zone}.", {"rrsets": [rrset]})
        assert status == 204, body

    def base(self):
        status, body = self.server.create_zone(f"{self.zone}.", [
            {"name": f"{self.zone}.", "type": "SOA", "ttl": 3600, "records": [
                {"content": "ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 3600"}]},
            {"name": f"{self.zone}.", "type": "NS", "ttl": 3600, "records": [
                {"content": "ns1.example.net."}, {"content": "ns2.example.net."}]}])
        assert status == 201, body

    def log(self):
        return self.server.log()


class UpdateTarget(Target):
    """BIND or Knot DNS, whose zones exist from the start."""

    def options(self):
        return {"kind": "rfc2136", "server": f'"127.0.0.1:{self.server.port}"',
                "tsig": f"{{name: {TSIG_NAME}, algorithm: {TSIG_ALGORITHM}, secret: \"${{secret:env:TSIG_SECRET}}\"}}"}

    def secrets(self):
        self.project.environment["TSIG_SECRET"] = TSIG_SECRET

    def fetch(self):
        return normal(transfer("127.0.0.1", self.server.port, self.zone, self.server.keyring()))

    def put(self, owner, rtype, ttl, *values):
        update = dns.update.UpdateMessage(self.zone, keyring=self.server.keyring())
        name = dns.name.from_text(self.absolute(owner))
        update.delete(name, rtype)
        for value in values:
            update.add(name, ttl, rtype, value)
        reply = dns.query.tcp(update, "127.0.0.1", port=self.server.port, timeout=10)
        assert reply.rcode() == 0, reply

    def base(self):
        pass

    def log(self):
        return self.server.tail(60)


class BindTarget(UpdateTarget):
    kind = "bind"


class KnotTarget(UpdateTarget):
    kind = "knot"


def transfer(address, port, zone, keyring):
    """The zone by AXFR as (name, rdataset) pairs."""
    messages = dns.query.xfr(address, zone, port=port, keyring=keyring, relativize=False, lifetime=30,
                             keyalgorithm=dns.tsig.HMAC_SHA256 if keyring else dns.tsig.default_algorithm)
    found = dns.zone.from_xfr(messages, relativize=False, check_origin=False)
    return list(found.iterate_rdatasets())


def run_tool(*command, stdin=""):
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60)
