# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone that is hard to get right: over 1,000 RRsets of all types, long and odd text, long and odd
names. One list of records, written as native YAML or as a master file.

Without a server: `hard_zone.py master|native ZONE` prints it."""
import json
import sys

SPICY = 'a "quoted" back\\slash; semi (paren) $dollar @at %per  two spaces, tab\there, ünïcödé ✓ 漢字'
CONTROL = "bell\x07 escape\x1b[31m null-less\x01\x02\x7f line\nfeed return\r end"
LONG = (SPICY * 40).encode()[:1990].decode(errors="ignore") + "ends here!"
LABEL63 = "a" * 63
DIGEST32 = "3490A6806D47F17A34C29E2CE80E8A999FFBE4BE94A5A8F3BE4A8E9B1B3D2F67"

# An RSA key of 2,048 bits that signs nothing.
DKIM_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxj80QUGPq3FAZpELHYcB2ThMcTLcjeV7MADk"
    "mIKVwBB1Su9GGVnrBmQiZ00kxcin4/T18JgJU36m7c/mwsIwZawhrDy8FblOWZDhImYmM3E/ZUcH7RQv"
    "HergpWW/vF9JWvyva+xwF7W15+GdeEZNxqBzYfOvfHvcHmsZ8KzEz/oROIseBfWX5eAyuziKtVXtrD0l"
    "rwRIMI0y6w4FPPO8B8CSq1Rz9oPBCRD1SSzpTT5Di1VwNYE4TZ9LNOiS1qeNyxVuNJPb/AhGHtBkzS2b"
    "IuMeicQzcY6FSSbhaBT60SnLSS2EIWYsn68BX1Tb400pHKRduJW34dwMxPWHOBAhUwIDAQAB")


def long_name(zone):
    """A name, relative to the zone, that is 255 octets on the wire with it."""
    left = 255 - (len(zone) + 2)  # the zone's labels with their lengths, and the root
    labels = []
    while left > 1:
        size = min(63, left - 1)
        if left - (size + 1) == 1:  # a length octet alone would be left
            size -= 1
        labels.append("n" * size)
        left -= size + 1
    return ".".join(labels)


class Text(str):
    """TXT as plain text, quoted by whoever writes it."""


def simple_records(count):
    for number in range(count):
        ttl = (60, 300, 3600, 86400, 7)[number % 5]
        yield f"host{number}", ttl, "A", [f"192.0.2.{number % 256}", f"198.51.100.{number % 255}"][:1 + number % 2]
        if number % 4 == 0:
            yield f"host{number}", ttl, "AAAA", [f"2001:db8::{number:x}"]
        if number % 7 == 0:
            yield f"alias{number}", ttl, "CNAME", [f"host{number}"]
        if number % 11 == 0:
            yield f"host{number}", ttl + 1, "TXT", [Text(f"text of host {number}"), Text("second")]


def text_records():
    yield "spicy", 300, "TXT", [Text(SPICY)]
    yield "control", 300, "TXT", [Text(CONTROL)]
    yield "long", 300, "TXT", [Text(LONG)]
    yield "octets255", 300, "TXT", [Text("x" * 255)]
    yield "octets256", 300, "TXT", [Text("y" * 256)]
    yield "octets510", 300, "TXT", [Text("z" * 510)]
    yield "many", 300, "TXT", [Text(f"number {n}; of many") for n in range(30)]
    yield "blank", 300, "TXT", [Text("")]
    yield "spaces", 300, "TXT", [Text("  leading and trailing  ")]
    yield "_dmarc", 300, "TXT", [Text("v=DMARC1; p=reject; rua=mailto:d@example.com,mailto:e@example.net!10m")]
    yield "s1._domainkey", 300, "TXT", [Text("v=DKIM1; k=rsa; p=" + DKIM_KEY)]
    yield "hash", 300, "TXT", [Text("# no comment"), Text("yes: no"), Text("- item"), Text("{a: b}"), Text("null"),
                               Text("1e3"), Text("0x10"), Text("~"), Text("!tag"), Text("&a *b"), Text("%x"),
                               Text("'single'"), Text("`tick`"), Text("$" + "{not a variable}")]


def name_records(zone):
    yield "*", 60, "TXT", [Text("wild at the top")]
    yield "*.wild", 60, "A", ["192.0.2.99"]
    yield "x.*.wild", 60, "A", ["192.0.2.98"]
    yield "known.wild", 60, "A", ["192.0.2.97"]
    yield "dot\\.in\\.label", 60, "A", ["192.0.2.1"]
    yield "quote\\\"and\\;semi", 60, "A", ["192.0.2.2"]
    yield "back\\\\slash", 60, "A", ["192.0.2.3"]
    yield "under_score", 60, "A", ["192.0.2.4"]
    yield "-dash-", 60, "A", ["192.0.2.5"]
    yield "1", 60, "A", ["192.0.2.6"]
    yield "off", 60, "A", ["192.0.2.7"]
    yield "paren\\(theses\\)", 60, "A", ["192.0.2.8"]
    yield LABEL63, 60, "A", ["192.0.2.9"]
    yield f"{LABEL63}.{LABEL63}", 60, "A", ["192.0.2.10"]
    yield long_name(zone), 60, "A", ["192.0.2.11"]
    yield "target-long", 60, "CNAME", [f"{long_name(zone)}.{zone}."]
    yield "MixedCase", 60, "A", ["192.0.2.12"]
    yield "mixed-target", 60, "CNAME", ["MixedCase"]
    yield "a.b.c.d.e.f.g.h", 60, "A", ["192.0.2.13"]
    yield "xn--bcher-kva", 60, "A", ["192.0.2.14"]


def delegations():
    yield "sub", 3600, "NS", ["ns1.sub", "ns2.sub", "ns.example.org."]
    yield "sub", 3600, "DS", [f"12345 13 2 {DIGEST32}",
                              f"12345 13 4 {DIGEST32}{DIGEST32[:32]}"]
    yield "ns1.sub", 3600, "A", ["192.0.2.201"]
    yield "ns1.sub", 3600, "AAAA", ["2001:db8::201"]
    yield "ns2.sub", 3600, "A", ["192.0.2.202"]
    yield "unsigned", 60, "NS", ["ns.example.org."]
    yield "dname", 60, "DNAME", ["elsewhere.example."]


def typed_records():
    rows = {
        "MX": ["10 host1", "20 mx.example.org.", "65535 host2"],
        "SRV": ["0 0 587 host1", "65535 65535 65535 srv.example.org.", "1 2 3 ."],
        "CAA": ['0 issue "ca.example.net; account=12"', '128 iodef "mailto:a@example.net"', '0 issuewild ";"'],
        "NAPTR": ['100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .', '100 20 "s" "SIP+D2U" "" host1'],
        "LOC": ["51 30 12.748 N 0 7 39.612 W 0.00m 1m 10000m 10m"],
        "TLSA": [f"3 1 1 {DIGEST32}", f"2 0 2 {DIGEST32 * 2}"],
        "SMIMEA": [f"3 0 1 {DIGEST32}"],
        "SSHFP": [f"4 2 {DIGEST32}", "1 1 123456789ABCDEF67890123456789ABCDEF67890"],
        "HTTPS": ["1 . alpn=h2,h3 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1",
                  "2 svc.example.org. port=8443"],
        "SVCB": ["1 svc.example.org. mandatory=alpn alpn=dot key65000=abc", "16 host1 ipv4hint=192.0.2.3"],
        "PTR": ["host1", "ptr.example.org."],
        "HINFO": ['"PC with spaces" "un\\"ix"'],
        "RP": ["admin host1"],
        "AFSDB": ["1 host1"],
        "URI": ['10 1 "https://www.example.org/path?x=1;y=2"'],
        "CERT": ["1 12345 8 MIIBIjANBgkq"],
        "EUI48": ["00-00-5e-00-53-2a"], "EUI64": ["00-00-5e-ef-10-00-00-2a"],
        "OPENPGPKEY": ["mDMEYQ=="],
        "KX": ["10 host1"],
        "TYPE65300": ["\\# 4 0A000001", "\\# 6 0A0000020304"],
        "TYPE731": ["\\# 0"],
    }
    for rtype, values in rows.items():
        yield f"t-{rtype.lower()}", 1800, rtype, values


def apex_records():
    yield "@", 300, "A", ["192.0.2.1", "192.0.2.2"]
    yield "@", 600, "AAAA", ["2001:db8::1"]
    yield "@", 900, "MX", ["10 host1", "20 host2"]
    yield "@", 60, "TXT", [Text("v=spf1 mx -all"), Text("verification=abc;def")]
    yield "@", 60, "CAA", ['0 issue "ca.example.net"']


def records(zone, count=800):
    """[(owner relative or "@", TTL, type, values)] without SOA and apex NS. Values in presentation
    form, names in them relative to the zone where they do not end in a dot."""
    return [*apex_records(), *simple_records(count), *text_records(), *name_records(zone),
            *delegations(), *typed_records()]


def other_version(zone):
    """The same with CNAME and A swapped, TTLs and values changed, RRsets gone and new."""
    found = []
    for number, (owner, ttl, rtype, values) in enumerate(records(zone)):
        if rtype == "CNAME" and number % 3 == 0:
            found.append((owner, ttl, "A", ["203.0.113.1"]))
        elif owner.startswith("host") and rtype == "A" and number % 13 == 0 and not owner.endswith(("1", "2")):
            continue
        elif rtype == "A" and number % 17 == 0 and owner not in ("@", "ns1.sub", "ns2.sub"):
            found.append((owner, ttl + 1, "A", values[:1] + ["203.0.113.2"]))
        elif rtype == "TXT" and number % 2:
            found.append((owner, ttl, "TXT", [value if value.startswith("v=") else Text(value + "!") for value in values]))
        elif owner == "@" and rtype == "AAAA":
            continue
        else:
            found.append((owner, ttl, rtype, values))
    swapped = {owner for owner, _, rtype, _ in found if rtype == "A"}
    found += [(f"new{n}", 60, "CNAME", [f"host{n}"]) for n in range(1, 30)]
    assert "@" in swapped
    return found


def quoted(text):
    """TXT for a master file: strings of at most 255 octets, decimal escapes."""
    octets = text.encode()
    parts = [octets[at:at + 255] for at in range(0, len(octets), 255)] or [b""]
    escape = lambda c: f"\\{chr(c)}" if c in b'"\\' else chr(c) if 32 <= c < 127 else f"\\{c:03d}"
    return " ".join('"' + "".join(map(escape, part)) + '"' for part in parts)


def master(found, origin, apex=True):
    lines = [f"$ORIGIN {origin}.", "$TTL 3600"]
    if apex:
        lines += ["@ SOA ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 3600",
                  "@ NS ns1.example.net.", "@ NS ns2.example.net."]
    for owner, ttl, rtype, values in found:
        lines += [f"{owner} {ttl} IN {rtype} {quoted(v) if isinstance(v, Text) else v}" for v in values]
    return "\n".join(lines) + "\n"


def scalar(text):
    """A double-quoted YAML scalar; JSON's form is one."""
    return json.dumps(text).replace("\x7f", "\\x7f")


def native(found):
    owners = {}
    for owner, ttl, rtype, values in found:
        owners.setdefault(owner, []).append((rtype, ttl, values))
    lines = ["soa: {mname: ns1.example.net., rname: hostmaster@example.net, refresh: 2h, retry: 1h, expire: 2w, "
             "minimum: 1h}", "nameservers: [ns1.example.net., ns2.example.net.]", "records:"]
    for owner, rrsets in owners.items():
        lines.append(f"  {scalar(owner)}:")
        for rtype, ttl, values in rrsets:
            # `${` begins a variable in native documents, `$${` is the text.
            listed = ", ".join(scalar(value.replace("${", "$${")) for value in values)
            lines.append(f"    {rtype}: {{ttl: {ttl}, values: [{listed}]}}")
    return "\n".join(lines) + "\n"


def main(form, zone):
    print({"master": lambda: master(records(zone), zone), "native": lambda: native(records(zone))}[form](), end="")


if __name__ == "__main__":
    main(*sys.argv[1:])
