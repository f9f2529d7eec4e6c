"""Names of emoji as Slack has them on the wire, from the list that the page's picker shows."""

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

from bot.playground.errors import ApiError

_LIST = Path(__file__).parent / "static" / "emoji.json"
_SELECTOR = "\ufe0f"
_JOINER = "\u200d"
_FIRST_TONE, _LAST_TONE = "\U0001f3fb", "\U0001f3ff"
_WHOLE = f"(?![{_JOINER}{_SELECTOR}{_FIRST_TONE}-{_LAST_TONE}])"
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


def with_names(text: str) -> str:
    """Emoji that were typed as characters by their names: 👍 → `:+1:`, 👍🏽 → `:+1::skin-tone-4:`."""
    return _characters().sub(_name_of, text)


def _name_of(found: re.Match[str]) -> str:
    name = _by_character()[_bare(found["emoji"])]
    tone = f":skin-tone-{ord(found['tone']) - ord(_FIRST_TONE) + 2}:" if found["tone"] else ""
    return f":{name}:{tone}"


@functools.cache
def _characters() -> re.Pattern[str]:
    """Every emoji of the list, the longest first; a variation selector may stand behind each character.

    What the list has not, joined from several, stays as it was typed.
    """
    longest_first = sorted(_by_character(), key=len, reverse=True)
    spelled = (f"{_SELECTOR}?".join(map(re.escape, character)) for character in longest_first)
    return re.compile(
        f"(?<!{_JOINER})(?P<emoji>{'|'.join(spelled)}){_SELECTOR}?(?P<tone>[{_FIRST_TONE}-{_LAST_TONE}])?{_WHOLE}"
    )


@functools.cache
def _by_character() -> dict[str, str]:
    """First names by characters; digits and signs that are emoji only with a selector are left out."""
    return {
        _bare(character): names.split()[0]
        for group in json.loads(_LIST.read_text("utf-8"))
        for character, names, *_ in group["emoji"]
        if not _bare(character).isascii()
    }


def _bare(character: str) -> str:
    return character.replace(_SELECTOR, "")


@functools.cache
def _known() -> dict[str, _Emoji]:
    """By every name. An entry of the list is: character, names, words to search by, 1 if it has tones."""
    known: dict[str, _Emoji] = {}
    for group in json.loads(_LIST.read_text("utf-8")):
        for _, names, *rest in group["emoji"]:
            emoji = _Emoji(names.split()[0], has_tones=len(rest) == 2 and rest[1] == 1)
            known |= dict.fromkeys(names.split(), emoji)
    return known
