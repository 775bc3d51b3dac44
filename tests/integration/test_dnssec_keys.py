# SPDX-License-Identifier: GPL-3.0-or-later
"""Single keys of a zone: made, imported, brought into use and out of it, at PowerDNS, Knot DNS and where rezone signs."""
import json
import subprocess
import time

import pytest

from conftest import ROOT
from servers import powerdns
from support.json_schema import Schemas
from support.signed_zones import good, missing, run
from test_dnssec_rollover import ZONE, chain, files_chain, knot_chain, powerdns_chain  # noqa: F401

pytestmark = pytest.mark.skipif(bool(missing()) or not powerdns.available(), reason="a server is not installed")
SCHEMAS = Schemas(ROOT / "schemas")
BOTH = pytest.mark.parametrize("chain", ["powerdns", "knot", "files"], indirect=True)


def keys(project, *command, code=0):
    """What `dnssec key …` says of the keys: {tag: (role, state)}."""
    result = project.expect(code, "dnssec", "key", *command[:1], ZONE, *command[1:], "--format", "json",
                            *(["--yes"] if command[0] not in ("list", "generate", "import") else []))
    found = result.json if command[0] in ("list", "generate", "import") else last_json(result)
    assert SCHEMAS.errors(found, "report.schema.json", "/$defs/dnssec key") == []
    return {key["tag"]: (key["role"], key["state"]) for key in found["keys"]}


def last_json(result):
    return json.loads(result.stdout.splitlines()[-1])


def set_state(project, what, tag, *more):
    project.expect(0, "dnssec", "key", what, ZONE, tag, "--margin", "0s", "--yes", *more)


def refused(project, what, tag, *more):
    found = project.expect(3, "dnssec", "key", what, ZONE, tag, "--yes", *more)
    assert "RZ6009" in found.stderr
    return found.stderr


@BOTH
def test_a_key_from_its_birth_to_its_end(chain):  # noqa: F811
    """A ZSK is exchanged by hand; each step that would be too early is refused, and says until when."""
    project = chain.project
    before = keys(project, "list")
    old = next(tag for tag, (role, _) in before.items() if role == "zsk")
    ksk = next(tag for tag, (role, _) in before.items() if role == "ksk")
    made = keys(project, "generate", "zsk")
    new = next(iter(set(made) - set(before)))
    assert made[new] == ("zsk", "retired") and len(chain.keys()) == 2, "it is out of use"
    time.sleep(2.5)
    # The KSK would sign in its place, which caches know when the margin is over.
    assert "caches may not have the key" in refused(project, "deactivate", old)
    assert "parent has a DS" in refused(project, "deactivate", ksk, "--margin", "0s")
    set_state(project, "publish", new)
    assert keys(project, "list")[new] == ("zsk", "published") and len(chain.keys()) == 3
    set_state(project, "activate", new)
    assert "caches may not have the key that signs in its place, until" in refused(project, "deactivate", old)
    time.sleep(2.5)
    set_state(project, "deactivate", old)
    assert "caches may hold signatures of it, until" in refused(project, "retire", old)
    time.sleep(2.5)
    set_state(project, "retire", old)
    assert keys(project, "list")[old] == ("zsk", "retired") and len(chain.keys()) == 2
    assert "in use" in refused(project, "remove", new)
    assert old not in keys(project, "remove", old)
    assert "RZ6012" in project.expect(1, "dnssec", "key", "retire", ZONE, old, "--yes").stderr
    assert "nothing to do" in project.expect(0, "plan").stdout
    project.expect(0, "verify")


@BOTH
def test_a_key_with_a_ds_stays(chain):  # noqa: F811
    project = chain.project
    ksk = next(tag for tag, (role, _) in keys(project, "list").items() if role == "ksk")
    before = keys(project, "list")
    second = next(iter(set(keys(project, "generate", "ksk")) - set(before)))
    set_state(project, "activate", second)
    time.sleep(2.5)
    # It is the parent's: the transaction asks there.
    assert "the parent has a DS of key" in refused(project, "retire", ksk, "--margin", "0s")
    project.expect(0, "dnssec", "ds", "set", ZONE, "--yes", "--force")
    assert chain.ds() == {ksk, second}
    time.sleep(3)
    set_state(project, "retire", ksk)
    assert "the parent has a DS of the key" in refused(project, "remove", ksk)
    project.expect(0, "dnssec", "ds", "set", ZONE, "--yes", "--force")
    assert chain.ds() == {second}
    keys(project, "remove", ksk)
    assert "first key of its algorithm" in other_algorithm(chain)


def other_algorithm(chain):  # noqa: F811
    """A key of an algorithm that the zone does not have."""
    project = chain.project
    chain.write("{algorithm: ed25519, ksk: {}, zsk: {}}")
    before = keys(project, "list")
    new = next(iter(set(keys(project, "generate", "zsk")) - set(before)))
    return refused(project, "publish", new)


def bind_key(directory, zone, algorithm, *more):
    directory.mkdir(exist_ok=True)
    return good(run("dnssec-keygen", "-q", "-a", algorithm, *more, zone, cwd=directory)).strip()


def openssl(directory, name, *words):
    subprocess.run(["openssl", *words, "-out", name], cwd=directory, check=True, capture_output=True)
    return name


