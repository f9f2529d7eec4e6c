"""Plain values as a person would name them, turned into what a client reports of an element."""

from collections.abc import Mapping
from typing import Any

from bot.playground.block_kit.state import elements, value_key
from bot.playground.entities import Json, View


def find_offered(blocks: list[Json], action_id: str, block_id: str | None = None) -> tuple[Json, Json]:
    """The block and the element with this action id; raises AssertionError naming those there are."""
    for block, element in elements(blocks):
        if element["action_id"] == action_id and block_id in (None, block["block_id"]):
            return block, element
    offered = [element["action_id"] for _, element in elements(blocks)]
    raise AssertionError(f"There is no element {action_id!r} here; there are {offered}.")


def form_state(view: View, values: Mapping[str, Any]) -> Json:
    """`{action_id: value}` → `{block_id: {action_id: {type, …}}}`; what is nested already stays."""
    if all(isinstance(value, Mapping) for value in values.values()):
        return dict(values)
    state: Json = {}
    for action_id, value in values.items():
        block, element = find_offered(view.blocks, action_id)
        state.setdefault(block["block_id"], {})[action_id] = wire_value(element, value)
    return state


def wire_value(element: Json, value: Any) -> Json:
    """A plain value as the element reports it: text, a date, an id, or the values of options.

    An option of an external select is the app's own and given whole. Raises AssertionError when the
    element does not offer the option.
    """
    key = value_key(element["type"])
    if key == "selected_option" and not isinstance(value, Mapping):
        value = _option(element, value)
    elif key == "selected_options":
        value = [each if isinstance(each, Mapping) else _option(element, each) for each in value]
    return {"type": element["type"], key: value}


def _option(element: Json, value: str) -> Json:
    options = [*element.get("options", [])]
    for group in element.get("option_groups", []):
        options += group["options"]
    for option in options:
        if option["value"] == value:
            found: Json = option
            return found
    raise AssertionError(
        f"{element['action_id']!r} offers no {value!r}; there are {[option['value'] for option in options]}."
    )
