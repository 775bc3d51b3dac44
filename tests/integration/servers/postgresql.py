# SPDX-License-Identifier: GPL-3.0-or-later
"""A real PostgreSQL on a free loopback port, all its files in one directory.

    with PostgreSqlServer() as server:
        url = server.database("name")  # postgresql://rezone:${secret:env:REZONE_PG_PASSWORD}@…/name
"""
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from .bind import free_port

START_SECONDS = 30
STOP_SECONDS = 20
USER = "rezone"
PASSWORD = "p@ss/w:rd?&é"  # must be encoded in a URL
VARIABLE = "REZONE_PG_PASSWORD"


def program(name):
    """The newest one installed, or None."""
    found = [shutil.which(name)] if shutil.which(name) else []
    found += glob.glob(f"/usr/lib/postgresql/*/bin/{name}") + glob.glob(f"/usr/libexec/postgresql*/{name}")
    return found[-1] if found else None


def unprivileged():
    """Arguments for subprocess: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return {}


class PostgreSqlServer:
    def __init__(self, fsync=False):
        self.directory = Path(tempfile.mkdtemp(prefix="rezone-pg-"))
        self.owner = unprivileged()
        self.fsync = fsync
        self.port = free_port()
        self.process = None
        self.count = 0

    @staticmethod
    def available():
        return all(program(name) for name in ("initdb", "postgres", "psql"))

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def start(self):
        if "user" in self.owner:
            os.chown(self.directory, self.owner["user"], self.owner["group"])
        data = self.directory / "data"
        subprocess.run([program("initdb"), "-D", data, "-U", "postgres", "--no-sync", "-E", "UTF8",
                        "--locale=C", "--auth-local=trust", "--auth-host=scram-sha-256"],
                       check=True, capture_output=True, cwd="/", **self.owner)
        settings = {"port": self.port, "listen_addresses": "'127.0.0.1'",
                    "unix_socket_directories": f"'{self.directory}'", "shared_buffers": "'32MB'",
                    "fsync": "on" if self.fsync else "off", "max_connections": 120,
                    "autovacuum": "off", "lc_messages": "'C'"}
        with open(data / "postgresql.conf", "a") as file:
            file.writelines(f"{key} = {value}\n" for key, value in settings.items())
        self.launch()
        self.sql(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")
        return self

    def launch(self):
        self.output = open(self.directory / "log", "ab")
        self.process = subprocess.Popen([program("postgres"), "-D", self.directory / "data"], cwd="/",
                                        stdout=self.output, stderr=self.output, **self.owner)
        deadline = time.monotonic() + START_SECONDS
        while self.psql("SELECT 1").returncode:
            assert time.monotonic() < deadline and self.process.poll() is None, self.log()
            time.sleep(0.05)

    def stop(self, how=signal.SIGINT):
        """SIGINT: cuts all connections; SIGQUIT: as a crash would."""
        if self.process:
            self.process.send_signal(how)
            self.process.wait(STOP_SECONDS)
            self.output.close()
            self.process = None

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def log(self):
        return (self.directory / "log").read_text(errors="replace")

    def psql(self, statement, database="postgres"):
        return subprocess.run([program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h",
                               self.directory, "-p", str(self.port), "-U", "postgres", "-d", database,
                               "-c", statement], capture_output=True, text=True, cwd="/")

    def sql(self, statement, database="postgres"):
        """As the administrator; the rows as text."""
        done = self.psql(statement, database)
        assert done.returncode == 0, f"{statement}\n{done.stderr}"
        return done.stdout.strip()

    def database(self, name=None, lease=None):
        """A new database that belongs to the user; the URL for `state:`."""
        self.count += 1
        name = name or f"test{os.getpid()}x{self.count}"
        self.sql(f"CREATE DATABASE {name} OWNER {USER}")
        return self.url(name, lease)

    def url(self, name, lease=None):
        return (f"postgresql://{USER}:${{secret:env:{VARIABLE}}}@127.0.0.1:{self.port}/{name}"
                + (f"?lease={lease}" if lease else ""))
