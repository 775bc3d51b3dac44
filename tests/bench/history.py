# SPDX-License-Identifier: GPL-3.0-or-later
"""What a journal of ten million changes answers."""
from measure import Command, alternate
from projects import ZONE, Project, owner

RUNS = 10


def bench_history(bench):
    """One owner's history among 10 million changes: each of 1,000,000 records changed in each of 10 runs."""
    records = bench.size(1_000_000)
    project = Project(bench.work / "projects" / "history", bench.options.rezone, records)
    path = project.directory / "zones" / f"{ZONE}.yaml"
    text = path.read_text()
    for run in range(RUNS):
        path.write_text(text.replace("ttl: 1h", f"ttl: {run + 1}h", 1))
        Command(project.command("apply", "--yes", "--quiet", "--allow", "max-changes", "--allow", "protect"),
                project.directory / "apply").run()
    names = [owner(records * part // 4 + 1) for part in range(4)]
    commands = [Command(project.command("history", f"{name}.{ZONE}", "--format", "json"), project.directory / name)
                for name in names]
    figures = alternate(commands, bench.options.rounds)
    for name in names:
        found = (project.directory / name).read_text().count('"before"')
        if found != RUNS:
            raise RuntimeError(f"{name}: {found} changes, not {RUNS}")
    slowest = max(figures, key=lambda each: each.wall)
    bench.keep("history of one owner", slowest)
    bench.at_most(f"one owner's history among {RUNS * records:,} changes", slowest.wall * 1000, "ms", 50,
                  f"{slowest.cpu * 1000:.0f} ms CPU, the slowest of {len(names)} owners")
