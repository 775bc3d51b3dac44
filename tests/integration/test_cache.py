# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache of compiled zones: never another plan than without it, whatever changes or breaks."""
import os
import shutil
import subprocess

import pytest

# Sanitizers' reports of leaks cannot be had under strace.
SANITIZED = any(name in os.environ for name in ("LSAN_OPTIONS", "TSAN_OPTIONS"))
CONFIG = """\
providers: {files: {kind: zonefile, directory: live}}
zones: {"**": {to: files}}
vars: {region: eu}
"""
TEMPLATE = "params: {ip: {type: ipv4, default: 192.0.2.1}}\nrecords: {shared: {A: '${ip}', TXT: '${region}'}}\n"


def fill(project, count=1200):
    project.write("rezone.yaml", CONFIG)
    project.write("templates/base.yaml", TEMPLATE)
    project.zone("example.com", "\n".join(f"h{n}: {{A: 192.0.2.{n % 250 + 1}}}" for n in range(count)),
                 head="extends: base\nsoa: {mname: ns1.example.net., rname: h.example.net.}\n"
                      "nameservers: [ns1.example.net., ns2.example.net.]\n")


def entries(project):
    return project.run("cache", "stats", "--format", "json").json["entries"]


def zone_of(project, *args):
    """What a plan says but for its id, times and digest."""
    plan = project.run("plan", "--format", "json", *args).json
    return plan["zones"], plan["summary"]


def test_a_second_plan_is_the_same(project):
    fill(project)
    assert entries(project) == 0
    first = zone_of(project)
    assert entries(project) == 1
    assert zone_of(project) == first == zone_of(project, "--no-cache")
    project.expect(0, "apply", "--yes")
    assert "nothing to do" in project.expect(0, "plan").stdout
    assert "nothing to do" in project.expect(0, "plan").stdout
    assert "zones removed" in project.expect(0, "cache", "clear").stdout
    assert entries(project) == 0
    assert "nothing to do" in project.expect(0, "plan").stdout


def test_every_input_counts(project):
    fill(project)
    project.expect(0, "apply", "--yes")
    project.expect(0, "plan")
    project.write("templates/base.yaml", TEMPLATE.replace("192.0.2.1", "192.0.2.9"))
    assert "shared" in project.expect(2, "plan").stdout
    project.write("templates/base.yaml", TEMPLATE)
    project.expect(0, "plan")
    assert "asia" in project.expect(2, "plan", "-D", "region=asia").stdout
    project.write("rezone.yaml", CONFIG.replace("eu", "us"))
    assert "us" in project.expect(2, "plan").stdout
    project.write("rezone.yaml", CONFIG)
    project.expect(0, "plan")
    live = project.directory / "live/example.com.zone"
    live.write_text(live.read_text().replace("192.0.2.77", "192.0.2.78", 1))
    assert "1 to update" in project.expect(2, "plan").stdout


