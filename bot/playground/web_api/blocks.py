"""blocks.validate: whether Slack would take blocks, a message or a view, without sending any.

docs.slack.dev/reference/methods/blocks.validate. Slack adds to each fault a `constraint` with what it
expected; that is left out here. The error of a faulty view is not documented (not confirmed).
"""

import re

from bot.playground.block_kit.validation import check_message_blocks, check_view
from bot.playground.content import check_content
from bot.playground.entities import Json
from bot.playground.errors import ApiError
from bot.playground.slack import Slack
from bot.playground.web_api.method import Arguments, Method, Nested

_FAULT = re.compile(r"(?P<message>.*) \[json-pointer:(?P<pointer>[^\]]*)\]", re.DOTALL)


class Validate(Arguments):
    blocks: Nested = None
    message: Nested = None
    view: Nested = None


def validate(_slack: Slack, given: Validate) -> Json:
    asked = [part for part in (given.blocks, given.message, given.view) if part is not None]
    if len(asked) != 1:
        raise ApiError("invalid_arguments", ["must provide exactly one of `blocks`, `view`, or `message`"])
    try:
        _check(given)
    except ApiError as error:
        # Pointers start at the part that was given: /0/text where a message would say /blocks/0/text.
        prefix = "/blocks" if given.blocks is not None else "/view"
        faults = [_fault(message, prefix) for message in error.messages]
        raise ApiError(_error_name(error, given), errors=faults or None) from None
    return {}


def _check(given: Validate) -> None:
    if given.blocks is not None:
        check_message_blocks(given.blocks)
    elif given.message is not None:
        if not isinstance(given.message, dict):
            raise ApiError("invalid_arguments", ["must provide an object [json-pointer:/message]"])
        check_content(
            given.message.get("text"),
            given.message.get("blocks"),
            attachments=given.message.get("attachments"),
        )
    else:
        kind = given.view.get("type") if isinstance(given.view, dict) else None
        check_view(given.view, kind=kind or "modal")


def _error_name(error: ApiError, given: Validate) -> str:
    return "invalid_blocks" if given.view is not None and error.messages else error.error


def _fault(message: str, prefix: str) -> Json:
    found = _FAULT.fullmatch(message)
    if found is None:
        return {"code": "failed_constraint", "message": message, "pointer": ""}
    pointer = found["pointer"].removeprefix(prefix)
    return {"code": "failed_constraint", "message": found["message"], "pointer": pointer}


METHODS = (Method("blocks.validate", Validate, validate),)
