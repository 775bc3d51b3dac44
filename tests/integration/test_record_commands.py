# SPDX-License-Identifier: GPL-3.0-or-later
"""record create, update, delete, get, list: at DNS.services and at a provider of another kind."""
import json
import sys

import pytest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from test_dns_services import APEX, Project, rows, service  # noqa: E402, F401

MASTER = """$TTL 3600
@ IN SOA ns1.example.com. host.example.com. 1 3600 900 604800 300
@ IN NS ns1.example.com.
ns1 IN A 192.0.2.53
"""


@pytest.fixture(params=["dnsservices", "zonefile"])
def project(request, tmp_path, service):  # noqa: F811
    made = Project(tmp_path / "project", service)
    (made.directory / "zones" / "example.com.yaml").unlink()
    if request.param == "dnsservices":
        service.store.add_zone("example.com", APEX + [("@", "MX", "mail.example.net", 300, 10)])
        service.store.add_zone("deep.example.com", APEX)
        return made
    (made.directory / "live").mkdir()
    (made.directory / "live" / "example.com.zone").write_text(MASTER + "@ 300 IN MX 10 mail.example.net.\n")
    (made.directory / "live" / "deep.example.com.zone").write_text(MASTER)
    (made.directory / "rezone.yaml").write_text(
        "providers:\n  hosting: {kind: zonefile, directory: live}\nzones:\n  '**': {to: hosting}\n"
        "verify: {dns: false}\n")
    return made


def read(project, *arguments, code=0):
    done = project.run("record", "get", *arguments, "--format", "json", code=code)
    return [record for record in json.loads(done.stdout).get("data", {}).get("records", [])]


def test_life_of_a_record(project):
    project.run("record", "create", "www.example.com", "A", "192.0.2.1", "192.0.2.2", "--ttl", "10m", "--yes")
    assert read(project, "www.example.com", "A")[0]["values"] == ["192.0.2.1", "192.0.2.2"]
    project.run("record", "create", "www.example.com", "A", "192.0.2.3", "--yes")
    project.run("record", "update", "www.example.com", "A", "--ttl", "300", "--yes")
    record = read(project, "www.example.com")[0]
    assert (record["ttl"], len(record["values"]), record["name"]) == (300, 3, "www.example.com")
    project.run("record", "update", "www.example.com", "A", "192.0.2.9", "--yes")
    assert read(project, "www.example.com")[0]["values"] == ["192.0.2.9"]
    project.run("record", "create", "www.example.com", "A", "192.0.2.8", "--yes")
    project.run("record", "delete", "www.example.com", "A", "192.0.2.9", "--yes")
    assert read(project, "www.example.com")[0]["values"] == ["192.0.2.8"]
    project.run("record", "delete", "www.example.com", "A", "--yes")
    project.run("record", "get", "www.example.com", code=1)
    assert "record delete" in project.run("history").stdout
    project.run("rollback", "7", "--yes")
    assert read(project, "www.example.com")[0]["values"] == ["192.0.2.8"]


def test_forms_of_values(project):
    project.run("record", "create", "example.com", "MX", "mail2.example.net.", "--priority", "20", "--yes")
    project.run("record", "create", "example.com", "TXT", 'plain "text" v=1', "--yes")
    project.run("record", "create", "_s._tcp.example.com", "SRV", "--yes",
                '{"priority": 1, "weight": 2, "port": 443, "target": "www.example.net."}')
    assert read(project, "example.com", "MX")[0]["values"] == ["10 mail.example.net.", "20 mail2.example.net."]
    assert read(project, "example.com", "TXT")[0]["values"] == ['"plain \\"text\\" v=1"']
    assert read(project, "_s._tcp.example.com")[0]["values"] == ["1 2 443 www.example.net."]


