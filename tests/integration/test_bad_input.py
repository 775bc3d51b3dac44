# SPDX-License-Identifier: GPL-3.0-or-later
"""Input that is wrong: exit code 1, every error at its line and column, nothing changed."""
import json
import os
import shutil
import stat
import subprocess

import pytest

GOOD = "www: {A: 192.0.2.1}\n"
HEAD_LINES = 3  # before the records that `zone` is given


@pytest.fixture
def files(file_target):
    """A project with one good zone, applied."""
    file_target.base()
    project = file_target.setup()
    project.zone("files.example", GOOD)
    project.apply()
    project.live = file_target.file.read_bytes()
    return project


def refused(project, *says, code="RZ", args=("plan",)):
    """plan and apply say so; nothing changes."""
    for words in (args, ("apply", "--yes"), ("validate",)):
        result = project.expect(1, *words)
        assert f"error[{code}" in result.stderr
        for text in says:
            assert text in result.stderr, f"{text!r} is not said in\n{result}"
    assert project.path("live/files.example.zone").read_bytes() == project.live
    return result


# What the document has below `records:`, its code, and line and column of the error there.
RECORDS = {
    "bad address": ("www: {A: 300.1.1.1}", "RZ1104", 1, 12),
    "bad IPv6": ("www: {AAAA: 2001::db8::1}", "RZ1104", 1, 15),
    "empty label": ("a..b: {A: 192.0.2.1}", "RZ1101", 1, 3),
    "label of 64 octets": ("a" * 64 + ": {A: 192.0.2.1}", "RZ1101", 1, 3),
    "name of 300 octets": (".".join(["abcdefghi"] * 30) + ": {A: 192.0.2.1}", "RZ1101", 1, 3),
    "owner elsewhere": ("www.elsewhere.test.: {A: 192.0.2.1}", "RZ1102", 1, 3),
    "unknown type": ("www: {AX: 192.0.2.1}", "RZ1103", 1, 9),
    "unknown option": ("www: {tll: 5m, A: 192.0.2.1}", "RZ1004", 1, 9),
    "duplicate key": ("www: {A: 192.0.2.1, A: 192.0.2.2}", "RZ1002", 1, 23),
    "duplicate owner": ("www: {A: 192.0.2.1}\nwww: {AAAA: 2001:db8::1}", "RZ1002", 2, 3),
    "owner in two spellings": ("www: {A: 192.0.2.1}\nWWW: {A: 192.0.2.2}", "RZ1110", 2, None),
    "duplicate record": ("www: {A: [192.0.2.1, 192.0.2.1]}", "RZ1111", 1, 24),
    "bad TTL": ("www: {ttl: soon, A: 192.0.2.1}", "RZ1", 1, 14),
    "TTL too large": ("www: {ttl: 100y, A: 192.0.2.1}", "RZ1", 1, 14),
    "two CNAMEs": ("www: {CNAME: [a, b]}", "RZ1202", 1, None),
    "CNAME beside others": ("www: {CNAME: a, A: 192.0.2.1}", "RZ1201", 1, None),
    "CNAME at the apex": ('"@": {CNAME: www}', "RZ1204", 1, None),
    "relative name that looks absolute": ("www: {CNAME: www.example.com}", "RZ1105", 1, 16),
    "unknown variable": ("www: {A: \"${nothing}\"}", "RZ1011", 1, 15),
    "a list where a map is": ("www: [192.0.2.1]", "RZ1005", 1, 8),
    "a map where text is": ("www: {CNAME: {target: {a: b}}}", "RZ1", 1, None),
    "MX without a host": ("www: {MX: 10}", "RZ1104", 1, 13),
    "MX field that is not": ("www: {MX: {preference: 10, exchnge: a}}", "RZ1", 1, None),
    "MX out of range": ("www: {MX: 65536 a}", "RZ1104", 1, 13),
    "unknown alias": ("www: {A: *nothing}", "RZ10", 1, 12),
    "unclosed": ("www: {A: 192.0.2.1", "RZ1001", 1, None),
    "tab": ("\twww: {A: 192.0.2.1}", "RZ10", 1, None),
    "control character": ("www: {TXT: \"a\x01b\"}", "RZ1009", 1, None),
    "generic of wrong length": ("www: {TYPE65000: '\\# 4 0A00'}", "RZ1104", 1, None),
    "TXT past 65,535": ("www: {TXT: \"" + "x" * 66000 + "\"}", "RZ1", 1, None),
    "an empty list": ("www: {A: []}", "RZ1", 1, None),
    "two documents": ("www: {A: 192.0.2.1}\n---\nx: y", "RZ1", None, None),
}


