# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command printed with --format json, against the definition of its result in schemas/."""
import functools
import json
from pathlib import Path

from support.json_schema import Schemas

# By the first words of the command; others have the name of the command.
NAMES = {"auth": "auth", "domain watch": "domain verify", "domain nameservers set": "record",
         "domain nameservers register": "record", "dnssec add": "record", "dnssec remove": "record",
         "record create": "record", "record update": "record", "record delete": "record",
         "record get": "record read", "record list": "record read", "rollback": "apply", "zone create": "apply",
         "zone delete": "apply"}


@functools.cache
def schemas():
    return Schemas(Path(__file__).resolve().parents[3] / "schemas")


def definition(arguments):
    """The name of the definition, None where there is none of this command."""
    words = [str(word) for word in arguments]
    known = {**NAMES, **{name: name for name in schemas().documents["report.schema.json"]["$defs"]}}
    return next((known[" ".join(words[:count])] for count in (3, 2, 1) if " ".join(words[:count]) in known), None)


def errors(arguments, output):
    """Why the output does not fit; empty where it does, or is not JSON by the arguments."""
    words = [str(word) for word in arguments]
    name = definition(words)
    if "json" not in words or words[words.index("json") - 1] != "--format" or "--output" in words or not name:
        return []
    found = []
    for line in output.splitlines():
        value = json.loads(line)
        pointers = [f"/$defs/{name}"] + ["/$defs/failure"] * (isinstance(value, dict) and "exit" in value)
        against = [schemas().errors(value, "report.schema.json", pointer) for pointer in pointers]
        found += min(against, key=len)
    return found if output else [f"{words} printed nothing"]