# One of each type that the service takes, and a second value where a TTL alone would not show an update.
TYPES = {
    "A": ["192.0.2.1"], "AAAA": ["2001:db8::1"], "CAA": ['0 issue "ca.example.net"'], "CNAME": ["www.example.net."],
    "DNAME": ["other.example.net."], "DS": ["2371 13 2 " + "AB" * 32], "HTTPS": ["1 . alpn=h2"],
    "LOC": ["52 14 5 N 0 8 50 E 10m 1m 10000m 10m"], "MX": ["10 mail.example.net."],
    "NAPTR": ['10 20 "u" "E2U+sip" "!^.*$!sip:x@example.net!" .'], "NS": ["ns1.example.net.", "ns2.example.net."],
    "PTR": ["host.example.net."], "SRV": ["1 2 443 www.example.net."], "SSHFP": ["4 2 " + "CD" * 32],
    "SVCB": ["1 svc.example.net."], "TLSA": ["3 1 1 " + "EF" * 32], "TXT": ['"a \\"text\\""']}


ALLOWED = ["--allow", "protect", "--allow", "max-changes", "--allow", "max-deletes"]  # most of the zone


def test_every_type(project):
    """Created, read, given another TTL and deleted, all at once."""
    lines = [{"name": f"t-{kind.lower()}.example.com", "type": kind, "values": values, "ttl": 300}
             for kind, values in TYPES.items()]
    lines.append({"name": "t-ds.example.com", "type": "NS", "values": ["ns1.example.net."], "ttl": 300})

    def run(verb, rows):
        done = project.run("record", verb, "--file", "-", "--yes", "--format", "json", *ALLOWED,
                           text="\n".join(json.dumps(row) for row in rows))
        return [json.loads(line) for line in done.stdout.splitlines()]
    made = run("create", lines)
    assert len(made) == len(lines) and all(e["data"]["verified"] and e["metadata"]["ttl"] == 300 for e in made)
    page = json.loads(project.run("record", "list", "example.com", "t-*.example.com", "--format", "json").stdout)["data"]["records"]
    shown = {record["type"]: record["values"] for record in page if record["name"] != "t-ds.example.com" or record["type"] == "DS"}
    assert {kind: ["".join(v.upper().split()) for v in values] for kind, values in shown.items()} == {
        kind: ["".join(v.upper().split()) for v in values] for kind, values in TYPES.items()}
    changed = run("update", [{"name": row["name"], "type": row["type"], "ttl": 600} for row in lines])
    assert len(changed) == len(lines) and all(e["data"]["after"]["ttl"] == 600 for e in changed)
    gone = run("delete", [{"name": row["name"], "type": row["type"]} for row in lines])
    assert len(gone) == len(lines) and all(e["data"]["after"] is None and e["data"]["verified"] for e in gone)


def test_the_nearest_zone_has_it(project):
    done = project.run("record", "create", "a.deep.example.com", "A", "192.0.2.1", "--yes", "--format", "json")
    assert json.loads(done.stdout)["metadata"]["domain"] == "deep.example.com"
    assert "RZ3541" in project.run("record", "create", "www.example.org", "A", "192.0.2.1", code=1).stderr


def test_the_envelope(project):
    done = project.run("record", "create", "www.example.com", "A", "192.0.2.1", "--yes", "--format", "json")
    envelope = json.loads(done.stdout)
    assert set(envelope) == {"status", "operation", "timestamp", "data", "metadata"}
    assert set(envelope["data"]) == {"before", "after", "verified"}
    assert (envelope["status"], envelope["operation"]) == ("success", "create")
    assert envelope["data"]["before"] is None and envelope["data"]["verified"] is True
    assert envelope["data"]["after"]["values"] == ["192.0.2.1"]
    assert envelope["metadata"]["domain"] == "example.com" and envelope["metadata"]["run"] == "1"
    assert set(envelope["metadata"]) == {"domain", "record_type", "ttl", "provider", "run", "duration_ms"}
    failed = json.loads(project.run("record", "create", "www.example.com", "A", "192.0.2.1", "--yes",
                                    "--format", "json", code=1).stdout)
    assert failed["status"] == "error" and failed["diagnostics"][0]["code"] == "RZ3542"


