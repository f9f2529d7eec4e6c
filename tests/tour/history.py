"""Two weeks that a small team might have had: drafts of both starter models, rated by four people."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import uuid4

from sqlmodel import Session

from evaluation import store
from evaluation.costs import CostLine
from evaluation.heuristics import LengthRule, Score, score_draft
from evaluation.tables import (
    Draft,
    PairVoteEvent,
    RaterPreference,
    RatingEvent,
    RatingEventKind,
    VoteChoice,
)
from tests.rows import COSTS, draft_row, request_row

WEEKS: Final = 2
DRAFTS_A_WEEK: Final = 36
PAIRS_A_WEEK: Final = 6
PEOPLE: Final = {"U0ADA": -0.6, "U0BEN": 0.4, "U0CLEO": 0.9, "U0DAN": -0.2}
"""How strict each is; the last is somebody who left."""
QUALITY: Final = {"starter-rich": 7.2, "starter-plain": 5.4}
KINDS: Final = ("linkedin_post", "client_email", "quick_social")
TOPICS: Final = (
    "shorter meetings",
    "a new delivery date",
    "our open day",
    "what customers ask first",
    "the repair café",
    "a price that changes in May",
    "working with apprentices",
    "the new search",
)
TEXTS: Final = {
    "starter-rich": (
        "We gave the question of {topic} a fresh look.\n\nThree things surprised us: how much time it took, "
        "who had known it all along, and how little it cost to change.\n\nWhat would you try first?"
    ),
    "starter-plain": "This is about {topic}. It is good and there is much to say. What do you think?",
}
ANY_LENGTH: Final = LengthRule(20, 300)


def write_history(session: Session, now: datetime, rng: Random) -> None:
    """Drafts, ratings and votes of the two weeks before this one, as the store keeps them."""
    for week in range(WEEKS, 0, -1):
        for number in range(DRAFTS_A_WEEK):
            at = now - timedelta(days=7 * week) + timedelta(hours=4 * number)
            draft = _write(session, rng.choice(list(QUALITY)), KINDS[number % len(KINDS)], at, rng)
            for person in rng.sample(list(PEOPLE), 3):
                _rate(session, draft, person, at, rng)
        for number in range(PAIRS_A_WEEK):
            _write_pair(session, now - timedelta(days=7 * week) + timedelta(hours=20 * number), rng)


def ask_by_message(session: Session, person: str, now: datetime) -> None:
    """The person wants to be asked for ratings by direct message, at this very hour."""
    preference = RaterPreference(
        rater_id=person, message_hour=now.hour, time_zone="UTC", messages_per_week=3, updated_at=now
    )
    store.save_preference(session, preference)


def _write(
    session: Session, model: str, kind: str, at: datetime, rng: Random, request_id: str | None = None
) -> Draft:
    topic = rng.choice(TOPICS)
    if request_id is None:
        request = request_row(
            channel_id="C0DRAFTS", requester_id="U0EVE", content_type=kind, topic=topic, created_at=at
        )
        request_id = store.record_request(session, request)[0].id
    text = TEXTS[model].format(topic=topic)
    seconds = 0.4 if model == "starter-plain" else 0.9
    draft = draft_row(
        request_id,
        text=text,
        model_name=model,
        created_at=at,
        position=0 if model == "starter-rich" else 1,
        prompt_tokens=40,
        completion_tokens=len(text) // 4,
        latency_seconds=seconds * rng.uniform(0.8, 1.4),
        time_to_first_token_seconds=0.02,
        busy_seconds=seconds,
    )
    scores: tuple[Score, ...] = score_draft(text, ANY_LENGTH)
    costs: tuple[CostLine, ...] = tuple(replace(line) for line in COSTS)
    recorded = store.record_draft(session, draft, scores, costs, rng)
    store.mark_posted(session, recorded.id, "C0DRAFTS", f"{at.timestamp():.6f}", at)
    return recorded


def _rate(session: Session, draft: Draft, person: str, at: datetime, rng: Random) -> None:
    score = round(QUALITY[draft.model_name] + PEOPLE[person] + rng.gauss(0, 1.1))
    event = RatingEvent(
        delivery_key=uuid4().hex,
        draft_id=draft.id,
        rater_id=person,
        kind=RatingEventKind.SCORE_FORM,
        score=min(10, max(1, score)),
        occurred_at=at + timedelta(minutes=20),
        recorded_at=at + timedelta(minutes=20),
    )
    store.record_rating_event(session, event)


def _write_pair(session: Session, at: datetime, rng: Random) -> None:
    first = _write(session, "starter-rich", "marketing", at, rng)
    second = _write(session, "starter-plain", "marketing", at, rng, first.request_id)
    pair = store.record_pair(session, first.id, second.id, at, rng)
    better = VoteChoice.LEFT if pair.left_draft_id == first.id else VoteChoice.RIGHT
    for person in rng.sample(list(PEOPLE), 2):
        event = PairVoteEvent(
            delivery_key=uuid4().hex,
            pair_id=pair.id,
            rater_id=person,
            choice=better if rng.random() < 0.8 else VoteChoice.TIE,
            occurred_at=at + timedelta(minutes=30),
            recorded_at=at + timedelta(minutes=30),
        )
        store.record_pair_vote(session, event)
