# SPDX-License-Identifier: GPL-3.0-or-later
"""A real CoreDNS, where there is one: in the PATH, at the path in REZONE_COREDNS, or, where that says
`build`, built once of Go modules with the plugins that the tests use (minutes; needs go and the network)."""
import os
import shutil
import subprocess
from pathlib import Path

from .unbound import UnboundServer

ROOT = Path(__file__).resolve().parents[3]
VERSION = "v1.14.7"
PLUGINS = ["cache", "errors", "forward", "template"]


def build():
    """The path of the program, below build/ so that it is there the next time."""
    place = ROOT / "build" / "coredns" / VERSION
    program = place / "coredns"
    if not program.exists():
        place.mkdir(parents=True, exist_ok=True)
        (place / "go.mod").write_text("module rezone/tests/coredns\n\ngo 1.24\n")
        imports = "".join(f'\t_ "github.com/coredns/coredns/plugin/{name}"\n' for name in PLUGINS)
        (place / "main.go").write_text('package main\n\nimport (\n\t"github.com/coredns/coredns/coremain"\n'
                                       f"{imports})\n\nfunc main() {{ coremain.Run() }}\n")
        for words in (["get", f"github.com/coredns/coredns@{VERSION}"], ["mod", "tidy"],
                      ["build", "-o", "coredns", "."]):
            subprocess.run(["go", *words], cwd=place, check=True, stdin=subprocess.DEVNULL)
    return str(program)


class CoreDnsServer(UnboundServer):
    program = "coredns"

    def __init__(self, directory, rules=None, text=". {\n}\n", **place):
        super().__init__(directory, rules=rules, **place)
        self.text = text

    @classmethod
    def executable(cls):
        wanted = os.environ.get("REZONE_COREDNS")
        return build() if wanted == "build" else wanted or shutil.which("coredns")

    @property
    def config(self):
        return self.directory / "Corefile"

    @property
    def reload(self):
        """It takes the file some time after it is told."""
        return ["sh", "-c", f"kill -USR1 {self.process.pid} && sleep 1"]

    def configure(self):
        (self.rules / "first.conf").write_text("# so that the pattern matches a file\n")
        self.config.write_text(f"{self.text}\nimport {self.rules}/*.conf\n")

    def command(self):
        return [self.executable(), "-conf", str(self.config), "-dns.port", str(self.port)]
