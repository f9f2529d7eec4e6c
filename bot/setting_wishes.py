"""From submitted settings forms to the values of settings.

Pure functions. What cannot hold is refused by the models of the settings, all of it at once; only what these
cannot tell beside a field raises SettingRefused here.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot import texts
from bot.errors import SettingRefused
from bot.form_fields import chosen, ticked, typed
from bot.parsing import clean, clean_lines
from bot.settings import Settings

Value = dict[str, Any]

TEXTS: Final = ("title", "example_topic")
WHOLE_NUMBERS: Final = ("min_words", "max_words")
LIMIT: Final = "platform_limit_characters"


def parse_reveal_form(view: Mapping[str, Any]) -> str:
    return chosen(view, "reveal")


def parse_report_form(view: Mapping[str, Any]) -> Value:
    """The schedule and the required quality."""
    return {
        "weekday": chosen(view, "weekday"),
        "hour": _number(chosen(view, "hour"), int),
        "time_zone": clean(typed(view, "time_zone")),
        "threshold": _number(typed(view, "threshold").replace(",", "."), float),
    }


def parse_kind_form(view: Mapping[str, Any], settings: Settings, declared: Settings) -> tuple[str, Value]:
    """The kind's name and what differs from copydesk.toml; of a new one, all of it.

    What is as copydesk.toml says is left out, so that it follows copydesk.toml.
    """
    faults: dict[str, str] = {}
    name = view["private_metadata"]
    if not name:
        name = clean(typed(view, "name"))
        if name in settings.content_types:
            faults["name"] = texts.KIND_EXISTS
    value: Value = {key: clean(typed(view, key)) for key in TEXTS}
    value["prompt"] = clean_lines(typed(view, "prompt"))
    value["aliases"] = typed(view, "aliases").replace(",", " ").split()
    for key in WHOLE_NUMBERS:
        value[key] = _number(typed(view, key), int)
    value[LIMIT] = _number(typed(view, LIMIT), int) if typed(view, LIMIT).strip() else None
    bounds = [value[key] for key in WHOLE_NUMBERS]
    if all(isinstance(bound, int) for bound in bounds) and bounds != sorted(bounds):
        faults["max_words"] = texts.BOUNDS_CROSSED
    if faults:
        raise SettingRefused(faults)
    before = declared.content_types.get(name)
    return name, _changed(value, before.model_dump(mode="json") if before else {})


def parse_route_form(view: Mapping[str, Any]) -> tuple[str, Value]:
    """The kind's name and its route."""
    return view["private_metadata"], {
        "models": ticked(view, "models"),
        "substitutes": ticked(view, "substitutes"),
        "reason": clean(typed(view, "reason")),
    }


def _changed(value: Value, before: Mapping[str, Any]) -> Value:
    shown = {**before, "prompt": clean_lines(str(before.get("prompt", "")))}
    return {key: given for key, given in value.items() if not before or shown.get(key) != given}


def _number(words: str, read: Callable[[str], float]) -> float | str:
    """As a number; what is none as it was typed, for the setting's model to say what is wrong with it."""
    try:
        return read(words.strip())
    except ValueError:
        return words.strip()
