"""Finds elements in stored blocks, gives them ids, and reads what a person filled in."""

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from bot.playground.entities import Json

# What the state of an element is called, and what it is before anybody touched it.
_STATE: Mapping[str, tuple[str, str | None, Any]] = {
    "plain_text_input": ("value", "initial_value", None),
    "number_input": ("value", "initial_value", None),
    "email_text_input": ("value", "initial_value", None),
    "url_text_input": ("value", "initial_value", None),
    "static_select": ("selected_option", "initial_option", None),
    "radio_buttons": ("selected_option", "initial_option", None),
    "multi_static_select": ("selected_options", "initial_options", []),
    "checkboxes": ("selected_options", "initial_options", []),
    "external_select": ("selected_option", "initial_option", None),
    "multi_external_select": ("selected_options", "initial_options", []),
    "multi_users_select": ("selected_users", "initial_users", []),
    "multi_channels_select": ("selected_channels", "initial_channels", []),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", []),
    "users_select": ("selected_user", "initial_user", None),
    "channels_select": ("selected_channel", "initial_channel", None),
    "conversations_select": ("selected_conversation", "initial_conversation", None),
    "datepicker": ("selected_date", "initial_date", None),
    "timepicker": ("selected_time", "initial_time", None),
    "datetimepicker": ("selected_date_time", "initial_date_time", None),
    "rich_text_input": ("rich_text_value", "initial_value", None),
    "file_input": ("files", None, []),
}
# Blocks that hold blocks with ids of their own, and under which name.
_HOLDERS = {"carousel": "elements", "container": "child_blocks"}
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
REQUIRED = "Please complete this required field."


def with_ids(blocks: list[Json]) -> list[Json]:
    """The blocks with a random id wherever the app gave none, as Slack keeps them."""
    return [_with_ids(block) for block in blocks]


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Each interactive element with the block it stands in."""
    for block in blocks:
        if block["type"] in _HOLDERS:
            yield from elements(block[_HOLDERS[block["type"]]])
        for element in _elements_of(block):
            if "action_id" in element:
                yield block, element


def find_element(blocks: list[Json], block_id: str, action_id: str) -> Json | None:
    """The element a person acted on, or None if these blocks have no such element."""
    for block, element in elements(blocks):
        if block["block_id"] == block_id and element["action_id"] == action_id:
            return element
    return None


def value_key(element_type: str) -> str:
    """Under which key an element of this type reports what was filled in or chosen."""
    if element_type == "overflow":  # A menu: it reports a choice and keeps none.
        return "selected_option"
    return _STATE[element_type][0] if element_type in _STATE else "value"


def read_values(blocks: list[Json], given: Mapping[str, Mapping[str, Any]]) -> Json:
    """Slack's `state.values`: every element that holds a value, touched or not."""
    values: Json = {}
    for block, element in elements(blocks):
        if element["type"] in _STATE:
            key, initial, empty = _STATE[element["type"]]
            filled = (given.get(block["block_id"]) or {}).get(element["action_id"])
            value = filled.get(key) if filled is not None else element.get(initial or "", empty)
            if key == "value" and value == "":
                value = None
            values.setdefault(block["block_id"], {})[element["action_id"]] = {
                "type": element["type"],
                key: empty if value is None else value,
            }
    return values


def input_errors(blocks: list[Json], values: Json) -> dict[str, str]:
    """What Slack's client itself refuses in a submission, by block id."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] == "input":
            element = block["element"]
            value = values[block["block_id"]][element["action_id"]][_STATE[element["type"]][0]]
            fault = _input_fault(block, element, value)
            if fault is not None:
                errors[block["block_id"]] = fault
    return errors


def _input_fault(block: Json, element: Json, value: Any) -> str | None:
    if value is None or value == []:
        return None if block.get("optional") else REQUIRED
    match element["type"]:
        case "plain_text_input" if len(value) < (element.get("min_length") or 0):
            return f"Must be at least {element['min_length']} characters."
        case "plain_text_input" if len(value) > (element.get("max_length") or 3000):
            return f"Must be at most {element.get('max_length') or 3000} characters."
        case "number_input":
            return _number_fault(element, str(value))
        case "email_text_input" if not _EMAIL.match(value):
            return "Enter a valid email address."
        case "file_input" if len(value) > (element.get("max_files") or 10):
            most = element.get("max_files") or 10
            return "Attach one file." if most == 1 else f"Attach at most {most} files."
        case "url_text_input" if not value.startswith(("http://", "https://")):
            return "Enter a valid URL."
    return None


def _number_fault(element: Json, value: str) -> str | None:
    pattern = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
    if not re.fullmatch(pattern, value):
        return "Enter a number." if element["is_decimal_allowed"] else "Enter a whole number."
    if element.get("min_value") is not None and float(value) < float(element["min_value"]):
        return f"Must be {element['min_value']} or more."
    if element.get("max_value") is not None and float(value) > float(element["max_value"]):
        return f"Must be {element['max_value']} or less."
    return None


def _elements_of(block: Json) -> list[Json]:
    match block["type"]:
        case "actions" | "context_actions":
            return list(block["elements"])
        case "section" if "accessory" in block:
            return [block["accessory"]]
        case "card":
            return list(block.get("actions") or ())
        case "input":
            return [block["element"]]
    return []


def _with_ids(block: Json) -> Json:
    kept: Json = {
        "block_id": _random_id(),
        **{key: value for key, value in block.items() if value is not None},
    }
    match kept["type"]:
        case "actions" | "context_actions":
            kept["elements"] = [_with_action_id(element) for element in kept["elements"]]
        case "section" if "accessory" in kept:
            kept["accessory"] = _with_action_id(kept["accessory"])
        case "input":
            kept["element"] = _with_action_id(kept["element"])
        case "card" if "actions" in kept:
            kept["actions"] = [_with_action_id(element) for element in kept["actions"]]
        case "carousel" | "container":
            kept[_HOLDERS[kept["type"]]] = with_ids(kept[_HOLDERS[kept["type"]]])
    return kept


def _with_action_id(element: Json) -> Json:
    return element if element["type"] == "image" else {"action_id": _random_id(), **element}


def _random_id() -> str:
    return secrets.token_urlsafe(4)[:5]
