#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the figures that docs/performance.md promises. Each is one row: what was measured, the
bound and whether it is kept. Commands that are compared run in turn, and medians are quoted."""
import argparse
import contextlib
import json
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import applies  # noqa: E402
import history  # noqa: E402
import hosting  # noqa: E402
import octodns  # noqa: E402
from forwarding import ForwardingProject  # noqa: E402
from downloads import Bind, Knot, PowerDns  # noqa: E402
from machine import describe  # noqa: E402
from measure import Command, alternate, median_ratio  # noqa: E402
from projects import FILES, Project, TemplateProject  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "bench"
MILLION = 1_000_000
HUNDRED_THOUSAND = 100_000
CHANGES = 2  # plan's exit code where there is something to do


class Bench:
    work = WORK

    def __init__(self, options):
        self.options = options
        self.rows = []
        self.details = {}

    def row(self, text, value, unit, bound, kept, extra=""):
        """One line of the table; bound None: for information."""
        self.rows.append({"figure": text, "value": round(value, 4), "unit": unit, "bound": bound,
                          "kept": kept, "measured": extra})
        mark = "" if kept is None else "yes" if kept else "NO"
        print(f"  {text:<58} {value:>9.3g} {unit:<6} {bound or '':<9} {mark:<4} {extra}", flush=True)

    def at_most(self, text, value, unit, bound, extra=""):
        self.row(text, value, unit, f"≤ {bound:g}", value <= bound, extra)

    def at_least(self, text, value, unit, bound, extra=""):
        self.row(text, value, unit, f"≥ {bound:g}", value >= bound, extra)

    def size(self, full):
        """A size of the groups of apply, which --scale makes smaller."""
        return max(1, full // self.options.scale)

    def keep(self, name, figures):
        self.details[name] = figures.as_json()

    def project(self, name, records, zones=1, provider=FILES):
        return Project(WORK / "projects" / name, self.options.rezone, records, zones, provider)


def own_cache(project):
    return {"REZONE_CACHE_DIR": str(project.directory / "cache")}


def cold_plan(project):
    return Command(project.command("plan"), project.directory / "cold", (CHANGES,), project.forget,
                   env=own_cache(project))


def noop_plan(project):
    return Command(project.command("plan", "--no-cache"), project.directory / "noop")


def warm_plan(project):
    """Nothing has changed since the last plan."""
    return Command(project.command("plan"), project.directory / "warm", (0, CHANGES),
                   env=own_cache(project))


def apply(project):
    return Command(project.command("apply", "--yes", "--quiet"), project.directory / "apply", (0,),
                   project.forget, env=own_cache(project))


def apply_after_plan(project):
    """The documents are in the cache, as they are when a plan was looked at before."""
    def before():
        project.forget_live()
        cold = cold_plan(project)
        cold.before = None
        cold.run()
    return Command(project.command("apply", "--yes", "--quiet"), project.directory / "apply", (0,), before,
                   env=own_cache(project))


@contextlib.contextmanager
def two_cores():
    """Only two processors, for what is promised on two."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:2])
    yield
    os.sched_setaffinity(0, allowed)


def cost(figures):
    return f"{figures.wall:.3f} s wall, {figures.cpu:.3f} s CPU, {figures.peak / 1e6:.0f} MB"


def bench_million(bench):
    """plan of 1,000,000 records, in one zone and in 1,000."""
    one = bench.project("one-zone", MILLION)
    many = bench.project("many-zones", MILLION, 1000)
    with two_cores():
        cold = alternate([cold_plan(one), cold_plan(many)], bench.options.rounds)
        for project in (one, many):
            apply(project).run()
        noop = alternate([noop_plan(one), noop_plan(many)], bench.options.rounds)
        warm, = alternate([warm_plan(one)], bench.options.rounds)
    bench.keep("warm plan 1 × 1,000,000", warm)
    bench.at_most("warm plan (cache), 1 zone × 1,000,000", warm.wall, "s", 0.3, cost(warm))
    for name, (single, split) in (("cold plan", cold), ("no-op plan", noop)):
        bench.keep(f"{name} 1 × 1,000,000", single)
        bench.keep(f"{name} 1,000 × 1,000", split)
        bench.at_most(f"{name}, 1 zone × 1,000,000", single.wall, "s", 2, cost(single))
        bench.at_most(f"{name}, peak memory", single.peak / 1e6, "MB", 600)
        bench.at_most(f"{name}, 1,000 zones × 1,000 ÷ one zone", median_ratio(split, single), "×", 1,
                      cost(split))


