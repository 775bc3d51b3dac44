# SPDX-License-Identifier: GPL-3.0-or-later
"""Guides that are run. In a page, a block that begins with ```console has commands behind `$ ` (more
lines of one behind `> `) and what they print; a line `…` stands for any lines. `<!-- with: dns-services -->`
in a page has it run against the simulator of that service, `unbound` with a resolver and a server behind it.
Run as a program, `guide.py PAGE` prints the page
with the outputs as they are now."""
import contextlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

VARYING = [(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME"), (r"\b\d+ ms\b|\b\d+\.\d s\b", "DURATION"),
           (r"p-\d{8}T\d{6}Z-[0-9a-f]{8}", "PLAN"), (r"\b[0-9a-f]{10}(?:[0-9a-f]{2})?\b", "COMMIT"),
           (r"\b[0-9a-f]{64}\b", "KEY"), (r"\b[0-9a-f]{16}…", "DIGEST"), (r"\d+ minutes ago", "AGE"),
           (r"\(\d+ days\)", "DAYS"), (r"^  on \S+$", "HOST")]


def steps(text):
    """(line, command, expected lines) of each command of a page. A block may be indented, as in a list,
    and may stand in a comment (`<!--`), where it is run and not shown."""
    found = []
    indent = None  # of the block that the line is in
    for number, line in enumerate(text.splitlines(), 1):
        fence = re.match(r"( *)```(.*)", line)
        if fence:
            indent = len(fence[1]) if indent is None and fence[2] == "console" else None
            continue
        if indent is None:
            continue
        line = line[indent:]
        if line.startswith("$ "):
            found.append((number, line[2:], []))
        elif line.startswith("> "):
            found[-1] = (found[-1][0], found[-1][1] + "\n" + line[2:], found[-1][2])
        elif found:
            found[-1][2].append(line)
    return found


# What pages show in place of ports that are free by chance.
PORTS = {"UNBOUND_PORT": "5300", "UPSTREAM_PORT": "5301", "CLOSED_PORT": "5399"}


@contextlib.contextmanager
def resolver(directory):
    sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
    from servers.bind import free_port
    from servers.unbound import UnboundServer
    rules = Path(directory) / "rules"
    rules.mkdir()
    with UnboundServer(Path(directory) / "upstream", {"host.corp.example.com.": "192.0.2.1"}) as upstream, \
            UnboundServer(Path(directory) / "resolver", rules=rules) as unbound:
        yield {"UNBOUND_RULES": str(rules), "UNBOUND_CONTROL": " ".join(unbound.control),
               "UNBOUND_PORT": str(unbound.port), "UPSTREAM_PORT": str(upstream.port),
               "CLOSED_PORT": str(free_port())}


@contextlib.contextmanager
def services(text, directory):
    """Starts what the page is run against; gives the variables that lead there."""
    if "<!-- with: unbound -->" in text:
        with resolver(directory) as variables:
            yield variables
        return
    if "<!-- with: dns-services -->" not in text:
        yield {}
        return
    sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "simulators"), str(Path(__file__).resolve().parents[1])]
    from dns_services import Simulator
    from support.hosted_dns import HostedDns
    with Simulator(Path(directory) / "simulator", username="me@example.net", password="not-a-real-password") as simulator:
        servers = [("@", "NS", "ns1.dns.services"), ("@", "NS", "ns2.dns.services")]
        simulator.store.add_zone("example.com", servers + [
            ("@", "A", "192.0.2.10"), ("@", "MX", "mail.example.com", 3600, 10), ("mail", "A", "192.0.2.25"),
            ("www", "CNAME", "example.com")])
        for name in ("example.com", "example.net"):
            simulator.store.add_domain(name)
        simulator.store.lookups["free.example"] = "12.00"
        with HostedDns(simulator.store) as server:
            yield {"DNS_SERVICES_BASE_URL": simulator.url, "HOSTED_DNS": server.address}


class Shell:
    """Commands in one directory, with rezone in the path and nothing of the user's settings."""

    def __init__(self, directory, rezone, variables=()):
        self.directory = str(directory)
        self.environment = {"PATH": f"{os.path.dirname(rezone)}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8",
                            "HOME": self.directory, "REZONE_ACTOR": "ops", "NO_COLOR": "1",
                            "REZONE_RESOLVERS": "none",
                            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
                            "GIT_AUTHOR_NAME": "ops", "GIT_AUTHOR_EMAIL": "ops@example.com",
                            "GIT_COMMITTER_NAME": "ops", "GIT_COMMITTER_EMAIL": "ops@example.com"}
        self.environment.update(variables)
        self.ports = {number: PORTS[name] for name, number in dict(variables).items() if name in PORTS}
        for name, value in os.environ.items():
            if name.endswith("SAN_OPTIONS"):
                self.environment[name] = value

    def run(self, command):
        """The lines that the command prints; where it went by `cd` is where the next one runs."""
        with tempfile.NamedTemporaryFile("r") as place:
            ended = subprocess.run(["sh", "-c", f'{command}\npwd >"$1"', "sh", place.name],
                                   cwd=self.directory, env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, text=True)
            self.directory = place.read().strip() or self.directory
        shown = ended.stdout
        for number, port in self.ports.items():
            shown = re.sub(rf"\b{number}\b", port, shown)
        return shown.splitlines()


def settle(line):
    for pattern, word in VARYING:
        line = re.sub(pattern, word, line)
    return line.rstrip()


def matches(expected, printed):
    """Whether the lines are what a page says, `…` standing for any."""
    if not expected:
        return not printed
    if expected[0] == "…":
        return any(matches(expected[1:], printed[i:]) for i in range(len(printed) + 1))
    return bool(printed) and expected[0] == printed[0] and matches(expected[1:], printed[1:])


def check(text, shell):
    """The first command whose output is not what the page says: (line, command, expected, printed)."""
    for number, command, expected in steps(text):
        printed = shell.run(command)
        if not matches([settle(line) for line in expected], [settle(line) for line in printed]):
            return number, command, expected, printed
    return None


def fill(text, shell):
    """The page with what the commands print; blocks that have a `…` stay as they are."""
    parts = re.split(r"(?ms)^(( *)```console\n.*?^\2```$)", text)
    for i in range(1, len(parts), 3):
        made = ["```console"]
        for _, command, expected in steps(parts[i]):
            printed = shell.run(command)
            made += ["$ " + command.replace("\n", "\n> "), *(expected if "…" in expected else printed)]
        lines = "\n".join([*made, "```"]).split("\n")
        parts[i] = "\n".join((parts[i + 1] + line).rstrip() for line in lines)
        parts[i + 1] = ""
    return "".join(parts)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch, open(sys.argv[1], encoding="utf-8") as page:
        shown = page.read()
        os.mkdir(os.path.join(scratch, "work"))
        with services(shown, scratch) as found:
            shell = Shell(os.path.join(scratch, "work"), os.path.abspath(os.environ["REZONE"]), found)
            sys.stdout.write(fill(shown, shell))
