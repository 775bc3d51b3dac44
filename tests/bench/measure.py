# SPDX-License-Identifier: GPL-3.0-or-later
"""Running commands and what they cost: wall clock, processor time and peak memory as the operating
system accounts them, medians of alternating runs."""
import os
import statistics
import subprocess
import time

# A stuck command would hold the bench for ever.
LIMIT_SECONDS = 900


class Run:
    """One finished process. wall, cpu (user and system together): seconds; peak: octets."""

    def __init__(self, wall, cpu, peak):
        self.wall = wall
        self.cpu = cpu
        self.peak = peak


class Command:
    """`codes`: the exit codes that mean success. `before` is called ahead of each run, unmeasured.
    `output` takes standard output; standard error goes beside it."""

    def __init__(self, words, output, codes=(0,), before=None, cwd=None, env=None):
        self.words = [str(word) for word in words]
        self.output = output
        self.codes = codes
        self.before = before
        self.cwd = cwd
        self.env = env or {}

    def run(self):
        if self.before:
            self.before()
        environment = dict(os.environ, LC_ALL="C.UTF-8", NO_COLOR="1", PYTHONDONTWRITEBYTECODE="1",
                           **self.env)
        with open(self.output, "wb") as out, open(f"{self.output}.err", "wb") as err:
            start = time.monotonic()
            child = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                     cwd=self.cwd, env=environment)
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.monotonic() - start
            child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in self.codes:
            with open(f"{self.output}.err", errors="replace") as err:
                tail = "".join(err.readlines()[-10:])
            raise RuntimeError(f"exit code {child.returncode}: {' '.join(self.words)}\n{tail}")
        return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


class Figures:
    """Medians over the runs of one command."""

    def __init__(self, runs):
        self.wall = statistics.median(run.wall for run in runs)
        self.cpu = statistics.median(run.cpu for run in runs)
        self.peak = max(run.peak for run in runs)
        self.runs = runs

    def as_json(self):
        return {"wall_s": round(self.wall, 4), "cpu_s": round(self.cpu, 4), "peak_octets": self.peak,
                "walls_s": [round(run.wall, 4) for run in self.runs],
                "cpus_s": [round(run.cpu, 4) for run in self.runs]}


def alternate(commands, rounds, warmup=1):
    """Runs the commands in turn, A B A B …, so that what else the machine does falls on all alike.
    Gives the Figures of each."""
    for _ in range(warmup):
        for command in commands:
            command.run()
    runs = [[] for _ in commands]
    for _ in range(rounds):
        for at, command in enumerate(commands):
            runs[at].append(command.run())
    return [Figures(one) for one in runs]


def median_ratio(a, b, what="wall"):
    """Median of a/b, pair by pair: steady where the machine's speed drifts."""
    return statistics.median(getattr(x, what) / getattr(y, what) for x, y in zip(a.runs, b.runs))
