"""From submitted settings forms to the values of settings.

Pure functions. What cannot be read raises SettingRefused with a sentence for each field; what can be read
but not hold is refused by the models of the settings themselves.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot import texts
from bot.errors import SettingRefused
from bot.parsing import clean, clean_lines
from bot.settings import Settings

Value = dict[str, Any]

TEXTS: Final = ("title", "example_topic")
WHOLE_NUMBERS: Final = ("min_words", "max_words")
LIMIT: Final = "platform_limit_characters"


def parse_reveal_form(view: Mapping[str, Any]) -> str:
    return _chosen(view, "reveal")


def parse_report_form(view: Mapping[str, Any]) -> Value:
    """The schedule and the required quality."""
    faults: dict[str, str] = {}
    value = {
        "weekday": _chosen(view, "weekday"),
        "hour": _number(view, "hour", int, texts.NOT_WHOLE, faults),
        "time_zone": clean(_typed(view, "time_zone")),
        "threshold": _number(view, "threshold", float, texts.NOT_A_NUMBER, faults),
    }
    return _sound(value, faults)


def parse_kind_form(view: Mapping[str, Any], settings: Settings, declared: Settings) -> tuple[str, Value]:
    """The kind's name and what differs from copydesk.toml; of a new one, all of it.

    What is as copydesk.toml says is left out, so that it follows copydesk.toml.
    """
    faults: dict[str, str] = {}
    name = view["private_metadata"]
    if not name:
        name = clean(_typed(view, "name"))
        if name in settings.content_types:
            faults["name"] = texts.KIND_EXISTS
    value: Value = {key: clean(_typed(view, key)) for key in TEXTS}
    value["prompt"] = clean_lines(_typed(view, "prompt"))
    value["aliases"] = _typed(view, "aliases").replace(",", " ").split()
    for key in WHOLE_NUMBERS:
        value[key] = _number(view, key, int, texts.NOT_WHOLE, faults)
    value[LIMIT] = _number(view, LIMIT, int, texts.NOT_WHOLE, faults) if _typed(view, LIMIT).strip() else None
    if not faults and value["min_words"] > value["max_words"]:
        faults["max_words"] = texts.BOUNDS_CROSSED
    before = declared.content_types.get(name)
    return name, _changed(_sound(value, faults), before.model_dump(mode="json") if before else {})


def parse_route_form(view: Mapping[str, Any]) -> tuple[str, Value]:
    """The kind's name and its route."""
    return view["private_metadata"], {
        "models": _several(view, "models"),
        "substitutes": _several(view, "substitutes"),
        "reason": clean(_typed(view, "reason")),
    }


def _changed(value: Value, before: Mapping[str, Any]) -> Value:
    shown = {**before, "prompt": clean_lines(str(before.get("prompt", "")))}
    return {key: given for key, given in value.items() if not before or shown.get(key) != given}


def _sound(value: Value, faults: Mapping[str, str]) -> Value:
    if faults:
        raise SettingRefused(faults)
    return value


def _number(
    view: Mapping[str, Any],
    name: str,
    read: Callable[[str], float],
    otherwise: str,
    faults: dict[str, str],
) -> float:
    """What was typed or chosen, as a number; what is none is added to `faults`."""
    try:
        return read((_chosen(view, name) or _typed(view, name)).strip())
    except ValueError:
        faults[name] = otherwise
        return 0


def _state(view: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = view["state"]["values"].get(name, {}).get(name, {})
    return found


def _typed(view: Mapping[str, Any], name: str) -> str:
    return _state(view, name).get("value") or ""


def _chosen(view: Mapping[str, Any], name: str) -> str:
    return str((_state(view, name).get("selected_option") or {}).get("value", ""))


def _several(view: Mapping[str, Any], name: str) -> list[str]:
    return [str(each["value"]) for each in _state(view, name).get("selected_options") or ()]
