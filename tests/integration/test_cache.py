# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache of compiled zones: never another plan than without it, whatever changes or breaks."""
import subprocess

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
