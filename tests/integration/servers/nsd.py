# SPDX-License-Identifier: GPL-3.0-or-later
"""A real NSD on a free loopback port, all its files in one directory."""
from .bind import DnsServer


class NsdServer(DnsServer):
    program = "nsd"

    def configure(self):
        self.write_zones()
        parts = [f"""server:
    ip-address: {self.address}@{self.port}
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "{self.directory}/zones"
    database: ""
    pidfile: "{self.directory}/nsd.pid"
    xfrdfile: "{self.directory}/xfrd.state"
    zonelistfile: "{self.directory}/zone.list"
    xfrdir: "{self.directory}"
    {self.options}
remote-control:
    control-enable: no
"""]
        for name in self.zones:
            parts.append(f'zone:\n    name: "{name or "."}"\n    zonefile: "{self.zone_file(name)}"\n')
        (self.directory / "nsd.conf").write_text("".join(parts))

    def command(self):
        return [self.executable(), "-d", "-c", str(self.directory / "nsd.conf")]
