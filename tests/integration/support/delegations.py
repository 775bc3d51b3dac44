# SPDX-License-Identifier: GPL-3.0-or-later
"""A small world of delegations on loopback addresses that share a port: the zone `test` at NSD, its children
at BIND, Knot DNS and Unbound, each with one thing wrong, and an Unbound as resolver."""
import shutil
import socket
import subprocess
import threading

import dns.flags
import dns.message
import dns.rrset

from servers.bind import BindServer, free_port
from servers.knot import KnotServer
from servers.nsd import NsdServer
from servers.unbound import UnboundServer

PARENT, KNOT, OPEN, UNBOUND, RESOLVER, PLAIN, DEAD = (f"127.53.0.{n}" for n in range(1, 8))
BIND = "127.0.0.1"  # it listens on no address that no interface is said to have
SOA = "$TTL 300\n@ SOA ns1.good.test. host.good.test. {serial} 3600 600 86400 60\n"
# The second nameserver of each name; the first is BIND.
SECOND = {"good": KNOT, "lame": KNOT, "serial": KNOT, "open": OPEN, "dead": DEAD, "names": KNOT,
          "secure": KNOT, "bogus": KNOT, "tcp": UNBOUND, "plain": PLAIN, "orphan": KNOT}
DNSKEY_OF_OTHERS = "12345 13 2 " + "AB" * 32


def zone(name, serial=1, more=""):
    return (SOA.format(serial=serial) + f"@ NS ns1.{name}.test.\n@ NS ns2.{name}.test.\n"
            f"ns1 A {BIND}\nns2 A {SECOND[name]}\nwww A 192.0.2.1\n" + more)


def sign(directory, name, text):
    """The zone signed with a key of its own, and its DS."""
    def run(*words):
        return subprocess.run(words, cwd=directory, check=True, capture_output=True, text=True).stdout
    directory.mkdir()
    (directory / "zone").write_text(text)
    ksk = run("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", f"{name}.test").strip()
    run("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", f"{name}.test")
    run("dnssec-signzone", "-S", "-q", "-o", f"{name}.test", "-f", "signed", "zone")
    ds = run("dnssec-dsfromkey", "-2", f"{ksk}.key").split("DS", 1)[1].split(maxsplit=3)
    key = next(line for line in (directory / f"{ksk}.key").read_text().splitlines() if "DNSKEY" in line)
    return ((directory / "signed").read_text(), " ".join([*ds[:3], ds[3].replace(" ", "").strip()]),
            "257 3 13 " + key.split("DNSKEY 257 3 13 ")[1].replace(" ", ""))


class PlainServer(threading.Thread):
    """Answers as a server from before EDNS: without OPT, over UDP and TCP."""

    def __init__(self, address, port, name):
        super().__init__(daemon=True)
        self.name_served = f"{name}.test."
        self.udp, self.tcp = socket.socket(type=socket.SOCK_DGRAM), socket.socket()
        for one in (self.udp, self.tcp):
            one.bind((address, port))
            one.settimeout(0.2)
        self.tcp.listen()
        self.going = True

    def reply(self, wire):
        question = dns.message.from_wire(wire)
        asked = question.question[0]
        reply = dns.message.QueryMessage(id=question.id)
        reply.flags = dns.flags.QR | dns.flags.AA
        reply.question = [asked]
        texts = {"SOA": "ns1.good.test. host.good.test. 1 3600 600 86400 60",
                 "NS": f"ns1.{self.name_served}\nns2.{self.name_served}"}
        kind = dns.rdatatype.to_text(asked.rdtype)
        if asked.name.to_text() != self.name_served:
            reply.set_rcode(dns.rcode.REFUSED)
        elif kind in texts:
            reply.answer = [dns.rrset.from_text(self.name_served, 300, "IN", kind, *texts[kind].split("\n"))]
        return reply.to_wire()

    def run(self):
        while self.going:
            try:
                wire, client = self.udp.recvfrom(4096)
                self.udp.sendto(self.reply(wire), client)
            except socket.timeout:
                pass

    def run_tcp(self):
        while self.going:
            try:
                connection, _ = self.tcp.accept()
            except socket.timeout:
                continue
            with connection:
                connection.settimeout(2)
                size = int.from_bytes(connection.recv(2), "big")
                reply = self.reply(connection.recv(size))
                connection.sendall(len(reply).to_bytes(2, "big") + reply)

    def serve(self):
        self.start()
        self.tcp_thread = threading.Thread(target=self.run_tcp, daemon=True)
        self.tcp_thread.start()

    def stop(self):
        self.going = False
        self.join()
        self.tcp_thread.join()
        self.udp.close()
        self.tcp.close()


