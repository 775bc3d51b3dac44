# SPDX-License-Identifier: GPL-3.0-or-later
"""What `cmake --install` puts where, and a program against the installed library. Packages made of it are
tested by scripts/test packages."""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REZONE = ROOT / os.environ.get("REZONE", "build/debug/rezone")
BUILD = REZONE.parent

PROGRAM = """\
#include <stdio.h>
#include "dns/zone.h"
#include "provider.h"
#include "plan/plan.h"
int main(void)
{
    struct rz_name name;
    struct rz_diags diags = {0};
    const char *why = "";
    bool good = rz_name_parse(&name, RZ_STR("www.Example.com"), NULL, &why) == RZ_OK;
    char text[RZ_NAME_TEXT_MAX];
    printf("%s %s %d\\n", good ? rz_name_text_plain(text, name.wire) : "?", rz_providers[0]->kind, (int)diags.count);
}
"""


def cache_says(option):
    cache = BUILD / "CMakeCache.txt"
    return cache.exists() and f"{option}:" in cache.read_text() and re.search(
        rf"^{option}:\w+=ON$", cache.read_text(), re.M) is not None


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    if not (BUILD / "CMakeCache.txt").exists():
        pytest.skip("the program was not built here")
    prefix = tmp_path_factory.mktemp("prefix")
    ended = subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], capture_output=True, text=True,
                           timeout=120)
    assert ended.returncode == 0, ended.stderr
    yield prefix
    shutil.rmtree(prefix, ignore_errors=True)


def test_what_is_installed(installed):
    names = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    manuals = {f"share/man/man{page.suffix[1:]}/{page.name}" for page in (ROOT / "docs/man").iterdir()}
    assert manuals <= names and len(manuals) > 50
    assert {"bin/rezone", "share/bash-completion/completions/rezone", "share/zsh/site-functions/_rezone",
            "share/fish/vendor_completions.d/rezone.fish", "share/rezone/schemas/zone.schema.json",
            "share/doc/rezone/LICENSE", "share/doc/rezone/README.md",
            "share/doc/rezone/guide/first-project.md"} <= names
    assert not [name for name in names if "internal" in name or name.endswith((".c", ".o", ".py"))]


def test_the_installed_program_runs_alone(installed, tmp_path):
    for words, code in ((["init"], 0), (["plan"], 2), (["apply", "--yes"], 0), (["help", "secrets"], 0)):
        ended = subprocess.run([installed / "bin/rezone", *words], cwd=tmp_path, capture_output=True, text=True,
                               env={"HOME": str(tmp_path), "PATH": "/nowhere"}, timeout=60)
        assert ended.returncode == code, ended.stderr


def test_a_program_against_the_library(installed, tmp_path):
    if not cache_says("RZ_LIBRARY"):
        pytest.skip("the build has no -DRZ_LIBRARY=ON")
    packages = next(installed.rglob("rezone.pc")).parent
    environment = dict(os.environ, PKG_CONFIG_PATH=str(packages))
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "rezone"], capture_output=True, text=True,
                           check=True, env=environment).stdout.split()
    assert f"-I{installed}/include/rezone" in [os.path.normpath(flag.replace("-I", "")) and
                                               "-I" + os.path.normpath(flag[2:]) for flag in flags if flag[:2] == "-I"]
    source = tmp_path / "ten.c"
    source.write_text(PROGRAM)
    sanitize = ["-fsanitize=address,undefined"] if "asan" in BUILD.name else []
    compiled = subprocess.run(["cc", "-std=c17", "-Wall", "-Werror", *sanitize, "-o", tmp_path / "ten", source,
                               *flags], capture_output=True, text=True, timeout=120)
    assert compiled.returncode == 0, compiled.stderr
    ran = subprocess.run([tmp_path / "ten"], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0 and ran.stdout == "www.example.com zonefile 0\n", ran


def test_every_public_header_stands_alone(installed, tmp_path):
    if not cache_says("RZ_LIBRARY"):
        pytest.skip("the build has no -DRZ_LIBRARY=ON")
    include = installed / "include/rezone"
    source = tmp_path / "all.c"
    headers = sorted(str(path.relative_to(include)) for path in include.rglob("*.h"))
    source.write_text("".join(f'#include "{header}"\n' for header in headers))
    flags = subprocess.run(["pkg-config", "--cflags", "rezone"], capture_output=True, text=True, check=True,
                           env=dict(os.environ, PKG_CONFIG_PATH=str(next(installed.rglob("rezone.pc")).parent)))
    checked = subprocess.run(["cc", "-std=c17", "-fsyntax-only", source, *flags.stdout.split()],
                             capture_output=True, text=True, timeout=120)
    assert checked.returncode == 0, checked.stderr
    assert len(headers) > 60


def test_the_bill_of_materials_names_what_is_linked():
    made = subprocess.run([sys.executable, ROOT / "scripts/sbom"], capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, SOURCE_DATE_EPOCH="1700000000"))
    assert made.returncode == 0, made.stderr
    bill = json.loads(made.stdout)
    assert bill["spdxVersion"] == "SPDX-2.3" and bill["creationInfo"]["created"] == "2023-11-14T22:13:20Z"
    names = {package["name"] for package in bill["packages"]}
    ids = {package["SPDXID"] for package in bill["packages"]} | {"SPDXRef-DOCUMENT"}
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", each) for each in ids)
    assert all({relation["spdxElementId"], relation["relatedSpdxElement"]} <= ids for relation in bill["relationships"])
    linked = subprocess.run(["objdump", "-p", REZONE], capture_output=True, text=True)
    if linked.returncode:
        pytest.skip("objdump is not installed")
    known = {"libyaml": "yaml-0.1", "libssl": "openssl", "libcrypto": "openssl"}
    for soname in re.findall(r"NEEDED +(lib[a-z_A-Z0-9]+?)(?:-[\d.]+)?\.so", linked.stdout):
        if soname not in ("libc", "libm", "libasan", "libubsan", "libtsan", "libgcov", "libgcc_s", "libpthread"):
            assert {soname, soname.removeprefix("lib"), known.get(soname)} & names, soname


FORMULA = {"yaml-0.1": "libyaml", "libxxhash": "xxhash", "openssl": "openssl@3", "libknot": "knot",
           "libzscanner": "knot", "libdnssec": "knot", "libcurl": "curl", "sqlite3": "sqlite"}


def test_the_templates_of_packages_know_every_library():
    """What cmake asks pkg-config for, the formula depends on; what cmake reads, the container copies."""
    cmake = (ROOT / "cmake/Dependencies.cmake").read_text()
    modules = {re.sub("[<>=].*", "", word) for text in re.findall(r"rezone_require\(RZ_(?!TEST)\w+\s([^)]*)\)", cmake)
               for word in text.split()}
    assert {"jansson", "libgit2", "libknot"} <= modules
    formula = set(re.findall(r'depends_on "([^"]+)"$', (ROOT / "cmake/packaging/rezone.rb").read_text(), re.M))
    assert formula == {FORMULA.get(module, module) for module in modules}
    copied = set(re.findall(r"^COPY (.+) \S+$", (ROOT / "cmake/packaging/Containerfile").read_text(), re.M)[0].split())
    copied |= set(re.findall(r"^COPY (\w+) \1$", (ROOT / "cmake/packaging/Containerfile").read_text(), re.M))
    read = set(re.findall(r"CMAKE_SOURCE_DIR}/([\w.-]+)", "".join(
        path.read_text() for path in [ROOT / "CMakeLists.txt", *sorted((ROOT / "cmake").glob("*.cmake"))])))
    assert read - {"tests", "build", ".git"} <= copied, read - copied
