# SPDX-License-Identifier: GPL-3.0-or-later
"""Values against the JSON Schemas of schemas/, by the library jsonschema. A schema that is itself no
valid one is an error at once."""
import json
import warnings

import jsonschema


class Schemas:
    """The schemas of a directory, which may name each other."""

    def __init__(self, directory):
        self.documents = {path.name: json.loads(path.read_text(encoding="utf-8"))
                          for path in sorted(directory.glob("*.schema.json"))}
        for schema in self.documents.values():
            jsonschema.validators.validator_for(schema).check_schema(schema)

    def _validator(self, document, pointer):
        whole = self.documents[document]
        kind = jsonschema.validators.validator_for(whole)
        schema = {"$ref": f"{document}#{pointer}"} if pointer else whole
        store = {name: each for name, each in self.documents.items()}
        with warnings.catch_warnings():  # of versions that have both it and what replaces it
            warnings.simplefilter("ignore", DeprecationWarning)
            return kind(schema, resolver=jsonschema.RefResolver(document, whole, store))

    def errors(self, value, document, pointer=""):
        """Why the value does not fit `document#pointer`; empty where it fits."""
        found = self._validator(document, pointer).iter_errors(value)
        return [f"{error.json_path}: {error.message}" for error in found]
