# SPDX-License-Identifier: GPL-3.0-or-later
"""--shard K/N: every zone in exactly one share, in every command; and the examples that use it, whose
commands are run as they stand."""
import subprocess
from pathlib import Path

import pytest
import yaml

from servers.postgresql import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """providers:
  files: {kind: zonefile, directory: live}
zones: {"**": {to: files}}
policy: {max_changes: 100%, max_deletes: 100%}
verify: {dns: false}
"""
ZONES = [f"zone{number}.example" for number in range(24)]
SHARE_1_OF_4 = ["zone10.example", "zone12.example", "zone4.example", "zone5.example"]


@pytest.fixture
def many(project):
    project.write("rezone.yaml", CONFIG)
    for name in ZONES:
        project.zone(name, "www: {A: 192.0.2.1}")
    return project


def live(project):
    return sorted(path.name[:-5] for path in project.directory.glob("live/*.zone"))


def test_each_zone_has_one_share(many):
    shares = [sorted(z["zone"] for z in many.plan(2, "--shard", f"{k}/4")["zones"]) for k in range(1, 5)]
    assert sorted(sum(shares, [])) == sorted(ZONES) and all(len(share) > 1 for share in shares)
    # The names decide, and nothing else: these shares must be the same in every version.
    assert shares[0] == SHARE_1_OF_4
    many.remove(f"zones/{shares[0][0]}.yaml")
    assert sorted(z["zone"] for z in many.plan(2, "--shard", "1/4")["zones"]) == shares[0][1:]
    assert len(many.plan(2, "--shard", "1/1")["zones"]) == 23
    assert [z["zone"] for z in many.plan(2, "--shard", "2/4", shares[1][0])["zones"]] == shares[1][:1]


def test_every_command_takes_it(many):
    counts = [many.expect(0, "validate", "--shard", f"{k}/3", "--format", "json").json["zones"] for k in (1, 2, 3)]
    assert sum(counts) == len(ZONES)
    many.apply(0, "--shard", "1/3")
    assert len(live(many)) == counts[0]
    many.expect(0, "verify", "--shard", "1/3")
    many.expect(0, "plan", "--shard", "1/3")
    assert many.expect(0, "render", "--shard", "2/3").stdout.count("$ORIGIN") == counts[1]
    many.expect(2, "plan", "--shard", "2/3", "--out", "plan.json")
    many.expect(1, "apply", "plan.json", "--yes", "--shard", "2/3")
    many.expect(0, "apply", "plan.json", "--yes")
    assert len(live(many)) == counts[0] + counts[1]
    many.apply(0, "--shard", "3/3")
    assert live(many) == sorted(ZONES) and many.changes() == {}


def test_an_empty_share(project):
    """Fewer zones than machines: most have nothing to do, and say so."""
    project.write("rezone.yaml", CONFIG)
    project.zone("example.com", "www: {A: 192.0.2.1}")
    codes = []
    for k in range(1, 9):
        codes.append(project.run("plan", "--shard", f"{k}/8", "--out", f"{k}.json").code)
        project.expect(0, "apply", f"{k}.json", "--yes")
        project.expect(0, "apply", "--yes", "--shard", f"{k}/8")
        project.expect(0, "verify", "--shard", f"{k}/8")
    assert sorted(codes) == [0] * 7 + [2] and project.changes() == {}


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "1/0", "a/b", "1/4x", "-1/4", "1/20000", "", "1/"])
def test_what_is_no_share(many, text):
    assert "K/N" in many.expect(1, "plan", f"--shard={text}").stderr


def run_script(project, script, env):
    """As a shell would, with `rezone` on the PATH."""
    bin_directory = project.path("bin")
    bin_directory.mkdir(exist_ok=True)
    link = bin_directory / "rezone"
    if not link.exists():
        link.symlink_to(project.binary)
    environment = project._environment({**env, "PATH": f"{bin_directory}:/usr/bin:/bin"})
    done = subprocess.run(["sh", "-ec", script], cwd=project.directory, env=environment,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"


def test_kubernetes_indexed_job(many, postgresql):
    job = yaml.safe_load((ROOT / "examples/kubernetes/apply-indexed-job.yaml").read_text())
    spec = job["spec"]
    assert job["kind"] == "Job" and spec["completionMode"] == "Indexed" and spec["completions"] == 8
    container, = spec["template"]["spec"]["containers"]
    named = {entry["name"] for entry in container["env"]}
    many.state = postgresql.database().replace("REZONE_PG_PASSWORD", "REZONE_STATE_PASSWORD")
    many.environment["REZONE_STATE_PASSWORD"] = PASSWORD
    assert "REZONE_STATE_PASSWORD" in named
    many.write("rezone.yaml", CONFIG)
    assert container["command"] == ["sh", "-ec"]
    for index in range(spec["completions"]):
        run_script(many, container["args"][0], {"JOB_COMPLETION_INDEX": str(index)})
    assert live(many) == sorted(ZONES) and many.changes() == {}


@pytest.mark.threads
def test_github_matrix(many):
    workflow = yaml.safe_load((ROOT / "examples/github-actions/apply-shards.yml").read_text())
    job = workflow["jobs"]["apply"]
    for shard in job["strategy"]["matrix"]["shard"]:
        for step in job["steps"]:
            if "run" in step:
                run_script(many, step["run"].replace("${{ matrix.shard }}", str(shard)), {})
    assert live(many) == sorted(ZONES) and many.changes() == {}
