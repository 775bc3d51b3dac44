# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints of the DNS.services simulator. Each gets a Call and returns the reply's JSON."""
import collections
import datetime
import re

from dns_services_model import (REGISTRAR_TYPES, Refusal, check_content, need_host, shown_record,
                                shown_zone)

PERIODS = [{"id": "1", "period": "1", "register": "12.00", "transfer": "12.00", "renew": "12.00",
            "redemption": "80.00"}]
KEY_FIELDS = {"key_tag", "algorithm", "digest_type", "digest", "flags", "protocol", "public_key"}
Call = collections.namedtuple("Call", "simulator token body lie")
ROUTES = []


def route(method, pattern):
    def note(function):
        ROUTES.append((method, re.compile(f"/api{pattern}$"), function))
        return function
    return note


def dispatch(simulator, method, path, query, body, headers, lie):
    """Finds the endpoint and calls it; only login and token need no authorization."""
    if query:
        raise Refusal(400, "unexpected query")
    fits = [(m, p.match(path), f) for m, p, f in ROUTES if p.match(path)]
    if not fits:
        raise Refusal(404, "not found")
    for verb, match, function in fits:
        if verb != method:
            continue
        is_open = path in ("/api/login", "/api/token")
        token = None if is_open else simulator.sessions.check(headers.get("Authorization"))
        with simulator.store.lock:
            return function(Call(simulator, token, body, lie), *match.groups())
    raise Refusal(405, "invalid method")


def only(body, allowed, required=()):
    for key in body:
        if key not in allowed:
            raise Refusal(400, f"unknown field {key}")
    for key in required:
        if not body.get(key):
            raise Refusal(400, f"{key} is required")


def done(call, text, **members):
    nested = call.simulator.switches.info == "nested"
    return {"success": True, **members, "info": [[text]] if nested else [text]}


@route("POST", "/login")
def login(call):
    only(call.body, {"username", "password"}, ("username", "password"))
    return call.simulator.sessions.login(call.body["username"], call.body["password"])


@route("POST", "/token")
def token(call):
    only(call.body, {"refresh_token"}, ("refresh_token",))
    return call.simulator.sessions.refresh(call.body["refresh_token"])


@route("POST", "/logout")
def logout(call):
    only(call.body, ())
    call.simulator.sessions.end(call.token)
    return {"success": True}


@route("POST", "/revoke")
def revoke(call):
    only(call.body, {"refresh_token"})
    call.simulator.sessions.end(call.token, call.body.get("refresh_token"))
    return {"success": True}


@route("GET", "/details")
def details(call):
    return {"client": {"id": "7", "email": call.simulator.username, "firstname": "Erika",
                       "lastname": "Example", "country": "DE"}}


def number_of(call, value):
    return value if call.simulator.switches.ids == "number" else str(value)


@route("GET", "/dns")
def list_zones(call):
    store = call.simulator.store
    return {"service_ids": [number_of(call, service) for service in store.services],
            "zones": [{"domain_id": number_of(call, zone.number), "name": zone.name,
                       "service_id": number_of(call, zone.service)} for zone in store.zones.values()]}


def find_service(call, service):
    if int(service) not in call.simulator.store.services:
        raise Refusal(404, "no such service")


@route("POST", r"/service/(\d+)/dns")
def create_zone(call, service):
    find_service(call, service)
    only(call.body, {"name"}, ("name",))
    name = need_host(str(call.body["name"]), "name").lower()
    if name != call.body["name"]:
        raise Refusal(400, "a zone is named in lower case, without a final dot")
    store = call.simulator.store
    if store.find_zone(name):
        raise Refusal(409, "domain already exists")
    if not call.lie:
        store.add_zone(name, [("@", "NS", "ns1.dns.services"), ("@", "NS", "ns2.dns.services")],
                       int(service))
    return done(call, f"domain_zone_created {name}")


@route("GET", r"/service/(\d+)/dns")
def list_service(_call, _service):
    raise Refusal(200, "invalid method")


def find_zone(call, service, zone):
    found = call.simulator.store.zones.get(int(zone))
    if not found or found.service != int(service):
        raise Refusal(404, "no such zone")
    return found


