# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks values against the JSON Schemas of schemas/, by the keywords that those use. A keyword that is
not known here is an error, so that nothing is believed to be checked that is not."""
import json
import re

KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
SILENT = {"$schema", "$id", "$comment", "title", "description", "definitions", "$defs"}


class Schemas:
    """The schemas of a directory, which may name each other."""

    def __init__(self, directory):
        self.documents = {path.name: json.loads(path.read_text(encoding="utf-8"))
                          for path in sorted(directory.glob("*.schema.json"))}

    def resolve(self, document, reference):
        name, _, pointer = reference.partition("#")
        document = name or document
        node = self.documents[document]
        for part in pointer.split("/")[1:]:
            node = node[part]
        return document, node

    def errors(self, value, document, pointer=""):
        """Why the value does not fit `document#pointer`; empty where it fits."""
        document, schema = self.resolve(document, f"#{pointer}")
        return list(self._check(value, schema, document, "$"))

    def _check(self, value, schema, document, place):
        if schema is True or schema is False:
            if not schema:
                yield f"{place}: nothing may stand here"
            return
        for keyword, argument in schema.items():
            if keyword in SILENT:
                continue
            check = getattr(self, "_" + keyword.replace("$", ""), None)
            assert check, f"{document}: the keyword {keyword} is not known to the tests"
            yield from check(value, argument, schema, document, place)

    def _ref(self, value, argument, schema, document, place):
        document, target = self.resolve(document, argument)
        yield from self._check(value, target, document, place)

    def _type(self, value, argument, schema, document, place):
        for kind in argument if isinstance(argument, list) else [argument]:
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if kind == "number" and number or kind == "integer" and number and value == int(value):
                return
            if kind in KINDS and isinstance(value, KINDS[kind]):
                return
        yield f"{place}: {shown(value)} is not {argument}"

    def _enum(self, value, argument, schema, document, place):
        if not any(same(value, item) for item in argument):
            yield f"{place}: {shown(value)} is none of {argument}"

    def _const(self, value, argument, schema, document, place):
        if not same(value, argument):
            yield f"{place}: {shown(value)} is not {shown(argument)}"

    def _pattern(self, value, argument, schema, document, place):
        if isinstance(value, str) and not re.search(argument, value):
            yield f"{place}: {shown(value)} does not match {argument}"

    def _minimum(self, value, argument, schema, document, place):
        if isinstance(value, (int, float)) and value < argument:
            yield f"{place}: {value} is less than {argument}"

    def _maximum(self, value, argument, schema, document, place):
        if isinstance(value, (int, float)) and value > argument:
            yield f"{place}: {value} is more than {argument}"

    def _required(self, value, argument, schema, document, place):
        if isinstance(value, dict):
            yield from (f"{place}: {key} is missing" for key in argument if key not in value)

    def _properties(self, value, argument, schema, document, place):
        if isinstance(value, dict):
            for key in value.keys() & argument.keys():
                yield from self._check(value[key], argument[key], document, f"{place}.{key}")

    def _patternProperties(self, value, argument, schema, document, place):
        if isinstance(value, dict):
            for pattern, below in argument.items():
                for key in value:
                    if re.search(pattern, key):
                        yield from self._check(value[key], below, document, f"{place}.{key}")

    def _additionalProperties(self, value, argument, schema, document, place):
        if isinstance(value, dict):
            for key in value.keys() - schema.get("properties", {}).keys():
                if not any(re.search(pattern, key) for pattern in schema.get("patternProperties", {})):
                    yield from self._check(value[key], argument, document, f"{place}.{key}")

    def _minProperties(self, value, argument, schema, document, place):
        if isinstance(value, dict) and len(value) < argument:
            yield f"{place}: fewer than {argument} keys"

    def _items(self, value, argument, schema, document, place):
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from self._check(item, argument, document, f"{place}[{number}]")

    def _minItems(self, value, argument, schema, document, place):
        if isinstance(value, list) and len(value) < argument:
            yield f"{place}: fewer than {argument} items"

    def _maxItems(self, value, argument, schema, document, place):
        if isinstance(value, list) and len(value) > argument:
            yield f"{place}: more than {argument} items"

    def _allOf(self, value, argument, schema, document, place):
        for each in argument:
            yield from self._check(value, each, document, place)

    def _anyOf(self, value, argument, schema, document, place):
        tried = [list(self._check(value, each, document, place)) for each in argument]
        if all(tried):
            yield f"{place}: fits none of {len(tried)} forms; the nearest: {min(tried, key=len)[0]}"

    def _oneOf(self, value, argument, schema, document, place):
        tried = [list(self._check(value, each, document, place)) for each in argument]
        if sum(not errors for errors in tried) != 1:
            yield f"{place}: fits not exactly one form: {[errors[:1] for errors in tried]}"


def same(left, right):
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def shown(value):
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) < 100 else text[:100] + "…"
