"""Drafts as MLflow traces: each once, with what people say of it now, under other names than their own."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from evaluation.database import Database
from evaluation.tables import Draft, Rating, RatingEvent, RatingEventKind, new_id
from evaluation.tracking.documents import People
from evaluation.tracking.names import naming_with
from evaluation.tracking.traces import Traced, log_traces, trace_id
from tests.reports import IN_WEEK, add_draft, add_rating
from tests.rows import event_row

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

LATER = IN_WEEK + timedelta(hours=2)
MUCH_LATER = IN_WEEK + timedelta(hours=4)

Log = Callable[[datetime], Traced]


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all stores of this module: making the tables of one takes seconds."""
    return tmp_path_factory.mktemp("mlflow")


@pytest.fixture
def people(database: Database, tmp_path: Path) -> People:
    address = database.engine.url.render_as_string(hide_password=False)
    return People(database_url=address, key_file=tmp_path / "names.key")


@pytest.fixture
def tracking_uri(empty_store: Path) -> str:
    return f"sqlite:///{empty_store}/mlflow.db"


@pytest.fixture
def experiment(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


@pytest.fixture
def log(people: People, tracking_uri: str, experiment: str) -> Log:
    return lambda now: log_traces(people, tracking_uri, experiment, lambda: now, 60)


@pytest.fixture
def drafts(database: Database) -> list[str]:
    """Two drafts, the first with the ratings of two people."""
    with database.transaction() as session:
        first, second = (
            add_draft(session, model, id=new_id()) for model in ("starter-rich", "starter-plain")
        )
        add_rating(session, first, "U0ADA", score=8, thumb=1)
        add_rating(session, first, "U0BEN", thumb=-1)
        return [first.id, second.id]


def traces(tracking_uri: str, experiment: str) -> dict[str, Any]:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=tracking_uri)
    known = client.get_experiment_by_name(experiment)
    assert known is not None
    found = client.search_traces(locations=[known.experiment_id])
    return {trace.info.client_request_id: trace for trace in found}


def said(trace: Any) -> dict[tuple[str, str], Any]:
    return {(each.name, each.source.source_id): each.value for each in trace.info.assessments}


def test_a_draft_is_a_trace_with_what_was_told_written_and_measured(
    log: Log, drafts: list[str], tracking_uri: str, experiment: str, database: Database
) -> None:
    assert log(LATER) == Traced(new=2)

    trace = traces(tracking_uri, experiment)[drafts[0]]
    with database.reading() as session:
        draft = session.get_one(Draft, drafts[0])
    assert trace.info.trace_id == trace_id(drafts[0])
    assert trace.info.tags["copydesk.model"] == "starter-rich"
    assert trace.info.execution_duration == 250
    (span,) = trace.data.spans
    assert span.inputs == {"messages": draft.messages}
    assert span.outputs["choices"][0]["message"]["content"] == draft.text
    assert trace.info.token_usage["output_tokens"] == draft.completion_tokens


def test_a_long_text_is_whole_in_its_span_and_cut_in_its_preview(
    log: Log, tracking_uri: str, experiment: str, database: Database
) -> None:
    text = "What changed in our team. " * 100
    with database.transaction() as session:
        long = add_draft(session, "starter-rich", id=new_id(), text=text).id
    log(LATER)

    trace = traces(tracking_uri, experiment)[long]
    assert trace.info.response_preview == text[:1000]
    assert trace.data.spans[0].outputs["choices"][0]["message"]["content"] == text


def test_ratings_are_feedback_of_people_whose_names_nobody_can_tell(
    log: Log, drafts: list[str], tracking_uri: str, experiment: str, people: People
) -> None:
    log(LATER)

    name = naming_with(people.key_file)
    found = traces(tracking_uri, experiment)
    assert said(found[drafts[0]]) == {
        ("score", name("U0ADA")): 8,
        ("thumb", name("U0ADA")): True,
        ("thumb", name("U0BEN")): False,
        ("heuristic quality", "copydesk"): 7.5,
    }
    assert set(said(found[drafts[1]])) == {("heuristic quality", "copydesk")}
    everything = str([trace.to_dict() for trace in found.values()])
    assert not any(person in everything for person in ("U0ADA", "U0BEN", "U0ASKS"))


def test_nothing_is_logged_twice_and_a_changed_rating_is_brought_up_to_date(
    log: Log, drafts: list[str], tracking_uri: str, experiment: str, people: People, database: Database
) -> None:
    log(LATER)
    assert log(LATER) == Traced()

    with database.transaction() as session:
        for rating in session.exec(select(Rating)):
            if rating.rater_id == "U0ADA":
                rating.score = 3
            else:
                session.delete(rating)
            _note_event(session, rating)
    assert log(MUCH_LATER) == Traced(updated=1)

    name = naming_with(people.key_file)
    assert said(traces(tracking_uri, experiment)[drafts[0]]) == {
        ("score", name("U0ADA")): 3,
        ("thumb", name("U0ADA")): True,
        ("heuristic quality", "copydesk"): 7.5,
    }


def test_a_draft_whose_message_was_deleted_has_no_trace(
    log: Log, drafts: list[str], tracking_uri: str, experiment: str, database: Database
) -> None:
    log(LATER)
    with database.transaction() as session:
        session.get_one(Draft, drafts[0]).deleted_at = LATER
    assert log(MUCH_LATER) == Traced(deleted=1)
    assert set(traces(tracking_uri, experiment)) == {drafts[1]}


def test_what_there_is_no_time_for_is_left_for_the_next_call(
    people: People, drafts: list[str], tracking_uri: str, experiment: str
) -> None:
    assert log_traces(people, tracking_uri, experiment, lambda: LATER, 0) == Traced(remaining=2)
    assert log_traces(people, tracking_uri, experiment, lambda: LATER, 60) == Traced(new=2)


def test_a_trace_that_was_cut_short_gets_its_spans(
    log: Log, drafts: list[str], tracking_uri: str, experiment: str
) -> None:
    from mlflow import MlflowClient
    from mlflow.entities import TraceInfo, TraceLocation, TraceState
    from mlflow.tracing.client import TracingClient

    experiment_id = MlflowClient(tracking_uri=tracking_uri).create_experiment(experiment)
    location = TraceLocation.from_experiment_id(experiment_id)
    TracingClient(tracking_uri).start_trace(
        TraceInfo(trace_id(drafts[0]), location, 0, TraceState.OK, client_request_id=drafts[0])
    )

    assert log(LATER) == Traced(new=1, updated=1)
    assert {len(trace.data.spans) for trace in traces(tracking_uri, experiment).values()} == {1}


def test_names_stay_with_the_key_and_the_key_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "names.key"
    name = naming_with(file)

    assert name("U0ADA") == naming_with(file)("U0ADA") != name("U0BEN")
    assert file.stat().st_mode & 0o777 == 0o600
    assert naming_with(tmp_path / "another.key")("U0ADA") != name("U0ADA")
    assert [path.name for path in file.parent.iterdir()] == ["names.key"]


def _note_event(session: Session, rating: Rating) -> None:
    """What the bot keeps of every change."""
    event: RatingEvent = event_row(
        rating.draft_id, RatingEventKind.SCORE_FORM, score=3, rater_id=rating.rater_id,
        occurred_at=LATER, recorded_at=LATER,
    )  # fmt: skip
    session.add(event)