class World:
    def __init__(self, directory):
        self.directory = directory
        self.servers = []
        self.plain = None

    @staticmethod
    def missing():
        """What is not installed."""
        programs = ["dnssec-keygen", "dnssec-signzone", "unbound"]
        return [name for name in programs if not shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/bin")] + \
            [one.program for one in (BindServer, KnotServer, NsdServer) if not one.executable()]

    def parent_zone(self, changed=None):
        """The zone `test`; `changed` are lines that replace those of a name."""
        text = SOA.format(serial=1) + f"@ NS ns.test.\nns A {PARENT}\n"
        for name, address in SECOND.items():
            if changed and name in changed:
                text += changed[name]
                continue
            text += f"{name} NS ns1.{name}.test.\n{name} NS ns2.{name}.test.\nns1.{name} A {BIND}\nns2.{name} A {address}\n"
            if name == "secure":
                text += f"secure DS {self.ds}\n"
            if name == "bogus":
                text += f"bogus DS {DNSKEY_OF_OTHERS}\n"
        return text

    def start(self):
        self.port = free_port()
        signed, self.ds, self.dnskey = sign(self.directory / "sign", "secure", zone("secure"))
        bogus, _, _ = sign(self.directory / "bogus", "bogus", zone("bogus"))
        orphan, _, _ = sign(self.directory / "orphan", "orphan", zone("orphan"))
        common = {f"{name}.test": zone(name) for name in SECOND} | {
            "secure.test": signed, "bogus.test": bogus, "orphan.test": orphan}
        knot = {name: text for name, text in common.items() if SECOND[name.split(".")[0]] == KNOT}
        knot["serial.test"] = zone("serial", serial=2)
        knot["names.test"] = zone("names", more="@ NS ns3.names.test.\nns3 A 192.0.2.3\n")
        del knot["lame.test"]
        self.parent = self.add(NsdServer, PARENT, {"test": self.parent_zone()})
        self.add(BindServer, BIND, common)
        self.add(KnotServer, KNOT, knot)
        for name, address, options in (("open", OPEN, ""), ("tcp", UNBOUND, "    do-tcp: no\n")):
            self.unbound(address, options, clauses=f'auth-zone:\n    name: "{name}.test"\n    for-downstream: yes\n'
                         f'    for-upstream: no\n    zonefile: "{self.write(f"{name}.zone", zone(name))}"\n')
        self.unbound(RESOLVER, '    local-zone: "names.test" static\n    local-data: "names.test NS old.example.net."\n',
                     stubs={f"{name}.test": f"{BIND}@{self.port}" for name in ("good", "serial")})
        self.plain = PlainServer(PLAIN, self.port, "plain")
        self.plain.serve()
        return self

    def write(self, name, text):
        (self.directory / name).write_text(text)
        return self.directory / name

    def add(self, kind, address, zones):
        server = kind(self.directory / f"server{len(self.servers)}", zones, allow="nobody", port=self.port)
        server.address = address
        self.servers.append(server)
        return server.start()

    def unbound(self, address, options, **more):
        options = ('    access-control: 127.0.0.0/8 allow_snoop\n    local-data: "a.root-servers.net A 198.41.0.4"\n'
                   + options)
        self.servers.append(UnboundServer(self.directory / f"unbound-{address}", address=address, port=self.port,
                                          options=options, **more).start())

    def stop(self):
        if self.plain:
            self.plain.stop()
        for server in self.servers:
            server.stop()
