# SPDX-License-Identifier: GPL-3.0-or-later
"""A nameserver for the zones that the simulator of DNS.services hosts: what the service's own servers would
answer a moment after a change. UDP on a free port; names, NXDOMAIN, empty answers and wildcards, no delegations."""
import socket
import threading

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns_services_model import NAMED, quote


class HostedDns:
    def __init__(self, store):
        self.store, self.questions, self.ending = store, 0, False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.05)
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        self.thread.join()
        self.socket.close()

    def serve(self):
        while not self.ending:
            try:
                data, peer = self.socket.recvfrom(4096)
                self.questions += 1
                self.socket.sendto(self.answer(dns.message.from_wire(data)).to_wire(), peer)
            except TimeoutError:
                continue

    def rrsets(self, zone):
        """{(owner, type): RRset}, the owners lower-case."""
        apex, found = dns.name.from_text(zone.name), {}
        for row in zone.records.values():
            if row["type"] in ("URL", "FRAME", "MXE"):
                continue
            text = quote(row["content"]) if row["type"] in ("TXT", "SPF") else row["content"]
            text += "." if row["type"] in NAMED else ""
            text = f"{row['priority']} {text}" if row["type"] in ("MX", "SRV") else text
            owner = dns.name.from_text(row["name"] or "@", apex)
            kind = dns.rdatatype.from_text(row["type"])
            rrset = found.setdefault((owner, kind), dns.rrset.RRset(owner, dns.rdataclass.IN, kind))
            rrset.add(dns.rdata.from_text(dns.rdataclass.IN, kind, text), row["ttl"])
        soa = dns.rrset.from_text(apex, 3600, "IN", "SOA", f"ns1.dns.services. host.{zone.name}. 1 7200 3600 1209600 300")
        return {**found, (apex, dns.rdatatype.SOA): soa}

    def answer(self, query):
        reply = dns.message.make_response(query)
        question = query.question[0]
        with self.store.lock:
            zones = [zone for zone in self.store.zones.values()
                     if question.name.is_subdomain(dns.name.from_text(zone.name))]
            if not zones:
                reply.set_rcode(dns.rcode.REFUSED)
                return reply
            zone = max(zones, key=lambda each: len(each.name))
            rrsets = self.rrsets(zone)
        apex = dns.name.from_text(zone.name)
        reply.flags |= dns.flags.AA
        owners = {name for name, _ in rrsets}
        owner = question.name
        if not any(name.is_subdomain(owner) for name in owners):
            while not any(name.is_subdomain(owner) for name in owners):
                owner = owner.parent()
            owner = dns.name.Name((b"*",) + owner.labels)
        for kind in (question.rdtype, dns.rdatatype.CNAME):
            if (owner, kind) in rrsets:
                found = rrsets[owner, kind].copy()
                found.name = question.name
                reply.answer.append(found)
                return reply
        if not any(name.is_subdomain(owner) for name in owners):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        reply.authority.append(rrsets[apex, dns.rdatatype.SOA])
        return reply
