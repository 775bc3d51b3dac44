# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of apply against real servers: beside curl, with the journal's part, over many zones, and
beside other programs on the same change set."""
import json
import os
import subprocess
from pathlib import Path

import octodns
from live import (CurlFlip, DnsControlFlip, Flip, Knot, OctoFlip, PowerDns, Records, RezoneFlip,
                  install_dnscontrol)
from measure import alternate, median_ratio

HERE = Path(__file__).resolve().parent
ZONE = "apply.example"
NO_VERIFY = "{readback: false, dns: false}"
WHOLE = "{readback: true, dns: true}"


def sqlite_clock(work):
    """The library that measures SQLite's part, compiled when it is needed."""
    library = work / "sqlite-clock.so"
    subprocess.run([os.environ.get("CC", "cc"), "-std=gnu17", "-O2", "-shared", "-fPIC", "-o", library,
                    HERE / "sqlite_clock.c", "-ldl"], check=True)
    return library


def bench_patch(bench):
    """apply of 100,000 changed records to PowerDNS, beside the same PATCH by curl."""
    count, rounds = bench.size(100_000), bench.options.slow_rounds
    records, flip = Records(count), Flip()
    with PowerDns(bench.work / "servers" / "patch", [ZONE], records) as server:
        plain, whole = (RezoneFlip(bench.work / "projects" / name, bench.options.rezone, server, [ZONE],
                                   records, verify) for name, verify in (("patch", NO_VERIFY), ("patch-whole", WHOLE)))
        curl = CurlFlip(bench.work / "projects" / "curl", server, ZONE, records)
        ours, verified, theirs, alike = alternate(
            [plain.apply(flip), whole.apply(flip), curl.apply(flip), curl.all_requests(flip)], rounds, 0)
        part, walls = journal_part(bench, plain, flip, rounds)
    for name, figures in (("apply", ours), ("apply, verified", verified), ("curl", theirs),
                          ("curl, all requests", alike)):
        bench.keep(f"PowerDNS {count:,} changes, {name}", figures)
    bench.at_most(f"apply of {count:,} changes to PowerDNS ÷ curl", median_ratio(ours, theirs), "×", 1.2,
                  f"{ours.wall:.2f} s to {theirs.wall:.2f} s, {ours.cpu:.2f} s CPU")
    bench.at_most("  the same ÷ curl with the two readings of the zone before", median_ratio(ours, alike), "×", 1.2,
                  f"{alike.wall:.2f} s")
    bench.row("  the same, read back and asked over DNS ÷ curl", median_ratio(verified, theirs), "×", None, None,
              f"{verified.wall:.2f} s, {verified.cpu:.2f} s CPU")
    bench.at_most("the journal's part of that apply", 100 * part, "%", 10, f"of {walls:.2f} s")


