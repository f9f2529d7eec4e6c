"""Names of reactions as Slack has them on the wire."""

import re

from bot.playground.errors import ApiError

# Slack reports a reaction by its first name, whichever the person picked.
_FIRST_NAMES = {
    "thumbsup": "+1",
    "thumbsdown": "-1",
    "poop": "hankey",
    "punch": "facepunch",
    "raised_hand": "hand",
    "pencil": "memo",
    "telephone": "phone",
    "envelope": "email",
    "red_car": "car",
    "satisfied": "laughing",
    "collision": "boom",
    "running": "runner",
    "paw_prints": "feet",
    "open_book": "book",
    "heavy_exclamation_mark": "exclamation",
    "sign_of_the_horns": "the_horns",
}
_NAME = re.compile(r"^(?P<base>[a-z0-9_+'-]{1,100})(?:::?(?P<tone>skin-tone-[2-6]))?$")


def wire_name(name: str) -> str:
    """`:thumbsup:` or `thumbsup` → `+1`, keeping a skin tone (`+1::skin-tone-3`).

    Raises ApiError("invalid_name") for what cannot be an emoji's name. Which names exist is not
    checked: a workspace adds its own.
    """
    match = _NAME.match(name.strip().strip(":"))
    if match is None:
        raise ApiError("invalid_name")
    base = _FIRST_NAMES.get(match["base"], match["base"])
    return f"{base}::{match['tone']}" if match["tone"] else base
