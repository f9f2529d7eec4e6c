"""Checks blocks and views against the models and words each fault as Slack does.

Slack answers with lines such as "must be less than 3001 characters
[json-pointer:/blocks/0/text/text]"; apps show them to their developers, so they are kept.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.playground.block_kit.blocks import MessageBlocks
from bot.playground.block_kit.objects import Suggestions
from bot.playground.block_kit.tables import CELL_CHARACTERS
from bot.playground.block_kit.views import ViewArgument
from bot.playground.entities import Json
from bot.playground.errors import ApiError

# Markdown blocks share one allowance in a message, and all blocks together another; the second is
# not in Slack's documentation, it was measured by users (bolt-js issue 2509).
MARKDOWN_CHARACTERS = 12_000
BLOCKS_CHARACTERS = 13_200
VIEW_BYTES = 250_000
# Not on Slack's pages either; a client library says so.
CHARTS_IN_A_MESSAGE = 2

# Slack's words for what pydantic finds. Errors of our own validators bring theirs.
_WORDS = {
    "missing": "missing required field: {name}",
    "extra_forbidden": "invalid additional property: {name}",
    "string_too_long": "must be less than {one_more} characters",
    "text_too_long": "must be less than {one_more} characters",
    "string_too_short": "must be more than 0 characters",
    "too_long": "no more than {max_length} items allowed",
    "too_short": "no fewer than {min_length} items allowed",
    "union_tag_invalid": "unsupported type: {tag}",
    "union_tag_not_found": "missing required field: type",
    "slack": "{message}",
}


def check_message_blocks(blocks: object) -> list[Json]:
    """The blocks of a message if Slack would take them; raises ApiError with Slack's error name."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ApiError("invalid_blocks_format")
    faults = _faults(MessageBlocks, {"blocks": blocks}) or [*_repeated_ids(blocks, "/blocks")]
    if faults:
        raise ApiError("invalid_blocks", faults)
    counts = Counter(block["type"] for block in blocks)
    if counts["table"] > 1:
        raise ApiError("invalid_blocks", ["only_one_table_allowed"])
    if counts["data_visualization"] > CHARTS_IN_A_MESSAGE:
        raise ApiError(
            "invalid_blocks", [f"no more than {CHARTS_IN_A_MESSAGE} data_visualization blocks allowed"]
        )
    if sum(len(text) for block in blocks for text in _texts(block.get("rows"))) > CELL_CHARACTERS:
        raise ApiError(
            "invalid_blocks", [f"no more than {CELL_CHARACTERS} characters allowed in all table cells"]
        )
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > MARKDOWN_CHARACTERS or sum(map(len, _texts(blocks))) > BLOCKS_CHARACTERS:
        raise ApiError("msg_blocks_too_long")
    return blocks


def check_view(view: object, *, kind: str) -> Json:
    """A view of the given kind ("modal" or "home") if Slack would take it; raises ApiError."""
    if not isinstance(view, dict):
        raise ApiError("invalid_arguments", ["must provide an object [json-pointer:/view]"])
    if len(json.dumps(view)) > VIEW_BYTES:
        raise ApiError("view_too_large")
    faults = _faults(ViewArgument, {"view": view}) or [*_repeated_ids(view["blocks"], "/view/blocks")]
    if not faults and view["type"] != kind:
        faults = [f"invalid view type: {view['type']}, expected {kind} [json-pointer:/view/type]"]
    if faults:
        raise ApiError("invalid_arguments", faults)
    return view


def check_suggestions(answer: object) -> Json:
    """The options an app offers in an external select; raises ApiError("invalid_options")."""
    if not isinstance(answer, dict):
        raise ApiError("invalid_options", ["must provide an object [json-pointer:/]"])
    given = {key: value for key, value in answer.items() if value is not None}
    faults = _faults(Suggestions, given)
    if faults:
        raise ApiError("invalid_options", faults)
    return given


def _faults(model: type[BaseModel], given: Json) -> list[str]:
    try:
        model.model_validate(given)
    except ValidationError as error:
        return [_sentence(details, given) for details in error.errors(include_url=False)]
    return []


def _sentence(details: ErrorDetails, given: Json) -> str:
    """One fault in Slack's words, with a pointer to where it is."""
    place = _pointer(details["loc"], given, ends_in_nothing=details["type"] == "missing")
    match details["type"]:
        case "missing" | "extra_forbidden":
            place = place.rsplit("/", 1)[0]
        case "text_too_long":
            place += "/text"
        case "union_tag_invalid":
            place += "/type"
    words = _WORDS.get(details["type"], "{message}")
    name = details["loc"][-1] if details["loc"] else ""
    context = {"name": name, "message": details["msg"], **details.get("ctx", {})}
    if "max_length" in context:
        context["one_more"] = context["max_length"] + 1
    return f"{words.format(**context)} [json-pointer:{place}]"


def _pointer(location: Sequence[int | str], given: object, *, ends_in_nothing: bool) -> str:
    """The JSON pointer of a pydantic location, without the union members that it passes through.

    `ends_in_nothing`: the last step names what should be there and is not.
    """
    here: Any = given
    steps: list[str] = []
    for position, step in enumerate(location):
        is_last = position == len(location) - 1
        if isinstance(here, list) and isinstance(step, int):
            steps.append(str(step))
            here = here[step] if step < len(here) else None
        elif isinstance(here, dict) and (step in here or (is_last and ends_in_nothing)):
            steps.append(str(step))
            here = here.get(step)
    return "/" + "/".join(steps)


def _repeated_ids(blocks: list[Json], place: str) -> Iterator[str]:
    block_ids = Counter(block["block_id"] for block in blocks if block.get("block_id"))
    for block_id in (name for name, count in block_ids.items() if count > 1):
        yield f'`block_id` "{block_id}" already exists [json-pointer:{place}]'
    for index, block in enumerate(blocks):
        elements = block.get("elements", []) if block["type"] in ("actions", "context_actions") else []
        action_ids = Counter(element["action_id"] for element in elements if element.get("action_id"))
        for action_id in (name for name, count in action_ids.items() if count > 1):
            yield f'`action_id` "{action_id}" already exists [json-pointer:{place}/{index}/elements]'


def _texts(value: object) -> Iterator[str]:
    """Every visible string in a tree of blocks."""
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "text" and isinstance(item, str):
                yield item
            else:
                yield from _texts(item)
