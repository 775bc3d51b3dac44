# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that is full or broken and memory that runs out, at the n-th file operation and the n-th
allocation of an apply, of the program and of all its libraries (tests/tools/fault_shim.c). The zone
stays old or becomes new, the exit code says which, and where it is 5 `recover` mends it. By default a
part of the numbers is tried; REZONE_EXHAUSTION=all tries every one."""
import errno
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess

import pytest

from support.project import Project
from test_crash_matrix import ENDED, NEW, OLD

# The one crash that is not ours to mend (docs/ARCHITECTURE.md), by the functions that call each other.
TSIG_CRASH = re.compile(r"libknot\S*\(knot_tsig_create_rdata\+\S+\n\S*libknot\S*\(knot_tsig_sign\+")
ALL = os.environ.get("REZONE_EXHAUSTION") == "all"


@pytest.fixture
def shim(binary):
    path = binary.parent / "fault-shim.so"
    if not path.exists():
        pytest.skip("this build has no fault-shim.so")
    libraries = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
    if "libasan" in libraries or "libtsan" in libraries:
        pytest.skip("a sanitizer has its own malloc")
    return path


class Exhausted:
    """A project and its zone at OLD, whose files say NEW; copied anew for each run."""

    def __init__(self, project, target, shim):
        self.project, self.target, self.shim = project, target, shim
        target.base()
        target.setup()
        self.write(NEW)
        project.apply()
        self.new = target.fetch()
        self.write(OLD)
        project.apply()
        self.old = target.fetch()
        self.write(NEW)
        self.copy = project.directory.with_name("copy")
        shutil.copytree(project.directory, self.copy)

    def write(self, records):
        self.project.zone(self.target.zone, records)

    def renew(self):
        """Everything as before the run; a server's zone by rezone itself, the file by copying."""
        live = self.target.fetch()
        if self.target.kind != "zonefile" and live != self.old:
            self.write(OLD)
            self.project.apply()
            assert self.target.fetch() == self.old
        shutil.rmtree(self.project.directory)
        shutil.copytree(self.copy, self.project.directory)

    def run(self, **faults):
        """One apply with these faults; whether the program got as far as to meet them."""
        count = self.project.path("count")
        self.stack = self.project.path("stack")
        environment = {"LD_PRELOAD": str(self.shim), "SHIM_COUNT": str(count),
                       "SHIM_STACK": str(self.stack),
                       **{f"SHIM_{name}": str(value) for name, value in faults.items()}}
        result = self.project.run("apply", "--yes", env=environment)
        passed = None
        if count.exists():
            memory, files = map(int, count.read_text().split())
            passed = memory if "MALLOC" in faults else files
        self.check(result, faults)
        self.code = result.code
        return passed is None or passed >= max(faults.get("MALLOC", 0), faults.get("FILE", 0))

    def states(self):
        """Of the newest run that the journal has, and of all zones of all runs."""
        with sqlite3.connect(self.project.path(".rezone/state.db")) as journal:
            run, = journal.execute("SELECT status FROM runs ORDER BY id DESC").fetchone()
            return {run, *(state for state, in journal.execute("SELECT state FROM run_zones"))}

    def where(self):
        """Under which functions the first allocation failed, innermost first."""
        return self.stack.read_text() if self.stack.exists() else ""

    def known_crash(self, result):
        """libknot's knot_tsig_sign() goes on without the RDATA that knot_tsig_create_rdata() found no
        memory for. As after any kill, `recover` has to find or make the zone old or new."""
        if result.code != -signal.SIGSEGV or not TSIG_CRASH.search(self.where()):
            return False
        self.project.expect(0, "recover", "--yes")
        assert self.target.fetch() in (self.old, self.new), result
        assert self.states() <= set(ENDED), result
        return True

    def check(self, result, faults):
        if self.known_crash(result):
            return
        assert result.code in (0, 1, 4, 5), f"it crashed, or its exit code means nothing ({faults}):\n{result}\n{self.where()}"
        if result.code:
            assert "error[RZ" in result.stderr or "out of memory" in result.stderr, result
        live = self.target.fetch()
        assert live in (self.old, self.new), f"neither old nor new:\n{result}"
        if result.code == 5:
            assert "recover" in result.text, result
            self.project.expect(0, "recover", "--yes")
            assert self.target.fetch() in (self.old, self.new)
        else:
            assert live == (self.new if result.code == 0 else self.old), result
        assert self.states() <= set(ENDED), result


@pytest.mark.parametrize("stays", [0, 1], ids=["once", "stays"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
def test_files(project, file_target, shim, error, stays):
    """Journal and zone file: every write, fsync, rename, create, link, truncate and unlink."""
    case = Exhausted(project, file_target, shim)
    step, number = 1 if ALL else 7, 1 + error % 7 + 3 * stays
    while case.run(FILE=number, ERRNO=error, STAYS=stays):
        case.renew()
        number += step
    assert number > 40


def numbers(first, last, some):
    if ALL:
        return range(1, last + 1)
    return sorted(random.Random(6).sample(range(first, last + 1), some))


def allocations(project, shim, *args):
    """How many a command makes."""
    project.run(*args, env={"LD_PRELOAD": str(shim), "SHIM_COUNT": str(project.path("count"))})
    return int(project.read("count").split()[0])


@pytest.mark.parametrize("target, some", [("zonefile", 40), ("powerdns", 8), ("bind", 8), ("knot", 4)],
                         indirect=["target"])
def test_memory(project, target, shim, some):
    """No allocation that fails ends in a signal, a change by half, or a zone believed to be empty."""
    case = Exhausted(project, target, shim)
    # Those of libraries that start are many, and alike.
    first, last = allocations(project, shim, "version"), allocations(project, shim, "apply", "--yes")
    assert 0 < first < last
    for number in numbers(first, last, some):
        case.renew()
        case.run(MALLOC=number)


@pytest.mark.parametrize("target", ["bind"], indirect=True)
def test_messages_that_cannot_be_signed(project, target, shim):
    """Each says so, the update too, and what was not sent is known not to have happened."""
    case = Exhausted(project, target, shim)
    codes = []
    for number in range(1, 9):
        case.run(SIGN=number)
        codes.append(case.code)
        case.renew()
    assert codes[0] == 1 and codes[-1] == 0, codes


def test_memory_that_stays_gone(project, file_target, shim):
    case = Exhausted(project, file_target, shim)
    first = allocations(project, shim, "version")
    for number in (1, first // 2, *range(first, first + 3000, 20 if ALL else 400)):
        case.run(MALLOC=number, STAYS=1)
        case.renew()
