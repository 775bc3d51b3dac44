# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans signed with Ed25519: `plan --sign-key`, `plan sign`, `apply --verify-key`, and the policy."""
import json
import shutil
import subprocess

import pytest

ZONE = "example.com"
CONFIG = """providers:
  files: {{kind: zonefile, directory: live}}
zones: {{"**": {{to: files}}}}
policy: {{max_changes: 100%, max_deletes: 100%{policy}}}
verify: {{dns: false}}
"""

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the keys")


def make_key(project, name, algorithm=("-algorithm", "ed25519")):
    private, public = project.path(f"{name}.pem"), project.path(f"{name}.pub")
    subprocess.run(["openssl", "genpkey", *algorithm, "-out", private], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True,
                   capture_output=True)
    private.chmod(0o600)


@pytest.fixture
def signed(project):
    for name in ("ann", "ben", "eve"):
        make_key(project, name)
    project.write("rezone.yaml", CONFIG.format(policy=""))
    project.zone(ZONE, "www: {A: 192.0.2.1}")
    project.apply()
    project.zone(ZONE, "www: {A: 192.0.2.2}")
    return project


def policy(project, text):
    project.write("rezone.yaml", CONFIG.format(policy=", " + text))


def is_new(project):
    return "192.0.2.2" in project.read(f"live/{ZONE}.zone")


def refused(project, *args, code="RZ4107"):
    result = project.expect(3, "apply", *args)
    assert code in result.stderr and "hint:" in result.stderr and not is_new(project)
    return result


def test_signed_and_verified(signed):
    signed.expect(2, "plan", "-o", "plan.json", "--sign-key", "ann.pem")
    refused(signed, "plan.json", "--verify-key", "ben.pub")
    refused(signed, "plan.json", "--verify-key", "ann.pub", "--verify-key", "ben.pub")
    signed.expect(0, "apply", "plan.json", "--verify-key", "ann.pub")
    assert is_new(signed)
    key = json.loads(signed.read("plan.json"))["signatures"][0]["key"]
    assert signed.runs()[0]["signers"] == key


def test_unsigned(signed):
    signed.expect(2, "plan", "-o", "plan.json")
    refused(signed, "plan.json", "--verify-key", "ann.pub")
    refused(signed, "--yes", "--verify-key", "ann.pub")
    assert signed.runs()[0]["run"] == 1


def test_policy_requires_signatures(signed):
    policy(signed, "require_signed_plan: true, trusted_keys: ann.pub")
    assert "plan -o" in refused(signed, "--yes").stderr
    signed.expect(3, "zone", "delete", ZONE, "--provider", "files", "--yes")
    signed.expect(2, "plan", "-o", "plan.json", "--sign-key", "eve.pem")
    refused(signed, "plan.json")
    signed.expect(0, "plan", "sign", "plan.json", "--sign-key", "ann.pem")
    signed.expect(0, "apply", "plan.json")
    # What leads back needs no signature.
    signed.expect(0, "rollback", str(signed.last_run()), "--yes")


def test_approvals_of_different_keys(signed):
    policy(signed, "approvals: 2, trusted_keys: [ann.pub, ben.pub, ann.pub]")
    signed.expect(2, "plan", "-o", "plan.json", "--sign-key", "ann.pem")
    again = signed.expect(0, "plan", "sign", "plan.json", "--sign-key", "ann.pem")
    assert "already" in again.stdout
    signed.expect(0, "plan", "sign", "plan.json", "--sign-key", "eve.pem")
    assert "2 trusted keys, and the plan has 1" in refused(signed, "plan.json").stderr
    added = signed.expect(0, "plan", "sign", "plan.json", "--sign-key", "ben.pem", "--format", "json").json
    assert added["signatures"] == 3
    signed.expect(0, "apply", "plan.json")
    assert len(signed.runs()[0]["signers"].split()) == 3


def test_signatures_do_not_move(signed):
    """A signature of one plan is none of another, nor of an edited one."""
    signed.expect(2, "plan", "-o", "one.json", "--sign-key", "ann.pem")
    signed.expect(2, "plan", "-o", "two.json")
    one, two = json.loads(signed.read("one.json")), json.loads(signed.read("two.json"))
    two["signatures"] = one["signatures"]
    signed.write("two.json", json.dumps(two))
    refused_code = signed.expect(3, "apply", "two.json")
    assert "RZ4107" in refused_code.stderr and not is_new(signed)
    one["zones"][0]["changes"][0]["after"]["rdata"] = ["192.0.2.66"]
    signed.write("one.json", json.dumps(one))
    edited = signed.expect(3, "apply", "one.json", "--verify-key", "ann.pub")
    assert "RZ4102" in edited.stderr
    for broken in ("x", [1], [{}], [{"key": "00", "value": "00"}], [{"key": "z" * 64, "value": "0" * 128}]):
        two["signatures"] = broken
        signed.write("two.json", json.dumps(two))
        assert signed.run("apply", "two.json").code in (1, 3) and not is_new(signed)


def test_a_plan_that_was_reformatted(signed):
    """It may be applied, since its content is the same, but is not signed."""
    signed.expect(2, "plan", "-o", "plan.json", "--sign-key", "ann.pem")
    plan = json.loads(signed.read("plan.json"))
    signed.write("plan.json", json.dumps(plan, indent=1))
    signed.expect(1, "plan", "sign", "plan.json", "--sign-key", "ben.pem")
    signed.expect(0, "apply", "plan.json", "--verify-key", "ann.pub")


def test_keys_that_cannot_be_used(signed):
    signed.expect(2, "plan", "-o", "plan.json")
    make_key(signed, "rsa", ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"))
    for name in ("missing.pem", "rezone.yaml", "rsa.pem", "ann.pub"):
        signed.path(name).exists() and signed.path(name).chmod(0o600)
        result = signed.expect(1, "plan", "sign", "plan.json", "--sign-key", name)
        assert "RZ4108" in result.stderr and "hint:" in result.stderr
    signed.path("ann.pem").chmod(0o644)
    result = signed.expect(1, "plan", "sign", "plan.json", "--sign-key", "ann.pem")
    assert "others" in result.stderr
    assert "signatures" not in json.loads(signed.read("plan.json"))


def test_a_policy_that_no_plan_can_meet(signed):
    policy(signed, "approvals: 2, trusted_keys: ann.pub")
    result = signed.expect(1, "plan")
    assert "RZ4003" in result.stderr and "trusted_keys" in result.stderr
