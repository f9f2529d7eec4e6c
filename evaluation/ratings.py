"""What a rater says now, folded from everything they ever did to one draft. Pure: no database.

An opinion is a thumb or a score. It comes from a reaction, which stands until the same
reaction is removed, or from the thumb buttons or the score form, which stand until the next
one of their kind, or until they are withdrawn. Of the opinions that still stand, the last thumb
and the last score count. Slack delivers late, twice and out of order, so "last" is by the time at
which Slack says that it happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from evaluation.tables import RatingEvent, RatingEventKind

_WITHDRAWALS = {
    RatingEventKind.THUMB_WITHDRAWN: RatingEventKind.THUMB_BUTTON,
    RatingEventKind.SCORE_WITHDRAWN: RatingEventKind.SCORE_FORM,
}
_OTHER_NAMES = {"thumbsup": "+1", "thumbsdown": "-1"}
_KEYCAPS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "keycap_ten")
_SKIN_TONES = ("", *(f"skin-tone-{tone}" for tone in range(2, 7)))


class Thumb(IntEnum):
    """Would use it, or would not."""

    DOWN = -1
    UP = 1


@dataclass(frozen=True)
class Score:
    """A judgement from 1 (poor) to 10 (excellent)."""

    value: int


@dataclass(frozen=True)
class RatingNow:
    """One rater's current judgement of one draft: a thumb, a score from 1 to 10, or both.

    `reasons` and `correction` are those of the latest score form. They stay when a later
    keycap changes the score: the rater did not take them back.
    """

    thumb: Thumb | None = None
    score: int | None = None
    reasons: tuple[str, ...] = ()
    correction: str | None = None


def reaction_meaning(name: str) -> Thumb | Score | None:
    """What an emoji says, by Slack's name for it: `+1::skin-tone-3`, `seven`, `keycap_ten`.

    None for every emoji that is no rating.
    """
    emoji, tone = _emoji(name)
    if emoji in ("+1", "-1") and tone in _SKIN_TONES:
        return Thumb(int(emoji))
    if emoji in _KEYCAPS and not tone:
        return Score(_KEYCAPS.index(emoji) + 1)
    return None


def current_rating(events: Iterable[RatingEvent]) -> RatingNow | None:
    """What still stands of one rater's events on one draft, given in the order of recording.

    None when nothing stands, also for no events at all. Events of the same instant count in
    the order given; otherwise the order does not matter, nor does an event that comes twice.
    """
    standing: dict[tuple[str, ...], RatingEvent] = {}
    for event in sorted(events, key=lambda event: event.occurred_at):
        source = _source(event)
        standing.pop(source, None)  # so that what comes again also moves to the end
        if event.kind is not RatingEventKind.REACTION_REMOVED and event.kind not in _WITHDRAWALS:
            standing[source] = event
    return _summary(standing.values())


def _summary(standing: Iterable[RatingEvent]) -> RatingNow | None:
    thumb: Thumb | None = None
    score: int | None = None
    form: RatingEvent | None = None
    for event in standing:
        match _opinion(event):
            case Thumb() as latest:
                thumb = latest
            case Score(latest_value):
                score = latest_value
        if event.kind is RatingEventKind.SCORE_FORM:
            form = event
    if thumb is None and score is None:
        return None
    return RatingNow(
        thumb=thumb,
        score=score,
        reasons=tuple(form.reasons) if form else (),
        correction=form.correction if form else None,
    )


def _opinion(event: RatingEvent) -> Thumb | Score | None:
    if event.kind is RatingEventKind.THUMB_BUTTON and event.thumb is not None:
        return Thumb(event.thumb)
    if event.kind is RatingEventKind.SCORE_FORM and event.score is not None:
        return Score(event.score)
    return reaction_meaning(event.reaction) if event.reaction is not None else None


def _source(event: RatingEvent) -> tuple[str, ...]:
    """What a later event must share to replace or remove this one: the same emoji, or the same kind."""
    if event.kind in (RatingEventKind.REACTION_ADDED, RatingEventKind.REACTION_REMOVED):
        return _emoji(event.reaction or "")
    return (_WITHDRAWALS.get(event.kind, event.kind),)


def _emoji(name: str) -> tuple[str, str]:
    """Slack's emoji name without its aliases, and the skin tone or ""."""
    emoji, _, tone = name.partition("::")
    return _OTHER_NAMES.get(emoji, emoji), tone
