"""Texts in which a model says who it is, and how they are made neutral.

Two kinds of names. An identifier such as "qwen3-4b" or "OPT-2.7B" is a model wherever it stands, unless
the wish itself spoke of it. A word such as "Llama" or "Phi" may be an animal or a letter, so it counts only
where somebody speaks of themselves: "As Llama, I …", "I am Phi", "my name is …", "written by …".
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from generation.registry import ModelSpec

NEUTRAL = "the author"
HELD_BACK_WORDS: Final = 12
"""More than any introduction takes ("As an AI language model called Llama 3.2 Instruct, I")."""
LOOKED_AT_EVERY_CHARACTERS: Final = 40

_AS = r"as(?: an?)?(?: AI)?(?: language)?(?: model)?,?"
_GOES_ON = r"(?=,?\s+(?:I|we|my|our)\b)"
_BEFORE = (
    r"I am(?: called)?|I['’]m|my name is|call me|(?:AI|assistant|model),? (?:called|named)|"
    r"(?:written|drafted|generated|created|made|powered) by"
)


@dataclass(frozen=True)
class Names:
    """`identifiers` are names wherever they stand, `words` only where somebody speaks of themselves."""

    identifiers: re.Pattern[str]
    words: re.Pattern[str]


@dataclass(frozen=True)
class Scrubbed:
    """A text without the names, and how many there were."""

    text: str
    namings: int


def names_of(models: Iterable[ModelSpec], words: Iterable[str]) -> Names:
    """What to look for: the declared models, and the configured words."""
    identifiers = {name for model in models for name in _identifiers(model)}
    introduced = _any_of([*words, *identifiers])
    size = r"(?:[ -]?v?\d[\w.-]*\w|[ -]?v?\d)?"  # "Llama 3.2", "GPT-4o"
    return Names(
        identifiers=re.compile(rf"(?<![\w-])(?:{_any_of(identifiers)})(?![\w-])", re.IGNORECASE),
        words=re.compile(
            rf"(?<!\w)(?:(?P<as>{_AS}\s+)(?:{introduced}){size}{_GOES_ON}|"
            rf"(?P<before>(?:{_BEFORE})\s+)(?:{introduced}){size}(?!\w))",
            re.IGNORECASE,
        ),
    )


def scrub(text: str, names: Names, wish: str) -> Scrubbed:
    """`text` without self-namings. Identifiers that stand in the `wish` too are its subject, and stay."""
    text, introduced = names.words.subn(lambda found: f"{found['as'] or found['before']}{NEUTRAL}", text)
    spoken_of = {found.casefold() for found in names.identifiers.findall(wish)}
    counted = 0

    def replaced(found: re.Match[str]) -> str:
        nonlocal counted
        if found[0].casefold() in spoken_of:
            return found[0]
        counted += 1
        return NEUTRAL

    return Scrubbed(names.identifiers.sub(replaced, text), introduced + counted)


def without_names(hear: Callable[[str], None], names: Names, wish: str) -> Callable[[str], None]:
    """For a text that is watched while it grows: tells `hear` what of it will stay as it is.

    The last words are held back, because a name may just be beginning there.
    """
    looked_at = 0

    def hear_settled(text: str) -> None:
        nonlocal looked_at
        if looked_at <= len(text) < looked_at + LOOKED_AT_EVERY_CHARACTERS:
            return
        looked_at = len(text)
        shown = scrub(text, names, wish).text
        ends = [word.end() for word in re.finditer(r"\S+", shown)]
        if len(ends) > HELD_BACK_WORDS:
            hear(shown[: ends[-HELD_BACK_WORDS - 1]])

    return hear_settled


def _identifiers(model: ModelSpec) -> set[str]:
    """The names under which a model is declared and known, as long as no ordinary word is like them."""
    known = [model.name, model.hub_id or "", (model.hub_id or "").rpartition("/")[2]]
    return {name for name in known if re.search(r"\d", name) and re.search(r"[A-Za-z]", name)}


def _any_of(names: Iterable[str]) -> str:
    """Longest first, so that a name wins over its own beginning. Nothing to look for matches nothing."""
    ordered = sorted(set(names), key=lambda name: (-len(name), name))
    return "|".join(re.escape(name) for name in ordered) or r"(?!)"
