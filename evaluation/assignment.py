"""Who is asked to rate what: audit drafts drawn at random, because people rate what they like.

From ratings that people give of their own accord no statistic can tell how good a model is (whoever
rates only what pleased them makes every model look good). So some drafts are assigned: for each
rater and content type in permuted blocks over the arms, that is, the models. Each block holds every
arm once, in random order, so after any number of tasks a rater has judged each model almost equally
often; which of an arm's drafts it is, is chance too. The probability of each draw is kept with it.

Nothing here reads a database or a clock: `evaluation.store` brings candidates and keeps what is drawn.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random

GUESS_SHARE = 0.1


@dataclass(frozen=True)
class Candidate:
    """A draft that somebody might be asked to rate.

    `arm` is who wrote it, also where it stood in for another. `opinions_by` are the people whose
    opinion of it everybody in the channel can read, such as a reaction.
    """

    draft_id: str
    arm: str
    content_type: str
    requester_id: str
    rated_by: frozenset[str] = frozenset()
    opinions_by: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Assignment:
    """A draft that a rater is asked to rate, the `block` (from 1) that it belongs to, and the chance it had.

    `propensity`, in (0, 1], is the probability of this draft in its draw, given what could be drawn and
    what the block already held: content type × arm × draft. `drawn_from` are the arms between which
    chance decided, each as likely as the others.
    """

    draft_id: str
    arm: str
    content_type: str
    block: int
    propensity: float
    drawn_from: tuple[str, ...] = ()


def draw_assignments(
    rater_id: str, candidates: Sequence[Candidate], past: Collection[Assignment], n: int, rng: Random
) -> list[Assignment]:
    """Up to `n` new tasks for a rater, given all of theirs so far, also those declined; fewer if none fit.

    A declined task keeps its place in its block and does not come again: otherwise raters could choose
    what they rate by declining. The order of `candidates` does not matter.
    """
    drawn: list[Assignment] = []
    for _ in range(n):
        task = _draw(eligible(candidates, rater_id, [*past, *drawn]), [*past, *drawn], rng)
        if task is None:
            break
        drawn.append(task)
    return drawn


def eligible(candidates: Sequence[Candidate], rater_id: str, past: Collection[Assignment]) -> list[Candidate]:
    """The drafts that this rater can still judge blindly and for the first time, in a fixed order.

    Not those they asked for, rated or were assigned before, nor those where another's opinion shows.
    """
    assigned = {task.draft_id for task in past}
    fitting = (
        candidate
        for candidate in candidates
        if candidate.requester_id != rater_id
        and rater_id not in candidate.rated_by
        and not candidate.opinions_by - {rater_id}
        and candidate.draft_id not in assigned
    )
    return sorted(fitting, key=lambda candidate: candidate.draft_id)


def asks_for_guess(rng: Random, share: float = GUESS_SHARE) -> bool:
    """Whether this rating is one of the random `share` after which we ask who wrote the draft."""
    return rng.random() < share


def _draw(fitting: Sequence[Candidate], past: Collection[Assignment], rng: Random) -> Assignment | None:
    if not fitting:
        return None
    content_types = sorted({candidate.content_type for candidate in fitting})
    content_type = rng.choice(content_types)
    of_type = [candidate for candidate in fitting if candidate.content_type == content_type]
    block, arms = _open_arms(of_type, [task for task in past if task.content_type == content_type])
    arm = rng.choice(arms)
    of_arm = [candidate for candidate in of_type if candidate.arm == arm]
    propensity = 1 / (len(content_types) * len(arms) * len(of_arm))
    return Assignment(rng.choice(of_arm).draft_id, arm, content_type, block, propensity, tuple(arms))


def _open_arms(of_type: Sequence[Candidate], past: Collection[Assignment]) -> tuple[int, list[str]]:
    """The current block and the arms that it still lacks; a new block when it lacks none with drafts.

    To draw evenly from what a block lacks is to deal out a random permutation, but it also works
    when models come and go in between.
    """
    available = {candidate.arm for candidate in of_type}
    block = max((task.block for task in past), default=1)
    lacking = available - {task.arm for task in past if task.block == block}
    return (block, sorted(lacking)) if lacking else (block + 1, sorted(available))
