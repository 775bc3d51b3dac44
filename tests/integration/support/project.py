# SPDX-License-Identifier: GPL-3.0-or-later
"""A project directory and the real binary run in it, as a user would."""
import json
import os
import signal
import subprocess
import time
from pathlib import Path

# What a sanitizer needs to be told reaches the program; nothing else of the tester's environment.
PASSED_ON = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "GCOV_PREFIX",
             "GCOV_PREFIX_STRIP", "LLVM_PROFILE_FILE")
SANITIZER_EXIT = 99
SECONDS = 120

SOA = "soa: {mname: ns1.example.net., rname: hostmaster@example.net, refresh: 2h, retry: 1h, expire: 2w, minimum: 1h}\n"
HEAD = SOA + "nameservers: [ns1.example.net., ns2.example.net.]\n"


class Result:
    """What a command gave: code, stdout, stderr, and both together as `text`."""

    def __init__(self, command, code, stdout, stderr, seconds):
        self.command, self.code, self.stdout, self.stderr = command, code, stdout, stderr
        self.seconds = seconds

    @property
    def text(self):
        return self.stdout + self.stderr

    @property
    def json(self):
        return json.loads(self.stdout)

    def codes(self):
        """The diagnostics' codes of a JSON result."""
        found = self.json
        listed = found["diagnostics"] if isinstance(found, dict) else []
        return [entry["code"] for entry in listed]

    def __str__(self):
        return (f"$ {self.command}\n(exit code {self.code}, {self.seconds:.2f} s)\n"
                f"--- stdout\n{shorten(self.stdout)}\n--- stderr\n{shorten(self.stderr)}")

    __repr__ = __str__


def shorten(text, limit=3000):
    return text if len(text) <= limit else f"{text[:limit // 2]}\n[…]\n{text[-limit // 2:]}"


class Project:
    """`run` gives a Result; `expect` also checks the exit code. Everything run is in `results`, and
    is shown with a test that fails."""

    def __init__(self, directory, binary):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.binary = binary
        self.results = []
        self.environment = {}
        self.children = []
        self.state = None  # `state:` of every rezone.yaml that is written; None: as it says

    def path(self, name):
        return self.directory / name

    def write(self, name, text, mode=None):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == "rezone.yaml" and self.state:
            text += f"state: {self.state}\n"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if mode is not None:
            path.chmod(mode)
        return path

    def read(self, name):
        return self.path(name).read_text()

    def exists(self, name):
        return self.path(name).exists()

    def remove(self, name):
        self.path(name).unlink()

    def zone(self, name, records="", head=HEAD):
        """A native zone file with SOA and name servers; `records` as below `records:`."""
        body = "records:\n" + "".join(f"  {line}\n" for line in records.splitlines()) if records else ""
        return self.write(f"zones/{name}.yaml", head + body)

    def _environment(self, more):
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8",
                       "HOME": str(self.directory), "NO_COLOR": "1", "REZONE_ACTOR": "tester",
                       "REZONE_RESOLVERS": "none"}  # tests ask nobody who is not of this machine
        environment.update({k: os.environ[k] for k in PASSED_ON if k in os.environ})
        environment.update(self.environment)
        environment.update(more or {})
        return {k: v for k, v in environment.items() if v is not None}

    def run(self, *args, stdin=None, env=None, timeout=SECONDS, prefix=()):
        command = [*prefix, str(self.binary), *map(str, args)]
        start = time.monotonic()
        child = subprocess.run(command, cwd=self.directory, env=self._environment(env),
                               input=b"" if stdin is None else stdin, capture_output=True, timeout=timeout)
        return self._note(command[len(prefix):], child.returncode, child.stdout, child.stderr, start)

    def _note(self, command, code, stdout, stderr, start):
        result = Result(" ".join(["rezone", *command[1:]]), code, stdout.decode(errors="replace"),
                        stderr.decode(errors="replace"), time.monotonic() - start)
        self.results.append(result)
        assert code != SANITIZER_EXIT and "Sanitizer" not in result.stderr \
            and "runtime error:" not in result.stderr, f"a sanitizer reports:\n{result}"
        return result

    def expect(self, code, *args, **more):
        result = self.run(*args, **more)
        assert result.code == code, f"exit code {code} was expected:\n{result}"
        return result

    def start(self, *args, env=None):
        """In the background; `finish` waits for it."""
        command = [str(self.binary), *map(str, args)]
        child = subprocess.Popen(command, cwd=self.directory, env=self._environment(env),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        child.started = time.monotonic()
        child.command = command
        self.children.append(child)
        return child

    def finish(self, child, timeout=SECONDS):
        stdout, stderr = child.communicate(timeout=timeout)
        return self._note(child.command, child.returncode, stdout, stderr, child.started)

    def close(self):
        for child in self.children:
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
            child.communicate()

    def plan(self, code=2, *args):
        """A plan as JSON."""
        return self.expect(code, "plan", "--format", "json", *args).json

    def changes(self, *args):
        """{(owner, type): action} of a plan; empty where there is nothing to do."""
        result = self.run("plan", "--format", "json", *args)
        assert result.code in (0, 2, 3), result
        found = {(c["owner"], c["type"]): c["action"] for z in result.json["zones"] for c in z["changes"]}
        assert bool(found) == (result.code != 0) or any(z["create_zone"] for z in result.json["zones"])
        return found

    def apply(self, code=0, *args):
        return self.expect(code, "apply", "--yes", *args)

    def runs(self):
        return self.expect(0, "history", "--format", "json").json

    def last_run(self):
        return self.runs()[0]["run"]

    def all_output(self):
        return "".join(result.command + result.text for result in self.results)
