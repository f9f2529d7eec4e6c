"""From Slack's payloads to values: what a person typed, clicked, reacted or submitted.

Pure functions. Whatever cannot be used raises `BadInput` with a sentence for the person.
"""

import difflib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot import texts
from bot.errors import BadInput
from generation.content_types import ContentType

SCORE_RANGE = range(1, 11)


@dataclass(frozen=True)
class DraftWish:
    """A kind of text and what it is about."""

    content_type: ContentType
    topic: str


@dataclass(frozen=True)
class HelpWish:
    """Somebody wants to know what can be asked for."""


@dataclass(frozen=True)
class ReportWish:
    """Somebody wants the ranking of the week so far."""


Wish = DraftWish | HelpWish | ReportWish


@dataclass(frozen=True)
class ReactionChange:
    """One reaction, added to or removed from one message."""

    delivery_key: str
    channel_id: str
    message_ts: str
    user_id: str
    reaction: str
    added: bool
    occurred_at: datetime


@dataclass(frozen=True)
class ScoreForm:
    """What a rater filled in. `correction` is None when the text was left as it was."""

    draft_id: str
    score: int
    reasons: tuple[str, ...]
    correction: str | None


def parse_command(text: str, content_types: Sequence[ContentType]) -> Wish:
    """`linkedin remote onboarding` → a DraftWish; raises BadInput with a hint and an example."""
    words = clean(text).split(" ", maxsplit=1)
    first = words[0].casefold()
    rest = words[1] if len(words) > 1 else ""
    if first in ("", "help", "types"):
        return HelpWish()
    if first == "report":
        return ReportWish()
    return DraftWish(content_type := find_content_type(first, content_types), _topic(rest, content_type))


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


def parse_reaction(body: Mapping[str, Any]) -> ReactionChange | None:
    """A reaction event's body; None when the reaction is on something other than a message."""
    event = body["event"]
    item = event.get("item", {})
    if item.get("type") != "message":
        return None
    return ReactionChange(
        delivery_key=body["event_id"],
        channel_id=item["channel"],
        message_ts=item["ts"],
        user_id=event["user"],
        reaction=event["reaction"],
        added=event["type"] == "reaction_added",
        occurred_at=slack_time(event["event_ts"]),
    )


def parse_thumb(value: str) -> tuple[str, int]:
    """A feedback button's value, `<draft id>.up` or `.down`, as draft id and +1 or −1."""
    draft_id, _, direction = value.partition(".")
    return draft_id, 1 if direction == "up" else -1


def parse_score_form(view: Mapping[str, Any], original_text: str) -> ScoreForm:
    """A submitted score form; raises BadInput when the score is not 1–10."""
    values = view["state"]["values"]
    selected = values["score"]["score"].get("selected_option") or {}
    ticked: Iterable[Mapping[str, Any]] = values["reasons"]["reasons"].get("selected_options") or ()
    written = values.get("correction", {}).get("correction", {}).get("value") or ""
    return ScoreForm(
        draft_id=view["private_metadata"],
        score=_score(str(selected.get("value", ""))),
        reasons=tuple(option["value"] for option in ticked if option["value"] in texts.REASONS),
        correction=written if written.strip() and written.strip() != original_text.strip() else None,
    )


def clean(text: str) -> str:
    """One line without control characters, with Slack's three entities turned back."""
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    visible = "".join(" " if unicodedata.category(character) == "Cc" else character for character in text)
    return " ".join(visible.split())


def slack_time(timestamp: str) -> datetime:
    """Slack's `1732150000.000100` (seconds since 1970, as text) as an aware UTC instant."""
    return datetime.fromtimestamp(float(timestamp), tz=UTC)


def _topic(topic: str, content_type: ContentType) -> str:
    if not topic:
        raise BadInput(texts.missing_topic(content_type))
    if len(topic) > texts.MAX_TOPIC_CHARACTERS:
        raise BadInput(texts.topic_too_long(len(topic)))
    return topic


def _score(value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value) not in SCORE_RANGE:
        raise BadInput(texts.SCORE_OUT_OF_RANGE)
    return int(value)