def test_dry_run_changes_nothing(project):
    done = project.run("record", "create", "www.example.com", "A", "192.0.2.1", "--dry-run")
    assert "1 to create" in done.stdout
    project.run("record", "get", "www.example.com", code=1)


@pytest.mark.parametrize("arguments, said", [
    (("create", "www.example.com", "A", "300.1.2.3"), "RZ3543"),
    (("create", "www.example.com", "BOGUS", "x"), "RZ3543"),
    (("create", "www..example.com", "A", "192.0.2.1"), "RZ3543"),
    (("create", "www.example.com", "A"), "a value is missing"),
    (("create", "www.example.com", "A", "192.0.2.1", "--priority", "3"), "no priority"),
    (("create", "www.example.com", "A", "192.0.2.1", "--ttl", "soon"), "not a TTL"),
    (("update", "www.example.com", "A", "192.0.2.1"), "RZ3542"),
    (("delete", "www.example.com", "A"), "RZ3542"),
    (("delete", "example.com", "MX", "10 other.example.net."), "no such value"),
    (("create", "example.com", "CNAME", "other.example.net."), "CNAME"),
    (("create", "example.com", "MX", "mail.example.net.", "--priority", "10"), "there already")])
def test_what_is_wrong_is_said_before_anything_is_sent(project, arguments, said):
    before = project.run("record", "list", "example.com").stdout
    done = project.run("record", *arguments, "--yes", code=1)
    assert said in done.stderr
    assert project.run("record", "list", "example.com").stdout == before


def test_many_at_once(project):
    lines = [{"name": f"h{n}.example.com", "type": "A", "ttl": 300, "value": f"192.0.2.{n}"} for n in range(40)]
    lines.append({"name": "m.example.com", "type": "MX",
                  "values": [{"preference": 5, "exchange": "a.example.net."}, "6 b.example.net."]})
    lines += [{"name": f"h{n}.deep.example.com", "type": "A", "value": "192.0.2.1"} for n in range(3)]
    text = "\n".join(json.dumps(line) for line in lines)
    done = project.run("record", "create", "--file", "-", "--yes", "--format", "json", text=text)
    envelopes = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(envelopes) == 44 and all(e["data"]["verified"] for e in envelopes)
    (project.directory / "some.csv").write_text(
        'type,name,value,ttl\nA,h1.example.com,192.0.2.200,\nTXT,t.example.com,"a ""quoted"", text",60\n')
    assert "no such record" in project.run("record", "update", "--file", "some.csv", "--yes", code=1).stderr
    project.run("record", "create", "t.example.com", "TXT", "old", "--yes")
    project.run("record", "update", "--file", "-", "--yes", text=(project.directory / "some.csv").read_text())
    assert read(project, "t.example.com")[0]["values"] == ['"a \\"quoted\\", text"']
    page = json.loads(project.run("record", "list", "example.com", "h*.example.com", "A", "--limit", "10", "--offset",
                                  "10", "--format", "json").stdout)
    assert (page["metadata"]["page"], page["metadata"]["per_page"], page["metadata"]["total"]) == (2, 10, 40)
    assert len(page["data"]["records"]) == 10


@pytest.mark.parametrize("text, said", [
    ("{\"name\": 1}", "`name` or `type`"), ("{", "not JSON"), ("name,typ\n", "columns"), ("", "no records"),
    ('{"name":"a.example.com","type":"A","value":"x","other":1}', "other"),
    ("name,type,value\na.example.com,A,\"192.0.2.1\n", "quote")])
def test_bad_files(project, text, said):
    (project.directory / "bad").write_text(text)
    assert said in project.run("record", "create", "--file", "bad", "--yes", code=1).stderr


def test_the_file_of_the_zone_is_told(project):
    (project.directory / "zones" / "example.com.yaml").write_text("records: {}\n")
    done = project.run("record", "create", "www.example.com", "A", "192.0.2.1", "--yes")
    assert "RZ3544" in done.stderr


