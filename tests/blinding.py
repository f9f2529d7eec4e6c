"""Nothing that Slack is sent links a draft to the model that wrote it.

Every test that runs the bot ends with this look at all it sent, so whatever a test provokes is
covered: messages, forms, acknowledgements, answers, uploads.
"""

import json
from collections.abc import Sequence

from sqlmodel import select

from bot.playground.slack import ApiCall
from bot.settings import Settings
from evaluation.database import Database
from evaluation.tables import Draft, ReportRun

SHORTEST_TELLING = 5
"""Shorter values, such as a seed of 7, stand in texts by chance and tell nobody anything."""


def assert_raters_stay_blind(calls: Sequence[ApiCall], database: Database, settings: Settings) -> None:
    """Only rankings of closed weeks name models, and no ranking names a draft."""
    with database.reading() as session:
        drafts = session.exec(select(Draft)).all()
        closed = {run.id for run in session.exec(select(ReportRun)) if run.closed}
    telling = _what_would_tell(drafts, settings)
    for call in calls:
        sent = json.dumps(call.arguments)
        forbidden = set() if any(run_id in sent for run_id in closed) else set(telling)
        if _is_ranking(sent):
            forbidden |= _what_names_a_draft(drafts)
        found = sorted(value for value in forbidden if value in sent)
        assert not found, f"{call.method} sent {found}"


def _what_would_tell(drafts: Sequence[Draft], settings: Settings) -> set[str]:
    declared = {name for spec in settings.models.values() for name in (spec.name, spec.hub_id) if name}
    recorded = {
        str(value)
        for draft in drafts
        for value in (
            draft.model_name,
            draft.model_revision,
            draft.substitute_for,
            draft.prompt_version,
            draft.seed,
            draft.latency_seconds,
            draft.time_to_first_token_seconds,
            draft.busy_seconds,
            draft.memory_bytes,
            draft.method,
        )
        if value is not None
    }
    return {value for value in declared | recorded if len(value) >= SHORTEST_TELLING}


def _what_names_a_draft(drafts: Sequence[Draft]) -> set[str]:
    return {name for draft in drafts for name in (draft.id, draft.label)}


def _is_ranking(sent: str) -> bool:
    return '"report.' in sent or '"ranking-' in sent
