# SPDX-License-Identifier: GPL-3.0-or-later
"""A server whose database is busy answers 500 to the making and deleting of zones: rezone looks what
came of it and sends again, forwards and backwards, and not for ever."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "simulators"))
from fault_proxy import HTTP_FAULTS, StreamProxy  # noqa: E402
from support.hostile import http_reply, whole_http  # noqa: E402

BUSY = ["500", "500 though done", "reset before", "reset after"]
FOR_EVER = 60  # seconds: far more than the tries take


def is_post(request):
    return request.startswith(b"POST") and b"/zones" in request.split(b"\r\n", 1)[0]


def is_delete(request):
    return request.startswith(b"DELETE")


def is_patch(request):
    return request.startswith(b"PATCH")


def behind(target, fault, applies, times=None):
    proxy = StreamProxy(target.server.api_port, whole_http, fault, applies, times)
    target.setup("verify: {timeout: 5s}\n", url=f'"http://127.0.0.1:{proxy.port}"', timeout="5s")
    return proxy


def status(project):
    return project.runs()[0]["status"]


def made(target):
    """A zone that is there to be deleted; nothing of it is in the project any more."""
    target.setup()
    target.project.zone(target.zone, "www: {A: 192.0.2.1}\n")
    target.project.apply()
    target.project.remove(f"zones/{target.zone}.yaml")
    assert target.fetch()


def delete(target):
    return target.project.run("zone", "delete", target.zone, "--provider", "live", "--yes", timeout=FOR_EVER)


@pytest.mark.parametrize("fault", BUSY)
def test_a_new_zone(pdns_target, fault):
    target, project = pdns_target, pdns_target.project
    project.zone(target.zone, "www: {A: 192.0.2.1}\n")
    with behind(target, HTTP_FAULTS[fault], is_post, 2) as proxy:
        result = project.apply()
        assert proxy.hits == (1 if "done" in fault or "after" in fault else 2)
    assert "error[" not in result.stderr and "warning[" in result.stderr
    assert target.has("www", "A", "192.0.2.1") and status(project) == "committed"


def half_made(server, zone):
    """What PowerDNS does where its database is locked after the zone's own row was written."""
    def fault(exchange):
        answer = server.create_zone(f"{zone}.")
        assert answer[0] == 201, answer
        rrsets = [{"name": f"{zone}.", "type": rtype, "changetype": "DELETE", "records": []} for rtype in ("SOA", "NS")]
        for rrset in rrsets:
            server.request("PATCH", f"/zones/{zone}.", {"rrsets": [rrset]})
        exchange.reply(http_reply('{"error": "database is locked"}', "500 Internal Server Error"))
    return fault


def test_a_half_made_zone_is_made_anew(pdns_target):
    target, project = pdns_target, pdns_target.project
    project.zone(target.zone, "www: {A: 192.0.2.1}\n")
    with behind(target, half_made(target.server, target.zone), is_post, 1) as proxy:
        project.apply()
        assert proxy.hits == 1
    assert target.has("www", "A", "192.0.2.1") and status(project) == "committed"
    target.setup()
    project.expect(0, "plan")


def test_a_new_zone_that_is_never_made(pdns_target):
    target, project = pdns_target, pdns_target.project
    project.zone(target.zone, "www: {A: 192.0.2.1}\n")
    with behind(target, HTTP_FAULTS["500"], is_post) as proxy:
        result = project.run("apply", "--yes", timeout=FOR_EVER)
        assert proxy.hits == 7
    assert result.code == 1 and "RZ5001" in result.stderr and status(project) == "failed", result
    assert target.fetch() == {}
    target.setup()
    project.apply()  # nothing is in its way


@pytest.mark.parametrize("fault", BUSY)
def test_a_deleted_zone(pdns_target, fault):
    target, project = pdns_target, pdns_target.project
    made(target)
    with behind(target, HTTP_FAULTS[fault], is_delete, 2) as proxy:
        result = delete(target)
        assert result.code == 0, result
        assert proxy.hits == (1 if "done" in fault or "after" in fault else 2)
    assert target.fetch() == {} and status(project) == "committed"


def test_a_zone_that_cannot_be_deleted(pdns_target):
    target, project = pdns_target, pdns_target.project
    made(target)
    before = target.fetch()
    with behind(target, HTTP_FAULTS["500"], is_delete) as proxy:
        result = delete(target)
        assert proxy.hits == 7
    assert result.code == 4 and "RZ5001" in result.stderr and status(project) == "rolled_back", result
    assert target.fetch() == before


def both(first, then):
    """Of two faults the one that the request is for."""
    return lambda exchange: (first if is_patch(exchange.request) else then)(exchange)


def test_the_way_back_of_a_new_zone(pdns_target):
    """Its records are refused, so that it is removed again; that needs three tries."""
    target, project = pdns_target, pdns_target.project
    project.zone(target.zone, "www: {A: 192.0.2.1}\n")
    refusal, seen = http_reply('{"error": "no"}', "422 Unprocessable Entity"), []

    def fault(exchange):
        if is_patch(exchange.request):
            exchange.reply(refusal)
        elif len(seen) < 2:
            seen.append(1)
            HTTP_FAULTS["500"](exchange)
        else:
            exchange.reply(exchange.forward())
    with behind(target, fault, lambda request: is_patch(request) or is_delete(request)):
        result = project.run("apply", "--yes", timeout=FOR_EVER)
    assert len(seen) == 2 and result.code == 4 and status(project) == "rolled_back", result
    assert target.fetch() == {}


def test_a_way_back_that_stays_barred(pdns_target):
    """It ends, says that it is not known, and the command that it names mends it."""
    target, project = pdns_target, pdns_target.project
    project.zone(target.zone, "www: {A: 192.0.2.1}\n")
    refuse = lambda exchange: exchange.reply(http_reply('{"error": "no"}', "422 Unprocessable Entity"))  # noqa: E731
    with behind(target, both(refuse, HTTP_FAULTS["500"]), lambda r: is_patch(r) or is_delete(r)) as proxy:
        result = project.run("apply", "--yes", timeout=FOR_EVER)
        assert proxy.hits == 8
    assert result.code == 5 and "rezone recover" in result.stderr and status(project) == "unknown", result
    target.setup()
    project.expect(0, "recover", "--yes")
    assert target.fetch() == {}
    project.apply()


def test_the_way_back_of_a_deleted_zone(pdns_target):
    """It is made again, at the third try."""
    target, project = pdns_target, pdns_target.project
    made(target)
    before = target.fetch()
    assert delete(target).code == 0
    run = project.last_run()
    with behind(target, HTTP_FAULTS["500"], is_post, 2) as proxy:
        project.expect(0, "rollback", run, "--yes")
        assert proxy.hits == 2
    assert target.fetch().keys() == before.keys() and target.has("www", "A", "192.0.2.1")
