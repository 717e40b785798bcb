"""Hooks of Schemathesis for the control API: conditions that OpenAPI 3.0 can't express, and waits for the journal."""

import re

import schemathesis

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[\t -~]*")
SET_BY_THE_SERVER = {"connection", "content-length", "transfer-encoding"}


@schemathesis.hook
def filter_body(context, body):
    """Drops bodies that only the descriptions rule out."""
    return all(is_valid(value) for value in objects(body))


@schemathesis.hook
def filter_case(context, case):
    """The same for phases that do not generate the body on its own."""
    return filter_body(context, case.body)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Ends waits for journal entries that do not come."""
    if case.query and "min_count" in case.query:
        case.query.setdefault("timeout_ms", 1)
        if str(case.query["timeout_ms"]).isdigit() and int(case.query["timeout_ms"]) <= 60_000:
            case.query["timeout_ms"] = 1


def objects(value):
    """Returns all objects in a JSON value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            yield from objects(member)


def is_valid(value):
    headers = value.get("headers")
    if isinstance(headers, dict) and not all(
        HEADER_NAME.fullmatch(name)
        and name.lower() not in SET_BY_THE_SERVER
        and (not isinstance(text, str) or HEADER_VALUE.fullmatch(text))
        for name, text in headers.items()
    ):
        return False
    # A response with one of these statuses has no body.
    if value.get("status") in (204, 304) and ("json" in value or "text" in value):
        return False
    # The token endpoint cannot be stubbed.
    return value.get("path") != "/auth/token"
