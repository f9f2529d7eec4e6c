"""What a report calls new since the end of the week before."""

from collections.abc import Iterator, Sequence
from typing import Final

from evaluation.analysis.document import ModelFigures
from evaluation.report_document import WeekFigures
from evaluation.report_table import ranks_in_words
from evaluation.wording import count

NOTICEABLE: Final = 0.25
"""Points of quality; smaller steps are not worth a sentence."""

_SURE = ("qualified", "below")
_STANDING_NOW = {
    "qualified": "now reaches what is required",
    "below": "now surely stays below what is required",
    "undecided": "may or may not reach what is required; a week ago that was sure",
}


def write_changes(history: Sequence[WeekFigures]) -> tuple[str, ...]:
    """What is new since the end of the week before, each a sentence; nothing without such a week."""
    if len(history) < 2:
        return ()
    before, now = history[-2:]
    known = {line.model: line for line in before.models}
    changes = [
        *_change_of_leader(before, now),
        *_changed_pairs(before, now),
        *(
            sentence
            for line in now.models
            for sentence in (_changes_of(line, known[line.model]) if line.model in known else _newcomer(line))
        ),
    ]
    added = now.n_ratings - before.n_ratings
    basis = f"{count(added, 'rating')} more than a week ago." if added > 0 else "No new ratings."
    return (*changes, basis) if changes else (f"The ranking is as it was. {basis}",)


def _change_of_leader(before: WeekFigures, now: WeekFigures) -> Iterator[str]:
    if before.leader == now.leader:
        return
    if now.leader is None:
        yield f"{before.leader} no longer leads for certain."
    elif before.leader is None:
        yield f"{now.leader} now leads."
    else:
        yield f"{now.leader} now leads, instead of {before.leader}."


def _changed_pairs(before: WeekFigures, now: WeekFigures) -> Iterator[str]:
    for better, worse in now.decided:
        if (better, worse) not in before.decided:
            yield f"Now certain: {better} writes better than {worse}."
    for better, worse in before.decided:
        if (better, worse) not in now.decided:
            yield f"No longer certain: whether {better} writes better than {worse}."


def _newcomer(line: ModelFigures) -> Iterator[str]:
    yield f"{line.model} is new."


def _changes_of(line: ModelFigures, before: ModelFigures) -> Iterator[str]:
    if line.rank_set is None:
        return
    if before.rank_set is None:
        yield f"{line.model} now has enough ratings to be ranked: {ranks_in_words(line.rank_set)}."
        return
    if line.rank_set != before.rank_set:
        yield f"{line.model}: {ranks_in_words(line.rank_set)}, a week ago {ranks_in_words(before.rank_set)}."
    if line.status != before.status and (line.status in _SURE or before.status in _SURE):
        yield f"{line.model} {_STANDING_NOW[line.status]}."
    if line.quality is None or before.quality is None:
        return
    step = line.quality - before.quality
    if abs(step) >= NOTICEABLE:
        way = "up" if step > 0 else "down"
        yield f"{line.model} went {way}, from {before.quality:.1f} to {line.quality:.1f}."
