# SPDX-License-Identifier: GPL-3.0-or-later
"""From a clone to a verified change on a real PowerDNS, by nothing but the commands of the README. Prints
how long each took. For scripts/test packages; too long for the daily suite."""
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
from servers import powerdns  # noqa: E402

LIMIT = 300  # seconds of machine time


def readme_commands():
    """The lines for building by hand, and the block for a server."""
    text = (ROOT / "README.md").read_text()
    build = re.search(r"By hand.*?\n\n((?:    [^\n]*\n)+)", text, re.S)[1]
    server = re.search(r"<!-- run by tests/packages/test_first_change.py -->\n```sh\n(.*?)```", text, re.S)[1]
    return [line.strip() for line in build.splitlines()], server


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command, directory, environment):
    began, cpu = time.monotonic(), cpu_seconds()
    ended = subprocess.run(["sh", "-euc", command], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=1200)
    assert ended.returncode == 0, f"$ {command}\n{ended.stdout[-4000:]}\n{ended.stderr[-4000:]}"
    return time.monotonic() - began, cpu_seconds() - cpu, ended.stdout


@pytest.mark.skipif(not powerdns.available(), reason="PowerDNS is not installed")
def test_from_a_clone_to_a_verified_change(tmp_path):
    build, server_block = readme_commands()
    clone, dns = tmp_path / "rezone", tmp_path / "dns"
    dns.mkdir()
    environment = {"HOME": str(tmp_path), "PATH": f"{tmp_path}/.local/bin:{os.environ['PATH']}",
                   "LC_ALL": "C.UTF-8", "CCACHE_DISABLE": "1", "NO_COLOR": "1"}
    with powerdns.PowerDnsServer(tmp_path / "server") as server:
        status, body = server.create_zone("example.com.", [
            {"name": "example.com.", "type": "SOA", "ttl": 3600, "records": [
                {"content": "ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 3600"}]},
            {"name": "example.com.", "type": "NS", "ttl": 3600, "records": [
                {"content": "ns1.example.net."}, {"content": "ns2.example.net."}]},
            {"name": "www.example.com.", "type": "A", "ttl": 3600, "records": [{"content": "192.0.2.1"}]}])
        assert status == 201, body
        environment["PDNS_API_KEY"] = server.api_key
        # The ports are all that is not as the README says.
        block = server_block.replace("127.0.0.1:8081", f"127.0.0.1:{server.api_port}") \
            .replace("127.0.0.1:53", f"127.0.0.1:{server.dns_port}")
        steps = [("clone", f"git clone -q '{ROOT}' '{clone}'", tmp_path),
                 ("dependencies", "./scripts/install-deps build", clone),
                 *[(line, line, clone) for line in build], ("README: your server", block, dns)]
        total_wall = total_cpu = 0
        report = []
        for name, command, directory in steps:
            wall, cpu, printed = run(command, directory, environment)
            total_wall, total_cpu = total_wall + wall, total_cpu + cpu
            report.append(f"{name}: {wall:.1f} s, {cpu:.1f} s of CPU time")
        report.append(f"from a clone to a verified change: {total_wall:.1f} s, {total_cpu:.1f} s of CPU time")
        print("\n" + "\n".join(report))
        assert "committed, 1 change" in printed and "Run 1: 1 committed" in printed, printed
        _, zone = server.request("GET", "/zones/example.com.")
        assert any(rrset["name"] == "www.example.com." and rrset["records"][0]["content"] == "192.0.2.2"
                   for rrset in zone["rrsets"])
    assert total_cpu < LIMIT, report