def bench_octodns(bench):
    """The same 100,000 records by OctoDNS: cold plan, no-op plan, apply to files."""
    programs = octodns.install(WORK)
    theirs = octodns.OctoProject(WORK / "projects" / "octodns", programs, HUNDRED_THOUSAND)
    ours = bench.project("rezone-100k", HUNDRED_THOUSAND)
    pairs = (("cold plan", theirs.plan, cold_plan), ("apply", theirs.apply, apply),
             ("apply after plan", theirs.apply, apply_after_plan),
             ("no-op plan", theirs.compare, noop_plan))
    for name, their, our in pairs:
        slow, fast = alternate([their(), our(ours)], bench.options.slow_rounds, warmup=0)
        bench.keep(f"{name} 100,000, OctoDNS", slow)
        bench.keep(f"{name} 100,000, rezone", fast)
        bench.at_least(f"{name}, OctoDNS 1.22 ÷ rezone", median_ratio(slow, fast), "×", 300,
                       f"{slow.wall:.2f} s to {fast.wall:.4f} s wall, {slow.cpu:.2f} s to "
                       f"{fast.cpu:.4f} s CPU (÷ {median_ratio(slow, fast, 'cpu'):.0f})")


def bench_downloads(bench):
    """plan against real servers with 100,000 RRsets, to plain downloads of the same zone."""
    for kind in (PowerDns, Bind, Knot):
        server = kind(WORK / "servers" / kind.__name__.lower(), HUNDRED_THOUSAND)
        if server.missing():
            print(f"  {kind.name}: skipped, {server.missing()} is not installed")
            continue
        with server:
            project = bench.project(f"download-{kind.__name__.lower()}", HUNDRED_THOUSAND,
                                    provider=server.provider)
            commands = [noop_plan(project)]
            commands += [Command(words, WORK / "servers" / f"{name}.out")
                         for name, words in server.downloads.items()]
            plan, *downloads = alternate(commands, bench.options.rounds)
        bench.keep(f"plan 100,000, {kind.name}", plan)
        for name, download in zip(server.downloads, downloads):
            bench.keep(f"{name} 100,000, {kind.name}", download)
            bench.at_most(f"plan ÷ {name}, {kind.name}", median_ratio(plan, download), "×", 1.15,
                          f"{plan.wall:.3f} s to {download.wall:.3f} s")


def bench_growth(bench):
    """Time a record from 10,000 to 1,000,000 records, without the time of an empty project."""
    sizes = (0, 10_000, 100_000, 1_000_000)
    projects = [bench.project(f"growth-{size}", size) for size in sizes]
    for project in projects:
        apply(project).run()
    small = alternate([noop_plan(project) for project in projects[:3]], bench.options.rounds * 3)
    large = alternate([noop_plan(project) for project in projects[2:]], bench.options.rounds)
    for size, figures in zip(sizes, small + large[1:]):
        bench.keep(f"no-op plan {size:,}", figures)
    start = small[0].cpu

    def each(figures, size):
        return (figures.cpu - start) / size * 1e6

    steps = ((10_000, small[1], 100_000, small[2]), (100_000, large[0], 1_000_000, large[1]))
    for few, fewer, many, more in steps:
        bench.at_most(f"growth, CPU a record, {few:,} → {many:,}",
                      each(more, many) / each(fewer, few), "×", 1.15,
                      f"{each(fewer, few):.2f} µs to {each(more, many):.2f} µs")


def bench_templates(bench):
    """10,000 zones of 100 records each, made by two templates with arguments."""
    project = TemplateProject(WORK / "projects" / "templates", bench.options.rezone, 10_000)
    validate = Command(project.command("validate"), project.directory / "validate")

    def change_one():
        project.counter = getattr(project, "counter", 0) + 1
        project.write_zone(7, 78 - project.counter % 2)

    changed = Command(project.command("plan"), project.directory / "changed", (0, CHANGES), change_one,
                      env=own_cache(project))
    with two_cores():
        cold, = alternate([validate], bench.options.rounds)
        apply(project).run()
        warm_plan(project).run()
        warm, one = alternate([warm_plan(project), changed], bench.options.rounds)
    for name, figures in (("validate", cold), ("warm plan", warm), ("one changed", one)):
        bench.keep(f"templates: {name}", figures)
    bench.at_most("validate, 10,000 zones × 100 by templates", cold.wall, "s", 3, cost(cold))
    bench.at_most("warm plan, 10,000 zones × 100 by templates", warm.wall, "s", 0.3, cost(warm))
    bench.at_most("one changed zone of 10,000, over a warm plan", one.wall - warm.wall, "s", 0.1, cost(one))


