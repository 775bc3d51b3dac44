# SPDX-License-Identifier: GPL-3.0-or-later
"""A project at the simulator of DNS.services, for the figures about hosting APIs."""
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "simulators"))
from dns_services import Simulator  # noqa: E402

RECORDS = 1000
IN_FLIGHT = 16
LATENCY = 0.05
DOMAINS = 10_000


class HostingProject:
    def __init__(self, directory, rezone, service):
        shutil.rmtree(directory, ignore_errors=True)
        (directory / "zones").mkdir(parents=True)
        self.directory, self.rezone, self.service = directory, rezone, service
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(directory),
                            "DNS_SERVICES_USERNAME": service.username,
                            "DNS_SERVICES_PASSWORD": service.password, "DNS_SERVICES_BASE_URL": service.url}
        (directory / "rezone.yaml").write_text(
            f"providers: {{hosting: {{kind: dnsservices, concurrency: {IN_FLIGHT}, rate: 0}}}}\n"
            "zones: {'**': {to: hosting}}\nverify: {dns: false}\npolicy: {max_changes: 100%, max_deletes: 100%}\n")

    def zone(self, records, first=0):
        """The zone with so many records; another `first` makes every one of them another."""
        lines = "".join(f"  h{n}: {{A: 10.{first}.{n // 250}.{n % 250}}}\n" for n in range(records))
        (self.directory / "zones" / "example.com.yaml").write_text(f"records:\n{lines}" if records else "records: {}\n")

    def run(self, *words):
        """Seconds, and what was requested: [{"endpoint", "requests", …}]."""
        started = time.monotonic()
        done = subprocess.run([self.rezone, *words, "--http-metrics", "metrics.json"], cwd=self.directory,
                              env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        seconds = time.monotonic() - started
        if done.returncode not in (0, 2):
            raise RuntimeError(f"{words} ended with {done.returncode}:\n{done.stderr}")
        return seconds, json.loads((self.directory / "metrics.json").read_text())["requests"]


def start(directory):
    shutil.rmtree(directory, ignore_errors=True)
    service = Simulator(directory)
    service.store.add_zone("example.com", [("@", "NS", "ns1.dns.services"), ("@", "NS", "ns2.dns.services")])
    return service
