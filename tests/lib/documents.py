# SPDX-License-Identifier: GPL-2.0-or-later
"""JSON documents against docs/schema/: needs the system's python, which has jsonschema."""
import json
import os

import jsonschema

import report
from target import TESTS, Skip, demand

SCHEMAS = os.path.join(os.path.dirname(TESTS), "docs", "schema")


def validate(text, name):
    """The document; a Failure that says where it is another than docs/schema/NAME.v1.json."""
    path = os.path.join(SCHEMAS, name + ".v1.json")
    if not os.path.exists(path):
        raise Skip("no '%s'" % path)
    with open(path) as file:
        schema = json.load(file)
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    document = report.parse(text, name)
    wrong = ["/%s: %s" % ("/".join(map(str, error.path)), error.message[:200])
             for error in validator(schema).iter_errors(document)]
    demand(not wrong, "%d places are not as in %s: %s" % (len(wrong), path, "; ".join(wrong[:3])))
    return document
