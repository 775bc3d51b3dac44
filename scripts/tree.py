# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the tree that the checks look at: what git knows or would take, or, in an unpacked
archive, everything but what builds leave behind."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
LEFTOVERS = {".git", ".venv", ".cache", ".rezone", "__pycache__"}


def _of_git():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return [pathlib.PurePosixPath(name) for name in os.fsdecode(listed.stdout).split("\0") if name]


def _of_disk():
    found = []
    for directory, folders, names in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in LEFTOVERS and not f.startswith("build")]
        base = pathlib.Path(directory).relative_to(ROOT)
        found += [pathlib.PurePosixPath(base / name) for name in names]
    return found


def files():
    """Paths below ROOT, sorted; only what is a plain file."""
    try:
        paths = _of_git() if (ROOT / ".git").exists() else _of_disk()
    except (OSError, subprocess.CalledProcessError):
        paths = _of_disk()
    return sorted(p for p in set(paths) if (ROOT / p).is_file() and not (ROOT / p).is_symlink())
