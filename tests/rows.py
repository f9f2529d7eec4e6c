"""Sound rows of every table, for tests that need some: name what matters, the rest is filled in."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from evaluation.costs import CostLine
from evaluation.heuristics import Score
from evaluation.tables import (
    Dimension,
    Draft,
    DraftRequest,
    PairVoteEvent,
    RatingEvent,
    RatingEventKind,
    VoteChoice,
)

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

SCORES = tuple(Score(dimension, 7.5, "Fits.") for dimension in Dimension)
COSTS = (CostLine("energy", 2e-5, "kWh", 0.15, 3e-6, "declared watts × seconds", "declared"),)


def request_row(**fields: Any) -> DraftRequest:
    return DraftRequest(
        **{
            "delivery_key": uuid4().hex,
            "team_id": "T1",
            "channel_id": "C1",
            "requester_id": "U1",
            "content_type": "linkedin_post",
            "topic": "remote onboarding",
            "created_at": NOON,
            **fields,
        }
    )


def draft_row(request_id: str, **fields: Any) -> Draft:
    return Draft(
        **{
            "request_id": request_id,
            "label": f"Draft {uuid4().hex}",
            "text": "Remote onboarding works.",
            "model_name": "starter-rich",
            "model_revision": "r1",
            "precision": "float32",
            "device": "cpu",
            "prompt_version": "p1",
            "messages": [{"role": "user", "content": "remote onboarding"}],
            "sampling": {"temperature": 0.8},
            "seed": 2**40,
            "propensity": 0.5,
            "route_reason": "One of two models, drawn evenly.",
            "finish_reason": "stop",
            "prompt_tokens": 12,
            "completion_tokens": 5,
            "latency_seconds": 0.25,
            "created_at": NOON,
            **fields,
        }
    )


def event_row(draft_id: str, kind: RatingEventKind, **fields: Any) -> RatingEvent:
    return RatingEvent(
        **{
            "delivery_key": uuid4().hex,
            "draft_id": draft_id,
            "rater_id": "U1",
            "kind": kind,
            "occurred_at": NOON,
            "recorded_at": NOON,
            **fields,
        }
    )


def vote_row(pair_id: str, choice: VoteChoice, **fields: Any) -> PairVoteEvent:
    return PairVoteEvent(
        **{
            "delivery_key": uuid4().hex,
            "pair_id": pair_id,
            "rater_id": "U1",
            "choice": choice,
            "occurred_at": NOON,
            "recorded_at": NOON,
            **fields,
        }
    )
