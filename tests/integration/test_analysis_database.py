"""Observations from every database that Copydesk supports: arms, what is left out, and past states."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlmodel import Session

from evaluation import store
from evaluation.analysis.analyze import analyze
from evaluation.analysis.database import DatabaseRead, read_observations
from evaluation.analysis.export import write_files
from evaluation.analysis.files import read_files
from evaluation.analysis.left_out import LeftOut
from evaluation.database import Database
from evaluation.statistics.observations import Choice
from evaluation.tables import (
    AuditTask,
    Draft,
    HeuristicScore,
    ModelGuess,
    PairVoteEvent,
    RatingEventKind,
    VoteChoice,
)
from tests.rows import NOON, SCORES, draft_row, event_row, request_row, vote_row

HOUR = timedelta(hours=1)


def add_draft(session: Session, requester: str = "UASK", kind: str = "post", **fields: object) -> Draft:
    at = fields.setdefault("created_at", NOON)
    request = request_row(requester_id=requester, content_type=kind, created_at=at)
    session.add(request)
    session.flush()
    return add_to_request(session, request.id, **fields)


def add_to_request(session: Session, request_id: str, **fields: object) -> Draft:
    draft = draft_row(request_id, **fields)
    session.add(draft)
    session.flush()
    for score in SCORES:
        row = HeuristicScore(
            draft_id=draft.id, dimension=score.dimension, value=score.value, reason=score.reason
        )
        session.add(row)
    session.flush()
    return draft


def rate(session: Session, draft: Draft, rater: str, score: int, at: datetime = NOON + HOUR) -> None:
    event = event_row(
        draft.id, RatingEventKind.SCORE_FORM, rater_id=rater, score=score, occurred_at=at, recorded_at=at
    )
    store.record_rating_event(session, event)


def read(database: Database, until: datetime | None = None) -> DatabaseRead:
    with database.reading() as session:
        return read_observations(session, until)


def test_an_empty_database_is_an_empty_analysis(database: Database) -> None:
    found = read(database)
    assert (len(found.observations.drafts), found.arms, found.left_out) == (0, (), LeftOut())
    assert analyze(found.observations).n_ratings == 0


def test_drafts_heuristics_and_ratings_are_read(database: Database) -> None:
    with database.transaction() as session:
        first = add_draft(session, model_name="rich")
        second = add_draft(session, model_name="plain", kind="email", substitute_for="rich")
        rate(session, first, "U1", 8)
        rate(session, second, "U2", 3)
        session.add(AuditTask(draft_id=first.id, rater_id="U1", block=1, propensity=0.25, assigned_at=NOON))
    observations = read(database).observations
    assert observations.labels.models == ("plain", "rich")
    assert observations.labels.content_types == ("email", "post")
    assert observations.labels.raters == ("U1", "U2")
    by_score = dict(
        zip(observations.ratings.score.tolist(), observations.ratings.draft.tolist(), strict=True)
    )
    assert observations.drafts.model[by_score[8]] == 1
    assert observations.drafts.model[by_score[3]] == 0, "a substitute's draft is the substitute's"
    assert observations.drafts.heuristic.tolist() == [7.5, 7.5]
    assert next(iter(observations.drafts.dimensions)) == "length"
    audited = observations.ratings.score == 8
    assert observations.ratings.assigned.tolist() == audited.tolist()
    assert observations.ratings.propensity[audited].tolist() == [0.25]


def test_assigned_ratings_are_held_against_what_could_be_drawn(database: Database) -> None:
    """A model that joined late is expected only in the draws that it was in; arms count as their model."""
    draws = [("rich", ["plain", "rich"], "p1"), ("plain", ["plain"], "p1"),
             ("late", ["late", "plain", "rich"], "p1"), ("rich", ["plain", "rich"], "p2")]  # fmt: skip
    with database.transaction() as session:
        for block, (model, drawn_from, prompt) in enumerate(draws, start=1):
            draft = add_draft(session, model_name=model, prompt_version=prompt)
            rate(session, draft, "U1", 7)
            session.add(
                AuditTask(draft_id=draft.id, rater_id="U1", block=block, propensity=0.5,
                          drawn_from=drawn_from, assigned_at=NOON)
            )  # fmt: skip
        unrated = add_draft(session, model_name="rich")
        session.add(AuditTask(draft_id=unrated.id, rater_id="U1", block=9, propensity=1.0,
                              drawn_from=["rich"], assigned_at=NOON))  # fmt: skip

    observations = read(database).observations
    assigned, drawn = observations.assigned, observations.drawn

    assert drawn is not None
    assert drawn.observed.tolist() == [1, 1, 3]
    assert drawn.expected.sum() == pytest.approx(5)
    assert assigned is not None
    assert assigned.models == ("late", "plain", "rich")
    assert assigned.observed.tolist() == [1, 1, 2]
    assert assigned.expected.tolist() == pytest.approx(
        [1 / 3, 1 / 2 + 1 + 1 / 3 + 1 / 2, 1 / 2 + 1 / 3 + 1 / 2]
    )


def test_the_source_tells_what_was_read(database: Database) -> None:
    with database.transaction() as session:
        own = add_draft(session, requester="U1", model_name="rich", model_revision="r1")
        rate(session, own, "U1", 9)
        add_draft(session, model_name="rich", model_revision="r2", created_at=NOON + HOUR)

    found = read(database)
    source = analyze(found.observations, None, found.source).source

    assert source is not None
    assert source.left_out["of_own_request"] == 1
    assert [(arm.label, arm.model, arm.revision) for arm in source.arms] == [
        ("rich", "rich", "r1"), ("rich@2", "rich", "r2")
    ]  # fmt: skip
    assert source.arms[0].ways[0].content_type == "post"
    assert set(found.arm_labels.values()) == {"rich", "rich@2"}


def test_a_change_starts_a_new_arm_and_changing_back_returns_to_the_old_one(database: Database) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"prompt_version": "p2"},
        {},
        {"model_revision": "r2"},
        {"precision": "float16"},
        {"sampling": {"temperature": 0.2}},
    ]
    with database.transaction() as session:
        for hour, change in enumerate(changes):
            add_draft(session, model_name="rich", created_at=NOON + hour * HOUR, **change)
        add_draft(session, kind="email", model_name="rich", prompt_version="p9", created_at=NOON + 9 * HOUR)
    found = read(database)
    drafts = found.observations.drafts
    labels = [found.observations.labels.models[code] for code in drafts.model]
    assert labels == ["rich", "rich@2", "rich", "rich@3", "rich@4", "rich@5", "rich@5"]
    assert [arm.revision for arm in found.arms] == ["r1", "r1", "r2", "r1", "r1"]
    assert found.arms[3].precision == "float16"


def test_what_is_left_out_is_counted(database: Database) -> None:
    with database.transaction() as session:
        own = add_draft(session, requester="U1")
        deleted = add_draft(session)
        discarded = add_draft(session)
        edited = add_draft(session)
        for draft in (own, deleted, discarded, edited):
            rate(session, draft, "U1", 9)
        rate(session, own, "U2", 5)
        for draft in (deleted, discarded, edited):
            session.refresh(draft)
        deleted.deleted_at = discarded.discarded_at = NOON + 2 * HOUR
        edited.edited_at = NOON + 2 * HOUR
        session.add_all((deleted, discarded, edited))
        session.flush()
        rate(session, edited, "U2", 10, at=NOON + 3 * HOUR)
    found = read(database)
    assert found.left_out == LeftOut(
        deleted_drafts=1, discarded_drafts=1, on_drafts_gone=2, of_own_request=1, after_edit=1
    )
    assert sorted(found.observations.ratings.score.tolist()) == [5, 9]
    assert len(found.observations.drafts) == 2
    assert "Left out: 1 judgements of one's own request." in found.left_out.sentences()
    before = read(database, NOON + 2 * HOUR)
    assert before.left_out == LeftOut(of_own_request=1)
    assert sorted(before.observations.ratings.score.tolist()) == [5, 9, 9, 9]


def test_until_gives_what_stood_then(database: Database) -> None:
    with database.transaction() as session:
        draft = add_draft(session)
        rate(session, draft, "U1", 3)
        rate(session, draft, "U1", 9, at=NOON + 3 * HOUR)
        rate(session, draft, "U2", 5, at=NOON + 4 * HOUR)
        thumb = {"rater_id": "U3", "reaction": "+1"}
        for kind, hour in ((RatingEventKind.REACTION_ADDED, 1), (RatingEventKind.REACTION_REMOVED, 5)):
            at = NOON + hour * HOUR
            store.record_rating_event(
                session, event_row(draft.id, kind, occurred_at=at, recorded_at=at, **thumb)
            )
        add_draft(session, created_at=NOON + 5 * HOUR)
    assert sorted(read(database).observations.ratings.score.tolist()) == [5, 9]
    before = read(database, NOON + 2 * HOUR).observations
    assert len(before.drafts) == 1
    assert before.labels.raters == ("U1", "U3")
    scores = dict(
        zip([before.labels.raters[code] for code in before.ratings.rater], before.ratings.score, strict=True)
    )
    assert scores["U1"] == 3
    assert before.ratings.thumb[before.ratings.rater == 1].tolist() == [1]


@pytest.mark.parametrize("until", [None, NOON + 9 * HOUR])
def test_what_came_after_an_open_opinion_can_be_left_out(database: Database, until: datetime | None) -> None:
    with database.transaction() as session:
        first = add_draft(session, model_name="rich")
        second = add_to_request(session, first.request_id, model_name="plain", position=1)
        alone = add_draft(session, model_name="rich")
        pair = store.record_pair(session, first.id, second.id, NOON, Random(1))
        react = event_row(
            alone.id, RatingEventKind.REACTION_ADDED, reaction="+1", rater_id="U1", occurred_at=NOON + HOUR
        )
        store.record_rating_event(session, react)
        rate(session, alone, "U2", 8, NOON + 2 * HOUR)
        rate(session, second, "U2", 5, NOON + 2 * HOUR)
        for rater, choice, hours, reaction in (
            ("U3", VoteChoice.LEFT, 3, "a"),
            ("U4", VoteChoice.TIE, 4, None),
        ):
            at = NOON + hours * HOUR
            store.record_pair_vote(
                session, vote_row(pair.id, choice, rater_id=rater, reaction=reaction, occurred_at=at)
            )
        # What happens later makes the state before `until` be folded from the events.
        rate(session, alone, "U2", 9, NOON + 10 * HOUR if until else NOON + 2 * HOUR)
    with database.reading() as session:
        everything = read_observations(session, until)
        private = read_observations(session, until, private_only=True)
    assert (len(everything.observations.ratings), len(everything.observations.votes)) == (3, 2)
    assert (len(private.observations.ratings), len(private.observations.votes)) == (2, 1)
    assert private.left_out.after_others == 2


@pytest.mark.parametrize("until", [None, NOON + 2 * HOUR])
def test_votes_and_guesses(database: Database, until: datetime | None) -> None:
    with database.transaction() as session:
        first = add_draft(session, model_name="rich")
        second = add_to_request(session, first.request_id, position=1, model_name="plain")
        third = add_to_request(session, first.request_id, position=2, model_name="plain")
        pair = store.record_pair(session, first.id, second.id, NOON, Random(1))
        same = store.record_pair(session, second.id, third.id, NOON, Random(1))
        better = VoteChoice.LEFT if pair.left_draft_id == first.id else VoteChoice.RIGHT
        votes = [
            (pair.id, "U1", better, 1),
            (pair.id, "U1", VoteChoice.TIE, 3),
            (pair.id, "U2", VoteChoice.BOTH_BAD, 1),
            (pair.id, "UASK", VoteChoice.TIE, 1),
            (same.id, "U1", VoteChoice.TIE, 1),
        ]
        for number, (pair_id, rater, choice, hour) in enumerate(votes):
            at = NOON + hour * HOUR
            vote = PairVoteEvent(
                delivery_key=f"v{number}",
                pair_id=pair_id,
                rater_id=rater,
                choice=choice,
                occurred_at=at,
                recorded_at=at,
            )
            store.record_pair_vote(session, vote)
        rate(session, first, "U1", 7)
        rate(session, first, "U2", 7)
        for rater, guess in (("U1", "rich"), ("U2", None)):
            row = ModelGuess(
                draft_id=first.id, rater_id=rater, guessed_model=guess, asked_at=NOON, answered_at=NOON + HOUR
            )
            session.add(row)
    found = read(database, until)
    votes_read, labels = found.observations.votes, found.observations.labels
    assert len(votes_read) == 2
    assert found.left_out == LeftOut(of_own_request=1, within_one_arm=1)
    first_vote = dict(zip(votes_read.rater, votes_read.choice, strict=True))
    expected = Choice.TIE if until is None else Choice[better.value.upper()]
    assert first_vote == {labels.raters.index("U1"): expected, labels.raters.index("U2"): Choice.BOTH_BAD}
    sides = [labels.models[code] for code in (votes_read.left_model[0], votes_read.right_model[0])]
    assert sorted(sides) == ["plain", "rich"]
    guesses = dict(zip(found.observations.ratings.rater, found.observations.ratings.model_guess, strict=True))
    assert guesses == {labels.raters.index("U1"): labels.models.index("rich"), labels.raters.index("U2"): -1}


def a_busy_week(session: Session) -> None:
    """Two models, one with a second prompt, and what people say of them in every way that is recorded."""
    chance = Random(6)
    for number in range(24):
        prompt = "p2" if number > 15 else "p1"
        at = NOON + number * HOUR / 7
        first = add_draft(session, model_name="rich", kind=chance.choice(("post", "email")), created_at=at,
                          prompt_version=prompt)  # fmt: skip
        second = add_to_request(session, first.request_id, model_name="plain", position=1, created_at=at)
        pair = store.record_pair(session, first.id, second.id, NOON, chance)
        for place, rater in enumerate(("U1", "U2", "U3", "U4", "U5")):
            when = at + (place + 1) * HOUR
            draft = chance.choice((first, second))
            if number % 3 == 0:
                reaction = event_row(
                    draft.id, RatingEventKind.REACTION_ADDED, reaction="+1", rater_id=rater, occurred_at=when
                )
                store.record_rating_event(session, reaction)
            rate(session, draft, rater, chance.randint(4, 9), when)
            task = AuditTask(
                draft_id=draft.id, rater_id=rater, block=number + 1, propensity=1 / 3, assigned_at=NOON,
                drawn_from=["plain", "rich"] if number % 5 else ["late", "plain", "rich"],
            )  # fmt: skip
            unrated = AuditTask(
                draft_id=(second if draft is first else first).id, rater_id=rater, block=number + 1,
                propensity=0.5, drawn_from=["plain", "rich"], assigned_at=NOON,
            )  # fmt: skip
            session.add_all((task, unrated))
            guess = chance.choice(("rich", "plain", None))
            session.add(
                ModelGuess(draft_id=draft.id, rater_id=rater, guessed_model=guess, asked_at=when,
                           answered_at=when)
            )  # fmt: skip
            vote = vote_row(pair.id, chance.choice(list(VoteChoice)), rater_id=rater, occurred_at=when)
            store.record_pair_vote(session, vote)
    gone = add_draft(session, model_name="rich", discarded_at=NOON + HOUR)
    session.add(AuditTask(draft_id=gone.id, rater_id="U1", block=99, propensity=1.0, drawn_from=["rich"],
                          assigned_at=NOON))  # fmt: skip


@pytest.mark.parametrize("private_only", [False, True])
def test_exported_files_are_analysed_as_the_database_is(
    database: Database, tmp_path: Path, private_only: bool
) -> None:
    """Only what files do not say differs: the arms' revisions, and what was left out before exporting."""
    with database.transaction() as session:
        a_busy_week(session)
    everything = read(database)
    with database.reading() as session:
        found = read_observations(session, private_only=private_only)
    drafts, ratings, votes, tasks = write_files(everything.observations, tmp_path, everything.circumstances)
    again = read_files(ratings, drafts, votes, strict=True, tasks=tasks, private_only=private_only)

    by_database = analyze(found.observations, None, found.source)
    by_files = analyze(again.observations, None, again.source)

    assert by_database.checks.drawn_srm_p is not None
    assert by_database.checks.assignment_srm_p is not None
    assert by_database.checks.blinding is not None
    unsaid = {"source": {"arms", "left_out"}}
    assert by_files.model_dump_json(exclude=unsaid) == by_database.model_dump_json(exclude=unsaid)
    assert by_files.source is not None
    assert (by_files.source.n_others_visible > 0) is not private_only
    assert by_files.source.left_out.get("after_others", 0) == found.left_out.after_others
