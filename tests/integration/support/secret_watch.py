# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for the secrets of the tests in all that rezone says and leaves behind, in every test of the suite.

`watch` wraps how child processes are read: what a rezone prints is searched before the test sees it.
`search_files` is for what tests leave: traces, plans, journals, caches, reports."""
import base64
import json
import re
import subprocess
from pathlib import Path

from support import targets

# A JSON Web Token, wherever it comes from.
TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")
NAMES = re.compile(r"trace|\.jsonl$|\.prom$|plan.*\.json$|report|metrics|\.db(-wal)?$|^counters$|^[0-9a-f]{64}$|out")
FILE_MAX = 20 << 20
secrets = set()


def add(secret):
    """A secret in the forms in which it may turn up."""
    for form in (secret, json.dumps(secret)[1:-1]):
        secrets.add(form.encode())
        secrets.add(base64.b64encode(form.encode()))


add(targets.TSIG_SECRET)
add('pa ss"wörd\\1')  # of the simulator of DNS.services
secrets.add(base64.b64encode('user@example.net:pa ss"wörd\\1'.encode()))  # Basic authentication


def find(octets):
    """The first secret in there; None."""
    if isinstance(octets, str):
        octets = octets.encode(errors="replace")
    token = TOKEN.search(octets or b"")
    return next((secret for secret in secrets if secret in (octets or b"")), token and token.group())


def is_rezone(arguments):
    words = [arguments] if isinstance(arguments, (str, Path)) else list(arguments)
    return any(Path(str(word)).name == "rezone" for word in words[:4])


def watch():
    communicate = subprocess.Popen.communicate

    def watched(self, *arguments, **named):
        outputs = communicate(self, *arguments, **named)
        if is_rezone(self.args):
            words = " ".join(map(str, self.args)) if not isinstance(self.args, str) else self.args
            for what, octets in (("command line", words), ("standard output", outputs[0]), ("standard error", outputs[1])):
                found = find(octets)
                assert not found, f"a secret on the {what} of `{words}`: {found[:12]}…"
        return outputs
    subprocess.Popen.communicate = watched


def search_files(directory):
    """Paths of files that rezone wrote, with a secret in them."""
    found = []
    for path in Path(directory).rglob("*"):
        if not NAMES.search(path.name) or path.is_symlink() or not path.is_file() or path.stat().st_size > FILE_MAX:
            continue
        if any(part in (".dns-services", ".session", "simulator") for part in path.parts):
            continue
        try:
            if find(path.read_bytes()):
                found.append(str(path))
        except OSError:
            pass
    return found
