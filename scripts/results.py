# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts of tests, read from the reports of ctest, Criterion and pytest, and how they are shown."""
import dataclasses
import pathlib
import re
import threading
import typing
import xml.etree.ElementTree as ElementTree

LINES_SHOWN = 60
# What builds and fuzzers say while all is well.
PROGRESS = re.compile(r"\[\d+/\d+\] (Building|Linking|Re-running)|#\d+\s+(NEW|REDUCE|pulse|RELOAD)\b"
                      r"|\s*NEW_FUNC\[")


@dataclasses.dataclass
class Test:
    name: str
    passed: bool
    skipped: bool = False
    detail: str = ""
    stage: str = ""
    log: typing.Optional[pathlib.Path] = None


def _cases(path):
    """The test cases of an XML report; none where it was not written to its end."""
    try:
        return list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return []


def _detail(case):
    parts = []
    for kind in ("failure", "error", "system-out", "system-err"):
        for element in case.findall(kind):
            parts += [element.get("message") or "", element.text or ""]
    return "\n".join(part.strip() for part in parts if part.strip())


def read_junit(path):
    """Tests of ctest or pytest. ctest says in `status` what pytest says by elements."""
    tests = {}
    for case in _cases(path):
        name = "::".join(p for p in (case.get("classname"), case.get("name")) if p)
        if case.get("classname") == case.get("name"):
            name = case.get("name")
        bad = (case.find("failure") is not None or case.find("error") is not None
               or case.get("status") in ("fail", "disabled", "notrun"))
        test = Test(name, not bad, case.find("skipped") is not None,
                    _detail(case) if bad else "")
        # A test that fails in its body and again when it is torn down is listed twice.
        known = tests.get(name)
        if known is None or known.passed:
            tests[name] = test
    return list(tests.values())


def read_criterion(path):
    """Tests of one Criterion program; the suite is no attribute of a case, so it is asked for."""
    try:
        suites = list(ElementTree.parse(path).iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return []
    tests = []
    for suite in suites:
        for case in suite.findall("testcase"):
            status = case.get("status", "")
            tests.append(Test(f"{path.stem}: {suite.get('name')}::{case.get('name')}",
                              status in ("PASSED", "SKIPPED"), status == "SKIPPED", _detail(case)))
    return tests


class Results:
    """All that ran. Stages may add from several threads. What could not run is said at the end, and
    is a failure where `strict`, as in continuous integration."""

    def __init__(self, strict):
        self.strict = strict
        self.tests = []
        self.missing = []
        self.lock = threading.Lock()

    def extend(self, stage, tests, log):
        with self.lock:
            for test in tests:
                test.stage, test.log = stage, log
                self.tests.append(test)

    def add(self, stage, name, passed, detail, log):
        text = detail
        if not passed and log:
            lines = [line for line in pathlib.Path(log).read_text(errors="replace").splitlines()
                     if not PROGRESS.match(line)]
            text = "\n".join([detail, *lines[-LINES_SHOWN:]])
        self.extend(stage, [Test(name, passed, detail="" if passed else text)], log)

    def not_run(self, stage, what):
        with self.lock:
            self.missing.append(f"{stage}: {what}")
        if self.strict:
            self.extend(stage, [Test(what, False, detail="not run")], None)

    def count(self, passed, stage=None):
        return sum(t.passed == passed and not t.skipped for t in self.tests
                   if stage in (None, t.stage))

    @property
    def passed(self):
        return self.count(True)

    @property
    def failed(self):
        return self.count(False)

    def summary(self, stage, seconds):
        skipped = sum(t.skipped for t in self.tests if t.stage == stage)
        line = (f"   {stage}: {self.count(True, stage)} passed, {self.count(False, stage)} failed"
                + (f", {skipped} skipped" if skipped else "") + f" in {seconds:.0f} s")
        missing = [f"   NOT RUN {entry}" for entry in self.missing if entry.startswith(stage + ":")]
        return "\n".join([line, *missing])

    def report(self, seconds):
        """Failures with what a person needs, then what did not run, then the time."""
        out = []
        for test in self.tests:
            if test.passed or test.skipped:
                continue
            lines = test.detail.splitlines()
            out.append(f"\n-- FAILED {test.stage}: {test.name}")
            if len(lines) > 2 * LINES_SHOWN:
                lines = [*lines[:LINES_SHOWN], "   […]", *lines[-LINES_SHOWN:]]
            out += [f"   {line}" for line in lines]
            if test.log:
                out.append(f"   log: {test.log}")
        if out:
            out.append("")
        out += [f"NOT RUN {entry}" for entry in self.missing]
        out.append(f"total time {seconds:.0f} s")
        return "\n".join(out) + "\n"
