"""Drafts as traces: what a model was told, what it wrote, how long it took, and what people say of it.

Traces are written straight to the store, a few hundred at a time and in order: through MLflow's own queue,
feedback would be given on traces that are not there yet. A trace's id comes from its draft's, so that
nothing can stand twice; the tag `copydesk.digest` says which feedback it carries. How far everything is
logged stands in a tag of the experiment: throw the store away, and all of it is logged again.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from evaluation.database import Database, open_database
from evaluation.tracking.documents import People
from evaluation.tracking.drafts import DraftRecord, changed_drafts, read_records
from evaluation.tracking.feedback import bring_up_to_date, digest_of, feedback_of
from evaluation.tracking.names import Naming, naming_with
from evaluation.tracking.runs import milliseconds
from evaluation.tracking.store import Experiment, TrackingStore, open_store

if TYPE_CHECKING:
    from mlflow.entities import Span, TraceInfo
    from mlflow.tracing.client import TracingClient

PURPOSE: Final = (
    "A trace for each draft, with people's scores and thumbs as feedback. People have other names here; the "
    "key to them stays in Copydesk's data folder."
)
CURSOR: Final = "copydesk.traced_until"
DIGEST: Final = "copydesk.digest"
SPANS: Final = "mlflow.trace.spansLocation"
"""MLflow's own tag, of traces whose spans have come: one that a crash cut short lacks it."""
AT_ONCE: Final = 200
PREVIEW_CHARACTERS: Final = 1000
"""As wide as MLflow's columns are; the whole text is in the span."""
OVERLAP: Final = timedelta(minutes=5)
"""A row may be written a moment after the time that it carries."""

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Traced:
    """How many traces were made, brought up to date and deleted; `remaining` are left for the next time."""

    new: int = 0
    updated: int = 0
    deleted: int = 0
    remaining: int = 0

    def __add__(self, other: "Traced") -> "Traced":
        return Traced(
            self.new + other.new,
            self.updated + other.updated,
            self.deleted + other.deleted,
            self.remaining + other.remaining,
        )


def log_traces(
    people: People, tracking_uri: str, experiment: str, clock: Clock, at_most_seconds: float
) -> Traced:
    """Log every draft that is new, and of every other one what people changed; end after `at_most_seconds`.

    What is left over then is `remaining`, and the next call goes on there. Drafts whose message was deleted
    have no trace. Raises DatabaseError, UnsupportedTrackingStore, ExperimentDeleted and TrackingError.
    """
    with open_store(tracking_uri, Experiment(experiment, PURPOSE, about_traces=True), "The drafts") as store:
        database = open_database(people.database_url)
        try:
            return _log(store, database, naming_with(people.key_file), clock, at_most_seconds)
        finally:
            database.dispose()


def trace_id(draft_id: str) -> str:
    """The id of a draft's trace; 128 bits, as OpenTelemetry wants them."""
    return f"tr-{sha256(draft_id.encode()).hexdigest()[:32]}"


def _log(
    store: TrackingStore, database: Database, name: Naming, clock: Clock, at_most_seconds: float
) -> Traced:
    begun = clock()
    traced = Traced()
    with database.reading() as session:
        ids = changed_drafts(session, _cursor(store), begun)
    for start in range(0, len(ids), AT_ONCE):
        if (clock() - begun).total_seconds() >= at_most_seconds:
            return traced + Traced(remaining=len(ids) - start)
        with database.reading() as session:
            records = read_records(session, ids[start : start + AT_ONCE])
        traced += _log_some(store, records, name)
    until = (begun - OVERLAP).isoformat()
    store.client.set_experiment_tag(store.experiment_id, CURSOR, until)
    return traced


def _log_some(store: TrackingStore, records: Sequence[DraftRecord], name: Naming) -> Traced:
    from mlflow.tracing.client import TracingClient

    client = TracingClient(store.tracking_uri)
    ids = [trace_id(record.draft.id) for record in records]
    known = {info.trace_id: info for info in client.store.batch_get_trace_infos(ids)}
    gone = [trace_id(each.draft.id) for each in records if each.draft.deleted_at is not None]
    standing = [each for each in records if each.draft.deleted_at is None]
    new = [each for each in standing if trace_id(each.draft.id) not in known]
    cut_short = [
        each
        for each in standing
        if (info := known.get(trace_id(each.draft.id))) is not None and SPANS not in info.tags
    ]
    deleted = [each for each in gone if each in known]
    if deleted:
        store.client.delete_traces(store.experiment_id, trace_ids=deleted)
    for record in new:
        client.start_trace(_info(store, record, name))
    client.log_spans(store.experiment_id, [_span(record) for record in (*new, *cut_short)])
    updated = sum(
        _update(client, known[trace_id(each.draft.id)], each, name)
        for each in standing
        if trace_id(each.draft.id) in known
    )
    return Traced(len(new), updated, len(deleted))


