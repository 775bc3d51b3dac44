# SPDX-License-Identifier: GPL-3.0-or-later
"""The stages of scripts/test: each builds and runs something and adds to one count of tests. What a
sanitizer says about any process is a failure, also where nobody looked at its exit code."""
import argparse
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from results import Results, read_criterion, read_junit  # noqa: E402
from tree import ROOT  # noqa: E402

LOGS = ROOT / "build" / "test-logs"
JOBS = os.cpu_count() or 2
# An exit code that no test expects of rezone; reports go to files, which are looked for at the end.
SANITIZERS = {
    "asan": {"ASAN_OPTIONS": "exitcode=99:strict_string_checks=1:detect_stack_use_after_return=1",
             "UBSAN_OPTIONS": "exitcode=99:print_stacktrace=1",
             "LSAN_OPTIONS": "exitcode=99"},
    "tsan": {"TSAN_OPTIONS": "exitcode=99:second_deadlock_stack=1"},
}


class Stage:
    """One stage's name, log directory, environment and results."""

    def __init__(self, name, results, options):
        self.name = name
        self.results = results
        self.options = options
        self.logs = LOGS / name
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(parents=True)
        self.environment = dict(os.environ, LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1")

    def run(self, name, command, seconds, **more):
        """Exit code and log of a command; killed with all it started when its time is over."""
        log = self.logs / f"{name}.log"
        environment = dict(self.environment, **more)
        with open(log, "wb") as output:
            child = subprocess.Popen([str(word) for word in command], cwd=ROOT, env=environment,
                                     stdin=subprocess.DEVNULL, stdout=output,
                                     stderr=subprocess.STDOUT, start_new_session=True)
            try:
                return child.wait(timeout=seconds), log
            except subprocess.TimeoutExpired:
                output.write(f"\n{self.name}: stopped after {seconds} s\n".encode())
                return -signal.SIGKILL, log
            finally:
                try:
                    os.killpg(child.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                child.wait()

    def check(self, name, command, seconds=600, **more):
        """A command that counts as one test; whether it passed."""
        code, log = self.run(name, command, seconds, **more)
        self.results.add(self.name, name, code == 0, f"exit code {code}", log)
        return code == 0

    def build(self, preset, *options):
        """Counts only where it fails."""
        code, log = self.run("build", ["scripts/build", preset, *options], 900)
        if code:
            self.results.add(self.name, f"build {preset}", False, f"exit code {code}", log)
        return code == 0

    def unit(self, preset, **more):
        """Criterion's programs by ctest; their tests are counted one by one."""
        directory = ROOT / "build" / preset
        reports = directory / "unit"
        shutil.rmtree(reports, ignore_errors=True)
        reports.mkdir()
        junit = self.logs / "unit.xml"
        code, log = self.run("unit", ["ctest", "--test-dir", directory, "--output-on-failure",
                                      "-j", JOBS, "--output-junit", junit, "--no-tests=error"],
                             1200, **more)
        programs = read_junit(junit)
        if not programs:
            self.results.add(self.name, "unit", False, f"ctest: no results, exit code {code}", log)
        for program in programs:
            tests = read_criterion(reports / f"{program.name}.xml")
            for test in tests:
                if not test.passed and not test.detail:
                    test.detail = program.detail
            self.results.extend(self.name, tests, log)
            # A crash or a sanitizer's report outside of a test fails the program, not a test of it.
            if not tests or (not program.passed and all(test.passed for test in tests)):
                self.results.extend(self.name, [program], log)

    def integration(self, preset, *selection):
        """pytest on the real binary."""
        if not (ROOT / "tests" / "integration").is_dir():
            self.results.not_run(self.name, "integration tests: tests/integration does not exist")
            return
        junit = self.logs / "integration.xml"
        command = [sys.executable, "-m", "pytest", "tests/integration", "-n", self.options.workers,
                   "-q", "-ra", "--durations=25", "-p", "no:cacheprovider", f"--junitxml={junit}",
                   *selection]
        code, log = self.run("integration", command, self.options.integration_seconds,
                             REZONE=str(ROOT / "build" / preset / "rezone"))
        tests = read_junit(junit)
        if code == 5 and not tests:
            which = " ".join(selection) or "of tests/integration"
            self.results.not_run(self.name, f"integration tests {which}: there is none")
            return
        self.results.extend(self.name, tests, log)
        if code and all(test.passed for test in tests):
            self.results.add(self.name, "integration", False, f"pytest: exit code {code}", log)

    def watch_sanitizers(self, kind):
        """From here on reports go to files of this stage's logs, one for each process."""
        for name, value in SANITIZERS[kind].items():
            self.environment[name] = f"{value}:log_path={self.logs}/report"

    def sanitizer_reports(self):
        for report in sorted(self.logs.glob("report.*")):
            lines = report.read_text(errors="replace").splitlines()
            # What the leak checker says when a test kills the process it is looking at: no finding.
            if any(not re.fullmatch(r"==\d+==Unable to get registers from thread \d+\.", line)
                   for line in lines):
                self.results.add(self.name, report.name, False, "a sanitizer's report", report)


# Each file of integration tests runs in at least one of the two builds; those of the main job in both.
# Where parsing of strangers' octets and ways back are the matter, sanitizers see more than the release
# build does.
SANITIZED_ONLY = ["test_bad_input", "test_crash_commands", "test_crash_matrix", "test_dns_services",
                  "test_dnssec_knot", "test_dnssec_powerdns", "test_dnssec_registrar", "test_dnssec_status",
                  "test_domain_verify", "test_fault_proxy", "test_faults", "test_forwarding",
                  "test_forwarding_kresd", "test_modes", "test_plan_files", "test_policy", "test_properties",
                  "test_queue",
                  "test_record_commands", "test_verification", "test_verification_dns", "test_zonefile_signing"]
# Text of pages, packages, simulators, speed, and what is about time: nothing that a sanitizer would see
# elsewhere less well.
RELEASE_ONLY = ["test_completion", "test_dns_services_client", "test_dns_services_simulator",
                "test_dnssec_keys", "test_dnssec_rollover", "test_docs", "test_examples", "test_forwarding_network",
                "test_guides", "test_help", "test_install",
                "test_interrupts", "test_progress", "test_report_page"]


def without(*names):
    """For pytest: all files but these."""
    return [f"--ignore=tests/integration/{name}.py" for name in names]


def stage_checks(stage):
    """check-layers and check-style"""
    stage.check("check-layers", [sys.executable, "scripts/check-layers"])
    stage.check("check-style", [sys.executable, "scripts/check-style"])


def stage_release(stage):
    """the release build as it is shipped, by gcc: integration tests, the demo"""
    # Unit tests run with sanitizers: code for both linkers would take as long to build as all tests to run.
    if stage.build("release", "-DRZ_TESTS=OFF", "-DRZ_TEST_TOOLS=ON"):
        stage.integration("release", *without(*SANITIZED_ONLY))
        stage.check("demo", ["scripts/demo"], 120, REZONE=str(ROOT / "build/release/rezone"),
                    TMPDIR=str(stage.logs))


def stage_asan(stage):
    """AddressSanitizer and UBSan: unit and integration tests"""
    if stage.build("asan"):
        stage.watch_sanitizers("asan")
        stage.unit("asan")
        # What sanitizers slow down most is thinned here and whole elsewhere: the options of every
        # command in the release stage, every fault point with REZONE_CRASH_STEP=1.
        for name, value in (("REZONE_SOAK", "3"), ("REZONE_CRASH_STEP", "11")):
            stage.environment.setdefault(name, value)
        stage.integration("asan", "-k", "not help_tells_the_truth", *without(*RELEASE_ONLY))
        stage.sanitizer_reports()


def stage_tsan(stage):
    """ThreadSanitizer: the integration tests marked `threads`"""
    # No unit test makes a thread: what may race is the whole program at work.
    if stage.build("tsan"):
        stage.watch_sanitizers("tsan")
        stage.integration("tsan", "-m", "threads")
        stage.sanitizer_reports()


def fuzz(stage, program, seconds):
    """One target: new inputs go to build/fuzz-corpus, the tree's corpus is only read."""
    name = program.name.removeprefix("fuzz_")
    found = ROOT / "build" / "fuzz-corpus" / name
    found.mkdir(parents=True, exist_ok=True)
    corpora = [d for d in (ROOT / "tests/corpus" / name, ROOT / "tests/corpus" / program.name)
               if d.is_dir()]
    command = [program, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
               "-print_final_stats=1", f"-artifact_prefix={stage.logs}/{name}-", found, *corpora]
    if not corpora:
        stage.results.not_run(stage.name, f"{program.name} ran without tests/corpus/{name}")
    stage.check(program.name, command, seconds + 240)


def stage_fuzz(stage):
    """libFuzzer: six minutes, in equal parts for each target, from its corpus"""
    if not list((ROOT / "tests" / "fuzz").glob("fuzz_*.c")):
        stage.results.not_run(stage.name, "fuzz targets: tests/fuzz has no fuzz_*.c")
        return
    if not stage.build("fuzz"):
        return
    programs = [p for p in sorted((ROOT / "build/fuzz/tests/fuzz").glob("fuzz_*"))
                if p.is_file() and os.access(p, os.X_OK)
                and (ROOT / "tests/fuzz" / f"{p.name}.c").exists()]
    stage.environment["UBSAN_OPTIONS"] = "print_stacktrace=1"
    # All at once, so that no core is left without one at the end.
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(len(programs), 1)) as pool:
        seconds = max(stage.options.fuzz_seconds // JOBS, 1)
        for outcome in [pool.submit(fuzz, stage, program, seconds) for program in programs]:
            outcome.result()


def syntax(command):
    """What clang says of one file of compile_commands.json; nothing is generated."""
    words = shlex.split(command["command"])
    at = words.index("-o")
    del words[at:at + 2]
    words[words.index("-c")] = "-fsyntax-only"
    ended = subprocess.run(words, cwd=command["directory"], capture_output=True, text=True, check=False)
    return ended.stderr if ended.returncode or ended.stderr else ""


def stage_clang(stage):
    """every file passes clang without a warning"""
    clang = next(c for c in ("clang-14", "clang", "clang-15", "clang-16", "clang-17", "clang-18",
                             "clang-19", "clang-20", "clang-21") if shutil.which(c))
    code, log = stage.run("configure", [
        "cmake", "-S", ".", "-B", "build/clang", "-G", "Ninja", f"-DCMAKE_C_COMPILER={clang}",
        "-DCMAKE_BUILD_TYPE=Debug", "-DRZ_TESTS=ON", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"], 120)
    if code:
        stage.results.add(stage.name, "configure", False, f"exit code {code}", log)
        return
    commands = json.loads((ROOT / "build/clang/compile_commands.json").read_text())
    with concurrent.futures.ThreadPoolExecutor(max_workers=JOBS) as pool:
        said = [text for text in pool.map(syntax, commands) if text]
    log = stage.logs / "clang.log"
    log.write_text("".join(said) or f"{len(commands)} files\n")
    stage.results.add(stage.name, "clang", len(commands) > 200 and not said, f"{len(said)} files have warnings", log)


def stage_coverage(stage):
    """on request: coverage of unit and integration tests by gcov"""
    if stage.build("coverage"):
        for stale in (ROOT / "build/coverage").rglob("*.gcda"):
            stale.unlink()
        stage.unit("coverage")
        stage.integration("coverage")
        stage.check("gcovr", ["gcovr", "--root", ".", "--filter", "model/", "--filter", "providers/",
                              "--filter", "reconciler/", "--print-summary", "--txt",
                              stage.logs / "coverage.txt", "build/coverage"])
        print((stage.logs / "gcovr.log").read_text(errors="replace"), end="")


def stage_tidy(stage):
    """on request: clang-tidy by .clang-tidy"""
    runner = next((t for t in ("run-clang-tidy-14", "run-clang-tidy") if shutil.which(t)), None)
    if not runner:
        stage.results.not_run(stage.name, "clang-tidy is not installed")
    elif stage.build("debug"):
        stage.check("clang-tidy", [runner, "-quiet", "-p", "build/debug", "-j", JOBS,
                                   f"{ROOT}/(model|providers|reconciler)/.*"], 1800)


def stage_soak(stage):
    """on request: runs killed at random on a release build, 200 at each kind of server, every fault"""
    stage.environment.setdefault("REZONE_SOAK", "200")
    stage.environment["REZONE_FAULTS"] = "all"
    if stage.build("release", "-DRZ_TESTS=ON"):
        stage.integration("release", "-k", "crash_soak or fault_proxy or (test_queue and random)", "-rA")
        counts = re.findall(r"\w+: \d+ of \d+ runs killed.*", (stage.logs / "integration.log").read_text())
        print("\n".join(counts))


def stage_packages(stage):
    """on request: deb, rpm, tarball, two builds that are the same, README from a clone to a server"""
    junit = stage.logs / "packages.xml"
    code, log = stage.run("packages", [sys.executable, "-m", "pytest", "tests/packages", "-q", "-ra", "-s", "-p",
                                       "no:cacheprovider", f"--junitxml={junit}"], 3600)
    tests = read_junit(junit)
    stage.results.extend(stage.name, tests, log)
    if not tests or (code and all(test.passed for test in tests)):
        stage.results.add(stage.name, "packages", False, f"pytest: exit code {code}", log)
    print("".join(line for line in log.read_text(errors="replace").splitlines(True) if "CPU time" in line), end="")


ALWAYS = {"checks": stage_checks, "release": stage_release, "asan": stage_asan, "tsan": stage_tsan,
          "fuzz": stage_fuzz, "clang": stage_clang}
ON_REQUEST = {"coverage": stage_coverage, "tidy": stage_tidy, "soak": stage_soak,
              "packages": stage_packages}


def parse(arguments):
    stages = {**ALWAYS, **ON_REQUEST}
    parser = argparse.ArgumentParser(
        prog="test", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Runs the stages named, or all that are not on request.",
        epilog="\n".join(f"  {name:9} {stage.__doc__}" for name, stage in stages.items()))
    parser.add_argument("stages", metavar="STAGE", nargs="*")
    parser.add_argument("--list", action="store_true", help="name the stages")
    parser.add_argument("--workers", default=str(3 * JOBS),
                        help="pytest processes (three times as many as there are cores: tests wait a lot)")
    parser.add_argument("--fuzz-seconds", type=int, default=360, help="for all fuzz targets together (360)")
    parser.add_argument("--integration-seconds", type=int, default=900,
                        help="limit of one run of pytest (900)")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.stages if name not in stages]
    if unknown:
        parser.error(f"no stage {unknown[0]}; there are {', '.join(stages)}")
    options.chosen = {name: stages[name] for name in options.stages or ALWAYS}
    if options.list:
        print(parser.epilog)
        sys.exit(0)
    return options


def main(arguments):
    options = parse(arguments)
    results = Results(strict=os.environ.get("CI", "") not in ("", "0", "false"))
    LOGS.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    for name, run in options.chosen.items():
        print(f"== {name}: {run.__doc__}", flush=True)
        start = time.monotonic()
        try:
            run(Stage(name, results, options))
        except Exception as error:  # a stage that breaks must not hide the others
            results.add(name, "stage", False, f"{type(error).__name__}: {error}", None)
        print(results.summary(name, time.monotonic() - start), flush=True)
    print(results.report(time.monotonic() - begun), end="")
    print(f"{results.passed} passed, {results.failed} failed", flush=True)
    return 1 if results.failed or not results.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