def test_others_records_are_shown(service, tmp_path):  # noqa: F811
    zone = service.store.add_zone("example.com", APEX + [("go", "URL", "https://example.net/")])
    project = Project(tmp_path / "project", service)
    assert "URL https://example.net/  ; not managed" in project.run("record", "list", "example.com").stdout
    project.run("record", "create", "go.example.com", "A", "192.0.2.1", "--yes")
    assert ("go", "URL", "https://example.net/", 3600, 0) in rows(service) and len(zone.records) == 4


def test_a_lie_is_undone(service, tmp_path):  # noqa: F811
    service.store.add_zone("example.com", APEX)
    project = Project(tmp_path / "project", service)
    service.fault("lie", "POST", "/records$")
    done = project.run("record", "create", "www.example.com", "A", "192.0.2.1", "--yes", "--format", "json", code=4)
    envelope = json.loads(done.stdout)
    assert envelope["status"] == "error" and envelope["data"]["verified"] is False


def before_read(service, number, change):  # noqa: F811
    """Has `change` done just before the zone is read for the number-th time from now."""
    begin, left = service.begin, [number]

    def begun(method, path, body, headers):
        if method == "GET" and "/service/" in path:
            left[0] -= 1
            if left[0] == 0:
                change()
        return begin(method, path, body, headers)
    service.begin = begun


def test_somebody_elses_change_is_seen(service, tmp_path):  # noqa: F811
    """Between looking and changing: of the same RRset it is a conflict, of another one it stays."""
    zone = service.store.add_zone("example.com", APEX + [("www", "A", "192.0.2.1")])
    project = Project(tmp_path / "project", service)
    row = next(row for row in zone.records.values() if row["name"] == "www")
    before_read(service, 2, lambda: row.update(content="192.0.2.77"))
    done = project.run("record", "update", "www.example.com", "A", "192.0.2.2", "--yes", "--format", "json", code=3)
    assert json.loads(done.stdout)["status"] == "error" and row["content"] == "192.0.2.77"
    other = {"name": "theirs", "type": "A", "content": "192.0.2.78", "ttl": 300, "priority": 0}
    before_read(service, 2, lambda: zone.records.update({9001: other}))
    project.run("record", "update", "www.example.com", "A", "192.0.2.2", "--yes")
    assert row["content"] == "192.0.2.77" and {r[2] for r in rows(service)} >= {"192.0.2.2", "192.0.2.78"}


def test_many_go_out_in_parallel(service, tmp_path):  # noqa: F811
    service.store.add_zone("example.com", APEX)
    service.switches.latency = 0.03
    text = "name,type,value\n" + "".join(f"h{n}.example.com,A,192.0.2.{n}\n" for n in range(40))
    Project(tmp_path / "project", service).run("record", "create", "--file", "-", "--yes", text=text)
    assert service.most_in_flight >= 8


def test_text_that_is_cut_into_strings(service, tmp_path):  # noqa: F811
    """The service keeps the text alone: what is live is shown as one, and another cut is refused before it is sent."""
    service.store.add_zone("example.com", APEX + [("k", "TXT", "v=DKIM1; p=AB")])
    project = Project(tmp_path / "project", service, zone="manage: listed\nrecords: {k: {TXT: {strings: ['v=DKIM1; ', p=AB]}}}\n")
    assert read(project, "k.example.com", "TXT")[0]["values"] == ['"v=DKIM1; p=AB"']
    for command in (["plan"], ["record", "update", "k.example.com", "TXT", '"v=DKIM1; " "p=AB"', "--yes"]):
        assert "write it as one text" in project.run(*command, code=1).stderr
    project.write("manage: listed\nrecords: {k: {TXT: 'v=DKIM1; p=AB'}}\n")
    project.run("plan")
    assert service.count("PUT") == service.count("POST", "records") == 0