@pytest.mark.parametrize("case", RECORDS)
def test_records(files, case):
    text, code, line, column = RECORDS[case]
    files.zone("bad.example", text)
    result = refused(files, "zones/bad.example.yaml", code=code)
    if line:
        place = f"zones/bad.example.yaml:{HEAD_LINES + line}:"
        assert place + (f"{column}:" if column else "") in result.stderr
    found = files.expect(1, "validate", "--format", "json").json
    errors = [entry for entry in found["diagnostics"] if entry["severity"] == "error"]
    assert errors and all(entry["message"] for entry in errors)
    if column:
        assert (HEAD_LINES + line, column) in [(entry["line"], entry["column"]) for entry in errors]


def test_all_errors_at_once(files):
    files.zone("bad.example", "a: {A: 300.1.1.1}\nb: {AX: 1}\nc: {ttl: soon, A: 192.0.2.1}\nd: {MX: 10}\n")
    files.zone("worse.example", "a: {A: [192.0.2.1, 192.0.2.1]}\n")
    result = refused(files)
    for place in ("bad.example.yaml:4:", "bad.example.yaml:5:", "bad.example.yaml:6:", "bad.example.yaml:7:",
                  "worse.example.yaml:4:"):
        assert f"zones/{place}" in result.stderr
    # The line, and a caret below what is wrong.
    lines = result.stderr.splitlines()
    at = next(i for i, line in enumerate(lines) if "bad.example.yaml:4:10" in line)
    assert lines[at + 1].endswith("a: {A: 300.1.1.1}")
    assert lines[at + 2].index("^") == lines[at + 1].index("300.1.1.1")


def test_contradictions_are_told_beside_other_errors(files):
    """What is there is looked at although records are missing; what may be missing because of errors is not."""
    files.zone("bad.example", "a: {A: 300.1.1.1}\nb: {CNAME: c, A: 192.0.2.1}\nc: {CNAME: d}\n"
               "sub: {NS: [a b c], DS: 12345 13 2 3490A6806D47F17A34C29E2CE80E8A999FFBE4BE94A5A8F3BE4A8E9B1B3D2F67}\n")
    result = refused(files)
    assert "bad.example.yaml:4:" in result.stderr and "error[RZ1201]: b CNAME" in result.stderr
    assert "bad.example.yaml:7:" in result.stderr
    assert "RZ1208" not in result.stderr and "RZ2113" not in result.stderr


def test_good_zones_do_not_go_out_beside_bad_ones(files):
    files.zone("bad.example", "a: {A: 300.1.1.1}\n")
    files.zone("new.example", GOOD)
    files.expect(1, "apply", "--yes")
    assert not files.exists("live/new.example.zone")


