# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Knot DNS (knotd) on a free loopback port, all its files in one directory.

    with KnotServer(tmp_path, {"example.com": text}, key=("rezone", "hmac-sha256", secret)) as knot:
        ...  # knot.address, knot.port
"""
from .bind import DnsServer


class KnotServer(DnsServer):
    program = "knotd"

    def configure(self):
        self.write_zones()
        for name in ("run", "data"):
            (self.directory / name).mkdir(exist_ok=True)
        parts = [f"""server:
    rundir: "{self.directory}/run"
    listen: {self.address}@{self.port}
    udp-workers: 1
    tcp-workers: 2
    background-workers: 1
    {self.options}
control:
    listen: "{self.directory}/run/knot.sock"
database:
    storage: "{self.directory}/data"
log:
  - target: stderr
    any: info
"""]
        if self.keys:
            parts.append("key:\n")
            for name, algorithm, secret in self.keys:
                parts.append(f'  - id: "{name}"\n    algorithm: {algorithm}\n    secret: "{secret}"\n')
        parts.append("acl:\n  - id: change\n")
        if self.allow == "key" and self.key:
            parts.append(f'    key: "{self.key[0]}"\n    action: [transfer, update]\n')
        elif self.allow == "anyone":
            parts.append(f"    address: {self.address}\n    action: [transfer, update]\n")
        else:
            parts.append("    address: 0.0.0.0/0\n    action: [transfer, update]\n    deny: on\n")
        parts.append(f"""template:
  - id: default
    storage: "{self.directory}/zones"
    acl: change
    zonefile-sync: 0
    semantic-checks: off
    {self.zone_options}
""")
        if self.zones:
            parts.append("zone:\n")
            for name in self.zones:
                parts.append(f'  - domain: "{name or ""}."\n    file: "{self.zone_file(name)}"\n')
        config = self.directory / "knot.conf"
        config.write_text("".join(parts))
        config.chmod(0o600)

    def command(self):
        return [self.executable(), "-c", str(self.directory / "knot.conf")]
