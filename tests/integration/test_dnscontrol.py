# SPDX-License-Identifier: GPL-3.0-or-later
"""The move from DNSControl as its page tells it, with the real program and a real PowerDNS. Only where there is a
DNSControl: building it takes longer than this suite may."""
import os
import re
import subprocess

import pytest

from conftest import ROOT
from servers import powerdns
from support import dnscontrol

pytestmark = [pytest.mark.skipif(not dnscontrol.find(), reason="there is no dnscontrol; DNSCONTROL=PROGRAM names one"),
              pytest.mark.skipif(not powerdns.available(), reason="PowerDNS is not installed")]


def shell(project, words, server):
    directory = os.path.dirname(dnscontrol.find())
    ended = subprocess.run(["sh", "-euc", words], cwd=project.directory, capture_output=True, text=True, timeout=120,
                           env={"PATH": f"{directory}:{os.environ['PATH']}", "HOME": str(project.directory)})
    assert ended.returncode == 0, f"$ {words}\n{ended.stdout}\n{ended.stderr}"


def test_the_page_moves_a_zone(project, tmp_path):
    page = (ROOT / "docs/guide/howto-dnscontrol.md").read_text()
    block = re.search(r"```sh\n(.*?)```", page, re.S)[1]
    with powerdns.PowerDnsServer(tmp_path / "server") as server:
        dnscontrol.configure(project.directory, server, [
            'A("www", "192.0.2.1")', 'AAAA("www", "2001:db8::1", TTL(300))', 'A("mail", "192.0.2.25")',
            'CNAME("blog", "www.example.com.")', 'MX("@", 10, "mail.example.com.")', 'TXT("@", "v=spf1 mx -all")',
            'TXT("long", "' + "x" * 300 + '")', 'SRV("_imaps._tcp", 0, 1, 993, "mail.example.com.")',
            'CAA("@", "issue", "ca.example.net")', 'A("*.dev", "192.0.2.9")'])
        shell(project, "dnscontrol preview && dnscontrol push && dnscontrol push", server)
        shell(project, block.replace("CREDENTIAL", "live"), server)
        project.write("rezone.yaml", f"providers: {{dns: {{kind: powerdns, url: \"{server.url}\", "
                      "api_key: \"${secret:env:KEY}\"}}\nzones: {\"**\": {to: dns}}\n")
        project.environment["KEY"] = server.api_key
        imported = project.expect(0, "import", "--from", "zonefile", "from-dnscontrol")
        assert "example.com: 11 RRsets → zones/example.com.yaml" in imported.stdout, imported
        planned = project.expect(0, "plan")
        assert "nothing to do" in planned.stdout, "all that DNSControl had made is in the files"
        project.write("zones/example.com.yaml", project.read("zones/example.com.yaml").replace("192.0.2.25", "192.0.2.26"))
        project.expect(0, "apply", "--yes")
        assert server.rrset("example.com.", "mail.example.com.", "A")["records"][0]["content"] == "192.0.2.26"
