# SPDX-License-Identifier: GPL-3.0-or-later
"""What the figures were measured on, without names of the machine or of paths."""
import os
import platform
import re
import subprocess


def _first(path, pattern, fallback="unknown"):
    try:
        with open(path) as file:
            found = re.search(pattern, file.read(), re.MULTILINE)
        return found.group(1).strip() if found else fallback
    except OSError:
        return fallback


def _first_line(*words):
    try:
        return subprocess.run(words, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "not installed"


def describe(compiler):
    kilobytes = int(_first("/proc/meminfo", r"^MemTotal:\s*(\d+)", "0"))
    debian = _first("/etc/debian_version", r"(.*)", "")
    return {"processor": _first("/proc/cpuinfo", r"^model name\s*:\s*(.*)$", platform.processor()),
            "cores": len(os.sched_getaffinity(0)),
            "memory": f"{kilobytes / 2**20:.0f} GiB",
            "system": f"Debian {debian}" if debian[:1].isdigit() else
            _first("/etc/os-release", r'^PRETTY_NAME="?([^"\n]*)', platform.system()),
            "kernel": platform.release().split("-")[0],
            "compiler": _first_line(compiler, "--version"),
            "load": round(os.getloadavg()[0], 1)}
