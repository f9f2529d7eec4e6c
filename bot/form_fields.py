"""What stands in the fields of a submitted form. In all of ours a field's block id is its action id, too."""

from collections.abc import Mapping
from typing import Any


def typed(view: Mapping[str, Any], name: str) -> str:
    """What was written into a field of text, "" for nothing."""
    return _state(view, name).get("value") or ""


def chosen(view: Mapping[str, Any], name: str) -> str:
    """The value of the one option that was chosen, "" for none."""
    return str((_state(view, name).get("selected_option") or {}).get("value", ""))


def ticked(view: Mapping[str, Any], name: str) -> list[str]:
    """The values of all options that were chosen or ticked."""
    return [str(option["value"]) for option in _state(view, name).get("selected_options") or ()]


def _state(view: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Empty for a field that this form does not have."""
    state: Mapping[str, Any] = view["state"]["values"].get(name, {}).get(name, {})
    return state