def journal_part(bench, project, flip, rounds):
    """The share of apply's time that is spent in SQLite, and apply's time."""
    clock, note = sqlite_clock(bench.work), bench.work / "sqlite-clock"
    command = project.apply(flip, env={"LD_PRELOAD": str(clock), "SQLITE_CLOCK": str(note)})
    shares = []
    for _ in range(rounds):
        run = command.run()
        shares.append((int(note.read_text()) / 1e9 / run.wall, run.wall))
    return sorted(shares)[len(shares) // 2]


def bench_answers(bench):
    """verify over DNS: answers a second on loopback, for each core that rezone uses."""
    count = bench.size(100_000)
    records = Records(count)
    with Knot(bench.work / "servers" / "answers", [ZONE], records) as server:
        without, asking = (RezoneFlip(bench.work / "projects" / f"answers-{name}", bench.options.rezone, server,
                                      [ZONE], records, verify).command(None, "verify", "--format", "json")
                           for name, verify in (("without", "{dns: false}"), ("dns", WHOLE)))
        plain, asked = alternate([without, asking], bench.options.rounds)
        answers = sum(zone["questions"] for zone in json.loads(asking.output.read_text())["zones"])
    bench.keep(f"verify {count:,} without DNS", plain)
    bench.keep(f"verify {count:,} over DNS", asked)
    assert answers >= count, "it has asked for every RRset"
    bench.at_least("DNS verification, answers a second of rezone's CPU",
                   answers / (asked.cpu - plain.cpu), "/s", 10_000, f"{answers:,} answers")
    bench.at_least("DNS verification, answers a second by the clock",
                   answers / (asked.wall - plain.wall), "/s", 10_000, "server on the same cores")


def bench_zones(bench):
    """10 changes in each of 100, 1,000 and 10,000 zones, at PowerDNS and Knot DNS."""
    records = Records(10)
    most = bench.size(10_000)
    for kind in (PowerDns, Knot):
        name = kind.__name__
        if kind is Knot and not Knot.executable():
            continue
        zones = [f"z{number:05}.example" for number in range(most)]
        with kind(bench.work / "servers" / f"zones-{name}", zones, records) as server:
            times = []
            for size in (most // 100, most // 10, most):
                project = RezoneFlip(bench.work / "projects" / f"zones-{name}-{size}", bench.options.rezone, server,
                                     zones[:size], records, "{readback: true, dns: false}")
                rounds = bench.options.rounds if size < most else 2
                # Even, so that the next size begins with version 0.
                figures, = alternate([project.apply(Flip())], rounds + rounds % 2, 0)
                bench.keep(f"{name}, {size:,} zones × 10 changes", figures)
                bench.row(f"{name}, {size:,} zones × 10 changes", figures.wall, "s", None, None,
                          f"{1000 * figures.wall / size:.2f} ms a zone, {1000 * figures.cpu / size:.2f} ms CPU, "
                          f"{figures.peak / 1e6:.0f} MB")
                times.append(figures)
        slope = (times[2].wall - times[1].wall) / (most - most // 10)
        bench.at_most(f"{name}, slope {most // 10:,} → {most:,} zones ÷ {most // 10:,} zones each",
                      slope / (times[1].wall / (most // 10)), "×", 1.15, f"{1000 * slope:.2f} ms a zone")


def bench_others(bench):
    """The same change set at PowerDNS by rezone, OctoDNS and DNSControl: 1,000 of 10,000 records."""
    count = bench.size(10_000)
    records = Records(count, count // 10)
    names = {name: f"{name}.example" for name in ("rezone", "octodns", "dnscontrol")}
    programs = octodns.install(bench.work)
    dnscontrol = install_dnscontrol(bench.work)
    with PowerDns(bench.work / "servers" / "others", names.values(), records) as server:
        where = bench.work / "projects"
        made = {"rezone": RezoneFlip(where / "others-rezone", bench.options.rezone, server, [names["rezone"]],
                                     records, WHOLE),
                "octodns": OctoFlip(where / "others-octodns", programs, server, names["octodns"], records)}
        if dnscontrol:
            made["dnscontrol"] = DnsControlFlip(where / "others-dnscontrol", dnscontrol, server,
                                                names["dnscontrol"], records)
        figures = dict(zip(made, alternate([one.apply(Flip()) for one in made.values()],
                                           bench.options.slow_rounds, 0)))
        live = {name: {(rrset["name"].split(".")[0], rrset["records"][0]["content"])
                       for rrset in server.request("GET", f"/zones/{names[name]}.")[1]["rrsets"]
                       if rrset["type"] == "A"} for name in made}
    assert all(found == live["rezone"] for found in live.values()), "all have made the same changes"
    for name, one in figures.items():
        bench.keep(f"{count // 10:,} of {count:,} records changed, {name}", one)
        bench.row(f"{count // 10:,} of {count:,} records changed at PowerDNS, {name}", one.wall, "s", None, None,
                  f"{one.cpu:.2f} s CPU, {median_ratio(one, figures['rezone']):.1f} × rezone, which also verifies"
                  if name != "rezone" else f"{one.cpu:.2f} s CPU, read back and asked over DNS")


GROUPS = {"patch": bench_patch, "answers": bench_answers, "zones": bench_zones, "others": bench_others}
