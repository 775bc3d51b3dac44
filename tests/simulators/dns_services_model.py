# SPDX-License-Identifier: GPL-3.0-or-later
"""What the DNS.services simulator keeps: zones, registrations, switches; and what it refuses."""
import dataclasses
import ipaddress
import itertools
import re
import threading

HOSTED_TYPES = {"A", "AAAA", "ALIAS", "CAA", "CNAME", "DNAME", "DS", "FRAME", "HTTPS", "LOC", "MX", "MXE",
                "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT", "URL"}
REGISTRAR_TYPES = ["A", "CNAME", "URL", "FRAME", "MX", "MXE", "TXT"]
NAMED = {"CNAME", "DNAME", "MX", "NS", "PTR", "SRV", "ALIAS"}
HOST = re.compile(r"(?=.{1,253}$)(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_/-]{0,61}[A-Za-z0-9_])?\.)*"
                  r"[A-Za-z0-9_]([A-Za-z0-9_/-]{0,61}[A-Za-z0-9_])?$")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*')


class Refusal(Exception):
    """A request that the service refuses, with its HTTP status and text."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status, self.text = status, text


@dataclasses.dataclass
class Switches:
    """Which of the forms seen in the wild the simulator takes."""

    records: str = "list"          # "object": keyed by id
    ids: str = "string"            # "number"
    txt: str = "quoted"            # "bare"
    names: str = "relative"        # "full": without the final dot
    errors: str = "status"         # "success-false", "error-list": both as HTTP 200
    info: str = "flat"             # "nested": a list of lists
    refresh_field: str = "refresh"  # "refresh_token"
    rotate: bool = True            # /token gives a new refresh token, and the old one ends
    empty: str = "absent"          # "empty": of a zone without records
    delete_body: str = "json"      # "none"
    lookup: str = "available"      # "status", "empty": of a name that is taken
    token_life: int = 3600         # seconds
    refresh_life: int = 86400
    login_limit: int = 5           # a minute, for one account
    login_window: float = 60.0     # seconds
    rate: float = 0                # requests a second; 0: no bound
    retry_after: str = "1"         # said with 429; "": not said
    latency: float = 0             # seconds
    clock_skew: int = 0            # seconds that the server's clock is ahead
    locked: bool = False           # the account
    bad_token: str = ""            # "unsigned", "no-exp", "expired", "hs256", "text": what /login gives instead


@dataclasses.dataclass
class Fault:
    """What happens to the next `times` requests that fit. kind: status:CODE, busy (429), close (not carried out),
    close-after (carried out), html, truncated, huge, redirect:URL, lie (success without effect),
    delay:SECONDS."""

    kind: str
    method: str = ""
    path: str = ""                 # regular expression
    times: int = 1


def split_strings(text):
    """The character strings of quoted TXT content, None where it is no such thing."""
    strings, at = [], 0
    while at < len(text):
        match = QUOTED.match(text, at)
        if not match:
            return None
        octets = re.sub(rb"\\(\d{3}|.)", unescape, match[1].encode())
        strings.append(octets)
        at = match.end()
    return strings or None


def unescape(match):
    return bytes([int(match[1])]) if match[1].isdigit() else match[1]


def quote(text):
    """Cut at 255 octets, as DNS wants it."""
    def escape(match):
        return b"\\" + match[0] if match[0] in b'"\\' else b"\\%03d" % ord(match[0])

    octets = text.encode()
    pieces = [octets[i:i + 255] for i in range(0, len(octets), 255)] or [b""]
    return " ".join('"' + re.sub(rb'["\\]|[^ -~]', escape, piece).decode() + '"' for piece in pieces)


def need_host(text, what):
    if text != "." and not HOST.match(text.rstrip(".")):
        raise Refusal(400, f"{what} is no host name: {text}")
    return text.rstrip(".") or "."


def check_content(kind, content, priority):
    """The content as it is kept; numbers first in MX and SRV belong into `priority`."""
    if kind in ("A", "AAAA"):
        try:
            address = ipaddress.ip_address(content)
        except ValueError:
            raise Refusal(400, f"invalid address {content}") from None
        if address.version != (4 if kind == "A" else 6):
            raise Refusal(400, f"invalid {kind} address {content}")
        return str(address)
    if kind in ("TXT", "SPF"):
        strings = split_strings(content)
        text = content
        if strings is not None:
            text = b"".join(strings).decode("utf-8", "replace")
        if any(len(string) > 255 for string in strings or []):
            raise Refusal(400, "a string of the TXT record is longer than 255")
        return text
    if kind in ("MX", "SRV", "MXE") and not 0 <= priority <= 65535:
        raise Refusal(400, "priority out of range")
    if kind == "SRV":
        words = content.split()
        if len(words) != 3 or not all(w.isdigit() and int(w) <= 65535 for w in words[:2]):
            raise Refusal(400, "SRV content is weight, port and target")
        return " ".join(words[:2] + [need_host(words[2], "target")])
    if kind in NAMED:
        return need_host(content, "content")
    if not content:
        raise Refusal(400, "content is empty")
    return content


class Zone:
    def __init__(self, number, service, name):
        self.number, self.service, self.name = number, service, name
        self.records = {}          # id: {"name" relative, "ttl", "priority", "content", "type"}

    def check_name(self, text, switches):
        """The relative name, "" for the apex. Each form is refused where the other is in use."""
        if switches.names == "full":
            if text != self.name and not text.endswith("." + self.name):
                raise Refusal(400, f"{text} is not in the zone")
            name = text[:-len(self.name)].rstrip(".")
        else:
            name = "" if text == "@" else text
            if name == self.name or name.endswith("." + self.name) or name.endswith("."):
                raise Refusal(400, f"{text} is not relative to the zone")
        if name and name != "*" and not HOST.match(name):
            raise Refusal(400, f"invalid name {text}")
        return name.lower()

    def check_beside(self, record, own):
        """A CNAME stands alone, and the same record cannot be there twice."""
        for number, other in self.records.items():
            if number == own or other["name"] != record["name"]:
                continue
            if "CNAME" in (other["type"], record["type"]):
                raise Refusal(409, "CNAME cannot coexist with another record")
            if all(other[key] == record[key] for key in ("type", "content", "priority")):
                raise Refusal(409, "record already exists")

    def parse(self, body, switches, own=None):
        unknown = set(body) - {"name", "ttl", "priority", "type", "content"}
        if unknown:
            raise Refusal(400, f"unknown field {sorted(unknown)[0]}")
        for key in ("name", "ttl", "type", "content"):
            if key not in body:
                raise Refusal(400, f"{key} is required")
        try:
            ttl, priority = int(body["ttl"]), int(body.get("priority") or 0)
        except (TypeError, ValueError):
            raise Refusal(400, "ttl and priority are numbers") from None
        kind = str(body["type"])
        if kind not in HOSTED_TYPES:
            raise Refusal(400, f"unknown type {kind}")
        if not 60 <= ttl <= 2147483647:
            raise Refusal(400, "ttl out of range")
        record = {"name": self.check_name(str(body["name"]), switches), "ttl": ttl, "priority": priority,
                  "type": kind, "content": check_content(kind, str(body["content"]), priority)}
        self.check_beside(record, own)
        return record


def shown_record(number, record, zone, switches):
    """A record in the form that the switches ask for."""
    name = record["name"]
    if switches.names == "full":
        name = f"{name}.{zone.name}" if name else zone.name
    content = record["content"]
    if record["type"] in ("TXT", "SPF") and switches.txt == "quoted":
        content = quote(content)
    numbers = (lambda value: value) if switches.ids == "number" else str
    return {"id": numbers(number), "name": name, "ttl": record["ttl"], "priority": record["priority"],
            "content": content, "type": record["type"]}


def shown_zone(zone, switches):
    rows = [shown_record(number, record, zone, switches) for number, record in zone.records.items()]
    reply = {"service_id": zone.service, "name": zone.name}
    if rows or switches.empty == "empty":
        reply["records"] = rows if switches.records == "list" else {str(r["id"]): r for r in rows}
    return reply


class Store:
    """Zones and registrations. `lock` is held by whoever reads or writes."""

    def __init__(self):
        self.lock = threading.RLock()
        self.ids = itertools.count(10)
        self.services = [10]
        self.zones = {}
        self.domains = {}
        self.lookups = {}          # name: price of its registration, for what can be had
        self.registry = None       # called with the name and [(tag, algorithm, type, digest)] when its DS have changed

    def add_zone(self, name, records=(), service=None):
        """records: (name, type, content[, ttl[, priority]])."""
        zone = Zone(next(self.ids), service or self.services[0], name)
        for row in records:
            name, kind, content, ttl, priority = (tuple(row) + (3600, 0)[len(row) - 3:])[:5]
            zone.records[next(self.ids)] = {"name": "" if name == "@" else name, "type": kind,
                                            "content": content, "ttl": ttl, "priority": priority}
        self.zones[zone.number] = zone
        return zone

    def find_zone(self, name):
        return next((zone for zone in self.zones.values() if zone.name == name), None)

    def tell_registry(self, domain):
        if self.registry:
            fields = ("key_tag", "algorithm", "digest_type", "digest")
            self.registry(domain["name"], [tuple(key[field] for field in fields) for key in domain["keys"]])

    def add_domain(self, name, **settings):
        number = next(self.ids)
        domain = {"name": name, "status": "Active", "date_created": "2020-01-31", "expires": "2030-01-31",
                  "recurring_amount": "12.00", "period": "1", "autorenew": "1", "daytoexpire": None,
                  "nameservers": ["ns1.dns.services", "ns2.dns.services"], "idprotection": "1",
                  "keys": [], "hosts": {}, "records": []}
        domain.update(settings)
        self.domains[number] = domain
        return number