def _update(client: "TracingClient", info: "TraceInfo", record: DraftRecord, name: Naming) -> bool:
    digest = digest_of(record, name)
    if info.tags.get(DIGEST) == digest:
        return False
    bring_up_to_date(client, info, feedback_of(record, name))
    client.set_trace_tag(info.trace_id, DIGEST, digest)
    return True


def _info(store: TrackingStore, record: DraftRecord, name: Naming) -> "TraceInfo":
    from mlflow.entities import TraceInfo, TraceLocation, TraceState

    draft = record.draft
    tokens = {
        "input_tokens": draft.prompt_tokens,
        "output_tokens": draft.completion_tokens,
        "total_tokens": draft.prompt_tokens + draft.completion_tokens,
    }
    metadata = {
        "mlflow.trace.session": draft.request_id,
        "mlflow.trace.user": name(record.request.requester_id),
        "mlflow.trace.tokenUsage": json.dumps(tokens),
    }
    if record.cost_usd is not None:
        metadata["mlflow.trace.cost"] = json.dumps(_cost(record.cost_usd))
    return TraceInfo(
        trace_id=trace_id(draft.id),
        trace_location=TraceLocation.from_experiment_id(store.experiment_id),
        request_time=_begun_ms(record),
        execution_duration=int(1000 * draft.latency_seconds),
        state=TraceState.OK,
        request_preview=record.request.topic[:PREVIEW_CHARACTERS],
        response_preview=draft.text[:PREVIEW_CHARACTERS],
        client_request_id=draft.id,
        trace_metadata=metadata,
        tags={**_tags(record), DIGEST: digest_of(record, name)},
        assessments=list(feedback_of(record, name)),
    )


def _tags(record: DraftRecord) -> dict[str, str]:
    draft = record.draft
    tags = {
        "mlflow.traceName": record.request.content_type,
        "copydesk.draft_id": draft.id,
        "copydesk.content_type": record.request.content_type,
        "copydesk.model": draft.model_name,
        "copydesk.revision": draft.model_revision,
        "copydesk.precision": draft.precision,
        "copydesk.prompt_version": draft.prompt_version,
        "copydesk.label": draft.label,
    }
    return tags if draft.substitute_for is None else {**tags, "copydesk.substitute_for": draft.substitute_for}


def _span(record: DraftRecord) -> "Span":
    from mlflow.entities import Span

    draft = record.draft
    id_ = trace_id(draft.id)
    begun_ns = _begun_ms(record) * 1_000_000
    attributes: dict[str, Any] = {
        "mlflow.traceRequestId": id_,
        "mlflow.spanType": "CHAT_MODEL",
        "mlflow.spanInputs": _inputs(record),
        "mlflow.spanOutputs": _outputs(record),
        "mlflow.llm.model": draft.model_name,
        "mlflow.chat.tokenUsage": {
            "input_tokens": draft.prompt_tokens,
            "output_tokens": draft.completion_tokens,
            "total_tokens": draft.prompt_tokens + draft.completion_tokens,
        },
        "time_to_first_token_seconds": draft.time_to_first_token_seconds,
        "energy_joules": draft.energy_joules,
        "energy_scope": draft.energy_scope,
        "device": draft.device,
        "seed": draft.seed,
        **{f"sampling.{key}": value for key, value in draft.sampling.items()},
    }
    if record.cost_usd is not None:
        attributes["mlflow.llm.cost"] = _cost(record.cost_usd)
    return Span.from_dict(
        {
            "trace_id": id_,
            "span_id": sha256(f"span {draft.id}".encode()).hexdigest()[:16],
            "parent_span_id": None,
            "name": f"write {record.request.content_type}",
            "start_time_unix_nano": begun_ns,
            "end_time_unix_nano": begun_ns + int(draft.latency_seconds * 1e9),
            "status": {"code": "STATUS_CODE_OK", "message": ""},
            "attributes": {
                key: json.dumps(value, ensure_ascii=False)
                for key, value in attributes.items()
                if value is not None
            },
            "events": [],
        }
    )


def _inputs(record: DraftRecord) -> dict[str, Any]:
    """Chat messages as MLflow shows them; a plain prompt as one message of a user."""
    told = record.draft.messages
    return {"messages": [{**each, "role": each["role"].replace("prompt", "user")} for each in told]}


def _outputs(record: DraftRecord) -> dict[str, Any]:
    message = {"role": "assistant", "content": record.draft.text}
    return {"choices": [{"index": 0, "message": message, "finish_reason": record.draft.finish_reason}]}


def _cost(usd: float) -> dict[str, float]:
    return {"input_cost": 0.0, "output_cost": usd, "total_cost": usd}


def _begun_ms(record: DraftRecord) -> int:
    """A draft is recorded when it is written, so it was begun that much earlier."""
    return milliseconds(record.draft.created_at) - int(1000 * record.draft.latency_seconds)


def _cursor(store: TrackingStore) -> datetime | None:
    tag = store.client.get_experiment(store.experiment_id).tags.get(CURSOR)
    return None if tag is None else datetime.fromisoformat(tag)
