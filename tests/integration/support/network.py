# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of a test's own: network namespaces around a bridge that is in one as well, so that nothing of the
machine's network is touched or reached.

    with Network({"resolver": "192.0.2.1", "one": "192.0.2.11"}) as network:
        with network.at("resolver"):   # sockets and processes that are made in here are of that host
            ...
        network.cut("one")             # its cable is pulled: packets to it are lost without a word
"""
import contextlib
import ctypes
import os
import shutil
import subprocess

CLONE_NEWNET = 0x40000000
NAMES = "/run/netns"


def ip(*words):
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    program = shutil.which("ip", path=path)
    if not program:
        raise FileNotFoundError("ip (of iproute2) is not installed")
    subprocess.run([program, *words], check=True, capture_output=True, stdin=subprocess.DEVNULL, text=True)


def why_not():
    """Why no namespaces can be made here; None where they can."""
    name = f"rz{os.getpid()}-try"
    try:
        ip("netns", "add", name)
        ip("-n", name, "link", "set", "lo", "up")
        ip("netns", "del", name)
    except FileNotFoundError as missing:
        return str(missing)
    except subprocess.CalledProcessError as refused:
        return f"no network namespace can be made here (root is needed): {refused.stderr.strip()}"
    return None


def enter(descriptor):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Network:
    def __init__(self, hosts):
        self.hosts = dict(hosts)
        self.prefix = f"rz{os.getpid()}"
        self.made = []

    def name(self, host):
        return f"{self.prefix}-{host}"

    def __enter__(self):
        try:
            self._add("hub")
            self._ip("hub", "link", "add", "bridge", "type", "bridge")
            self._ip("hub", "link", "set", "bridge", "up")
            for number, (host, address) in enumerate(self.hosts.items()):
                self._add(host)
                self._ip("hub", "link", "add", f"port{number}", "type", "veth", "peer", "name", "eth0",
                         "netns", self.name(host))
                self._ip("hub", "link", "set", f"port{number}", "master", "bridge", "up")
                self._ip(host, "address", "add", f"{address}/24", "dev", "eth0")
                self._ip(host, "link", "set", "eth0", "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        while self.made:
            ip("netns", "del", self.made.pop())

    def _add(self, host):
        ip("netns", "add", self.name(host))
        self.made.append(self.name(host))
        self._ip(host, "link", "set", "lo", "up")

    def _ip(self, host, *words):
        ip("-n", self.name(host), *words)

    def _port(self, host):
        return f"port{list(self.hosts).index(host)}"

    @contextlib.contextmanager
    def at(self, host):
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open(f"{NAMES}/{self.name(host)}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            enter(there)
            yield
        finally:
            enter(home)
            os.close(there)
            os.close(home)

    def cut(self, host):
        self._ip("hub", "link", "set", self._port(host), "nomaster")

    def mend(self, host):
        self._ip("hub", "link", "set", self._port(host), "master", "bridge")
