#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the ten tasks of docs/comparison.md with rezone, OctoDNS and DNSControl at a real PowerDNS (and what Terraform
or OpenTofu can do of them without a provider of DNS), prints what each said, and holds the page's quotes against it: a
quoted line that nobody printed is a failure. --zones N does the tasks of many zones too, and prints what they cost.
OctoDNS comes from PyPI, DNSControl is built by Go where it is there."""
import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
import octodns  # noqa: E402
from measure import Command  # noqa: E402
from servers import powerdns  # noqa: E402
from support import dnscontrol  # noqa: E402

WORK = ROOT / "build/bench"
PAGE = ROOT / "docs/comparison.md"
DNSCONTROL = "4.15.0"
ZONE = """'':
  - type: NS
    values: [ns1.example.net., ns2.example.net.]
www: {type: A, value: 192.0.2.1}
mail: {type: A, value: 192.0.2.25}
blog: {type: CNAME, value: www.example.com.}
"""
JAVASCRIPT = ['A("www", "192.0.2.1")', 'A("mail", "192.0.2.25")', 'CNAME("blog", "www.example.com.")']
# What differs from run to run: serials, times, numbers and marks of runs and ports.
VOLATILE = [(r"\x1b\[[0-9;]*m", ""), (r"^\d{4}-\d\d-\d\dT\S+ +\[\d+\] (INFO|WARNING) +", ""), (r"\b20\d{8}\b", "SERIAL"),
            (r"\b\d+(\.\d+)? (ms|s)\b", "TIME"), (r"\b[Rr]un \d+", "RUN"), (r"[0-9]+ questions?", "QUESTIONS")]


def plain(line):
    for pattern, text in VOLATILE:
        line = re.sub(pattern, text, line)
    return line.strip()


class Scene:
    """One directory, its server, and what was printed in it."""

    def __init__(self, name, server, programs, printed):
        self.directory = WORK / "comparison" / name
        shutil.rmtree(self.directory, ignore_errors=True)
        (self.directory / "config").mkdir(parents=True)
        self.server, self.programs, self.printed = server, programs, printed

    def write(self, name, text):
        (self.directory / name).write_text(text)

    def edit(self, name, *changes):
        text = (self.directory / name).read_text()
        for old, new in changes:
            assert old in text, f"{name} has no {old}"
            text = text.replace(old, new)
        self.write(name, text)

    def run(self, words, code):
        name, *rest = words.split()
        environment = dict(os.environ, PDNS_API_KEY=self.server.api_key, NO_COLOR="1",
                           XDG_CACHE_HOME=str(self.directory / "cache"), CHECKPOINT_DISABLE="1")
        ended = subprocess.run([self.programs[name], *rest], cwd=self.directory, env=environment, text=True, timeout=600,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        print(f"$ {words}\n{ended.stdout.rstrip()}\n[exit code {ended.returncode}]\n", flush=True)
        self.printed.setdefault(name, set()).update(plain(line) for line in ended.stdout.splitlines())
        assert ended.returncode == code, f"exit code {ended.returncode}, and {code} was expected"
        return ended.stdout

    def by_hand(self, name, address):
        self.server.request("PATCH", "/zones/example.com.", {"rrsets": [
            {"name": name, "type": "A", "ttl": 3600, "changetype": "REPLACE", "records": [{"content": address}]}]})


def write_octodns(scene):
    server = scene.server
    scene.write("config.yaml", "providers:\n  config: {class: octodns.provider.yaml.YamlProvider, directory: ./config, "
                "default_ttl: 3600, enforce_order: false}\n"
                f"  pdns: {{class: octodns_powerdns.PowerDnsProvider, host: 127.0.0.1, port: {server.api_port}, "
                "api_key: env/PDNS_API_KEY}\nzones:\n  '*': {sources: [config], targets: [pdns]}\n")
    scene.write("rezone.yaml", f"providers:\n  pdns: {{kind: powerdns, url: \"{server.url}\", "
                f"api_key: \"${{secret:env:PDNS_API_KEY}}\", servers: [\"127.0.0.1:{server.dns_port}\"]}}\n"
                "sources: [{directory: config, format: octodns}]\nttl: 1h\nzones: {\"**\": {to: pdns}}\n"
                "policy: {max_changes: 100%, max_deletes: 100%}\n")


def terraform_alone(scene):
    """The part of task 9 that needs no provider from a registry: its built-in resource is no DNS."""
    def configure(address):
        scene.write("main.tf", f'resource "terraform_data" "mail" {{\n  input = "{address}"\n}}\n')
        return "terraform apply -no-color -auto-approve"
    scene.run("terraform init -no-color", 0)
    scene.run(configure("192.0.2.25"), 0)
    configure("192.0.2.26")
    scene.run("terraform plan -no-color -out p", 0)
    scene.run(configure("192.0.2.27"), 0)
    scene.run("terraform apply -no-color p", 1)


def octodns_and_rezone(scene):
    """Tasks 1 to 5, 8 and 9."""
    file, sync = "config/example.com.yaml", "octodns-sync --config-file config.yaml"
    write_octodns(scene)
    scene.write(file, ZONE)
    scene.run(sync, 0)
    scene.run("rezone plan", 2)
    scene.run(f"{sync} --doit", 0)
    scene.run("rezone plan", 0)
    scene.edit(file, ("www:", "web:"), ("value: www.", "value: web."))
    scene.run(sync, 0)
    scene.run("rezone plan", 2)
    scene.edit(file, ("value: web.", "value: www."))
    assert "Deletes=1" in scene.run(sync, 0)
    assert "dangling" in scene.run("rezone plan", 3)
    scene.write(file, ZONE.replace("{type: CNAME, value: www.example.com.}", "{type: A, value: 192.0.2.80}"))
    scene.run(sync, 0)
    scene.run("rezone apply --yes", 0)
    scene.by_hand("mail.example.com.", "192.0.2.99")
    scene.run(sync, 0)
    scene.run("rezone plan", 2)
    scene.run("rezone drift", 2)
    scene.run("rezone plan -o p.json", 2)
    scene.by_hand("mail.example.com.", "192.0.2.98")
    scene.run("rezone apply p.json --yes", 3)
    scene.edit("rezone.yaml", (f"127.0.0.1:{scene.server.dns_port}", "127.0.0.1:9"))
    scene.write("rezone.yaml", (scene.directory / "rezone.yaml").read_text() + "verify: {timeout: 2s}\n")
    scene.run("rezone apply --yes", 4)
    scene.run("rezone rollback 3 --yes", 0)
    scene.run(f"{sync} --doit", 0)


def dnscontrol_alone(scene):
    """Tasks 1, 2, 3, 5 and 10."""
    def configure(*records):
        dnscontrol.configure(scene.directory, scene.server, records)
    configure(*JAVASCRIPT)
    scene.run("dnscontrol preview", 0)
    scene.run("dnscontrol push", 0)
    configure('A("web", "192.0.2.1")', JAVASCRIPT[1], 'CNAME("blog", "web.example.com.")')
    scene.run("dnscontrol preview", 0)
    configure('A("web", "192.0.2.1")', JAVASCRIPT[1], JAVASCRIPT[2])
    scene.run("dnscontrol preview", 0)
    configure(*JAVASCRIPT[:2], 'A("blog", "192.0.2.80")')
    scene.run("dnscontrol push", 0)
    scene.by_hand("mail.example.com.", "192.0.2.99")
    scene.run("dnscontrol preview", 0)
    scene.run("dnscontrol get-zones --format=js live - example.com", 0)
    scene.run("dnscontrol get-zones --format=zone live - example.com", 0)


def write_javascript(scene, count, changed):
    zones = "".join(f'D("z{i}.example", REG, DnsProvider(DSP), DefaultTTL(3600), NAMESERVER_TTL(3600), '
                    f'{", ".join(JAVASCRIPT).replace("example.com", f"z{i}.example")}, '
                    f'MX("mx", {20 if i < changed else 10}, "mail.example.net."));\n' for i in range(count))
    head = (scene.directory / "dnsconfig.js").read_text().split("D(")[0]
    scene.write("dnsconfig.js", head + zones)


def many_zones(scene, count):
    """Tasks 6 and 7, and what they cost."""
    def cost(words, codes):
        name, *rest = words.split()
        output = scene.directory / "output"
        run = Command([scene.programs[name], *rest], output, codes=codes, cwd=scene.directory,
                      env={"PDNS_API_KEY": scene.server.api_key, "XDG_CACHE_HOME": str(scene.directory / "cache")}).run()
        lines = sum(len(path.read_text().splitlines()) for path in (output, Path(f"{output}.err")))
        print(f"{count} zones: {words}: {run.cpu:.2f} s of CPU time, {run.wall:.1f} s passed, {lines} lines", flush=True)
    write_octodns(scene)
    # PowerDNS's SQLite lets one write at a time, and answers 500 to some of several.
    scene.write("rezone.yaml", (scene.directory / "rezone.yaml").read_text() + "apply: {concurrency: 1}\n")
    for i in range(count):
        scene.write(f"config/z{i}.example.yaml", ZONE.replace("example.com", f"z{i}.example")
                    + "mx: {type: MX, value: {preference: 10, exchange: mail.example.net.}}\n")
    cost("rezone apply --yes --quiet", (0,))
    control = [("dnscontrol preview", (0,))] if scene.programs["dnscontrol"] else []
    dnscontrol.configure(scene.directory, scene.server, [])
    write_javascript(scene, count, 0)
    for words, codes in [("octodns-sync --config-file config.yaml", (0,)), ("rezone plan --no-cache", (0,)), *control]:
        cost(words, codes)
    for i in range(count // 2):
        scene.edit(f"config/z{i}.example.yaml", ("preference: 10", "preference: 20"))
    write_javascript(scene, count, count // 2)
    for words, codes in [("octodns-sync --config-file config.yaml", (0,)), ("rezone plan --no-cache", (2,)), *control,
                         ("rezone apply --yes", (0,))]:
        cost(words, codes)


def missing_quotes(printed):
    """(line, quote) of the page that none of the programs printed; `…` stands for anything."""
    program, inside = None, False
    for number, line in enumerate(PAGE.read_text().splitlines(), 1):
        if line.startswith("```"):
            inside, program = line == "```text", None
        elif inside and line.startswith("$ "):
            program = line.split()[1]
        elif inside and program in printed and plain(line) != "…":
            pattern = re.escape(plain(line)).replace("…", ".*")
            if not any(re.fullmatch(pattern, one) for one in printed[program]):
                yield number, line


def find_dnscontrol():
    """Built from its module where there is Go: the proxy gives its source."""
    directory = WORK / "dnscontrol"
    if not dnscontrol.find() and shutil.which("go"):
        directory.mkdir(parents=True, exist_ok=True)
        module = f"github.com/StackExchange/dnscontrol/v4 v{DNSCONTROL}"
        (directory / "go.mod").write_text(f"module example.invalid/bench\n\ngo 1.22\n\nrequire {module}\n")
        subprocess.run(["go", "build", "-mod=mod", "-o", directory / "dnscontrol", module.split()[0]], cwd=directory, check=True)
    return dnscontrol.find()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zones", type=int, default=0, metavar="N", help="how many zones tasks 6 and 7 have")
    options = parser.parse_args()
    rezone = ROOT / os.environ.get("REZONE", "build/release/rezone")
    programs = {"rezone": rezone, "octodns-sync": octodns.install(WORK) / "octodns-sync", "dnscontrol": find_dnscontrol(),
                "terraform": shutil.which("terraform") or shutil.which("tofu")}
    printed = {}
    with contextlib.ExitStack() as stack:
        def scene(name):
            server = powerdns.PowerDnsServer(WORK / "comparison" / f"{name}-server")
            shutil.rmtree(server.directory, ignore_errors=True)
            return Scene(name, stack.enter_context(server), programs, printed)
        octodns_and_rezone(scene("octodns"))
        if programs["dnscontrol"]:
            dnscontrol_alone(scene("dnscontrol"))
        if programs["terraform"]:
            terraform_alone(scene("terraform"))
        if options.zones:
            many_zones(scene("many"), options.zones)
    missing = list(missing_quotes(printed))
    for number, line in missing:
        print(f"docs/comparison.md:{number}: nobody printed: {line}")
    print(f"{len(missing)} quotes are not as they were printed")
    for name in sorted(name for name, path in programs.items() if not path):
        print(f"{name} is not there: its quotes were not looked at")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
