# SPDX-License-Identifier: GPL-2.0-or-later
"""JSON documents against docs/schema/: needs the system's python, which has jsonschema."""
import json
import os

import jsonschema

import report
from target import TESTS, Skip, demand

SCHEMAS = os.path.join(os.path.dirname(TESTS), "docs", "schema")


def explain(error):
    """Where and why; of several shapes that something may have, the one that it is nearest to: the
    one whose complaints are fewest and deepest."""
    inner = [error]
    if error.context:
        shapes = {}
        for cause in error.context:
            shapes.setdefault(cause.schema_path[0], []).append(cause)
        inner = min(shapes.values(), key=len)
    return "; ".join("/%s: %s" % ("/".join(map(str, cause.absolute_path)), cause.message[:200])
                     for cause in inner[:2])


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
    wrong = [explain(error) for error in validator(schema).iter_errors(document)]
    demand(not wrong, "%d places are not as in %s: %s" % (len(wrong), path, "; ".join(wrong[:3])))
    return document
