"""Guesses at the writer: asked once of a rater about a draft, answered once."""

from datetime import datetime

from sqlmodel import Session, select

from evaluation.store.inserting import insert_once
from evaluation.tables import ModelGuess


def ask_for_guess(session: Session, draft_id: str, rater_id: str, now: datetime) -> bool:
    """Notes that this rater is asked who wrote this draft; True the first time, then False for ever.

    On which ratings to ask is drawn by `evaluation.assignment.asks_for_guess`.
    """
    question = ModelGuess(draft_id=draft_id, rater_id=rater_id, asked_at=now)
    return insert_once(session, question, "draft_id", "rater_id")


def answer_guess(
    session: Session, draft_id: str, rater_id: str, guessed_model: str | None, at: datetime
) -> ModelGuess:
    """Keeps an answer, None for "no idea". The first one stays: a later one may know more.

    Raises NoResultFound where nobody asked.
    """
    statement = select(ModelGuess).where(ModelGuess.draft_id == draft_id, ModelGuess.rater_id == rater_id)
    statement = statement.with_for_update().execution_options(populate_existing=True)
    guess = session.exec(statement).one()
    if guess.answered_at is None:
        guess.guessed_model, guess.answered_at = guessed_model, at
        session.flush()
    return guess


def guess_of(session: Session, draft_id: str, rater_id: str) -> ModelGuess | None:
    """The question to this rater about this draft with its answer, or None if nobody asked."""
    statement = select(ModelGuess).where(ModelGuess.draft_id == draft_id, ModelGuess.rater_id == rater_id)
    return session.exec(statement).one_or_none()