DOCUMENTS = {
    "empty": ("", "RZ"), "a list": ("- a\n", "RZ1005"), "text": ("hello", "RZ1005"),
    "not UTF-8": (b"records: {a: {TXT: \"\xff\xfe\"}}", "RZ1009"), "NUL": (b"records: \0", "RZ1"),
    "UTF-16": ("records: {}".encode("utf-16"), "RZ"),
    "unknown key": ("recrods: {}\n", "RZ1004"),
    "deep": ("records: " + "[" * 5000, "RZ1003"),
    "deep maps": ("records: " + "{a: " * 5000, "RZ1003"),
    "alias bomb": ("vars: {x: y}\nrecords:\n  a: &a {TXT: [" + ", ".join(["x"] * 50) + "]}\n"
                   + "".join(f"  b{n}: &b{n} [{', '.join([f'*b{n - 1}' if n else '*a'] * 10)}]\n"
                             for n in range(12)), "RZ1"),
    "an alias in itself": ("records: &a {b: *a}\n", "RZ1"),
    "merge of a scalar": ("records: {www: {<<: 5}}\n", "RZ1"),
    "wrong zone": ("zone: 'bad..name'\n", "RZ1101"),
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_documents(files, case):
    text, code = DOCUMENTS[case]
    files.write("zones/bad.example.yaml", text)
    result = refused(files, "zones/bad.example.yaml", code=code)
    assert result.seconds < 10


def test_huge_file(files):
    """A file past the budget is refused by its size, not by the machine's memory."""
    path = files.write("zones/bad.example.yaml", "records:\n")
    with open(path, "r+b") as file:
        file.truncate(5 << 30)  # sparse
    result = refused(files, "zones/bad.example.yaml")
    assert result.seconds < 10


CONFIGS = {
    "empty": ("", "RZ"), "not YAML": ("{", "RZ1001"), "a list": ("[]", "RZ1005"),
    "unknown key": ("provders: {}\nzones: {}\n", "RZ1004"), "no providers": ("zones: {}\n", "RZ1007"),
    "unknown kind": ("providers: {x: {kind: zonefle, directory: d}}\nzones: {'**': {to: x}}\n", "RZ2002"),
    "unknown option": ("providers: {x: {kind: zonefile, directry: d}}\nzones: {'**': {to: x}}\n", "RZ1004"),
    "unknown target": ("providers: {x: {kind: zonefile, directory: d}}\nzones: {'**': {to: y}}\n", "RZ2003"),
    "no kind": ("providers: {x: {directory: d}}\nzones: {'**': {to: x}}\n", "RZ1007"),
    "bad limit": ("providers: {x: {kind: zonefile, directory: d}}\nzones: {'**': {to: x}}\n"
                  "policy: {max_changes: 130%}\n", "RZ4003"),
    "bad state": ("providers: {x: {kind: zonefile, directory: d}}\nzones: {'**': {to: x}}\nstate: mongodb\n", "RZ2007"),
    "bad source": ("providers: {x: {kind: zonefile, directory: d}}\nzones: {'**': {to: x}}\n"
                   "sources: [{directory: zones, format: tinydns}]\n", "RZ1006"),
    "bad duration": ("providers: {x: {kind: zonefile, directory: d}}\nzones: {'**': {to: x}}\nttl: never\n", "RZ1"),
    "zone without a rule": ("providers: {x: {kind: zonefile, directory: d}}\nzones: {'other.test': {to: x}}\n", "RZ2004"),
    "secret by value": ("providers: {x: {kind: powerdns, url: 'http://127.0.0.1:1', api_key: hidden-value}}\n"
                        "zones: {'**': {to: x}}\n", "RZ2010"),
    "credentials in the URL": ("providers: {x: {kind: powerdns, url: 'http://u:hidden-value@127.0.0.1:1', "
                               "api_key: '${secret:env:K}'}}\nzones: {'**': {to: x}}\n", "RZ3001"),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_project_files(files, case):
    text, code = CONFIGS[case]
    files.environment["K"] = "some key"
    files.write("rezone.yaml", text)
    for args in (["plan"], ["apply", "--yes"]):
        result = files.expect(1, *args)
        assert f"error[{code}" in result.stderr and ("rezone.yaml" in result.stderr or code == "RZ2004")
        assert "hidden-value" not in result.text or case != "secret by value"
    assert files.path("live/files.example.zone").read_bytes() == files.live


def test_zone_in_two_files(files):
    files.write("zones/sub/files.example.yaml", files.read("zones/files.example.yaml"))
    refused(files, "zones/files.example.yaml", "zones/sub/files.example.yaml", code="RZ2005")


# ---- files that are not what they seem

def drop_privileges():
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []


def open_to_nobody(project):
    """The project and what leads to it, for a user without rights."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is not installed")
    subprocess.run(["chown", "-R", "65534:65534", str(project.directory)], check=True)
    for parent in list(project.directory.parents)[:-2]:
        if not parent.stat().st_mode & 0o005 == 0o005:
            parent.chmod(parent.stat().st_mode | 0o055)
    command = drop_privileges()
    if subprocess.run([*command, str(project.binary), "version"], capture_output=True).returncode:
        pytest.skip("the binary cannot be run by another user here")
    return command


def test_unreadable_zone_file(files):
    prefix = open_to_nobody(files)
    files.path("zones/files.example.yaml").chmod(0)
    result = files.expect(1, "plan", prefix=prefix)
    assert "RZ1008" in result.stderr and "zones/files.example.yaml" in result.stderr


def test_unwritable_directory(files):
    prefix = open_to_nobody(files)
    files.zone("files.example", GOOD + "new: {A: 192.0.2.2}\n")
    files.path("live").chmod(0o555)
    result = files.expect(1, "apply", "--yes", prefix=prefix)
    assert "live" in result.stderr and "RZ32" in result.stderr
    assert files.path("live/files.example.zone").read_bytes() == files.live
    files.path("live").chmod(0o755)
    files.expect(0, "apply", "--yes", prefix=prefix)


def test_unwritable_state(files):
    """Without a journal there is no apply: it could not be undone."""
    prefix = open_to_nobody(files)
    files.zone("files.example", GOOD + "new: {A: 192.0.2.2}\n")
    for path in (files.path(".rezone"), *files.path(".rezone").iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)
    result = files.expect(1, "apply", "--yes", prefix=prefix)
    assert "RZ5201" in result.stderr
    assert files.path("live/files.example.zone").read_bytes() == files.live


def test_broken_journal(files):
    files.zone("files.example", GOOD + "new: {A: 192.0.2.2}\n")
    files.write(".rezone/state.db", b"this is no database" * 100)
    result = files.expect(1, "apply", "--yes")
    assert "RZ5201" in result.stderr and "state.db" in result.stderr
    assert files.path("live/files.example.zone").read_bytes() == files.live


def on_small_disk(project, size, script):
    """Runs a shell script in a mount namespace of its own, with a tmpfs on `live` or `.rezone`."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("needs root and unshare")
    probe = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=64k", "none", str(project.directory)],
                           capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"no private mounts here: {probe.stderr.strip()}")
    text = f"set -e\ncd {project.directory}\nmount() {{ /bin/mount -t tmpfs -o size={size} none \"$1\"; }}\n{script}"
    project.write("script.sh", text)
    return ["unshare", "-m", "sh", str(project.path("script.sh"))]


def test_full_disk_for_the_zone_file(files):
    """No room for the new file: exit code 1, the old one stays whole, nothing is left beside it."""
    command = on_small_disk(files, "64k", f"""
cp -r live kept; mount live; cp kept/* live/; before=$(sha256sum live/files.example.zone)
code=0; {files.binary} apply --yes >out.txt 2>err.txt || code=$?
after=$(sha256sum live/files.example.zone)
[ "$before" = "$after" ] || echo "old file gone" >>err.txt
ls -A live >listing.txt; exit $code
""")
    files.zone("files.example", "".join(f"h{n}: {{TXT: {'x' * 200}}}\n" for n in range(2000)))
    result = subprocess.run(command, capture_output=True, text=True, env=files._environment(None), timeout=60)
    errors = files.read("err.txt")
    assert result.returncode == 1, (result, errors)
    assert "No space left" in errors and "live" in errors and "old file gone" not in errors
    leftovers = [name for name in files.read("listing.txt").split() if name != "files.example.zone"]
    assert all(name.endswith(".lock") for name in leftovers), leftovers
    assert files.runs()[0]["status"] == "failed"


def test_full_disk_for_the_journal(files):
    """No room for the before image: nothing is sent."""
    command = on_small_disk(files, "64k", f"""
mount .rezone; dd if=/dev/zero of=.rezone/filler bs=1k count=48 2>/dev/null
code=0; {files.binary} apply --yes >out.txt 2>err.txt || code=$?
exit $code
""")
    files.zone("files.example", "".join(f"h{n}: {{TXT: {'x' * 200}}}\n" for n in range(2000)))
    result = subprocess.run(command, capture_output=True, text=True, env=files._environment(None), timeout=60)
    errors = files.read("err.txt")
    assert result.returncode == 1, (result, errors)
    assert "RZ5201" in errors
    assert files.path("live/files.example.zone").read_bytes() == files.live


def test_full_disk_for_the_plan_file(files):
    files.zone("files.example", GOOD + "new: {A: 192.0.2.2}\n")
    result = files.expect(1, "plan", "-o", "/dev/full")
    assert "/dev/full" in result.stderr and "No space left" in result.stderr


def test_devices_are_not_replaced(files):
    """A plan for a pipe or a device goes into it; nothing ever takes its place."""
    files.zone("files.example", GOOD + "new: {A: 192.0.2.2}\n")
    pipe = files.path("pipe")
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.expect(2, "plan", "-o", "pipe", "-q")
    assert json.loads(os.read(reader, 1 << 20))["schema"] == 1
    os.close(reader)
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    os.mkfifo(files.path("zones/pipe.example.yaml"))
    files.write("pipe.example.zone", "@ 60 SOA a. b. 1 2 3 4 5\n@ 60 NS a.\n")
    files.expect(1, "import", "--from", "zonefile", "pipe.example.zone", "--force")
    assert stat.S_ISFIFO(files.path("zones/pipe.example.yaml").lstat().st_mode)


def test_symbolic_links_in_sources(files):
    """A link out of the project is not followed."""
    outside = files.directory.parent / "outside.yaml"
    outside.write_text("records: {secret-of-another-project: {A: 192.0.2.1}}\n")
    files.path("zones/evil.example.yaml").symlink_to(outside)
    result = files.run("plan")
    assert "secret-of-another-project" not in result.text
    assert result.code in (0, 1)


def test_symbolic_link_as_live_file(files):
    """The link is not written through."""
    target = files.write("precious.txt", "precious\n")
    files.remove("live/files.example.zone")
    files.path("live/files.example.zone").symlink_to(target)
    files.run("apply", "--yes")
    assert target.read_text() == "precious\n"


def test_symbolic_link_as_state(files):
    target = files.write("precious.txt", "precious\n")
    files.zone("files.example", GOOD + "new: {A: 192.0.2.2}\n")
    for path in files.path(".rezone").iterdir():
        path.unlink()
    files.path(".rezone/state.db").symlink_to(target)
    files.expect(1, "apply", "--yes")
    assert target.read_text() == "precious\n"


@pytest.mark.parametrize("directory", ["..", "../other", "/etc", "zones/../../other", ""])
def test_sources_stay_in_the_project(files, directory):
    other = files.directory.parent / "other"
    other.mkdir(exist_ok=True)
    (other / "far.example.yaml").write_text("records: {far-away: {A: 192.0.2.1}}\n")
    files.write("rezone.yaml", files.read("rezone.yaml") + f"sources: [{{directory: \"{directory}\"}}]\n")
    result = files.expect(1, "plan")
    assert "far-away" not in result.text and "rezone.yaml" in result.stderr


@pytest.mark.parametrize("zone", ["..", "a/../../b", "a\\.b/c", ".hidden"])
def test_zone_names_that_are_paths(files, zone):
    files.write("zones/odd.yaml", f"zone: '{zone}'\nsoa: {{mname: a., rname: b.c.}}\nnameservers: [a., b.]\n"
                "records: {www: {A: 192.0.2.1}}\n")
    files.run("apply", "--yes")
    beside = {path.name for path in files.directory.parent.iterdir()}
    assert beside == {"project"}, beside
    assert {path.name for path in files.directory.iterdir()} <= {"live", "zones", "rezone.yaml", ".rezone", ".cache"}


def test_include_stays_in_the_project(files):
    secret = files.directory.parent / "secret.zone"
    secret.write_text("hidden-owner A 192.0.2.1\n")
    head = "$TTL 60\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n@ NS b.\n"
    files.write("rezone.yaml", files.read("rezone.yaml") + "sources: [{directory: masters, format: zonefile}]\n")
    for path in ("../secret.zone", str(secret), "/etc/passwd"):
        files.write("masters/inc.example.zone", head + f"$INCLUDE {path}\n")
        result = files.expect(1, "plan")
        assert "RZ1315" in result.stderr and "inc.example.zone:5:" in result.stderr
        assert "hidden-owner" not in result.text and "root:" not in result.text


MASTERS = {
    "bad rdata": ("www A 300.1.1.1\n", "RZ1104"), "no type": ("www\n", "RZ1310"),
    "unknown type": ("www BOGUS x\n", "RZ1"), "another class": ("www CH A 192.0.2.1\n", "RZ1311"),
    "unclosed": ("www TXT ( \"a\"\n", "RZ13"), "unclosed quote": ("www TXT \"a\n", "RZ1"),
    "bad directive": ("$BOGUS x\n", "RZ1314"), "bad generate": ("$GENERATE 5-1 a$ A 192.0.2.1\n", "RZ1316"),
    "huge generate": ("$GENERATE 1-4000000000 a$ A 192.0.2.1\n", "RZ13"), "noise": ("\x00\x01\x02\n", "RZ1"),
    "outside": ("www.other.test. A 192.0.2.1\n", "RZ1102"),
    "include itself": ("$INCLUDE masters/bad.example.zone\n", "RZ1315"),
}


@pytest.mark.parametrize("case", MASTERS)
def test_master_files(files, case):
    text, code = MASTERS[case]
    config = files.read("rezone.yaml")
    files.write("rezone.yaml", config + "sources: [{directory: zones}, {directory: masters, format: zonefile}]\n")
    files.write("masters/bad.example.zone", "$TTL 60\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n@ NS b.\n" + text)
    result = refused(files, "masters/bad.example.zone:", code=code)
    assert result.seconds < 20
    files.write("rezone.yaml", config)
    imported = files.expect(1, "import", "--from", "zonefile", "masters/bad.example.zone")
    assert f"error[{code}" in imported.stderr and not files.exists("zones/bad.example.yaml")


def test_live_file_that_cannot_be_read(files):
    """Somebody broke the live zone file: said with its line, and it stays as it is."""
    for text in ("@ 60 SOA a. b. 1 2 3 4 5\nwww A 300.1.1.1\n", "no zone at all", "\x00\x01"):
        path = files.write("live/files.example.zone", text)
        result = files.expect(1, "apply", "--yes")
        assert "files.example.zone" in result.stderr
        assert path.read_text() == text


@pytest.mark.parametrize("args", [["-C", "{deep}", "plan"], ["validate", "-C", "{deep}"]])
def test_paths_are_relative_to_the_project(files, args):
    outside = files.directory.parent
    result = subprocess.run([str(files.binary), *[a.format(deep=files.directory) for a in args]], cwd=outside,
                            env=files._environment(None), capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result
    assert not (outside / ".rezone").exists()