def test_a_damaged_entry_is_read_anew(project):
    fill(project)
    first = zone_of(project)
    for damage in (lambda data: data[:len(data) // 2], lambda data: b"", lambda data: data[:-1] + b"\0\0",
                   lambda data: data.replace(b"\xc0\x00\x02", b"\xc0\x00\x03")):
        found = list((project.directory / ".cache/rezone").glob("*.zone"))
        assert found
        for path in found:
            path.write_bytes(damage(path.read_bytes()))
        assert zone_of(project) == first


def test_what_reads_other_files_is_not_kept(project):
    fill(project)
    project.write("hosts.txt", "192.0.2.1")
    project.write("templates/base.yaml", "records: {shared: {TXT: \"${file('hosts.txt')}\"}}\n")
    assert "192.0.2.1" in project.expect(2, "plan").stdout
    project.write("hosts.txt", "192.0.2.2-other")
    assert "192.0.2.2-other" in project.expect(2, "plan").stdout


def test_two_processes_at_once(project):
    fill(project)
    first = zone_of(project, "--no-cache")
    commands = [subprocess.Popen([str(project.binary), "plan", "--format", "json", "--output", f"out{n}.json"],
                                 cwd=project.directory, env=project._environment(None)) for n in range(6)]
    assert [child.wait(timeout=60) for child in commands] == [2] * 6
    assert zone_of(project) == first
    assert not list((project.directory / ".cache/rezone").glob(".*-*"))


def test_a_directory_of_others_is_not_used(project):
    fill(project)
    shared = project.directory / "shared"
    shared.mkdir(mode=0o777)
    shared.chmod(0o777)
    environment = {"REZONE_CACHE_DIR": str(shared)}
    project.run("plan", env=environment)
    assert not list(shared.iterdir())
    assert "RZ9005" in project.run("cache", "stats", env=environment).stderr


def settle(project, zones=4):
    """Zones without changes, which the next plan need not read; each points into the next."""
    project.write("rezone.yaml", CONFIG)
    project.write("templates/base.yaml", TEMPLATE)
    for number in range(zones):
        project.zone(f"z{number}.example", "a: {A: 192.0.2.1}\nb: {A: 192.0.2.2}\n"
                     + (f"c: {{CNAME: a.z{(number + 1) % zones}.example.}}\n"),
                     head="extends: base\nsoa: {mname: ns1.example.net., rname: h.example.net.}\n"
                          "nameservers: [ns1.example.net., ns2.example.net.]\n")
    project.expect(0, "apply", "--yes")
    project.expect(0, "plan")


def test_settled_zones_that_change(project):
    settle(project)
    live, zone = project.path("live/z1.example.zone"), project.path("zones/z1.example.yaml")
    for path, old, new in ((live, "192.0.2.2", "192.0.2.3"), (zone, "192.0.2.2", "192.0.2.4"),
                           (project.path("templates/base.yaml"), "192.0.2.1", "192.0.2.5"),
                           (project.path("rezone.yaml"), "eu", "us")):
        kept = path.read_text()
        assert old in kept
        path.write_text(kept.replace(old, new))
        changed = zone_of(project)
        assert changed[0] and changed == zone_of(project, "--no-cache"), path
        path.write_text(kept)
        assert zone_of(project)[0] == [], path
    live.unlink()
    assert "create zone" in project.expect(2, "plan").stdout
    project.expect(0, "apply", "--yes")
    project.expect(0, "plan")
    zone.unlink()
    assert zone_of(project) == zone_of(project, "--no-cache")


def test_settled_zones_are_not_read(project):
    """The release build opens a settled zone's file once, to see what zone it is, and others twice."""
    strace = shutil.which("strace")
    if not strace or SANITIZED:
        pytest.skip("no strace, or a sanitizer that does not go with it")
    settle(project)

    def opened(*args):
        trace = project.path("opened")
        project.run("plan", *args, prefix=(strace, "-f", "-o", str(trace), "-e", "trace=openat,openat2"))
        return sum("z1.example.yaml" in line for line in trace.read_text().splitlines())
    assert (opened(), opened("--refresh"), opened("--no-cache")) == (1, 2, 2)


def test_what_settled_zones_point_at(project):
    """A deletion is marked although the zone that points there was not read."""
    settle(project)
    zone = project.path("zones/z1.example.yaml")
    zone.write_text(zone.read_text().replace("  a: {A: 192.0.2.1}\n", ""))
    for args in ((), ("--no-cache",)):
        changes = zone_of(project, *args)[0][0]["changes"]
        gone = next(change for change in changes if change["owner"].startswith("a."))
        assert gone["action"] == "delete" and gone["dangling"] == "c CNAME of z0.example", gone


def test_settled_rows_that_are_damaged(project):
    settle(project)
    live = project.path("live/z1.example.zone")
    live.write_text(live.read_text().replace("192.0.2.2", "192.0.2.3"))
    expected = zone_of(project, "--no-cache")
    for damage in (lambda data: data[:-1], lambda data: b"", lambda data: bytes(len(data)),
                   lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:]):
        for path in (project.directory / ".cache/rezone").glob("*.zone"):
            path.write_bytes(damage(path.read_bytes()))
        assert zone_of(project) == expected
