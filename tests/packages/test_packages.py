# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages: made by cpack, unpacked into empty trees, and run there. For scripts/test packages; too long for
the daily suite, which has test_install.py."""
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build/packages"
EPOCH = "1700000000"


def run(*command, cwd=ROOT, **env):
    ended = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, timeout=1800,
                           env=dict(os.environ, SOURCE_DATE_EPOCH=EPOCH, **env))
    assert ended.returncode == 0, f"{command}\n{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}"
    return ended.stdout


def build(source, directory, *options):
    run("cmake", "-S", source, "-B", directory, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
        "-DCMAKE_C_FLAGS_RELEASE=-O2 -g -DNDEBUG", *options)
    run("cmake", "--build", directory)
    return directory


@pytest.fixture(scope="module")
def built():
    return build(ROOT, WORK / "shared", "-DCMAKE_INSTALL_PREFIX=/usr")


@pytest.fixture(scope="module")
def built_static():
    return build(ROOT, WORK / "static", "-DRZ_STATIC=ON")


def pack(directory, generator, pattern):
    for old in directory.glob(pattern):
        old.unlink()
    run("cpack", "-G", generator, cwd=directory)
    made = list(directory.glob(pattern))
    assert len(made) == 1, made
    return made[0]


def try_out(program, directory):
    directory.mkdir(parents=True, exist_ok=True)
    for words, code in ((["version"], 0), (["init"], 0), (["plan"], 2), (["apply", "--yes"], 0), (["plan"], 0),
                        (["explain", "RZ5203"], 0), (["help", "recovery"], 0)):
        ended = subprocess.run([program, *words], cwd=directory, capture_output=True, text=True, timeout=60,
                               env={"HOME": str(directory), "PATH": "/usr/bin:/bin"})
        assert ended.returncode == code, ended.stderr


def needed(program):
    return re.findall(r"NEEDED +(\S+)", run("objdump", "-p", program))


def test_deb(built, tmp_path):
    if not shutil.which("dpkg-shlibdeps"):
        pytest.skip("dpkg-dev is not installed")
    package = pack(built, "DEB", "*.deb")
    fields = run("dpkg-deb", "-f", package)
    depends = re.search(r"^Depends: (.*)$", fields, re.M)[1]
    assert re.search(r"^Package: rezone$", fields, re.M) and re.search(r"^Version: 0\.\d", fields, re.M)
    # A tree of its own, with dpkg's database in it: what `dpkg -i` does on a machine without rezone.
    tree = tmp_path / "tree"
    for part in ("var/lib/dpkg/updates", "var/lib/dpkg/info"):
        (tree / part).mkdir(parents=True)
    (tree / "var/lib/dpkg/status").touch()
    run("dpkg", f"--root={tree}", "--force-depends", "--force-script-chrootless", "--log=/dev/null", "-i", package)
    assert "ok installed" in run("dpkg-query", f"--admindir={tree}/var/lib/dpkg", "-W", "-f=${Status}", "rezone")
    program = tree / "usr/bin/rezone"
    try_out(program, tmp_path / "project")
    assert (tree / "usr/share/man/man1/rezone-plan.1").exists() or (tree / "usr/share/man/man1/rezone-plan.1.gz").exists()
    names = {re.split(r"[ (|]", one.strip())[0] for one in depends.split(",")}
    for soname in needed(program):
        path = re.search(rf"{re.escape(soname)} => (\S+)", run("ldd", program))
        if path:
            real = os.path.realpath(path[1])
            merged = real.removeprefix("/usr")  # dpkg knows some files by where they were before /usr was merged
            known = subprocess.run(["dpkg", "-S", real, merged], capture_output=True, text=True, timeout=60).stdout
            assert known, real
            owner = known.split(":")[0]
            assert owner in names, f"{soname} is of {owner}, which Depends does not name: {depends}"


def test_rpm(built, tmp_path):
    if not shutil.which("rpmbuild"):
        pytest.skip("rpmbuild is not installed")
    package = pack(built, "RPM", "*.rpm")
    assert run("rpm", "-qp", "--qf", "%{NAME} %{LICENSE}", package) == "rezone GPL-3.0-or-later"
    assert "libknot" in run("rpm", "-qp", "--requires", package)
    files = run("rpm", "-qpl", package)
    assert "/usr/bin/rezone\n" in files and "/usr/share/man/man1/rezone.1" in files
    tree = tmp_path / "tree"
    run("rpm", f"--root={tree}", "--initdb")
    run("rpm", f"--root={tree}", "--nodeps", "--noscripts", "-i", package)
    try_out(tree / "usr/bin/rezone", tmp_path / "project")


def test_tarball(built_static, tmp_path):
    package = pack(built_static, "TGZ", "*.tar.gz")
    run("tar", "-xzf", package, "-C", tmp_path)
    program = next(tmp_path.glob("*/bin/rezone"))
    try_out(program, tmp_path / "project")
    shared = needed(program)
    assert not [name for name in shared if re.match("lib(yaml|jansson|xxhash|sqlite3|knot|zscanner|dnssec)", name)]
    print("\nstill shared: " + " ".join(shared))


def test_reproducible(tmp_path):
    """The same commit, built in two directories of different names and depths."""
    digests = []
    for name in ("a", "some/where/else"):
        source = tmp_path / name / "rezone"
        source.parent.mkdir(parents=True)
        run("git", "clone", "-q", ROOT, source)
        made = build(source, source.parent / f"out-{len(name)}")
        digests.append(hashlib.sha256((made / "rezone").read_bytes()).hexdigest())
        assert str(tmp_path).encode() not in (made / "rezone").read_bytes()
    assert digests[0] == digests[1]


def test_the_version_is_that_of_the_tag(tmp_path):
    source = tmp_path / "rezone"
    run("git", "clone", "-q", ROOT, source)
    run("git", "-c", "user.name=t", "-c", "user.email=t@example.com", "tag", "-a", "-m", "test", "v9.8.7", cwd=source)
    run("cmake", "-S", source, "-B", tmp_path / "out", "-G", "Ninja")
    config = (tmp_path / "out/CPackConfig.cmake").read_text()
    assert 'CPACK_PACKAGE_VERSION "9.8.7"' in config
    assert '"versionInfo": "9.8.7"' in run(sys.executable, source / "scripts/sbom", cwd=source)
