# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong in the first hour: each mistake is named once, with what to write instead."""
import socket
import threading

import pytest

from support.project import HEAD

CONFIG = "providers:\n  dns: {kind: powerdns, url: \"http://127.0.0.1:9\", api_key: \"${secret:env:KEY}\"}\n" \
         "zones: {\"**\": {to: dns}}\n"


@pytest.fixture
def first(project):
    project.write("rezone.yaml", CONFIG)
    project.write("zones/example.com.yaml", HEAD + "records: {x: {A: 192.0.2.9}}\n")
    return project


@pytest.mark.parametrize("config, command, code, said, hint", [
    (CONFIG.replace("to: dns", "to: dsn"), "plan", "RZ2003", "there is no provider `dsn`", "did you mean `dns`?"),
    (CONFIG.replace("to: dns", "to: cloud"), "plan", "RZ2003", "there is no provider `cloud`", "define it under `providers:`"),
    (CONFIG.replace("powerdns", "power-dns"), "plan", "RZ2002", "there is no provider kind `power-dns`", "did you mean powerdns?"),
    (CONFIG.replace("powerdns", "route66"), "plan", "RZ2002", "there is no provider kind `route66`", "known kinds: "),
    (CONFIG, "import --from live --provider dnss", "RZ2003", "there is no provider `dnss`", "did you mean `dns`?"),
    (CONFIG, "import --from lvie --provider dns", "RZ9001", "`lvie` is nothing to import from", "--from live --provider NAME"),
    (CONFIG, "import", "RZ9001", "what to import from is not said", "--from live --provider NAME"),
    (CONFIG, "health --provider nds", "RZ9001", "there is no provider `nds`", "did you mean `dns`?"),
    (CONFIG, "drift --provider nds", "RZ9001", "there is no provider `nds`", "did you mean `dns`?"),
    (CONFIG, "plan exmaple.com", "RZ2006", "no zone of this project matches `exmaple.com`", "did you mean example.com?"),
    (CONFIG, "plan zones/example.com.yaml", "RZ2006", "matches `zones/example.com.yaml`", "name the zone and not its file: example.com"),
    (CONFIG, "plan", "RZ2010", "there is no environment variable KEY", "set it in the environment"),
])
def test_a_mistake_is_said_once(first, config, command, code, said, hint):
    first.write("rezone.yaml", config)
    result = first.expect(1, *command.split())
    assert result.stderr.count("error[") == 1 and f"error[{code}]" in result.stderr, result.stderr
    assert said in result.stderr and f"hint: {hint}" in result.stderr, result.stderr


def test_a_name_that_does_not_resolve(first):
    """Also at the second attempt. A label of 64 octets is no name, so that no resolver is asked."""
    first.write("rezone.yaml", CONFIG.replace("127.0.0.1:9", "a" * 64 + ".invalid:8081"))
    result = first.run("plan", env={"KEY": "k"})
    assert result.code == 1 and "error[RZ3003]" in result.stderr, result
    assert "its name cannot be resolved (Could not resolve host: " in result.stderr


def test_the_port_of_something_else(first):
    """A server that closes the connection: the URL is the likely mistake, and the port in it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def close_all():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.recv(4096)
                connection.close()
        thread = threading.Thread(target=close_all, daemon=True)
        thread.start()
        first.write("rezone.yaml", CONFIG.replace("127.0.0.1:9", f"127.0.0.1:{server.getsockname()[1]}"))
        result = first.run("plan", env={"KEY": "k"})
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    assert result.code == 1 and "error[RZ3006]" in result.stderr, result
    assert "check that `url` has the port of its HTTP API" in result.stderr


def test_a_tab(first):
    first.write("zones/example.com.yaml", HEAD + "records:\n  x:\n\tA: 192.0.2.9\n")
    result = first.run("plan", env={"KEY": "k"})
    assert result.code == 1 and "error[RZ1001]" in result.stderr, result
    assert "YAML is indented with spaces; replace the tab" in result.stderr


@pytest.mark.parametrize("zone, code, hint", [
    ("records:\n  x: {A: 192.0.2.9}\nwww: {A: 192.0.2.1}\n", "RZ1004", "owners stand below `records:`, indented"),
    ("recrods: {}\n", "RZ1004", "did you mean `records`?"),
    ("records: {\"\": {A: 192.0.2.9}}\n", "RZ1101", "the zone's own name is written \"@\""),
    ("records: {x: {value: 192.0.2.9}}\n", "RZ1004", "write `TYPE: VALUE`, such as `A: 192.0.2.1`"),
    ("records: {x: {comments: 192.0.2.9}}\n", "RZ1004", "an owner has record types in upper case"),
    ("records: {x: {a: 192.0.2.9}}\n", "RZ1103", "write A in upper case"),
    ("records: {x: {CNAME: www.example.com}}\n", "RZ1105", "write `www.example.com.` with a final dot"),
])
def test_a_mistake_in_a_zone(first, zone, code, hint):
    first.write("zones/example.com.yaml", HEAD + zone)
    result = first.expect(1, "validate")
    assert result.stderr.count("error[") == 1 and f"error[{code}]" in result.stderr, result.stderr
    assert f"hint: {hint}" in result.stderr, result.stderr


def test_a_project_without_zone_files(first):
    """It is said, since `nothing to do` of no zones looks like success; a zone that is named is not the project."""
    for command in ("validate", "plan"):
        assert "RZ2016" not in first.run(command, env={"KEY": "k"}).stderr
    first.remove("zones/example.com.yaml")
    first.write("zones/README.txt", "nothing\n")
    for command in ("validate", "plan", "apply --yes"):
        result = first.run(*command.split(), env={"KEY": "k"})
        assert result.code == 0 and "warning[RZ2016]: there is no zone file in zones" in result.stderr, result
    assert "RZ2016" not in first.run("plan", "example.com").stderr