def median(values):
    return sorted(values)[len(values) // 2]


def bench_hosting(bench):
    """DNS.services by its simulator: 1,000 changes at 50 ms a request, 10,000 domains, the cache."""
    work = WORK / "projects" / "hosting"
    with hosting.start(WORK / "servers" / "hosting") as service:
        project = hosting.HostingProject(work, bench.options.rezone, service)
        project.zone(0)
        project.run("plan")
        ideal = hosting.RECORDS / hosting.IN_FLIGHT * hosting.LATENCY
        service.switches.latency = hosting.LATENCY
        seconds = []
        for number in range(bench.options.slow_rounds):
            project.zone(hosting.RECORDS, number)
            seconds.append(project.run("apply", "--yes", "--quiet")[0])
        bench.at_most("1,000 changes, 50 ms, 16 in flight ÷ ideal", median(seconds) / ideal, "×", 1.2,
                      f"{median(seconds):.2f} s to {ideal:.3f} s, plan, reading back and journal included")
        service.switches.latency = 0
        project.run("plan", "--refresh")
        _, requests = project.run("plan")
        reads = sum(entry["requests"] for entry in requests if entry["endpoint"].startswith("/api/service/"))
        bench.at_most("record reads of a second plan within the cache's life", reads, "", 0)
        for number in range(hosting.DOMAINS):
            service.store.add_domain(f"domain{number}.example")
        beyond = []
        for _ in range(bench.options.rounds):
            wall, requests = project.run("domain", "list", "--refresh", "--search", "99", "--sort", "expires", "--limit",
                                         "50", "--offset", "50", "--format", "json")
            beyond.append(wall - sum(entry["p50_ms"] * entry["requests"] for entry in requests) / 1000)
        bench.at_most("10,000 domains filtered and paged, beyond the server's time", median(beyond), "s", 0.3)


def bench_forwarding(bench):
    """5,000 forwarding rules, each for two resolvers, planned: all new, and all there."""
    projects = {zones: ForwardingProject(WORK / "projects" / f"forwarding-{zones}", bench.options.rezone, 5000, zones)
                for zones in (1, 100)}
    for zones, project in projects.items():
        output = project.directory / "output"
        cold, = alternate([Command(project.command("plan", "--no-cache"), output, (CHANGES,))], bench.options.rounds)
        Command(project.command("apply", "--yes", "--quiet"), output).run()
        noop, = alternate([Command(project.command("plan", "--no-cache"), output)], bench.options.rounds)
        for name, figures in (("cold", cold), ("no-op", noop)):
            text = f"{name} plan, 5,000 rules × 2 resolvers in {zones} file{'s' if zones > 1 else ''}"
            bench.keep(text, figures)
            bench.at_most(text, figures.wall, "s", 0.2, cost(figures))


GROUPS = {**applies.GROUPS, "million": bench_million, "octodns": bench_octodns, "downloads": bench_downloads,
          "growth": bench_growth, "templates": bench_templates, "hosting": bench_hosting,
          "forwarding": bench_forwarding,
          "history": history.bench_history}


def read_options():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("group", nargs="*", choices=[*GROUPS, []], help="default: all")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command (default 5)")
    parser.add_argument("--slow-rounds", type=int, default=3,
                        help="runs of each command beside OctoDNS (default 3)")
    parser.add_argument("--scale", type=int, default=1,
                        help="divides the sizes of patch, answers, zones, others and history, for a quick look")
    parser.add_argument("--rezone", type=Path, default=ROOT / "build" / "release" / "rezone",
                        help="the binary to measure")
    return parser.parse_args()


def main():
    options = read_options()
    options.rezone = options.rezone.resolve()
    bench = Bench(options)
    machine = describe(os.environ.get("CC", "cc"))
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    WORK.mkdir(parents=True, exist_ok=True)
    for name in options.group or GROUPS:
        print(f"{name}: {GROUPS[name].__doc__}")
        GROUPS[name](bench)
    results = {"machine": machine, "load_at_end": round(os.getloadavg()[0], 1),
               "figures": bench.rows, "runs": bench.details}
    (WORK / "results.json").write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    missed = [row for row in bench.rows if row["kept"] is False]
    print(f"{len(bench.rows) - len(missed)} figures kept, {len(missed)} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