@route("GET", r"/service/(\d+)/dns/(\d+)")
def get_zone(call, service, zone):
    return shown_zone(find_zone(call, service, zone), call.simulator.switches)


@route("DELETE", r"/service/(\d+)/dns/(\d+)")
def delete_zone(call, service, zone):
    find_zone(call, service, zone)
    if not call.lie:
        del call.simulator.store.zones[int(zone)]
    return done(call, "domain_zone_deleted")


@route("POST", r"/service/(\d+)/dns/(\d+)/records")
def create_record(call, service, zone):
    store, switches = call.simulator.store, call.simulator.switches
    found = find_zone(call, service, zone)
    record = found.parse(call.body, switches)
    if not call.lie:
        found.records[next(store.ids)] = record
    shown = shown_record(0, record, found, switches)
    del shown["id"]
    return done(call, "record_added", record={key: str(value) for key, value in shown.items()})


@route("PUT", r"/service/(\d+)/dns/(\d+)/records/(\d+)")
def update_record(call, service, zone, number):
    found = find_zone(call, service, zone)
    if int(number) not in found.records:
        raise Refusal(404, "no such record")
    record = found.parse(call.body, call.simulator.switches, int(number))
    if not call.lie:
        found.records[int(number)] = record
    shown = shown_record(int(number), record, found, call.simulator.switches)
    return done(call, "record_updated", record={key: str(value) for key, value in shown.items()})


@route("DELETE", r"/service/(\d+)/dns/(\d+)/records/(\d+)")
def delete_record(call, service, zone, number):
    found = find_zone(call, service, zone)
    if int(number) not in found.records:
        raise Refusal(404, "no such record")
    if not call.lie:
        del found.records[int(number)]
    return None if call.simulator.switches.delete_body == "none" else done(call, "record_deleted")


def find_domain(call, number):
    domain = call.simulator.store.domains.get(int(number))
    if not domain:
        raise Refusal(404, "no such domain")
    return domain


def shown_details(number, domain):
    keys = ("name", "date_created", "recurring_amount", "period", "expires", "status", "idprotection",
            "nameservers", "autorenew")
    return {"id": str(number), "firstpayment": "12.00", "next_due": domain["expires"],
            "next_invoice": domain["expires"], **{key: domain[key] for key in keys}}


def days_to(date):
    return str((datetime.date.fromisoformat(date) - datetime.datetime.now(datetime.timezone.utc).date()).days)


@route("GET", "/domain")
def list_domains(call):
    keys = ("name", "expires", "recurring_amount", "date_created", "status", "period", "autorenew",
            "daytoexpire")
    return {"domains": [{"id": str(number), **{key: domain[key] for key in keys},
                         "daytoexpire": domain["daytoexpire"] or days_to(domain["expires"])}
                        for number, domain in call.simulator.store.domains.items()]}


@route("POST", "/domain/lookup")
def lookup(call):
    only(call.body, {"name"}, ("name",))
    name, store = call.body["name"], call.simulator.store
    shape = call.simulator.switches.lookup
    if name in store.lookups:
        periods = [{**PERIODS[0], "register": store.lookups[name]}]
        return {"available": True, "name": name, "premium": float(store.lookups[name]) > 100, "periods": periods}
    return {} if shape == "empty" else {"status": "taken", "name": name} if shape == "status" else {
        "available": False, "name": name, "premium": False, "periods": []}


@route("GET", "/domain/order")
def order(_call):
    return {"tlds": [{"id": "1", "tld": ".com", "periods": PERIODS}, {"id": "2", "tld": ".net", "periods": PERIODS}]}


@route("GET", r"/domain/name/([^/]+)")
def domain_by_name(call, name):
    found = [shown_details(n, d) for n, d in call.simulator.store.domains.items() if d["name"] == name]
    if not found:
        raise Refusal(404, "no such domain")
    return {"details": found}


@route("GET", r"/domain/(\d+)")
def get_domain(call, number):
    return {"details": shown_details(number, find_domain(call, number))}


@route("GET", r"/domain/(\d+)/ns")
def get_nameservers(call, number):
    return {"nameservers": find_domain(call, number)["nameservers"]}


