# SPDX-License-Identifier: GPL-3.0-or-later
"""A real server behind a proxy that resets, delays, cuts, lies and repeats: after apply, verify and
rollback the zone is wholly old or wholly new, and exit code and journal say which. REZONE_FAULTS=all
has every fault at every server, once and always, where by default the servers share them."""
import os
import sys
from pathlib import Path

import pytest

from conftest import make_target
from support.hostile import is_change, whole_http
from support.targets import rdata_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "simulators"))
from fault_proxy import HTTP_FAULTS, TCP_FAULTS, UDP_FAULTS, DnsProxy, StreamProxy  # noqa: E402

FIRST = "www: {A: 192.0.2.1}\ngone: {TXT: old}\nswap: {CNAME: www}\n"
SECOND = "www: {A: [192.0.2.2, 192.0.2.4]}\nnew: {A: 192.0.2.3}\nswap: {MX: 10 www}\n"
ALL = os.environ.get("REZONE_FAULTS") == "all"
SLOW = ("429", "503", "502", "arrives later", "delay past the limit", "delay", "drip")


def second(target, first):
    """What `first` becomes by the changes of SECOND."""
    found = {key: value for key, value in first.items() if key[0].split(".")[0] not in ("gone", "swap")}
    found[target.absolute("www"), "A"] = 3600, frozenset(rdata_of("A", f"192.0.2.{n}") for n in (2, 4))
    found[target.absolute("new"), "A"] = 3600, frozenset({rdata_of("A", "192.0.2.3")})
    found[target.absolute("swap"), "MX"] = 3600, frozenset({rdata_of("MX", f"10 www.{target.zone}.")})
    return found


class Case:
    """A zone with FIRST in it, and FIRST or SECOND in its file."""

    def __init__(self, target):
        self.target, self.project = target, target.project
        target.base()
        target.setup()
        self.write(FIRST)
        self.project.apply()
        self.old = target.fetch()
        self.new = second(target, self.old)

    def write(self, records):
        self.project.zone(self.target.zone, records)

    def behind(self, proxy):
        """rezone.yaml goes through the proxy, with short limits."""
        verify = "verify: {timeout: 2s}\n"
        if self.target.kind == "powerdns":
            self.target.setup(verify, url=f'"http://127.0.0.1:{proxy.port}"', timeout="1s")
        else:
            self.target.setup(verify, server=f'"127.0.0.1:{proxy.port}"', timeout="1s",
                              servers=f'["127.0.0.1:{proxy.port}"]')

    def state(self):
        live = self.target.fetch()
        assert live in (self.old, self.new), f"neither old nor new:\n{live}"
        return "old" if live == self.old else "new"

    def ended(self, result, was, wanted):
        """The run that `result` is of: its exit code is true, or `recover` makes it so."""
        now, run = self.state(), self.project.runs()[0]
        proved = {0: (wanted, "committed"), 1: (was, "failed"), 3: (was, "failed"), 4: (was, "rolled_back")}
        if result.code == 5:
            assert run["status"] == "unknown" and "rezone recover" in result.text, result
            self.target.setup()
            assert self.project.run("apply", "--yes").code == 3, "an open zone is nobody's"
            self.project.expect(0, "recover", "--yes")
            assert self.state() == was
            return
        assert result.code in proved, result
        assert (now, run["status"]) == proved[result.code], result
        assert "error[RZ" in result.stderr or result.code == 0, result
        self.target.setup()

    def make(self, records):
        """By a good line, whatever it was."""
        self.write(records)
        self.project.apply()

    def apply(self, proxy):
        self.write(SECOND)
        self.behind(proxy)
        self.ended(self.project.run("apply", "--yes"), "old", "new")

    def rollback(self, proxy):
        """Undoes a run, whose changes went well."""
        self.make(SECOND)
        run = next(run["run"] for run in self.project.runs() if run["status"] == "committed")
        self.behind(proxy)
        self.ended(self.project.run("rollback", run, "--yes"), "new", "old")

    def verify(self, proxy, codes=(0, 1)):
        """What it says of a zone that is as the files have it."""
        self.make(FIRST)
        self.behind(proxy)
        result = self.project.run("verify")
        assert result.code in codes, result
        assert "error[RZ" in result.stderr or result.code == 0, result
        self.target.setup()
        assert self.state() == "old"


def is_read(request):
    return not is_change(request) and not request.startswith(b"PUT")


def every(faults, *quick):
    """(fault, kind) where each server has a part of the faults, or all with REZONE_FAULTS=all."""
    if ALL:
        return [(fault, kind) for fault in faults for kind in ("bind", "knot")]
    return [(fault, ("bind", "knot")[at % 2]) for at, fault in enumerate(quick or faults)]


def prove(case, fault, proxy):
    """Apply, rollback and verify behind `proxy(requests that the fault applies to)`."""
    acts = [(case.apply, is_change), (case.rollback, is_change), (case.verify, is_read)]
    for act, applies in acts[:1] if fault in SLOW and not ALL else acts:
        with proxy(applies) as made:
            act(made)
            assert made.hits == 1


@pytest.mark.parametrize("fault", HTTP_FAULTS)
def test_http(pdns_target, fault):
    prove(Case(pdns_target), fault, lambda applies: StreamProxy(
        pdns_target.server.api_port, whole_http, HTTP_FAULTS[fault], applies, times=1))


@pytest.mark.parametrize("fault", HTTP_FAULTS if ALL else ["reset before", "500 though done", "lying 204"])
def test_http_always(pdns_target, fault):
    case, upstream = Case(pdns_target), pdns_target.server.api_port
    with StreamProxy(upstream, whole_http, HTTP_FAULTS[fault], is_change) as proxy:
        case.apply(proxy)
        assert proxy.hits >= 1


@pytest.fixture
def chosen(request, project):
    return make_target(request.param, request, project)


@pytest.mark.parametrize("fault, chosen", every(TCP_FAULTS), indirect=["chosen"])
def test_tcp(chosen, fault):
    prove(Case(chosen), fault, lambda applies: DnsProxy(
        chosen.server.port, tcp=TCP_FAULTS[fault], applies=applies, times=1))


@pytest.mark.parametrize("fault, chosen", every(TCP_FAULTS, "reset before", "reset after", "lying NOERROR"),
                         indirect=["chosen"])
def test_tcp_always(chosen, fault):
    case = Case(chosen)
    with DnsProxy(chosen.server.port, tcp=TCP_FAULTS[fault], applies=is_change) as proxy:
        case.apply(proxy)
        assert proxy.hits >= 1


@pytest.mark.parametrize("fault, chosen", every(UDP_FAULTS), indirect=["chosen"])
def test_udp(chosen, fault):
    """No forgery is believed, nothing that is lost is missed: all three go well."""
    case = Case(chosen)
    for act in (case.apply, case.rollback, case.verify):
        with DnsProxy(chosen.server.port, udp=UDP_FAULTS[fault]) as proxy:
            act(proxy)
            assert proxy.questions > 0
            assert all(result.code == 0 for result in case.project.results), case.project.results
