"""Six weeks of a small team, for reports with everything: four models, two kinds of text, six raters.

Drawn from a fixed seed: the same rows, and so the same report, every time.
"""

from datetime import timedelta
from functools import cache
from random import Random

from sqlmodel import Session, select

from evaluation.costs import CostLine
from evaluation.report import build_report
from evaluation.report_document import Report
from evaluation.tables import AuditState, AuditTask, HeuristicScore
from tests.reports import AFTER_WEEK, IN_WEEK, WEEK, add_draft, add_rating, session_in_memory

MODELS = {
    # name: quality, seconds, US dollars a draft
    "starter-rich": (7.6, 4.0, 4.1e-6),
    "starter-plain": (6.1, 1.1, 1.2e-6),
    "qwen3-4b-instruct-2507": (8.3, 19.0, 3.3e-5),
    "bloom-560m": (4.6, 7.5, 9.0e-6),
}
RATERS = {"U0ADA": 0.9, "U0BEN": -0.8, "U0CLEO": 0.1, "U0DAN": 0.4, "U0EVE": -0.4, "U0FAY": -0.2}
KINDS = ("linkedin_post", "client_email")
WEEKS = 6
DRAFTS_A_WEEK = 7


@cache
def busy_report(*, closed: bool = True) -> Report:
    """The report of the last of the six weeks, or of what there is of it two days in."""
    with session_in_memory() as session:
        add_busy_weeks(session)
        now = AFTER_WEEK if closed else IN_WEEK + timedelta(hours=4)
        return build_report(session, WEEK, now, closed)


def add_busy_weeks(session: Session) -> None:
    rng = Random(20261116)
    for weeks_ago in reversed(range(WEEKS)):
        for place, model in enumerate(MODELS):
            if model == "qwen3-4b-instruct-2507" and weeks_ago > 3:
                continue
            for draft in range(DRAFTS_A_WEEK):
                minutes = timedelta(days=7 * weeks_ago) - timedelta(minutes=place + 4 * draft)
                _add_judged_draft(session, rng, model, KINDS[draft % 2], weeks_ago, minutes)


def _add_judged_draft(
    session: Session, rng: Random, model: str, kind: str, weeks_ago: int, back: timedelta
) -> None:
    quality, seconds, cost_usd = MODELS[model]
    merit = rng.gauss(0, 0.8)
    at = IN_WEEK - back
    cost = CostLine("energy", 2e-5, "kWh", 0.15, cost_usd, "declared watts × seconds", "declared")
    draft = add_draft(
        session,
        model,
        at=at,
        costs=(cost,),
        content_type=kind,
        latency_seconds=seconds * rng.lognormvariate(0, 0.4),
    )
    for measure in session.exec(select(HeuristicScore).where(HeuristicScore.draft_id == draft.id)):
        measure.value = min(10.0, max(0.0, 5.5 + 0.9 * merit + rng.gauss(0, 0.9)))
    for place, rater in enumerate(rng.sample(sorted(RATERS), 2)):
        score = quality + merit + RATERS[rater] + rng.gauss(0, 1)
        assigned = place == 0
        if assigned:
            session.add(
                AuditTask(draft_id=draft.id, rater_id=rater, block=1 + weeks_ago, propensity=0.125,
                          assigned_at=at, state=AuditState.RATED, closed_at=at)
            )  # fmt: skip
        add_rating(session, draft, rater, score=min(10, max(1, round(score))), at=at)
