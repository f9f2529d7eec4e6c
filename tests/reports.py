"""A week's rows in a database in memory, and reports built from them, for tests that show reports."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlmodel import Session, SQLModel, create_engine, func, select

from evaluation.costs import CostLine
from evaluation.periods import Period
from evaluation.report import build_report
from evaluation.report_document import Report
from evaluation.tables import CostEntry, Draft, HeuristicScore, Rating
from tests.rows import COSTS, SCORES, draft_row, request_row

WEEK = Period.parse("2026-W47", "Europe/Berlin")
IN_WEEK = WEEK.start + timedelta(days=2)
AFTER_WEEK = WEEK.end + timedelta(hours=9)


@contextmanager
def session_in_memory() -> Iterator[Session]:
    """A session on tables that live as long as it does."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def add_draft(
    session: Session,
    model: str,
    at: datetime = IN_WEEK,
    costs: Sequence[CostLine] = COSTS,
    content_type: str = "linkedin_post",
    **fields: object,
) -> Draft:
    """One draft with its request, its five heuristic scores of 7.5 and its costs."""
    request = request_row(created_at=at, content_type=content_type, requester_id="U0ASKS")
    session.add(request)
    session.flush()
    # Ids in the order of writing, so that the same rows give the same report.
    n_drafts = session.exec(select(func.count()).select_from(Draft)).one()
    draft = draft_row(
        request.id, **{"id": f"{n_drafts:032x}", "model_name": model, "created_at": at, **fields}
    )
    session.add(draft)
    session.flush()
    for score in SCORES:
        session.add(
            HeuristicScore(
                draft_id=draft.id, dimension=score.dimension, value=score.value, reason=score.reason
            )
        )
    for line in costs:
        session.add(CostEntry(draft_id=draft.id, **vars(line)))
    session.flush()
    return draft


def add_rating(
    session: Session,
    draft: Draft,
    rater: str,
    score: int | None = None,
    thumb: int | None = None,
    at: datetime = IN_WEEK,
) -> Rating:
    rating = Rating(draft_id=draft.id, rater_id=rater, score=score, thumb=thumb, updated_at=at)
    session.add(rating)
    session.flush()
    return rating


def add_scored(
    session: Session, model: str, scores: Sequence[int], raters: int = 3, at: datetime = IN_WEEK
) -> None:
    """As many drafts as scores, rated in turn by `raters` people; one unrated draft without scores."""
    if not scores:
        add_draft(session, model, at=at)
    for position, score in enumerate(scores):
        add_rating(session, add_draft(session, model, at=at), f"U{position % raters}", score=score, at=at)


def report_of(
    scores: Mapping[str, Sequence[int]], *, closed: bool = True, key: str | None = None, raters: int = 3
) -> Report:
    """The report of a week in which the models got these scores."""
    with session_in_memory() as session:
        for model, given in scores.items():
            add_scored(session, model, given, raters)
        return build_report(
            session, WEEK, AFTER_WEEK if closed else IN_WEEK + timedelta(hours=1), closed, key
        )
