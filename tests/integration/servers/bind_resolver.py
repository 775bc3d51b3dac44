# SPDX-License-Identifier: GPL-3.0-or-later
"""A real BIND as a resolver, whose rules rezone keeps."""
import re
import subprocess

from .bind import BindServer, free_port
from .unbound import UnboundServer


class BindResolver(UnboundServer):
    program = "named"

    def __init__(self, directory, rules, control_port=None, **place):
        super().__init__(directory, rules=rules, **place)
        self.control_port = control_port or free_port(self.address)

    @classmethod
    def executable(cls):
        return BindServer.executable()

    @classmethod
    def version(cls):
        """(9, 18)"""
        said = subprocess.run([cls.executable(), "-v"], capture_output=True, text=True, check=True).stdout
        return tuple(int(number) for number in re.search(r"(\d+)\.(\d+)", said).groups())

    @property
    def config(self):
        return self.directory / "named.conf"

    @property
    def reload(self):
        return ["rndc", "-s", self.address, "-k", str(self.directory / "rndc.key"), "-p", str(self.control_port),
                "reconfig"]

    def configure(self):
        key = self.directory / "rndc.key"
        if not key.exists():
            subprocess.run(["rndc-confgen", "-a", "-c", str(key)], check=True, capture_output=True)
        (self.rules / "first.conf").write_text("# so that the pattern matches a file\n")
        self.config.write_text(f"""\
include "{key}";
options {{ directory "{self.directory}"; listen-on port {self.port} {{ {self.address}; }};
  listen-on-v6 {{ none; }}; pid-file none; session-keyfile none; recursion yes; allow-query {{ any; }};
  allow-recursion {{ any; }}; dnssec-validation no; }};
controls {{ inet {self.address} port {self.control_port} allow {{ any; }} keys {{ rndc-key; }}; }};
zone "." {{ type hint; file "hints"; }};
include "{self.rules}/*.conf";
""")
        (self.directory / "hints").write_text(". 3600 NS ns.invalid.\nns.invalid. 3600 A 127.0.0.1\n")

    def command(self):
        return [self.executable(), "-f", "-c", str(self.config)]
