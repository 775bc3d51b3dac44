# SPDX-License-Identifier: GPL-3.0-or-later
"""Signed zones, good and with one thing wrong, at a real server below a parent that has their DS; and what other
programs say of them: ldns-verify-zone, kzonecheck, delv, drill, a validating Unbound."""
import shutil
import subprocess

import dns.flags
import dns.rcode

from servers.bind import BindServer, free_port
from servers.nsd import NsdServer
from servers.unbound import UnboundServer

PATH = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/sbin:/bin"
CHILD, PARENT, RESOLVER = "127.0.0.1", "127.55.0.1", "127.55.0.2"
ZONE = """$TTL 300
@ SOA ns1 host 1 3600 600 86400 60
@ NS ns1
@ MX 10 mail
ns1 A 127.0.0.1
mail A 192.0.2.2
mail AAAA 2001:db8::1
*.w TXT "x"
a.b.c A 192.0.2.3
sub NS ns.sub
ns.sub A 192.0.2.9
sec NS ns.other.net.
sec DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000
dn DNAME other.net.
www CNAME mail
"""
# name: (options of dnssec-signzone, what is done to the signed zone)
VARIANTS = {
    "good": ([], None),
    "good3": (["-3", "abcd", "-H", "0"], None),
    "optout": (["-3", "-", "-A", "-H", "0"], None),
    "expired": (["-s", "now-1209600", "-e", "now-3600"], None),
    "early": (["-s", "now+86400", "-e", "now+1209600"], None),
    "wrong": ([], lambda lines: [line.replace("192.0.2.2", "192.0.2.77") for line in lines]),
    "unsigned": ([], lambda lines: [line for line in lines if not ("RRSIG\tA " in line and line.startswith("mail"))]),
    "gap": ([], lambda lines: [line for line in lines if not (line.startswith("mail") and "NSEC" in line)]),
    "wrongds": ([], None),
}


def missing():
    programs = ["dnssec-keygen", "dnssec-signzone", "unbound", "nsd", "named", "delv", "drill", "ldns-verify-zone", "kzonecheck"]
    return [name for name in programs if not shutil.which(name, path=PATH)]


def run(*words, cwd=None):
    return subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, env={"PATH": PATH})


def good(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class SignedZones:
    def __init__(self, directory):
        self.directory = directory
        self.servers = []
        self.text, self.ds = {}, {}

    def sign(self, name, options, change):
        directory = self.directory / name
        directory.mkdir(parents=True)
        zone = f"{name}.test"
        (directory / "zone").write_text(ZONE)
        ksk = good(run("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", zone, cwd=directory)).strip()
        good(run("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", zone, cwd=directory))
        good(run("dnssec-signzone", "-S", "-P", "-x", "-q", "-O", "full", *options, "-o", zone, "-f", "signed", "zone", cwd=directory))
        lines = (directory / "signed").read_text().splitlines(keepends=True)
        (directory / "signed").write_text("".join(change(lines) if change else lines))
        self.text[name] = (directory / "signed").read_text()
        self.ds[name] = good(run("dnssec-dsfromkey", "-2", f"{ksk}.key", cwd=directory)).split("DS", 1)[1].strip()

    def file(self, name):
        return self.directory / name / "signed"

    def start(self):
        for name, (options, change) in VARIANTS.items():
            self.sign(name, options, change)
        self.ds["wrongds"] = "12345 13 2 " + "AB" * 32
        self.port = free_port()
        parent = f"$TTL 300\n@ SOA ns host 1 3600 600 86400 60\n@ NS ns\nns A {PARENT}\n"
        for name, ds in self.ds.items():
            parent += f"{name} NS ns1.{name}\nns1.{name} A {CHILD}\n{name} DS {ds}\n"
        self.parent = NsdServer(self.directory / "parent", {"test": parent}, allow="nobody", port=self.port)
        self.parent.address = PARENT
        self.child = BindServer(self.directory / "child", {f"{name}.test": text for name, text in self.text.items()},
                                allow="anyone", port=self.port)
        for server in (self.parent, self.child):
            server.start()
            self.servers.append(server)
        self.unbound = UnboundServer(
            self.directory / "unbound", address=RESOLVER, port=self.port,
            stubs={f"{name}.test": f"{CHILD}@{self.port}" for name in self.ds},
            anchors=[f"{name}.test. DS {ds}" for name, ds in self.ds.items()],
            options="    val-sig-skew-min: 0\n    val-sig-skew-max: 0\n").start()
        self.servers.append(self.unbound)
        return self

    def stop(self):
        for server in self.servers:
            server.stop()

    # What others say: True, it is good.

    def ldns(self, name):
        return run("ldns-verify-zone", self.file(name)).returncode == 0

    def kzonecheck(self, name):
        return run("kzonecheck", "-o", f"{name}.test", self.file(name)).returncode == 0

    def resolver(self, name, owner="mail"):
        """A validated answer; False: SERVFAIL."""
        reply = self.unbound.ask(f"{owner}.{name}.test.", seconds=5, signed=True)
        if reply.rcode() == dns.rcode.SERVFAIL:
            return False
        assert reply.flags & dns.flags.AD, reply
        return True

    def delv(self, name):
        tag, algorithm, digest, value = self.ds[name].split(maxsplit=3)
        anchors = self.directory / f"{name}.anchors"
        anchors.write_text(f'trust-anchors {{ "{name}.test." static-ds {tag} {algorithm} {digest} "{value}"; }};\n')
        said = run("delv", "-a", anchors, f"+root={name}.test", f"@{CHILD}", "-p", self.port, f"mail.{name}.test", "A").stdout
        return "; fully validated" in said

    def drill(self, name):
        keys = self.directory / f"{name}.ds"
        keys.write_text(f"{name}.test. 300 IN DS {self.ds[name]}\n")
        done = run("drill", "-S", "-k", keys, "-p", self.port, f"@{CHILD}", f"mail.{name}.test", "A")
        return done.returncode == 0 and "Chase successful" in done.stdout
