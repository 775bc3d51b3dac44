# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Knot DNS (knotd) on a free loopback port, all its files in one directory.

    with KnotServer(tmp_path, {"example.com": text}, key=("rezone", "hmac-sha256", secret)) as knot:
        ...  # knot.address, knot.port

With `database` its configuration is a database, which can be changed while it runs.
"""
import json
import shutil
import subprocess

from .bind import DnsServer

PATH = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/sbin:/bin"


class KnotServer(DnsServer):
    program = "knotd"

    def __init__(self, *words, database=False, policies="", **options):
        """policies: text of the configuration's section `policy`."""
        super().__init__(*words, **options)
        self.database, self.policies = database, policies

    @property
    def socket(self):
        return self.directory / "run" / "knot.sock"

    @property
    def source(self):
        """Options that tell Knot's programs where the configuration is."""
        return ["-C", str(self.directory / "confdb")] if self.database else ["-c", str(self.directory / "knot.conf")]

    def run(self, program, *words, code=0):
        done = subprocess.run([shutil.which(program, path=PATH), *words], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, env={"PATH": PATH})
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def control(self, *words, code=0):
        return self.run("knotc", "-s", str(self.socket), *words, code=code)

    def change(self, *settings):
        """Each (item, value), in one transaction."""
        self.control("conf-begin")
        for item, value in settings:
            self.control("conf-set", item, value)
        self.control("conf-commit")

    def keymgr(self, zone, *words):
        return self.run("keymgr", *self.source, zone, *words)

    def held_keys(self, zone):
        return json.loads(self.run("keymgr", *self.source, "-j", zone, "list") or "[]")

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
        parts.append(self.policies)
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
        if self.database:
            shutil.rmtree(self.directory / "confdb", ignore_errors=True)
            self.run("knotc", "-C", str(self.directory / "confdb"), "conf-import", str(config))

    def command(self):
        return [self.executable(), *self.source]
