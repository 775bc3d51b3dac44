# SPDX-License-Identifier: GPL-3.0-or-later
"""DNSControl, which no package of the system brings, and its configuration for a PowerDNS."""
import json
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILT = ROOT / "build/bench/dnscontrol/dnscontrol"


def find():
    """$DNSCONTROL, else that of the PATH, else the one that tests/bench/compare.py built; None."""
    for name in (os.environ.get("DNSCONTROL"), shutil.which("dnscontrol"), BUILT):
        if name and os.access(name, os.X_OK):
            return str(name)
    return None


def configure(directory, server, records):
    """creds.json and dnsconfig.js of example.com; `records` are lines of JavaScript."""
    credentials = {"none": {"TYPE": "NONE"}, "live": {"TYPE": "POWERDNS", "apiKey": server.api_key,
                                                      "apiUrl": server.url, "serverName": "localhost"}}
    (directory / "creds.json").write_text(json.dumps(credentials))
    (directory / "dnsconfig.js").write_text(
        'var REG = NewRegistrar("none");\n'
        'var DSP = NewDnsProvider("live", {"default_ns": ["ns1.example.net.", "ns2.example.net."]});\n'
        'D("example.com", REG, DnsProvider(DSP), DefaultTTL(3600),\n'
        + "".join(f"  {record},\n" for record in records) + "END);\n")
