"""What a rater votes on a pair now, folded from everything they did. Pure: no database.

A vote comes from a reaction, 🅰️ for the left draft and 🅱️ for the right one, and stands until the same
reaction is removed; or from a button, and stands until the next button or until it is taken back. Of the
votes that still stand the last one counts, by the time at which Slack says that it happened.
"""

from collections.abc import Iterable

from evaluation.tables import PairVoteEvent, VoteChoice

REACTION_CHOICES = {"a": VoteChoice.LEFT, "b": VoteChoice.RIGHT}


def vote_meaning(reaction: str) -> VoteChoice | None:
    """What an emoji says of a pair, by Slack's name for it; None for every emoji that is no vote."""
    return REACTION_CHOICES.get(reaction)


def current_vote(events: Iterable[PairVoteEvent]) -> PairVoteEvent | None:
    """The event whose choice counts, of one rater's events on one pair in the order of recording.

    None when no vote stands. Events of the same instant count in the order given.
    """
    standing: dict[str | None, PairVoteEvent] = {}
    for event in sorted(events, key=lambda event: event.occurred_at):
        standing.pop(event.reaction, None)  # so that what comes again also moves to the end
        if event.choice is not None:
            standing[event.reaction] = event
    return next(reversed(standing.values()), None)
