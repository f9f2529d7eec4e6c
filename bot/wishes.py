"""What people wish for, in a command, in a form or in words to the bot.

Pure functions. Whatever cannot be done raises `BadInput` with a sentence for the person.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from textwrap import shorten
from typing import Any, Final, Literal

from bot import texts
from bot.errors import BadField, BadInput
from bot.form_fields import chosen, ticked, typed
from bot.parsing import clean, clean_lines
from generation.content_types import ContentType

SHORT_FIELDS: Final = ("language", "tone", "audience")
FACTS_FIELD: Final = "facts"
PAIR_FIELD: Final = "pair"
TOPIC_GUESS_CHARACTERS: Final = 120

_MENTION = re.compile(r"<@[^>]*>")
_LINK = re.compile(r"<(?:https?://|mailto:)[^|>]*\|([^>]*)>|<([^@#!>][^>]*)>")
_TWO_VERSIONS = re.compile(r"\b(?:pair|(?:two|2) (?:versions|drafts))\b", re.IGNORECASE)
_BEFORE_TOPIC = re.compile(
    r"^(?:\s*(?:post|text|draft|copy|article|message)\b)?(?:\s*(?:about|on|regarding|for|over)\b)?[\s:,–-]*",
    re.IGNORECASE,
)


class Ask(StrEnum):
    """What is asked for by one word behind /draft; FORM by none."""

    FORM = "form"
    HELP = "help"
    TYPES = "types"
    QUEUE = "queue"
    MODELS = "models"
    COST = "cost"
    STOP = "stop"
    STYLE = "style"


@dataclass(frozen=True)
class DraftWish:
    """A kind of text, what it is about, and what was said beside that."""

    content_type: ContentType
    topic: str
    wants_pair: bool = False
    brief: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportWish:
    """The ranking of the week so far, of all kinds or of one."""

    content_type: ContentType | None = None


@dataclass(frozen=True)
class MineWish:
    """One's own drafts in which all of these words stand."""

    words: tuple[str, ...] = ()


Wish = Ask | DraftWish | ReportWish | MineWish


def parse_command(text: str, content_types: Sequence[ContentType]) -> Wish:
    """`linkedin remote onboarding` → a DraftWish; raises BadInput with a hint and an example."""
    first, rest = _first_word(clean(text))
    match first:
        case "":
            return Ask.FORM
        case "report":
            return ReportWish(find_content_type(rest.casefold(), content_types) if rest else None)
        case "mine":
            return MineWish(tuple(rest.split()))
        case "pair":
            return _pair_wish(rest, content_types)
    if first in set(Ask) - {Ask.FORM}:
        return Ask(first)
    return DraftWish(content_type := find_content_type(first, content_types), _topic(rest, content_type))


def parse_mention(text: str, content_types: Sequence[ContentType]) -> DraftWish | Literal[Ask.HELP]:
    """`@copydesk write a linkedin post about tea` → a DraftWish; raises BadInput with an example."""
    said = clean(_LINK.sub(r"\1\2", _MENTION.sub(" ", text)))
    if said.casefold().strip("?!. ") in ("", "help"):
        return Ask.HELP
    words = {word: kind for kind in content_types for word in _spoken_names(kind)}
    by_word = {word.casefold(): kind for word, kind in words.items()}
    found = re.search(
        rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})(?!\w)",
        said,
        re.IGNORECASE,
    )
    if found is None:
        raise BadInput(texts.mention_without_kind(content_types))
    content_type = by_word[found[0].casefold()]
    topic = _topic(_BEFORE_TOPIC.sub("", said[found.end() :], count=1).strip(), content_type)
    return DraftWish(content_type, topic, wants_pair=bool(_TWO_VERSIONS.search(said[: found.start()])))


def parse_draft_form(view: Mapping[str, Any], content_types: Mapping[str, ContentType]) -> DraftWish:
    """A submitted draft form; raises BadField, which names the field at fault."""
    kind = chosen(view, "kind")
    if kind not in content_types:
        raise BadField("kind", texts.KIND_IS_GONE)
    topic = clean(typed(view, "topic"))
    if not topic:
        raise BadField("topic", texts.TOPIC_MISSING)
    if len(topic) > texts.MAX_TOPIC_CHARACTERS:
        raise BadField("topic", texts.topic_too_long(len(topic)))
    brief = {name: clean(typed(view, name))[: texts.MAX_DETAIL_CHARACTERS] for name in SHORT_FIELDS}
    brief[FACTS_FIELD] = clean_lines(typed(view, FACTS_FIELD))
    if len(brief[FACTS_FIELD]) > texts.MAX_FACTS_CHARACTERS:
        raise BadField(FACTS_FIELD, texts.facts_too_long(len(brief[FACTS_FIELD])))
    said = {name: words for name, words in brief.items() if words}
    return DraftWish(content_types[kind], topic, wants_pair=bool(ticked(view, PAIR_FIELD)), brief=said)


def parse_style_form(view: Mapping[str, Any]) -> str:
    """The house style as it was submitted, empty for none; raises BadField."""
    style = clean_lines(typed(view, "style"))
    if len(style) > texts.MAX_STYLE_CHARACTERS:
        raise BadField("style", texts.style_too_long(len(style)))
    return style


def facts_of_message(text: str) -> str:
    """What somebody wrote, without Slack's markup for links and people, as far as a form takes it."""
    written = clean_lines(_LINK.sub(r"\1\2", _MENTION.sub(" ", text)))
    return written[: texts.MAX_FACTS_CHARACTERS]


def topic_of_message(facts: str) -> str:
    """A first guess at the topic: the beginning of what was written, whole words."""
    return shorten(clean(facts), width=TOPIC_GUESS_CHARACTERS, placeholder="…")


def find_content_type(given: str, content_types: Sequence[ContentType]) -> ContentType:
    """By name or alias; raises BadInput naming the nearest kinds."""
    by_word = {word.casefold(): kind for kind in content_types for word in (kind.name, *kind.aliases)}
    if given in by_word:
        return by_word[given]
    close = difflib.get_close_matches(given, by_word, n=3, cutoff=0.5)
    nearest = list(dict.fromkeys(by_word[word].name for word in close))
    raise BadInput(
        texts.unknown_content_type(given[:40], [by_word[name] for name in nearest[:2]], content_types)
    )


def _pair_wish(rest: str, content_types: Sequence[ContentType]) -> DraftWish:
    if not rest:
        raise BadInput(texts.pair_of_what(content_types[0]))
    kind, topic = _first_word(rest)
    content_type = find_content_type(kind, content_types)
    if not topic:
        raise BadInput(texts.pair_of_what(content_type))
    return DraftWish(content_type, _topic(topic, content_type), wants_pair=True)


def _first_word(text: str) -> tuple[str, str]:
    first, _, rest = text.partition(" ")
    return first.casefold(), rest


def _spoken_names(kind: ContentType) -> tuple[str, ...]:
    return kind.title, kind.name, kind.name.replace("_", " "), *kind.aliases


def _topic(topic: str, content_type: ContentType) -> str:
    if not topic:
        raise BadInput(texts.missing_topic(content_type))
    if len(topic) > texts.MAX_TOPIC_CHARACTERS:
        raise BadInput(texts.topic_returned(topic))
    return topic
