"""Drafts that chance picked for a rater: in the App Home, in a direct message, and their forms.

Nothing here shows who asked for a draft, who wrote it, or what anybody thinks of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot import texts
from bot.messages.blocks import (
    Block,
    button,
    checked_boxes,
    context,
    escape,
    field,
    header,
    option,
    plain,
    section,
)
from bot.messages.rating import score_form
from bot.messages.rich_markdown import body_in_modal
from generation.content_types import TextFormat

AUDIT_RATE_ACTION = "audit_rate"
AUDIT_SKIP_ACTION = "audit_skip"
AUDIT_SETTINGS_ACTION = "audit_settings"
SKIP_FORM = "audit_skip_form"
PREFERENCES_FORM = "audit_preferences_form"
IN_HOME, BY_MESSAGE = "home", "message"
DEFAULT_HOUR = 9
DEFAULT_TIMES = 3


@dataclass(frozen=True)
class WaitingDraft:
    """A draft that waits for a rater: its task, its neutral label, its kind in words and its topic."""

    task_id: str
    label: str
    kind: str
    topic: str


@dataclass(frozen=True)
class Asking:
    """Whether and when a person is asked: `hour` (0–23) in `time_zone` for direct messages, None without."""

    on: bool
    hour: int | None
    times_per_week: int | None
    time_zone: str


def audit_blocks(waiting: Sequence[WaitingDraft], *, on: bool) -> list[Block]:
    """What waits for this rater, with what can be done about it; also when nothing does."""
    settings = {
        "type": "actions",
        "elements": [button(AUDIT_SETTINGS_ACTION, texts.AUDIT_SETTINGS_BUTTON, "open")],
    }
    if not on:
        return [context(texts.AUDIT_IS_OFF), settings]
    if not waiting:
        return [context(texts.AUDIT_NOTHING_WAITS), settings]
    tasks = [block for draft in waiting for block in _task(draft)]
    return [header(texts.audits_waiting(len(waiting))), context(texts.AUDIT_INTRO), *tasks, settings]


def audit_message(waiting: Sequence[WaitingDraft], *, on: bool = True) -> tuple[str, list[Block]]:
    """The direct message: its notification and its blocks."""
    return texts.audits_waiting(len(waiting)), audit_blocks(waiting, on=on)


def audit_form(
    *,
    draft_id: str,
    label: str,
    text: str,
    text_format: TextFormat,
    origin: str,
) -> dict[str, Any]:
    """The score form with the whole text on top, under its neutral label. `origin` comes back with it."""
    return score_form(
        draft_id=draft_id,
        label=label,
        text=text,
        score=None,
        reasons=(),
        correction=None,
        shown=[*body_in_modal(text, text_format), {"type": "divider"}],
        origin=origin,
    )


def skip_form(*, task_id: str, origin: str) -> dict[str, Any]:
    """Why a rater will not rate a draft."""
    options = [option(words, name) for name, words in texts.SKIP_REASONS.items()]
    reasons = {"type": "radio_buttons", "action_id": "reason", "options": options}
    return {
        "type": "modal",
        "callback_id": SKIP_FORM,
        "private_metadata": f"{task_id} {origin}".strip(),
        "title": plain(texts.SKIP_TITLE),
        "submit": plain(texts.SKIP_SUBMIT),
        "close": plain(texts.CANCEL),
        "blocks": [field("reason", texts.SKIP_LABEL, reasons, hint=texts.SKIP_HINT)],
    }


def preferences_form(asking: Asking, *, origin: str) -> dict[str, Any]:
    """Whether, where and when a person is asked for ratings, with what holds now."""
    places = [option(texts.PREFERENCES_HOME, IN_HOME), option(texts.PREFERENCES_MESSAGE, BY_MESSAGE)]
    ticked = [*([IN_HOME] if asking.on else []), *([BY_MESSAGE] if asking.hour is not None else [])]
    hours = [option(texts.hour_of_day(hour), str(hour)) for hour in range(24)]
    times = [option(words, str(number)) for number, words in texts.PREFERENCES_TIMES.items()]
    hour = _select("hour", hours, DEFAULT_HOUR if asking.hour is None else asking.hour)
    often = _select("times", times, (asking.times_per_week or DEFAULT_TIMES) - 1)
    return {
        "type": "modal",
        "callback_id": PREFERENCES_FORM,
        "private_metadata": origin,
        "title": plain(texts.PREFERENCES_TITLE),
        "submit": plain(texts.PREFERENCES_SUBMIT),
        "close": plain(texts.CANCEL),
        "blocks": [
            field("places", texts.PREFERENCES_LABEL, checked_boxes("places", places, ticked), optional=True),
            field("hour", texts.PREFERENCES_HOUR, hour, hint=texts.preferences_hour_hint(asking.time_zone)),
            field("times", texts.PREFERENCES_OFTEN, often),
        ],
    }


def _task(draft: WaitingDraft) -> list[Block]:
    words = f"{texts.audit_task(escape(draft.label), escape(draft.kind))}\n{escape(draft.topic)}"
    return [
        section(words),
        {
            "type": "actions",
            "block_id": f"audit.{draft.task_id}",
            "elements": [
                {**button(AUDIT_RATE_ACTION, texts.AUDIT_RATE_BUTTON, draft.task_id), "style": "primary"},
                button(AUDIT_SKIP_ACTION, texts.AUDIT_SKIP_BUTTON, draft.task_id),
            ],
        },
    ]


def _select(action_id: str, options: Sequence[Block], place: int) -> Block:
    return {
        "type": "static_select",
        "action_id": action_id,
        "options": list(options),
        "initial_option": options[place],
    }
