# SPDX-License-Identifier: GPL-3.0-or-later
"""A real BIND (named) on a free loopback port, all its files in one directory.

    with BindServer(tmp_path, {"example.com": text}, key=("rezone", "hmac-sha256", secret)) as bind:
        ...  # bind.address, bind.port
"""
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import dns.tsig
import dns.tsigkeyring

START_SECONDS = 20
STOP_SECONDS = 10


def free_port(address="127.0.0.1"):
    """A port that is free for UDP and TCP alike."""
    for _ in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.bind((address, 0))
            port = tcp.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                try:
                    udp.bind((address, port))
                except OSError:
                    continue
                return port
    raise RuntimeError("no port is free for both UDP and TCP")


class DnsServer:
    """What the servers of the tests share. Sub-classes give `program`, `configure` and `command`."""

    program = None
    start_seconds = START_SECONDS

    def __init__(self, directory, zones, key=None, keys=(), allow="key", port=None, options="",
                 zone_options=""):
        """zones: {name without final dot ("" is the root): master file text}. key: (name, algorithm, base64 secret),
        allowed to transfer and update. keys: further keys that the server knows and allows nothing.
        allow: "key", "anyone" (unsigned transfers and updates too) or "nobody". options: text put
        into the main section of the configuration; zone_options: into that of every zone."""
        self.directory = Path(directory).resolve()
        self.zones = dict(zones)
        self.key = key
        self.keys = ([key] if key else []) + list(keys)
        self.allow = allow
        self.address = "127.0.0.1"
        self.port = port
        self.options = options
        self.zone_options = zone_options
        self.process = None

    @classmethod
    def executable(cls):
        """The server's path, or None where it is not installed."""
        path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin"
        return shutil.which(cls.program, path=path)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Writes the configuration and waits until every zone answers."""
        self.directory.mkdir(parents=True, exist_ok=True)
        chosen = self.port
        for attempt in range(5):  # another process may take the port in between
            self.port = chosen or free_port(self.address)
            self.configure()
            self._launch()
            try:
                self._wait()
                return self
            except RuntimeError:
                self.stop()
                if chosen or attempt == 4 or not self._port_was_taken():
                    raise
        return self

    def restart(self):
        """The same server with its zones as they are now, on the same port."""
        self.stop()
        self._launch()
        self._wait()

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def kill(self):
        """Without a chance to save anything."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def log(self):
        """All that the server wrote so far."""
        path = self.directory / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def tail(self, lines=25):
        return "\n".join(self.log().splitlines()[-lines:])

    def zone_file(self, name):
        return self.directory / "zones" / f"{name or '@'}.zone"

    def write_zones(self):
        (self.directory / "zones").mkdir(exist_ok=True)
        for name, text in self.zones.items():
            self.zone_file(name).write_text(text)

    def keyring(self):
        """For dnspython; None without a key."""
        if not self.key:
            return None
        name, algorithm, secret = self.key
        return {dns.name.from_text(name): dns.tsig.Key(name, secret, algorithm)}

    def ask(self, name, rdtype, tcp=True, timeout=2, signed=False):
        """One question; the dnspython message of the reply."""
        query = dns.message.make_query(name, rdtype)
        query.flags &= ~dns.flags.RD
        if signed:
            query.use_tsig(self.keyring())
        send = dns.query.tcp if tcp else dns.query.udp
        return send(query, self.address, timeout=timeout, port=self.port)

    def serial(self, zone):
        for rrset in self.ask(zone + ".", "SOA").answer:
            if rrset.rdtype == dns.rdatatype.SOA:
                return rrset[0].serial
        return None

    def _launch(self):
        log = open(self.directory / "server.log", "ab")
        with log:
            self.process = subprocess.Popen(
                self.command(), cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")},
                start_new_session=True)

    def _wait(self):
        deadline = time.monotonic() + self.start_seconds
        waiting = [zone + "." for zone in self.zones] or ["."]
        while waiting:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.program} ended with {self.process.returncode}:\n{self.tail()}")
            try:
                reply = self.ask(waiting[0], "SOA", timeout=1)
                if not self.zones or reply.flags & dns.flags.AA and reply.answer:
                    waiting.pop(0)
                    continue
            except (OSError, EOFError, dns.exception.DNSException):
                pass
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.program} does not answer for {waiting[0]}:\n{self.tail()}")
            time.sleep(0.02)

    def _port_was_taken(self):
        return "in use" in self.log()


class BindServer(DnsServer):
    program = "named"

    def configure(self):
        self.write_zones()
        allowed = {"key": f'key "{self.key[0]}";' if self.key else "none;", "anyone": "any;",
                   "nobody": "none;"}[self.allow]
        parts = [f'key "{name}" {{ algorithm {algorithm}; secret "{secret}"; }};\n'
                 for name, algorithm, secret in self.keys]
        parts.append(f"""options {{
    directory "{self.directory}";
    pid-file none;
    session-keyfile none;
    managed-keys-directory "{self.directory}";
    listen-on port {self.port} {{ {self.address}; }};
    listen-on-v6 {{ none; }};
    recursion no;
    notify no;
    dnssec-validation no;
    empty-zones-enable no;
    minimal-responses yes;
    check-names primary ignore;
    check-integrity no;
    max-journal-size 16m;
    {self.options}
}};
controls {{ }};
""")
        for name in self.zones:
            parts.append(f"""zone "{name or '.'}" {{
    type primary;
    file "{self.zone_file(name)}";
    allow-query {{ any; }};
    allow-transfer {{ {allowed} }};
    allow-update {{ {allowed} }};
    {self.zone_options}
}};
""")
        config = self.directory / "named.conf"
        config.write_text("".join(parts))
        config.chmod(0o600)

    def command(self):
        return [self.executable(), "-g", "-4", "-n", "2", "-c", str(self.directory / "named.conf")]
