# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding rules of two resolvers that may forward to each other, so that every rule is followed."""
import shutil

PROJECT = """providers:
  one: {kind: unbound, directory: one, check: 'true', servers: [192.0.2.1, 192.0.2.2]}
  two: {kind: named, directory: two, check: 'true', reload: 'true', servers: [192.0.2.3, 192.0.2.4]}
zones:
  "**": {to: [one, two]}
verify: {dns: false}
"""
TARGETS = 100  # different pairs


class ForwardingProject:
    """`rules` rules, shared evenly by `zones` documents. Each of the two resolvers gets all."""

    def __init__(self, directory, rezone, rules, zones):
        self.directory = directory
        self.rezone = rezone
        shutil.rmtree(directory, ignore_errors=True)
        (directory / "zones").mkdir(parents=True)
        (directory / "rezone.yaml").write_text(PROJECT)
        for zone in range(zones):
            name = f"z{zone:04}.example.com"
            with open(directory / "zones" / f"{name}.yaml", "w") as file:
                file.write("forwarding:\n")
                for rule in range(rules // zones):
                    low = (zone * rules // zones + rule) % TARGETS
                    file.write(f"  - {{name: n{rule}.{name}, targets: [198.51.100.{low}, 203.0.113.{low}], "
                               "policy: round_robin}\n")

    def command(self, *words):
        return [self.rezone, "-C", self.directory, *words]
