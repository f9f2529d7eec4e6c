"""Named reads and writes, on both databases: what must happen once happens once, also at once."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, func, select

from evaluation import store
from evaluation.database import Database
from evaluation.errors import DraftDeleted, DraftUnknown
from evaluation.store.drafts import LABEL_ALPHABET
from evaluation.tables import (
    CostEntry,
    Delivery,
    DeliveryTarget,
    Draft,
    DraftRequest,
    HeuristicScore,
    Rating,
    RatingEvent,
    RatingEventKind,
    ReportRun,
    RequestState,
)
from tests.at_once import at_once
from tests.rows import COSTS, NOON, SCORES, draft_row, event_row, request_row

ADDED, REMOVED = RatingEventKind.REACTION_ADDED, RatingEventKind.REACTION_REMOVED
LATER = NOON + timedelta(minutes=1)


def count_rows(session: Session, table: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def record_request(database: Database, **fields: object) -> DraftRequest:
    with database.transaction() as session:
        return store.record_request(session, request_row(**fields))[0]


def record_draft(database: Database, seed: int = 1) -> Draft:
    request = record_request(database)
    with database.transaction() as session:
        return store.record_draft(session, draft_row(request.id), SCORES, COSTS, Random(seed))


def rate(database: Database, *events: RatingEvent) -> Rating | None:
    """What stands after the last of the events, each recorded in a transaction of its own."""
    rating = None
    for event in events:
        with database.transaction() as session:
            rating, _ = store.record_rating_event(session, event)
    return rating


class TestRequests:
    def test_a_redelivery_finds_the_row(self, database: Database) -> None:
        with database.transaction() as session:
            first, created = store.record_request(session, request_row(delivery_key="k", topic="tea"))
        with database.transaction() as session:
            again, created_again = store.record_request(session, request_row(delivery_key="k", topic="tea"))
        assert (created, created_again) == (True, False)
        assert (again.id, again.topic, again.state) == (first.id, "tea", RequestState.RECEIVED)

    def test_deliveries_at_once_leave_one_row(self, database: Database) -> None:
        calls = [lambda s: store.record_request(s, request_row(delivery_key="k"))] * 6
        answers = at_once(database, *calls)
        assert sorted(created for _, created in answers) == [False] * 5 + [True]
        assert len({request.id for request, _ in answers}) == 1

    def test_unfinished_requests_come_oldest_first(self, database: Database) -> None:
        late = record_request(database, created_at=LATER)
        early = record_request(database, created_at=NOON)
        failed = record_request(database)
        with database.transaction() as session:
            store.mark_failed(session, failed.id, "The model did not answer.")
        with database.reading() as session:
            assert [request.id for request in store.unfinished_requests(session)] == [early.id, late.id]
            given_up = store.find_request(session, failed.id)
            assert given_up is not None
            assert (given_up.state, given_up.error) == (RequestState.FAILED, "The model did not answer.")

    def test_what_people_type_comes_back_as_it_was(self, database: Database) -> None:
        topic = "Ü & <!channel> „Zitat“ 🎉 \\ ' \" %s {} \n-- drop"
        recorded = record_request(database, topic=topic)
        with database.reading() as session:
            found = store.find_request(session, recorded.id)
            assert found is not None
            assert found.topic == topic

    def test_a_character_that_no_database_can_store_does_not_cost_the_text(self, database: Database) -> None:
        recorded = record_request(database, topic="tea\x00 and \ud83c cake")
        assert recorded.topic == "tea\ufffd and \ufffd cake"


class TestDrafts:
    def test_a_draft_is_kept_with_its_scores_and_costs(self, database: Database) -> None:
        draft = record_draft(database)
        with database.reading() as session:
            assert store.find_draft(session, draft.id) == draft
            assert store.drafts_of_request(session, draft.request_id) == [draft]
            assert count_rows(session, HeuristicScore) == 5
            assert session.exec(select(CostEntry.amount_usd)).one() == pytest.approx(3e-6)
            request = store.find_request(session, draft.request_id)
            assert request is not None
            assert request.state is RequestState.WRITTEN
        assert draft.seed == 2**40

    def test_all_or_nothing(self, database: Database) -> None:
        request = record_request(database)
        with pytest.raises(IntegrityError), database.transaction() as session:
            store.record_draft(session, draft_row(request.id), SCORES, COSTS * 2, Random(1))
        with database.reading() as session:
            assert [count_rows(session, table) for table in (Draft, HeuristicScore, CostEntry)] == [0, 0, 0]
            assert store.unfinished_requests(session)[0].state is RequestState.RECEIVED

    def test_a_text_once_recorded_is_never_replaced(self, database: Database) -> None:
        request = record_request(database)
        written = [
            lambda s, i=i: store.record_draft(s, draft_row(request.id, text=f"{i}"), SCORES, COSTS, Random(i))
            for i in range(4)
        ]
        drafts = at_once(database, *written)
        assert len({(draft.id, draft.text, draft.label) for draft in drafts}) == 1
        with database.reading() as session:
            assert [count_rows(session, table) for table in (Draft, CostEntry)] == [1, 1]

    def test_labels_are_neutral_and_unique_even_with_the_same_luck(self, database: Database) -> None:
        requests = [record_request(database) for _ in range(4)]
        recordings = [
            lambda s, id_=request.id: store.record_draft(s, draft_row(id_), SCORES, COSTS, Random(7))
            for request in requests
        ]
        labels = {draft.label for draft in at_once(database, *recordings)}
        assert len(labels) == 4
        for label in labels:
            word, _, code = label.partition(" ")
            assert (word, len(code), set(code) - set(LABEL_ALPHABET)) == ("Draft", 4, set())

    def test_posting_notes_the_first_place(self, database: Database) -> None:
        draft = record_draft(database)
        with database.transaction() as session:
            store.mark_posted(session, draft.id, "C1", "1.1", NOON)
        with database.transaction() as session:
            posted = store.mark_posted(session, draft.id, "C1", "2.2", LATER)
        assert (posted.message_ts, posted.posted_at) == ("1.1", NOON)
        with database.reading() as session:
            assert store.draft_at(session, "C1", "1.1") == posted
            assert store.draft_at(session, "C1", "2.2") is None
            assert store.unfinished_requests(session) == []

    def test_a_posted_draft_does_not_become_a_failure(self, database: Database) -> None:
        draft = record_draft(database)
        with database.transaction() as session:
            store.mark_posted(session, draft.id, "C1", "1.1", NOON)
            store.mark_failed(session, draft.request_id, "too late")
            request = store.find_request(session, draft.request_id)
        assert request is not None
        assert (request.state, request.error) == (RequestState.POSTED, None)

    def test_an_unknown_draft_is_refused_in_a_sentence(self, database: Database) -> None:
        with pytest.raises(DraftUnknown, match="There is no draft"), database.transaction() as session:
            store.mark_posted(session, "nobody", "C1", "1.1", NOON)


class TestRatings:
    def test_one_rating_from_every_kind_of_event(self, database: Database) -> None:
        draft = record_draft(database)
        rating = rate(
            database,
            event_row(draft.id, RatingEventKind.THUMB_BUTTON, thumb=1),
            event_row(draft.id, ADDED, reaction="seven"),
            event_row(
                draft.id,
                RatingEventKind.SCORE_FORM,
                score=4,
                reasons=["too long"],
                correction="Shorter.",
                occurred_at=LATER,
            ),
        )
        assert rating is not None
        assert (rating.thumb, rating.score, rating.correction) == (1, 4, "Shorter.")
        assert (rating.reasons, rating.updated_at) == (["too long"], LATER)
        with database.reading() as session:
            assert store.rating_of(session, draft.id, "U1") == rating
            assert store.rating_of(session, draft.id, "U2") is None
            assert store.numbers_of(session, "U1") == (1, 1)

    def test_a_redelivery_changes_nothing(self, database: Database) -> None:
        draft = record_draft(database)
        rate(
            database,
            event_row(draft.id, ADDED, reaction="nine", delivery_key="k"),
            event_row(draft.id, ADDED, reaction="two", occurred_at=LATER),
        )
        with database.transaction() as session:
            again = event_row(draft.id, ADDED, reaction="nine", delivery_key="k")
            rating, created = store.record_rating_event(session, again)
        assert rating is not None
        assert (rating.score, created) == (2, False)

    def test_taking_everything_back_leaves_no_rating_but_the_history(self, database: Database) -> None:
        draft = record_draft(database)
        rating = rate(
            database,
            event_row(draft.id, ADDED, reaction="+1"),
            event_row(draft.id, REMOVED, reaction="+1", occurred_at=LATER),
        )
        assert rating is None
        with database.reading() as session:
            assert (count_rows(session, Rating), count_rows(session, RatingEvent)) == (0, 2)

    def test_first_ratings_at_once_leave_one_row_that_knows_them_all(self, database: Database) -> None:
        draft = record_draft(database)
        events = [
            event_row(draft.id, ADDED, reaction=name, occurred_at=NOON + timedelta(seconds=second))
            for second, name in enumerate(["+1", "one", "two", "three", "four", "keycap_ten"])
        ]
        recordings = [lambda s, event=event: store.record_rating_event(s, event) for event in events]
        at_once(database, *recordings)
        with database.reading() as session:
            rating = session.exec(select(Rating)).one()
        assert (rating.thumb, rating.score) == (1, 10)

    def test_raters_do_not_touch_each_other(self, database: Database) -> None:
        draft = record_draft(database)
        recordings = [
            lambda s, n=n: store.record_rating_event(
                s, event_row(draft.id, ADDED, reaction="five", rater_id=f"U{n}")
            )
            for n in range(6)
        ]
        answers = at_once(database, *recordings)
        assert sorted(rating.rater_id for rating, _ in answers if rating) == [f"U{n}" for n in range(6)]

    def test_a_deleted_draft_takes_no_rating_and_keeps_the_old_ones(self, database: Database) -> None:
        draft = record_draft(database)
        before = rate(database, event_row(draft.id, ADDED, reaction="five"))
        with database.transaction() as session:
            store.mark_deleted(session, draft.id, NOON)
        with database.transaction() as session:
            assert store.mark_deleted(session, draft.id, LATER).deleted_at == NOON
        with pytest.raises(DraftDeleted, match=r"What was said before is kept.*/draft"):
            rate(database, event_row(draft.id, ADDED, reaction="nine"))
        with database.reading() as session:
            assert store.rating_of(session, draft.id, "U1") == before
            assert count_rows(session, RatingEvent) == 1

    def test_a_draft_that_never_was_is_refused(self, database: Database) -> None:
        with pytest.raises(DraftUnknown):
            rate(database, event_row("nobody", ADDED, reaction="five"))


class TestReports:
    def claim(self, database: Database, key: str = "2026-W47") -> ReportRun:
        with database.transaction() as session:
            run = store.claim_report(session, key, "2026-W47", True, None, NOON)
        assert run is not None
        return run

    def test_of_many_claims_at_once_one_succeeds(self, database: Database) -> None:
        claim = [lambda s: store.claim_report(s, "2026-W47", "2026-W47", True, "C1", NOON)] * 8
        assert sum(run is not None for run in at_once(database, *claim)) == 1

    def test_a_claim_without_figures_is_found_again(self, database: Database) -> None:
        run = self.claim(database)
        with database.reading() as session:
            assert store.uncomputed_reports(session) == [run]

    def test_the_first_figures_stay_and_each_target_is_due_once(self, database: Database) -> None:
        run = self.claim(database)
        for figures in ({"n": 1}, {"n": 2}):
            with database.transaction() as session:
                saved = store.save_figures(session, run.id, figures, DeliveryTarget, NOON)
        assert saved.figures == {"n": 1}
        with database.reading() as session:
            assert store.uncomputed_reports(session) == []
            due = store.due_deliveries(session, NOON)
        assert [delivery.target for delivery, _ in due] == list(DeliveryTarget)
        assert {report.id for _, report in due} == {run.id}

    def test_deliveries_come_with_the_older_report_first(self, database: Database) -> None:
        with database.transaction() as session:
            for key, hours in (("late", 2), ("early", 1)):
                at = NOON + timedelta(hours=hours)
                run = store.claim_report(session, key, "2026-W47", False, "C1", at)
                assert run is not None
                store.save_figures(session, run.id, {}, [DeliveryTarget.SLACK_TABLE], NOON)
        with database.reading() as session:
            assert [run.key for _, run in store.due_deliveries(session, NOON)] == ["early", "late"]

    def test_a_failed_delivery_waits_longer_each_time_and_ends_when_it_arrives(
        self, database: Database
    ) -> None:
        run = self.claim(database)
        with database.transaction() as session:
            store.save_figures(session, run.id, {}, [DeliveryTarget.MLFLOW], NOON)
            delivery = store.due_deliveries(session, NOON)[0][0]
        waits = []
        for _ in range(11):
            with database.transaction() as session:
                failed = store.mark_delivery_failed(session, delivery.id, "MLflow is down.", NOON)
                waits.append((failed.next_attempt_at - NOON) // timedelta(minutes=1))
        assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
        with database.reading() as session:
            assert store.due_deliveries(session, NOON + timedelta(minutes=359)) == []
            waiting = store.due_deliveries(session, NOON + timedelta(minutes=360))[0][0]
        assert (waiting.attempts, waiting.last_error) == (11, "MLflow is down.")
        with database.transaction() as session:
            store.mark_delivered(session, delivery.id, "run-1", LATER)
            store.mark_delivered(session, delivery.id, "run-2", LATER)
            store.mark_delivery_failed(session, delivery.id, "an echo", LATER)
        with database.reading() as session:
            arrived = session.get_one(Delivery, delivery.id)
            assert store.due_deliveries(session, NOON + timedelta(days=9)) == []
        assert (arrived.external_id, arrived.delivered_at, arrived.last_error) == ("run-1", LATER, None)


class TestNotices:
    def test_a_person_is_told_once_of_each_subject(self, database: Database) -> None:
        tellings = [lambda s: store.tell_once(s, "U1", "substitute", NOON)] * 4
        assert sorted(at_once(database, *tellings)) == [False, False, False, True]
        with database.transaction() as session:
            assert store.tell_once(session, "U1", "welcome", NOON)
            assert store.tell_once(session, "U2", "substitute", NOON)


def test_of_one_instant_to_take_back_comes_after_to_say(database: Database) -> None:
    """Whatever order their ids would give them."""
    with database.transaction() as session:
        request, _ = store.record_request(session, request_row())
        draft = store.record_draft(session, draft_row(request.id), SCORES, COSTS, Random(1))
        said = event_row(draft.id, RatingEventKind.SCORE_FORM, id="f" * 32, score=7)
        taken_back = event_row(draft.id, RatingEventKind.SCORE_WITHDRAWN, id="0" * 32)
        for event in (said, taken_back):
            store.record_rating_event(session, event)
        assert store.rating_of(session, draft.id, said.rater_id) is None
