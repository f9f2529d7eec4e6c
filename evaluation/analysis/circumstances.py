"""How judgements came about: what a rater could see, and between which models chance had drawn.

The statistics do not ask for it row by row, but files must say it, so that their analysis is the database's.
"""

from dataclasses import dataclass

from evaluation.statistics.observations import Flags, Floats

Draw = tuple[str, tuple[str, ...]]
"""The model whose draft chance drew, and the models between which it decided; none where nobody noted."""


@dataclass(frozen=True)
class Circumstances:
    """One entry for each rating, or vote, of the observations beside which it stands.

    `drawn_from` is empty for a rating that nobody assigned. `tasks` are all draws, also those that came
    to no rating and those of drafts that are gone; `tasks_at` are their times in POSIX seconds.
    """

    others_visible: Flags
    votes_others_visible: Flags
    drawn_from: tuple[tuple[str, ...], ...]
    tasks: tuple[Draw, ...]
    tasks_at: Floats
