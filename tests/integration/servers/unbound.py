# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Unbound on a loopback port: as the resolver whose rules rezone keeps; with data of its own, as what
questions are forwarded to, by plain DNS and by TLS; with trust anchors, as a resolver that validates.

    with UnboundServer(tmp_path, data={"host.corp.example.": "192.0.2.1"}) as upstream:
        ...  # upstream.address, upstream.port
    with UnboundServer(tmp_path, stubs={"test": "127.0.0.1@5300"}, anchors=["test. DS 1 13 2 AB…"]) as resolver:
        resolver.ask("www.test", signed=True)
"""
import shutil
import subprocess
import time

import dns.exception
import dns.message
import dns.query

from .bind import free_port


def certificate(directory, name, days=30):
    """A key and a certificate for a DNS name, by a CA of the directory's own; days below 0: expired."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True)
    if not (directory / "ca.pem").exists():
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test ca", "-days", "365")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    (directory / "ext").write_text(f"subjectAltName=DNS:{name}\n")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", str(days), "-extfile", "ext", "-out", f"{name}.pem")
    return directory / f"{name}.pem", directory / f"{name}.key", directory / "ca.pem"


class UnboundServer:
    program = "unbound"

    def __init__(self, directory, data=None, tls=None, bundle=None, rules=None, stubs=None, anchors=(),
                 address="127.0.0.1", port=None, tls_port=None, options="", clauses="", control_keys=False):
        """stubs: {zone: ADDRESS@PORT of its server}. anchors: what is trusted, as DS or DNSKEY; with some it
        validates. options, clauses: text put into and behind `server:`. control_keys: it is controlled over TCP
        by TLS with keys of its own, as unbound-control-setup makes them, and not by a socket."""
        self.directory = directory
        self.data = data or {}
        self.tls = tls        # certificate and key files
        self.bundle = bundle  # CA file for TLS to others
        self.rules = rules    # directory of rules to include
        self.stubs, self.anchors = stubs or {}, anchors
        self.options, self.clauses = options, clauses
        self.address = address
        self.port = port or free_port(address)
        self.control_port = free_port(address) if control_keys else None
        self.tls_port = (tls_port or free_port(address)) if tls else None
        self.process = None

    @classmethod
    def executable(cls):
        return shutil.which("unbound") or shutil.which("unbound", path="/usr/sbin:/usr/local/sbin")

    @property
    def config(self):
        return self.directory / "unbound.conf"

    @property
    def control(self):
        return ["unbound-control", "-c", str(self.config)]

    def configure(self):
        lines = [f"""server:
    interface: {self.address}@{self.port}
    do-daemonize: no
    username: ""
    chroot: ""
    directory: "{self.directory}"
    pidfile: "{self.directory}/unbound.pid"
    use-syslog: no
    logfile: "{self.directory}/unbound.log"
    num-threads: 1
    do-not-query-localhost: no
    access-control: 0.0.0.0/0 allow
    module-config: "{"validator iterator" if self.anchors else "iterator"}"
    root-hints: "/dev/null"
    local-zone: "test." nodefault
    trust-anchor-signaling: no
    val-log-level: 2
"""]
        lines += [f'    trust-anchor: "{anchor}"\n' for anchor in self.anchors]
        lines.append(self.options)
        if self.tls:
            lines.append(f"    interface: {self.address}@{self.tls_port}\n    tls-port: {self.tls_port}\n"
                         f'    tls-service-pem: "{self.tls[0]}"\n    tls-service-key: "{self.tls[1]}"\n')
        if self.bundle:
            lines.append(f'    tls-cert-bundle: "{self.bundle}"\n')
        for zone in {name.split(".", 1)[1] for name in self.data}:
            lines.append(f'    local-zone: "{zone}" static\n'
                         f'    local-data: "{zone} SOA ns. host. 1 3600 600 86400 60"\n')
        for name, value in self.data.items():
            lines.append(f'    local-data: "{name} 60 IN A {value}"\n')
        lines.append("remote-control:\n    control-enable: yes\n")
        if self.control_port:
            setup = shutil.which("unbound-control-setup", path="/usr/sbin:/usr/local/sbin:/usr/bin")
            subprocess.run([setup, "-d", self.directory], check=True, capture_output=True)
            lines.append(f"    control-interface: {self.address}\n    control-port: {self.control_port}\n"
                         + "".join(f'    {side}-{kind}-file: "{self.directory}/unbound_{side}.{ending}"\n'
                                   for side in ("server", "control") for kind, ending in (("key", "key"), ("cert", "pem"))))
        else:
            lines.append(f'    control-interface: "{self.directory}/control.sock"\n    control-use-cert: no\n')
        lines += [f'stub-zone:\n    name: "{zone}"\n    stub-addr: {server}\n' for zone, server in self.stubs.items()]
        lines.append(self.clauses)
        if self.rules:
            lines.append(f'include: "{self.rules}/*.conf"\n')
        self.config.write_text("".join(lines))

    def ask(self, name, kind="A", seconds=2, signed=False):
        question = dns.message.make_query(name, kind, want_dnssec=signed)
        return dns.query.udp(question, self.address, port=self.port, timeout=seconds)

    def addresses(self, name):
        return sorted(str(record) for rrset in self.ask(name, seconds=5).answer for record in rrset)

    def knows(self, name):
        """Whether it has an answer, and not just no way to get one."""
        try:
            return self.ask(name, seconds=1).rcode() == 0
        except dns.exception.Timeout:
            return False

    def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        self.configure()
        with open(self.directory / "output", "wb") as output:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT)
        for _ in range(200):
            assert self.process.poll() is None, self.said()
            if self.is_ready():
                return self
            time.sleep(0.05)
        raise AssertionError(f"{self.program} does not answer:\n{self.said()}")

    def command(self):
        return [self.executable(), "-c", str(self.config)]

    def is_ready(self):
        try:
            self.ask("localhost.", seconds=0.2)
            return True
        except (dns.exception.Timeout, OSError):
            return False

    def said(self):
        """What it wrote, whether into a log of its own or not."""
        return "".join(path.read_text(errors="replace") for path in
                       (self.directory / "output", self.directory / "unbound.log") if path.exists())

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
