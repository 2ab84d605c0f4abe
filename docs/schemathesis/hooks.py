"""What schemathesis cannot know from the OpenAPI document alone."""

import os
import random
import uuid

import schemathesis


def is_valid(case):
    """Whether this request was meant to be good; only such are helped."""
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def before_call(ctx, case, kwargs):
    # One key for two different requests is refused with 422, as the contract has it.
    headers = {name.lower(): name for name in case.headers or {}}
    if is_valid(case) and "idempotency-key" in headers:
        case.headers[headers["idempotency-key"]] = str(uuid.uuid4())
    # The version that a thing has is not known before it is read; "*" is whichever it has.
    if is_valid(case) and "if-match" in headers:
        case.headers[headers["if-match"]] = "*"
    # A cursor is what an earlier page gave; nobody can make one up.
    if is_valid(case) and case.query:
        case.query.pop("cursor", None)
    # Most rules are only reached on a thing that exists.
    items = os.environ.get("ITEMS", "").split()
    if is_valid(case) and items and case.operation.path.startswith("/api/v1/supervision-items/{id}"):
        case.path_parameters["id"] = random.choice(items)
