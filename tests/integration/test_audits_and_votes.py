"""Audit tasks, pairs, votes and guesses in both databases, and what a rating knows of its circumstances."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session, select

from evaluation import store
from evaluation.database import Database
from evaluation.errors import (
    AuditTaskUnknown,
    DraftDeleted,
    DraftDiscarded,
    DraftUnknown,
    PairUnknown,
    RatingLocked,
)
from evaluation.revisions import downgrade, upgrade
from evaluation.tables import (
    AuditState,
    AuditTask,
    Draft,
    DraftPair,
    ModelGuess,
    PairVote,
    PairVoteEvent,
    RaterPreference,
    Rating,
    RatingEvent,
    RatingEventKind,
    VoteChoice,
)
from tests.at_once import at_once
from tests.rows import COSTS, NOON, SCORES, draft_row, event_row, request_row, vote_row

ADDED, THUMB = RatingEventKind.REACTION_ADDED, RatingEventKind.THUMB_BUTTON
LATER, LATEST = NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)


def post(database: Database, model: str = "plain", requester: str = "U9", seed: int = 1) -> Draft:
    """A draft that everybody can see."""
    with database.transaction() as session:
        request, _ = store.record_request(session, request_row(requester_id=requester))
        draft = store.record_draft(
            session, draft_row(request.id, model_name=model), SCORES, COSTS, Random(seed)
        )
        return store.mark_posted(session, draft.id, "C1", draft.id, NOON)


def rate(database: Database, *events: RatingEvent) -> Rating:
    rating = None
    for event in events:
        with database.transaction() as session:
            rating, _ = store.record_rating_event(session, event)
    assert rating is not None
    return rating


def thumb(draft: Draft, rater: str, at: datetime = NOON) -> RatingEvent:
    return event_row(draft.id, THUMB, thumb=1, rater_id=rater, occurred_at=at)


def reaction(draft: Draft, rater: str, at: datetime = NOON) -> RatingEvent:
    return event_row(draft.id, ADDED, reaction="+1", rater_id=rater, occurred_at=at)


def assign(database: Database, rater: str, waiting: int = 3, seed: int = 1) -> list[tuple[AuditTask, Draft]]:
    with database.transaction() as session:
        return store.assign_audits(session, rater, waiting, NOON, LATER, Random(seed))


class TestAuditTasks:
    def test_tasks_are_drawn_until_enough_wait_and_then_stay(self, database: Database) -> None:
        for model in ("plain", "rich", "terse") * 2:
            post(database, model)
        tasks = assign(database, "U1")
        assert sorted(draft.model_name for _, draft in tasks) == ["plain", "rich", "terse"]
        assert [(task.block, task.state, task.assigned_at) for task, _ in tasks] == [
            (1, AuditState.OPEN, LATER)
        ] * 3
        assert all(0 < task.propensity <= 1 for task, _ in tasks)
        assert assign(database, "U1", seed=2) == tasks
        with database.reading() as session:
            assert store.open_audits(session, "U1") == tasks
            assert store.open_audits(session, "U2") == []

    def test_a_second_block_follows_the_first(self, database: Database) -> None:
        for model in ("plain", "rich") * 3:
            post(database, model)
        assign(database, "U1", waiting=3)
        tasks = assign(database, "U1", waiting=6, seed=2)
        blocks = Counter((task.block, draft.model_name) for task, draft in tasks)
        assert blocks == {(block, model): 1 for block in (1, 2, 3) for model in ("plain", "rich")}

    def test_two_draws_at_once_leave_no_more_than_asked_for(self, database: Database) -> None:
        for _ in range(8):
            post(database)
        draws = [lambda s, n=n: store.assign_audits(s, "U1", 3, NOON, LATER, Random(n)) for n in range(4)]
        answers = at_once(database, *draws)
        assert len({task.id for tasks in answers for task, _ in tasks}) == 3

    def test_nobody_is_asked_about_what_they_know(self, database: Database) -> None:
        post(database, requester="U1")
        rate(database, thumb(post(database), "U1"))
        rate(database, reaction(post(database), "U2"))
        edited, gone, discarded = post(database), post(database), post(database)
        with database.transaction() as session:
            store.mark_edited(session, edited.id, LATER)
            store.mark_deleted(session, gone.id, LATER)
            store.mark_discarded(session, discarded.id, "U1", LATER)
            request, _ = store.record_request(session, request_row(requester_id="U9"))
            store.record_draft(session, draft_row(request.id), SCORES, COSTS, Random(1))  # never posted
        privately_rated = post(database)
        rate(database, thumb(privately_rated, "U2"))
        assert [draft.id for _, draft in assign(database, "U1", waiting=9)] == [privately_rated.id]

    def test_old_drafts_are_left_alone(self, database: Database) -> None:
        post(database)
        with database.transaction() as session:
            assert store.assign_audits(session, "U1", 3, LATER, LATER, Random(1)) == []

    def test_a_rating_closes_the_task_of_its_rater_only(self, database: Database) -> None:
        draft = post(database)
        for rater in ("U1", "U2"):
            assign(database, rater)
        rate(database, thumb(draft, "U1", LATEST))
        with database.reading() as session:
            assert store.open_audits(session, "U1") == []
            [(waiting, _)] = store.open_audits(session, "U2")
            done = session.exec(select(AuditTask).where(AuditTask.rater_id == "U1")).one()
        assert (done.state, done.closed_at, waiting.state) == (AuditState.RATED, LATEST, AuditState.OPEN)

    def test_a_declined_task_keeps_its_reason_and_place_and_does_not_come_again(
        self, database: Database
    ) -> None:
        draft = post(database)
        [(task, _)] = assign(database, "U1")
        with database.transaction() as session:
            store.decline_audit(session, task.id, "Not my field.", LATEST)
        with database.transaction() as session:
            again = store.decline_audit(session, task.id, "Changed my mind.", NOON)
        assert (again.state, again.decline_reason, again.closed_at) == (
            AuditState.DECLINED,
            "Not my field.",
            LATEST,
        )
        assert assign(database, "U1") == []
        rate(database, thumb(draft, "U1"))
        with database.reading() as session:
            assert session.exec(select(AuditTask.state)).one() is AuditState.DECLINED
            assert [past.draft_id for past in store.audit_history(session, "U1")] == [draft.id]

    def test_a_draft_that_is_gone_waits_no_longer(self, database: Database) -> None:
        draft = post(database)
        assign(database, "U1")
        with database.transaction() as session:
            store.mark_deleted(session, draft.id, LATER)
        assert assign(database, "U1") == []

    def test_an_unknown_task_is_refused_in_a_sentence(self, database: Database) -> None:
        with (
            pytest.raises(AuditTaskUnknown, match="There is no audit task"),
            database.transaction() as session,
        ):
            store.decline_audit(session, "nothing", "No time.", NOON)


class TestCircumstancesOfARating:
    def test_only_an_earlier_reaction_of_somebody_else_was_visible(self, database: Database) -> None:
        draft = post(database)
        first = rate(database, reaction(draft, "U1", NOON))
        private = rate(database, thumb(draft, "U2", LATER))
        assert (first.others_visible, private.others_visible) == (False, True)
        assert not rate(database, thumb(draft, "U3", NOON - timedelta(minutes=1))).others_visible
        assert not rate(database, thumb(post(database), "U2", LATER)).others_visible

    def test_buttons_are_private(self, database: Database) -> None:
        draft = post(database)
        rating = rate(database, thumb(draft, "U1", NOON), thumb(draft, "U2", LATER))
        assert not rating.others_visible

    def test_a_reaction_that_is_recorded_late_was_visible_all_the_same(self, database: Database) -> None:
        draft = post(database)
        assert not rate(database, thumb(draft, "U2", LATER)).others_visible
        rate(database, reaction(draft, "U1", NOON))
        with database.reading() as session:
            rating = store.rating_of(session, draft.id, "U2")
            assert rating is not None
            assert rating.others_visible

    def test_a_rating_of_one_s_own_request_says_so(self, database: Database) -> None:
        draft = post(database, requester="U1")
        assert rate(database, thumb(draft, "U1")).own_request
        assert not rate(database, thumb(draft, "U2")).own_request

    def test_a_rating_after_an_edit_says_so_and_one_before_does_not(self, database: Database) -> None:
        draft = post(database)
        with database.transaction() as session:
            assert store.mark_edited(session, draft.id, LATER).edited_at == LATER
            assert store.mark_edited(session, draft.id, LATEST).edited_at == LATER
        assert rate(database, thumb(draft, "U1", LATEST)).after_edit
        assert not rate(database, thumb(draft, "U2", NOON)).after_edit

    def test_a_draft_is_discarded_once(self, database: Database) -> None:
        draft = post(database)
        with database.transaction() as session:
            store.mark_discarded(session, draft.id, "U1", LATER)
            discarded = store.mark_discarded(session, draft.id, "U2", LATEST)
            assert (discarded.discarded_at, discarded.discarded_by) == (LATER, "U1")

    def test_old_ratings_get_their_flags_from_what_was_recorded(
        self, database: Database, database_url: str
    ) -> None:
        draft = post(database, requester="U1")
        rate(database, reaction(draft, "U1", NOON), thumb(draft, "U2", LATER))
        rate(database, thumb(post(database), "U2", NOON))
        downgrade(database_url, "0002")
        upgrade(database_url)
        with database.reading() as session:
            flags = session.exec(
                select(Rating.rater_id, Rating.own_request, Rating.others_visible, Rating.after_edit)
            ).all()
        assert sorted(flags) == [
            ("U1", True, False, False),
            ("U2", False, False, False),
            ("U2", False, True, False),
        ]


@pytest.fixture
def two_drafts(database: Database) -> tuple[Draft, Draft]:
    """Two drafts of one request."""
    with database.transaction() as session:
        request, _ = store.record_request(session, request_row())
        first, second = (
            store.record_draft(session, draft_row(request.id, position=place), SCORES, COSTS, Random(place))
            for place in (0, 1)
        )
    return first, second


@pytest.fixture
def pair(database: Database, two_drafts: tuple[Draft, Draft]) -> DraftPair:
    first, second = two_drafts
    with database.transaction() as session:
        return store.record_pair(session, first.id, second.id, NOON, Random(1))


class TestPairs:
    def test_sides_are_drawn_once_whoever_asks_in_whatever_order(
        self, database: Database, two_drafts: tuple[Draft, Draft]
    ) -> None:
        first, second = (draft.id for draft in two_drafts)
        orders = [(first, second), (second, first)] * 2
        asked = [
            lambda s, one=one, other=other, n=n: store.record_pair(s, one, other, NOON, Random(n))
            for n, (one, other) in enumerate(orders)
        ]
        pairs = at_once(database, *asked)
        assert len({(one.id, one.left_draft_id, one.right_draft_id) for one in pairs}) == 1
        assert {pairs[0].left_draft_id, pairs[0].right_draft_id} == {first, second}
        with database.reading() as session:
            assert store.find_pair(session, pairs[0].id) == pairs[0]

    def test_either_side_is_as_likely(self, database: Database) -> None:
        lefts = []
        for seed in range(60):
            with database.transaction() as session:
                request, _ = store.record_request(session, request_row())
                first, second = (
                    store.record_draft(session, draft_row(request.id, position=n), SCORES, COSTS, Random(n))
                    for n in (0, 1)
                )
                made = store.record_pair(session, first.id, second.id, NOON, Random(seed))
                lefts.append(made.left_draft_id == first.id)
        assert 12 < sum(lefts) < 48  # fails by chance once in a million

    def test_drafts_of_two_requests_are_no_pair(self, database: Database) -> None:
        one, other = post(database), post(database)
        with pytest.raises(ValueError, match="one request"), database.transaction() as session:
            store.record_pair(session, one.id, other.id, NOON, Random(1))
        with pytest.raises(DraftUnknown), database.transaction() as session:
            store.record_pair(session, one.id, "nobody", NOON, Random(1))


class TestPairVotes:
    def vote(self, database: Database, *events: PairVoteEvent) -> tuple[PairVote, bool]:
        for event in events:
            with database.transaction() as session:
                vote, created = store.record_pair_vote(session, event)
        assert vote is not None
        return vote, created

    def test_a_rater_votes_once_and_may_change_it(self, database: Database, pair: DraftPair) -> None:
        vote, _ = self.vote(
            database,
            vote_row(pair.id, VoteChoice.LEFT, reasons=["clearer"]),
            vote_row(pair.id, VoteChoice.BOTH_BAD, occurred_at=LATER, reasons=["too long"]),
        )
        assert (vote.choice, vote.reasons, vote.updated_at) == (VoteChoice.BOTH_BAD, ["too long"], LATER)
        with database.reading() as session:
            assert store.pair_vote_of(session, pair.id, "U1") == vote
            assert store.pair_vote_of(session, pair.id, "U2") is None
            assert len(session.exec(select(PairVoteEvent)).all()) == 2

    def test_the_vote_that_occurred_last_counts_whenever_it_arrives(
        self, database: Database, pair: DraftPair
    ) -> None:
        vote, _ = self.vote(
            database,
            vote_row(pair.id, VoteChoice.TIE, occurred_at=LATER),
            vote_row(pair.id, VoteChoice.LEFT, occurred_at=NOON, recorded_at=LATEST),
        )
        assert vote.choice is VoteChoice.TIE

    def test_a_redelivery_changes_nothing(self, database: Database, pair: DraftPair) -> None:
        vote, created = self.vote(
            database,
            vote_row(pair.id, VoteChoice.LEFT, delivery_key="k"),
            vote_row(pair.id, VoteChoice.RIGHT, delivery_key="k"),
        )
        assert (vote.choice, created) == (VoteChoice.LEFT, False)

    def test_votes_at_once_leave_one_row_a_rater(self, database: Database, pair: DraftPair) -> None:
        events = [
            vote_row(pair.id, choice, rater_id=f"U{n % 2}", occurred_at=NOON + timedelta(seconds=n))
            for n, choice in enumerate([*VoteChoice, VoteChoice.LEFT, VoteChoice.TIE])
        ]
        at_once(database, *(lambda s, e=event: store.record_pair_vote(s, e) for event in events))
        with database.reading() as session:
            votes = {vote.rater_id: vote.choice for vote in session.exec(select(PairVote))}
        assert votes == {"U0": VoteChoice.LEFT, "U1": VoteChoice.TIE}

    def test_a_pair_with_a_deleted_half_takes_no_vote(self, database: Database, pair: DraftPair) -> None:
        with database.transaction() as session:
            store.mark_deleted(session, pair.right_draft_id, NOON)
        with pytest.raises(DraftDeleted, match=r"takes no more votes.*/draft"):
            self.vote(database, vote_row(pair.id, VoteChoice.LEFT))

    def test_a_pair_that_never_was_is_refused(self, database: Database) -> None:
        with pytest.raises(PairUnknown, match="There is no pair"):
            self.vote(database, vote_row("nothing", VoteChoice.LEFT))


class TestGuesses:
    def test_a_rater_is_asked_once_and_the_first_answer_stays(self, database: Database) -> None:
        draft = post(database)
        asked = at_once(database, *[lambda s: store.ask_for_guess(s, draft.id, "U1", NOON)] * 3)
        assert sorted(asked) == [False, False, True]
        with database.transaction() as session:
            store.answer_guess(session, draft.id, "U1", None, LATER)
        with database.transaction() as session:
            kept = store.answer_guess(session, draft.id, "U1", "plain", LATEST)
        assert (kept.guessed_model, kept.answered_at, kept.asked_at) == (None, LATER, NOON)
        with database.reading() as session:
            assert store.guess_of(session, draft.id, "U1") == kept
            assert store.guess_of(session, draft.id, "U2") is None
            assert len(session.exec(select(ModelGuess)).all()) == 1

    def test_an_answer_without_a_question_is_an_error(self, database: Database) -> None:
        draft = post(database)
        with pytest.raises(NoResultFound), database.transaction() as session:
            store.answer_guess(session, draft.id, "U1", "plain", NOON)


def test_downgrading_leaves_ratings_as_they_were(database: Database, database_url: str) -> None:
    rate(database, thumb(post(database), "U1"))
    downgrade(database_url, "0002")
    with database.reading() as session:
        assert session.connection().execute(text("SELECT thumb FROM rating")).scalars().all() == [1]


class TestLocks:
    def test_once_told_a_rater_changes_nothing_more_and_a_redelivery_is_no_change(
        self, database: Database
    ) -> None:
        draft = post(database)
        first = thumb(draft, "U1")
        rate(database, first)
        with database.transaction() as session:
            told = store.reveal(session, draft.id, "U1", LATER)
            assert isinstance(told, store.Told)
            assert [each.id for each in told.drafts] == [draft.id]
        with database.transaction() as session, pytest.raises(RatingLocked):
            store.record_rating_event(session, thumb(draft, "U1", LATEST))
        with database.transaction() as session:
            rating, created = store.record_rating_event(session, first)
            assert (created, rating is not None and rating.locked_at) == (False, LATER)
            assert store.known_to(session, draft.id, "U1")
            assert store.known_to(session, draft.id, "U2") == ()

    def test_an_open_question_comes_first(self, database: Database) -> None:
        draft = post(database)
        rate(database, thumb(draft, "U1"))
        with database.transaction() as session:
            assert store.ask_for_guess(session, draft.id, "U1", NOON)
            answer = store.reveal(session, draft.id, "U1", LATER)
            assert isinstance(answer, store.NotYet)
            assert answer.open_question is not None
            assert not store.is_locked(session, draft.id, "U1")
            store.answer_guess(session, draft.id, "U1", None, LATER)
            assert isinstance(store.reveal(session, draft.id, "U1", LATER), store.Told)

    def test_a_pair_is_told_together_and_after_the_vote(self, database: Database) -> None:
        pair, (left, right) = shown_pair(database)
        rate(database, thumb(left, "U1"))
        with database.transaction() as session:
            assert store.reveal(session, left.id, "U1", LATER) == store.NotYet(is_pair=True)
            store.record_pair_vote(session, vote_row(pair.id, VoteChoice.TIE, rater_id="U1"))
        with database.transaction() as session:
            told = store.reveal(session, right.id, "U1", LATER)
            assert isinstance(told, store.Told)
            assert [each.id for each in told.drafts] == [left.id, right.id]
        for refused in (thumb(left, "U1", LATEST), thumb(right, "U1", LATEST)):
            with database.transaction() as session, pytest.raises(RatingLocked):
                store.record_rating_event(session, refused)
        with database.transaction() as session, pytest.raises(RatingLocked):
            store.record_pair_vote(session, vote_row(pair.id, VoteChoice.LEFT, rater_id="U1"))

    def test_whoever_voted_on_a_pair_is_not_asked_about_its_halves(self, database: Database) -> None:
        pair, (left, right) = shown_pair(database)
        with database.transaction() as session:
            store.mark_posted(session, left.id, "C1", "1.5", NOON)
            store.mark_posted(session, right.id, "C1", "1.5", NOON)
            assert store.pair_at(session, "C1", "1.5") == pair
            store.record_pair_vote(session, vote_row(pair.id, VoteChoice.TIE, rater_id="U1"))
        assert assign(database, "U1") == []
        assert len(assign(database, "U2")) == 2


class TestPreferences:
    def test_a_week_holds_so_many_messages_and_a_day_one(self, database: Database) -> None:
        wish = RaterPreference(
            rater_id="U1", message_hour=9, time_zone="UTC", messages_per_week=2, updated_at=NOON
        )
        with database.transaction() as session:
            store.save_preference(session, wish)
        claimed = []
        for day in (0, 0, 1, 2, 7, 8):
            at = NOON + timedelta(days=day)
            with database.transaction() as session:
                claimed.append(store.claim_message(session, "U1", at.date(), 2, at))
        assert claimed == [True, False, True, False, True, True]

    def test_two_processes_claim_a_day_once(self, database: Database) -> None:
        wish = RaterPreference(
            rater_id="U1", message_hour=9, time_zone="UTC", messages_per_week=2, updated_at=NOON
        )
        with database.transaction() as session:
            store.save_preference(session, wish)

        def claim(session: Session) -> bool:
            return store.claim_message(session, "U1", NOON.date(), 2, NOON)

        assert sorted(at_once(database, claim, claim)) == [False, True]

    def test_what_a_person_wants_last_holds(self, database: Database) -> None:
        for hour in (9, None):
            wish = RaterPreference(
                rater_id="U1",
                message_hour=hour,
                time_zone="UTC" if hour is not None else None,
                messages_per_week=1 if hour is not None else None,
                updated_at=NOON,
            )
            with database.transaction() as session:
                store.save_preference(session, wish)
        with database.reading() as session:
            assert store.raters_to_write_to(session) == []


def shown_pair(database: Database) -> tuple[DraftPair, tuple[Draft, Draft]]:
    """Two drafts of one request, posted, in the order shown."""
    with database.transaction() as session:
        request, _ = store.record_request(session, request_row(requester_id="U9"))
        drafts = [
            store.record_draft(session, draft_row(request.id, position=at), SCORES, COSTS, Random(at))
            for at in (0, 1)
        ]
        pair = store.record_pair(session, drafts[0].id, drafts[1].id, NOON, Random(1))
        by_id = {draft.id: draft for draft in drafts}
        return pair, (by_id[pair.left_draft_id], by_id[pair.right_draft_id])


class TestDiscarded:
    def test_what_was_discarded_takes_no_more_ratings_and_keeps_those_it_has(
        self, database: Database
    ) -> None:
        draft = post(database)
        rating = rate(database, thumb(draft, "U1", NOON))
        with database.transaction() as session:
            store.mark_discarded(session, draft.id, "U2", LATER)
        with pytest.raises(DraftDiscarded):
            rate(database, thumb(draft, "U2", LATER))
        with database.reading() as session:
            kept = store.rating_of(session, draft.id, "U1")
        assert kept is not None
        assert kept.thumb == rating.thumb
