"""From Slack's payloads to votes, guesses and wishes about being asked.

Pure functions. Where a form belongs to comes back with it as an *origin*: "home", or the channel and the
timestamp of a message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot import messages, texts
from bot.errors import BadInput
from bot.form_fields import chosen, ticked
from bot.messages import Asking
from evaluation.tables import VoteChoice


@dataclass(frozen=True)
class Place:
    """A message that a form was opened from."""

    channel_id: str
    message_ts: str


HOME = "home"


def parse_vote(value: str) -> tuple[str, VoteChoice]:
    """A vote button's value, or the why-form's metadata: `<pair id>.left`. Raises BadInput."""
    pair_id, _, choice = value.partition(".")
    if choice not in tuple(VoteChoice):
        raise BadInput(texts.PAIR_UNKNOWN)
    return pair_id, VoteChoice(choice)


def parse_why(view: Mapping[str, Any], choice: VoteChoice) -> tuple[str, ...]:
    """What was ticked, without what this form never offered."""
    return tuple(name for name in ticked(view, "reasons") if name in texts.WHY_REASONS[choice])


def parse_guess(action: Mapping[str, Any]) -> tuple[str, str | None]:
    """The draft and the model that was guessed, None for "no idea"."""
    draft_id = action["block_id"].removeprefix(messages.GUESS_BLOCK_PREFIX).partition(".")[0]
    value = action["value"]
    return draft_id, None if value == messages.NO_IDEA_VALUE else value


def parse_skip(view: Mapping[str, Any]) -> tuple[str, str, str]:
    """The task, why it is skipped, and the origin."""
    reason = chosen(view, "reason")
    task_id, origin = split_origin(view["private_metadata"])
    return task_id, reason if reason in texts.SKIP_REASONS else "other", origin


def parse_preferences(view: Mapping[str, Any], time_zone: str) -> Asking:
    """What a person wants. Raises BadInput where messages are wanted and the Home tab is not."""
    places = set(ticked(view, "places"))
    if messages.BY_MESSAGE in places and messages.IN_HOME not in places:
        raise BadInput(texts.PREFERENCES_MESSAGE_NEEDS_HOME)
    by_message = messages.BY_MESSAGE in places
    return Asking(
        on=messages.IN_HOME in places,
        hour=_number(view, "hour", range(24)) if by_message else None,
        times_per_week=_number(view, "times", range(1, 8)) if by_message else None,
        time_zone=time_zone,
    )


def origin_of(body: Mapping[str, Any]) -> str:
    """Where somebody clicked, for a form's metadata."""
    container = body.get("container", {})
    if container.get("type") != "message":
        return HOME
    return f"{container['channel_id']} {container['message_ts']}"


def split_origin(metadata: str) -> tuple[str, str]:
    """A form's metadata as what it is about and its origin, "" for none."""
    subject, _, origin = metadata.partition(" ")
    return subject, origin


def parse_place(origin: str) -> Place | None:
    """The message that an origin names; None for the Home tab and for none."""
    channel_id, _, message_ts = origin.partition(" ")
    return Place(channel_id, message_ts) if message_ts else None


def _number(view: Mapping[str, Any], name: str, allowed: range) -> int:
    value = chosen(view, name)
    number = int(value) if value.isascii() and value.isdigit() else -1
    return number if number in allowed else allowed[-1]
