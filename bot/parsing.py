"""From Slack's payloads to values: what a person typed, clicked, reacted or submitted.

Pure functions. Whatever cannot be used raises `BadInput` with a sentence for the person.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot import texts
from bot.errors import BadInput
from bot.form_fields import chosen, ticked, typed

SCORE_RANGE = range(1, 11)


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
    written = typed(view, "correction")
    return ScoreForm(
        draft_id=view["private_metadata"].partition(" ")[0],
        score=_score(chosen(view, "score")),
        reasons=tuple(reason for reason in ticked(view, "reasons") if reason in texts.REASONS),
        correction=written if written.strip() and written.strip() != original_text.strip() else None,
    )


def clean(text: str) -> str:
    """One line without control characters, with Slack's three entities turned back."""
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    visible = "".join(" " if unicodedata.category(character) == "Cc" else character for character in text)
    return " ".join(visible.split())


def clean_lines(text: str) -> str:
    """As `clean`, but lines stay lines."""
    return "\n".join(clean(line) for line in text.strip().splitlines()).strip()


def slack_time(timestamp: str) -> datetime:
    """Slack's `1732150000.000100` (seconds since 1970, as text) as an aware UTC instant."""
    return datetime.fromtimestamp(float(timestamp), tz=UTC)


def _score(value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value) not in SCORE_RANGE:
        raise BadInput(texts.SCORE_OUT_OF_RANGE)
    return int(value)