@route("PUT", r"/domain/(\d+)/ns")
def set_nameservers(call, number):
    only(call.body, {"nameservers"}, ("nameservers",))
    names = call.body["nameservers"]
    if not isinstance(names, list) or not 2 <= len(names) <= 13:
        raise Refusal(400, "nameservers is a list of 2 to 13 names")
    names = [need_host(str(name), "nameserver") for name in names]
    if len(set(names)) != len(names):
        raise Refusal(400, "a nameserver is given twice")
    domain = find_domain(call, number)
    if not call.lie:
        domain["nameservers"] = names
    return done(call, "nameservers_updated")


@route("POST", r"/domain/(\d+)/reg")
def register_nameserver(call, number):
    domain = find_domain(call, number)
    only(call.body, {"name", "address"}, ("name", "address"))
    host = need_host(str(call.body["name"]), "name")
    if not host.endswith("." + domain["name"]):
        raise Refusal(400, "the nameserver is not below the domain")
    kind = "AAAA" if ":" in str(call.body["address"]) else "A"
    address = check_content(kind, str(call.body["address"]), 0)
    if not call.lie:
        domain["hosts"].setdefault(host, []).append(address)
    return done(call, "nameserver_registered")


@route("GET", r"/domain/(\d+)/dns/types")
def registrar_types(call, number):
    find_domain(call, number)
    return {"types": REGISTRAR_TYPES}


@route("GET", r"/domain/(\d+)/dns")
def registrar_records(call, number):
    return {"records": find_domain(call, number)["records"]}


def parse_registrar(body):
    only(body, {"name", "type", "priority", "content"}, ("name", "type", "content"))
    if body["type"] not in REGISTRAR_TYPES:
        raise Refusal(400, "unknown type")
    return {"priority": "0", **{key: str(value) for key, value in body.items()}}


@route("POST", r"/domain/(\d+)/dns")
def add_registrar_record(call, number):
    find_domain(call, number)["records"].append(parse_registrar(call.body))
    return done(call, "record_added")


def registrar_index(call, number, index):
    records = find_domain(call, number)["records"]
    if int(index) >= len(records):
        raise Refusal(404, "no such record")
    return records


@route("PUT", r"/domain/(\d+)/dns/(\d+)")
def set_registrar_record(call, number, index):
    registrar_index(call, number, index)[int(index)] = parse_registrar(call.body)
    return done(call, "record_updated")


@route("DELETE", r"/domain/(\d+)/dns/(\d+)")
def delete_registrar_record(call, number, index):
    del registrar_index(call, number, index)[int(index)]
    return done(call, "record_deleted")


@route("GET", r"/domain/(\d+)/dnssec")
def list_keys(call, number):
    return {"keys": find_domain(call, number)["keys"]}


@route("PUT", r"/domain/(\d+)/dnssec")
def add_key(call, number):
    only(call.body, KEY_FIELDS, ("key_tag", "algorithm", "digest_type", "digest"))
    key = {name: str(value) for name, value in call.body.items()}
    if not all(key[name].isdigit() for name in ("key_tag", "algorithm", "digest_type")):
        raise Refusal(400, "key_tag, algorithm and digest_type are numbers")
    sizes = {"1": 40, "2": 64, "4": 96}
    if not re.fullmatch(r"[0-9A-Fa-f]+", key["digest"]) or len(key["digest"]) != sizes.get(key["digest_type"]):
        raise Refusal(400, "the digest does not fit its type")
    keys = find_domain(call, number)["keys"]
    if any(other["key_tag"] == key["key_tag"] and other["digest"] == key["digest"] for other in keys):
        raise Refusal(409, "the key is there already")
    if not call.lie:
        keys.append(key)
        call.simulator.store.tell_registry(find_domain(call, number))
    return done(call, "key_added")


@route("DELETE", r"/domain/(\d+)/dnssec/(\d+)")
def remove_key(call, number, tag):
    domain = find_domain(call, number)
    if all(key["key_tag"] != tag for key in domain["keys"]):
        raise Refusal(404, "no such key")
    if not call.lie:
        domain["keys"] = [key for key in domain["keys"] if key["key_tag"] != tag]
        call.simulator.store.tell_registry(domain)
    return done(call, "key_removed")
