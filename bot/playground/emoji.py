"""Names of reactions as Slack has them on the wire, from the list that the page's picker shows."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path

from bot.playground.errors import ApiError

_LIST = Path(__file__).parent / "static" / "emoji.json"
_TONES = frozenset(f"skin-tone-{number}" for number in range(2, 7))


@dataclass(frozen=True)
class _Emoji:
    """`name` is the first of an emoji's names, the one that Slack reports whichever was picked."""

    name: str
    has_tones: bool


def wire_name(name: str) -> str:
    """`:thumbsup:` or `thumbsup` → `+1`, keeping a skin tone (`+1::skin-tone-3`).

    Raises ApiError("invalid_name") for what is no emoji, and for a tone on one that has none.
    """
    base, _, tone = name.strip().strip(":").partition("::")
    emoji = _known().get(base)
    if emoji is None or (tone and not (emoji.has_tones and tone in _TONES)):
        raise ApiError("invalid_name")
    return f"{emoji.name}::{tone}" if tone else emoji.name


@functools.cache
def _known() -> dict[str, _Emoji]:
    """By every name. An entry of the list is: character, names, words to search by, 1 if it has tones."""
    known: dict[str, _Emoji] = {}
    for group in json.loads(_LIST.read_text("utf-8")):
        for _, names, *rest in group["emoji"]:
            emoji = _Emoji(names.split()[0], has_tones=len(rest) == 2 and rest[1] == 1)
            known |= dict.fromkeys(names.split(), emoji)
    return known
