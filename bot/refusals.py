"""Turns pydantic's account of a wrong configuration into sentences a person can act on.

copydesk.toml: report.hour = 25 is not allowed: it must be at most 23
"""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Location = tuple[int | str, ...]

LONGEST_VALUE: Final = 60
NAMED_TABLES: Final = (("content_types",), ("models",))  # whose tables' keys become their `name`

ALLOWED: Final[Mapping[str, str]] = {
    "less_than_equal": "it must be at most {le:g}",
    "less_than": "it must be below {lt:g}",
    "greater_than_equal": "it must be at least {ge:g}",
    "greater_than": "it must be above {gt:g}",
    "string_too_short": "it must not be empty",
    "string_too_long": "it must be at most {max_length} characters long",
    "too_long": "it must hold at most {max_length} values",
    "too_short": "it must not be empty",
    "literal_error": "it must be one of {expected}",
    "enum": "it must be one of {expected}",
    "finite_number": "it must be a finite number",
    "bool_type": "it must be true or false",
    "bool_parsing": "it must be true or false",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "float_type": "it must be a number",
    "float_parsing": "it must be a number",
    "string_type": "it must be a text in quotes",
    "tuple_type": "it must be a list in square brackets",
    "list_type": "it must be a list in square brackets",
    "model_type": "it must be a table",
    "dict_type": "it must be a table",
    "mapping_type": "it must be a table",
    "date_type": "it must be a date without quotes, such as 2026-11-01",
    "date_from_datetime_parsing": "it must be a date without quotes, such as 2026-11-01",
    "date_from_datetime_inexact": "it must be a date without a time, such as 2026-11-01",
}

PATTERNS: Final[Mapping[str, str]] = {
    r"^[UW][A-Z0-9]+$": 'it must be a Slack member id, such as "U012AB3CD"',
    r"^[^#\s]+$": "it must be the channel's name, without # and without spaces",
    r"^[a-z][a-z0-9_]*$": "it must begin with a lower-case letter and hold only those, digits and _",
    r"^[a-z0-9][a-z0-9._-]*$": (
        "it must begin with a lower-case letter or a digit and hold only those, dots, - and _"
    ),
    r"^https?://[^\s/]\S*$": "it must be an address that begins with http:// or https://",
    r"^[A-Za-z_][A-Za-z0-9_]*$": "it must be the name of an environment variable, never the key itself",
    r"^[A-Z]{3}$": 'it must be a currency of three letters, such as "USD"',
    r"^[a-z0-9][a-z0-9-]*:[A-Za-z0-9][A-Za-z0-9._:/-]*$": (
        'it must be provider:model, such as "openai:gpt-6-luna"'
    ),
    r"^[\w.-]+(/[\w.-]+)?$": 'it must be a name on the hub, such as "Qwen/Qwen3-4B-Instruct-2507"',
}
"""What the patterns of our settings mean, for people who don't read them."""


def describe(
    error: ValidationError, model: type[BaseModel], file: str, variables: Mapping[Location, str]
) -> str:
    """One line for each wrong value. `variables` names those that an environment variable gave."""
    return "\n".join(_line(each, model, file, variables) for each in error.errors(include_url=False))


def reason(error: ErrorDetails) -> str:
    """Why one value is not allowed, without saying where it stands."""
    return "it must be given" if error["type"] == "missing" else _allowed(error)


def dotted(location: Location) -> str:
    """("playground", "redelivery_seconds", 2) → playground.redelivery_seconds[2]"""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


def did_you_mean(word: str, known: list[str]) -> str:
    nearest = get_close_matches(word, known, n=1, cutoff=0.6)
    return f" Did you mean {nearest[0]}?" if nearest else ""


def _line(error: ErrorDetails, model: type[BaseModel], file: str, variables: Mapping[Location, str]) -> str:
    location = error["loc"]
    subject = variables.get(location) or f"{file}: {dotted(location)}"
    if location[:1] in NAMED_TABLES and location[2:] == ("name",):
        return f"{file}: {dotted(location[:2])} is not allowed as a name: {_allowed(error)}."
    match error["type"]:
        case "missing":
            return f"{subject} is missing."
        case "extra_forbidden":
            known = sorted(_keys_at(model, location[:-1]))
            hint = did_you_mean(str(location[-1]), known)
            return f"{subject} is not a setting.{hint} Allowed here: {', '.join(known)}."
        case "value_error" if isinstance(error["input"], dict | BaseModel):
            return f"{subject} is not allowed: {error['ctx']['error']}."
        case _:
            return f"{subject} = {_shown(error['input'])} is not allowed: {_allowed(error)}."


def _allowed(error: ErrorDetails) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "string_pattern_mismatch":
        return PATTERNS[error["ctx"]["pattern"]]
    sentence = ALLOWED.get(error["type"])
    return sentence.format(**error.get("ctx", {})) if sentence else error["msg"]


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _keys_at(model: type[BaseModel], location: Location) -> list[str]:
    """What may stand in the table at `location`, found by walking down the models' fields."""
    current = model
    for part in location:
        field = current.model_fields.get(str(part))
        if field is None:
            continue  # a table's own name, such as a model's: its keys are those of the next model
        current = next(_models_in(field.annotation), current)
    return [name for name in current.model_fields if name != "name"]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models_in(argument)
