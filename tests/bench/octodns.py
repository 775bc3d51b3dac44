# SPDX-License-Identifier: GPL-3.0-or-later
"""OctoDNS in a virtual environment of the bench, and its side of the comparison."""
import shutil
import subprocess
import sys

from measure import Command
from projects import ZONE, write_octodns

PACKAGES = ["octodns==1.22.*", "octodns-bind==1.1.*", "octodns-powerdns==1.*"]
CONFIG = """providers:
  config:
    class: octodns.provider.yaml.YamlProvider
    directory: ./config
    default_ttl: 3600
  files:
    class: octodns_bind.ZoneFileProvider
    directory: ./live
zones:
  %s.:
    sources: [config]
    targets: [files]
"""


def install(directory):
    """The environment's directory of programs; made at the first call, from PyPI."""
    programs = directory / "venv" / "bin"
    if not list((directory / "venv").glob("lib/*/site-packages/octodns_powerdns")):
        subprocess.run([sys.executable, "-m", "venv", directory / "venv"], check=True)
        subprocess.run([programs / "pip", "install", "--quiet", *PACKAGES], check=True)
    return programs


class OctoProject:
    """The project of the same records, written to master files by octodns-bind."""

    def __init__(self, directory, programs, records):
        self.directory = directory
        self.programs = programs
        shutil.rmtree(directory, ignore_errors=True)
        (directory / "config").mkdir(parents=True)
        (directory / "live").mkdir()
        (directory / "config.yaml").write_text(CONFIG % ZONE)
        write_octodns(directory / "config" / f"{ZONE}.yaml", records)

    def _command(self, program, *words, before=None):
        return Command([self.programs / program, "--config-file", "config.yaml", *words],
                       self.directory / "output", before=before, cwd=self.directory)

    def forget(self):
        shutil.rmtree(self.directory / "live")
        (self.directory / "live").mkdir()

    def plan(self):
        return self._command("octodns-sync", before=self.forget)

    def apply(self):
        return self._command("octodns-sync", "--doit", "--force", before=self.forget)

    def compare(self):
        """Its targets of files are always written whole, so octodns-sync has no plan that finds
        nothing to do; octodns-compare reads both sides and finds no difference."""
        return self._command("octodns-compare", "--a", "config", "--b", "files", "--zone",
                             f"{ZONE}.")