@BOTH
@pytest.mark.parametrize("algorithm, openssl_words, public", [
    ("ECDSAP256SHA256", ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"), 13),
    ("ECDSAP384SHA384", ("ecparam", "-name", "secp384r1", "-genkey", "-noout"), 14),
    ("ED25519", ("genpkey", "-algorithm", "ED25519"), 15),
    ("RSASHA256", ("genrsa", "-traditional"), 8)])
def test_import(chain, algorithm, openssl_words, public):  # noqa: F811
    """Of BIND and of OpenSSL; the key is the same there and here, and works."""
    project = chain.project
    bits = ["-b", "2048"] if algorithm.startswith("RSA") else []
    name = bind_key(project.path("theirs"), ZONE, algorithm, *bits)
    tag = int(name.rsplit("+", 1)[1])
    assert keys(project, "import", f"theirs/{name}.private")[tag] == ("zsk", "retired")
    again = project.expect(1, "dnssec", "key", "import", ZONE, f"theirs/{name}.private")
    assert "RZ6053" in again.stderr and "there already" in again.stderr
    pem = openssl(project.path("theirs"), "ksk.pem", *openssl_words)
    assert "role" in project.expect(1, "dnssec", "key", "import", ZONE, f"theirs/{pem}").stderr
    before = keys(project, "list")
    took = next(iter(set(keys(project, "import", f"theirs/{pem}", "ksk")) - set(before)))
    # PowerDNS calls a key that is alone with its algorithm a CSK.
    assert keys(project, "list")[took] in [("ksk", "retired"), ("csk", "retired")]
    told = project.expect(0, "dnssec", "key", "list", ZONE).stdout
    assert "BEGIN" not in project.all_output() and "PrivateKey" not in project.all_output() and str(tag) in told
    if algorithm != "ECDSAP256SHA256":
        return
    # Each takes over by a roll-over, and signs.
    chain.roll("zsk", "--key", str(tag), "--margin", "0s")
    public_half = project.read(f"theirs/{name}.key").split("DNSKEY")[1].split()
    assert any(key.split()[:3] == public_half[:3] and key.split()[3:] and "".join(key.split()[3:]) == "".join(public_half[3:])
               for key in chain.keys())
    chain.roll("ksk", "--key", str(took), "--margin", "0s")
    assert chain.ds() == {took}
    assert {key: state for key, state in keys(project, "list").items() if state[1] == "active"} == {
        tag: ("zsk", "active"), took: ("ksk", "active")}
    assert [key["key_tag"] for key in chain.status()["keys"]] == [took]
    project.expect(0, "verify")


@pytest.mark.parametrize("spoil, says", [
    (lambda text: text.replace("PrivateKey:", "PublicKey:"), "numbers are missing"),
    (lambda text: "", "no private key"),
    (lambda text: "x" * 20000, "longer than"),
    (lambda text: text.replace("Private-key-format", "Private-key-from"), "no private key")])
def test_what_is_no_key(chain, spoil, says):  # noqa: F811
    project = chain.project
    name = bind_key(project.path("theirs"), ZONE, "ECDSAP256SHA256")
    private = project.path(f"theirs/{name}.private")
    private.write_text(spoil(private.read_text()))
    found = project.expect(1, "dnssec", "key", "import", ZONE, private)
    assert "RZ6053" in found.stderr and says in found.stderr


def test_keys_of_others_and_old_ones(chain):  # noqa: F811
    project = chain.project
    theirs = project.path("theirs")

    def refuse(file, *role):
        return project.expect(1, "dnssec", "key", "import", ZONE, file, *role).stderr
    sha1 = bind_key(theirs, ZONE, "RSASHA1", "-b", "2048")
    assert "RFC 8624" in refuse(theirs / f"{sha1}.private")
    other = bind_key(theirs, "other.test", "ED25519")
    assert refuse(theirs / f"{other}.private")
    one, two = (bind_key(theirs, ZONE, "ED25519") for _ in range(2))
    (theirs / f"{one}.key").write_text((theirs / f"{two}.key").read_text())
    assert "not the private half" in refuse(theirs / f"{one}.private")
    (theirs / f"{one}.key").unlink()
    assert "is not beside it" in refuse(theirs / f"{one}.private", "zsk")
    locked = openssl(theirs, "locked.pem", "genpkey", "-algorithm", "ED25519", "-aes-256-cbc", "-pass", "pass:x")
    assert "passphrase" in refuse(theirs / locked, "zsk")
    curve = openssl(theirs, "curve.pem", "genpkey", "-algorithm", "X25519")
    assert "zones are signed with" in refuse(theirs / curve, "zsk")
    assert "cannot be read" in refuse("none.pem", "zsk")
    assert "RZ9001" in refuse(theirs / locked, "both")
    assert len(keys(project, "list")) == 2


@BOTH
def test_a_zone_moves_in_with_its_key(chain):  # noqa: F811
    """A zone that is not signed here is signed with the key that it had elsewhere."""
    project = chain.project
    project.expect(0, "dnssec", "ds", "remove", ZONE, "--yes")
    time.sleep(3)
    chain.write("{sign: false}")
    project.expect(0, "apply", "--yes")
    name = bind_key(project.path("theirs"), ZONE, "ECDSAP256SHA256", "-f", "KSK")
    tag = int(name.rsplit("+", 1)[1])
    keys(project, "import", f"theirs/{name}.private", "csk")
    chain.write("{}")
    set_state(project, "activate", tag)
    assert len(chain.keys()) == 1 and "nothing to do" in project.expect(0, "plan").stdout
    project.expect(0, "dnssec", "ds", "set", ZONE, "--yes", "--force")
    assert chain.ds() == {tag}
    assert [key["key_tag"] for key in chain.status()["keys"]] == [tag]
    project.expect(0, "verify")
