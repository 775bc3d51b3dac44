# SPDX-License-Identifier: GPL-3.0-or-later
"""Projects of a given size: one A record a name, as a million-name zone has them."""
import shutil
import time

PROJECT = """providers:
  live: {%s}
sources:
  - {directory: zones}
zones:
  "**": {to: live}
verify: {dns: false}
"""
FILES = "kind: zonefile, directory: live"
HEAD = """ttl: 1h
soa: {mname: ns1.example.net., rname: hostmaster@example.net, refresh: 2h, retry: 1h, expire: 2w, minimum: 1h}
nameservers: [ns1.example.net.]
records:
"""
# The same apex in a master file, for name servers.
MASTER_HEAD = """$TTL 3600
@ SOA ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 3600
@ NS ns1.example.net.
"""
ZONE = "example.com"


def address(number):
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def owner(number):
    return f"host{number:07}"


def write_zone(path, records):
    with open(path, "w") as file:
        file.write(HEAD)
        file.writelines(f"  {owner(i)}: {{A: {address(i)}}}\n" for i in range(records))


def write_master_file(path, records):
    with open(path, "w") as file:
        file.write(MASTER_HEAD)
        file.writelines(f"{owner(i)} A {address(i)}\n" for i in range(records))


def write_octodns(path, records):
    """The same zone as OctoDNS takes it; its YAML must be sorted, and it has no SOA."""
    with open(path, "w") as file:
        file.write("---\n'':\n  ttl: 3600\n  type: NS\n  value: ns1.example.net.\n")
        file.writelines(f"{owner(i)}:\n  ttl: 3600\n  type: A\n  value: {address(i)}\n"
                        for i in range(records))


class Project:
    """A rezone project in a directory of its own; `zones` zones share the records evenly."""

    def __init__(self, directory, rezone, records, zones=1, provider=FILES):
        self.directory = directory
        self.rezone = rezone
        self.records = records
        shutil.rmtree(directory, ignore_errors=True)
        (directory / "zones").mkdir(parents=True)
        (directory / "live").mkdir()
        (directory / "rezone.yaml").write_text(PROJECT % provider)
        for zone in range(zones):  # none: the caller writes them
            name = ZONE if zones == 1 else f"zone{zone:04}.{ZONE}"
            write_zone(directory / "zones" / f"{name}.yaml", records // zones)

    def command(self, *words):
        """Words of one rezone command line in this project."""
        return [self.rezone, "-C", self.directory, *words]

    def forget_live(self):
        """Nothing is live. The journal stays: a project has one from its first apply on."""
        shutil.rmtree(self.directory / "live", ignore_errors=True)
        (self.directory / "live").mkdir()

    def forget(self):
        """Nothing is live, and no zone was read before. The cache is put aside, not deleted: ext4 looks
        long for an inode right after thousands have been freed, and no first plan has that before it."""
        self.forget_live()
        cache = self.directory / "cache"
        if cache.exists():
            cache.rename(self.directory / f"cache-{time.monotonic_ns()}")


class TemplateProject(Project):
    """Zones that extend two templates with arguments, 100 records each."""

    def __init__(self, directory, rezone, zones):
        super().__init__(directory, rezone, 0, 0)
        (directory / "templates").mkdir()
        records = "".join(f"  n{n}: {{A: \"${{cidr_host(net, {n + 1})}}\"}}\n" for n in range(20))
        (directory / "templates" / "base.yaml").write_text(
            "params: {contact: {type: name, default: hostmaster.example.net.}, net: {type: cidr, required: true}}\n"
            "soa: {mname: ns1.example.net., rname: \"${contact}\"}\n"
            "nameservers: [ns1.example.net., ns2.example.net.]\nrecords:\n" + records)
        (directory / "templates" / "hosts.yaml").write_text(
            "params: {count: {type: int, max: 1000}, net: {type: cidr, required: true}}\neach:\n"
            "  - for: i in range(count)\n    records: {\"h${i}\": {A: \"${cidr_host(net, 100 + i)}\"}}\n")
        for zone in range(zones):
            self.write_zone(zone, 78)

    def write_zone(self, zone, count):
        net = f"10.{zone >> 8 & 255}.{zone & 255}.0/24"
        (self.directory / "zones" / f"zone{zone:05}.{ZONE}.yaml").write_text(
            f"extends: [{{base: {{net: {net}}}}}, {{hosts: {{net: {net}, count: {count}}}}}]\n")
