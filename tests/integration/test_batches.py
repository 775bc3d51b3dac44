# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that need several messages: their order, their chain, and what becomes of them when one fails."""
import dns.name
import pytest

from conftest import make_target
from support.hostile import Proxy, is_change, whole_dns


@pytest.mark.parametrize("kind", ["bind", "knot"])
def test_large_changes_go_out_in_chained_messages(kind, request, project):
    """More than fits one message: several, each on the serial that the one before left, verified as a whole."""
    target = make_target(kind, request, project)
    target.base()
    target.setup("verify: {timeout: 60s}\n")
    records = "".join(f"h{n}: {{TXT: \"{'x' * 200} {n}\"}}\n" for n in range(700))
    project.zone(target.zone, records)
    report, = project.expect(0, "apply", "--yes", "--format", "json").json["zones"][0]["server_reports"]
    assert report["right"] == report["expectations"] >= 700
    before = target.server.serial(target.zone)
    trace = project.path("trace.json")
    project.zone(target.zone, records.replace("xx ", "xy "))
    project.expect(0, "apply", "--yes", "--trace", trace)
    updates = sum("UPDATE" in line and "dns-request" in line for line in trace.read_text().splitlines())
    assert updates >= 3 and target.server.serial(target.zone) - before == updates
    assert len(target.fetch()) == 700 + 2


def test_make_before_break_over_several_messages(bind_target):
    """At no moment between two messages does an alias lead nowhere: what others depend on comes first,
    what they depended on goes last; a name that changes its kind does so within one message."""
    target, zone, project = bind_target, bind_target.zone, bind_target.project
    count = 450
    target.base()
    target.setup("verify: {timeout: 60s}\n")
    old = "".join(f"old{n}: {{A: 192.0.2.{n % 250}}}\na{n}: {{CNAME: old{n}}}\n" for n in range(count))
    new = "".join(f"new{n}: {{A: 198.51.100.{n % 250}}}\na{n}: {{CNAME: new{n}}}\n" for n in range(count))
    project.zone(zone, old + "swap: {A: 192.0.2.1}\nback: {CNAME: swap}\n")
    project.apply()
    moments = []

    def rule(message):
        if is_change(message):
            moments.append({(owner, rtype): data for (owner, rtype), (_, data) in target.fetch().items()})
        return "pass"
    proxy = Proxy(target.server.port, whole_dns, rule)
    try:
        target.setup("verify: {timeout: 60s}\n", server=f'"127.0.0.1:{proxy.port}"',
                     servers=f'["127.0.0.1:{target.server.port}"]')
        project.zone(zone, new + "swap: {CNAME: back}\nback: {A: 192.0.2.1}\n")
        project.expect(0, "apply", "--yes")
    finally:
        proxy.close()
    assert len(moments) >= 3
    for moment in moments:
        owners = {owner for owner, rtype in moment if rtype == "A"}
        for (owner, rtype), data in moment.items():
            if rtype != "CNAME":
                continue
            name, = data
            leads_to = dns.name.from_wire(name, 0)[0].to_text()
            assert leads_to in owners, f"{owner} leads to {leads_to}, which is not there"
    middle = moments[1:]
    assert any((f"new{n}.{zone}.", "A") in moment and (f"old{n}.{zone}.", "A") in moment
               for moment in middle for n in range(count))
    target.setup()
    project.expect(0, "plan")


def test_another_hand_between_two_messages(bind_target):
    """An RRset of a later message is changed by somebody else meanwhile: that message is refused whole,
    what the ones before it did is undone, and the other hand's change stays."""
    target, project = bind_target, bind_target.project
    target.base()
    target.setup("verify: {timeout: 60s}\n")
    records = "".join(f"h{n}: {{TXT: \"{'x' * 200} {n}\"}}\n" for n in range(900))
    project.zone(target.zone, records)
    project.apply()
    before = target.fetch()
    seen = []

    def rule(message):
        if is_change(message):
            seen.append(1)
            if len(seen) == 2:
                target.put("h899", "TXT", 60, '"somebody else"')
        return "pass"
    proxy = Proxy(target.server.port, whole_dns, rule)
    try:
        target.setup("verify: {timeout: 60s}\n", server=f'"127.0.0.1:{proxy.port}"',
                     servers=f'["127.0.0.1:{target.server.port}"]')
        project.zone(target.zone, records.replace("xx ", "xy "))
        result = project.run("apply", "--yes")
    finally:
        proxy.close()
    after = target.fetch()
    changed = {key for key in after if after[key] != before.get(key)}
    assert changed == {(f"h899.{target.zone}.", "TXT")} and after.keys() == before.keys()
    assert result.code in (4, 5), result
    assert "RZ5005" in result.stderr or "RZ5003" in result.stderr


@pytest.mark.parametrize("on_failure, code, left", [("stop", 5, "new"), ("rollback_batch", 4, "old")])
def test_what_is_undone_is_asked_for(bind_target, on_failure, code, left):
    """on_failure: stop leaves the zone as it is for somebody to look at; recover then goes either way."""
    target, project = bind_target, bind_target.project
    target.base()
    target.setup()
    project.zone(target.zone, "www: {A: 192.0.2.1}\n")
    project.apply()
    wrong = f"apply: {{on_failure: {on_failure}}}\nverify: {{timeout: 1s, servers: [\"127.0.0.1:1\"]}}\n"
    target.setup(wrong)
    project.zone(target.zone, "www: {A: 192.0.2.2}\n")
    project.expect(code, "apply", "--yes")
    assert target.has("www", "A", {"new": "192.0.2.2", "old": "192.0.2.1"}[left])
    if left == "old":
        return
    target.setup()
    assert "rezone recover" in project.expect(3, "apply", "--yes").stderr
    project.expect(0, "recover", "--forward", "--yes")
    assert target.has("www", "A", "192.0.2.2")
    project.expect(0, "plan")
