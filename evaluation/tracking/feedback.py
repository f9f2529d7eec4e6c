"""What people and heuristics say of a draft, as MLflow's feedback; kept up to date, nothing twice."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from evaluation.tables import Rating
from evaluation.tracking.drafts import DraftRecord
from evaluation.tracking.names import Naming
from evaluation.tracking.runs import milliseconds

if TYPE_CHECKING:
    from mlflow.entities import Feedback, TraceInfo
    from mlflow.tracing.client import TracingClient

SCORE, THUMB, HEURISTIC = NAMES = ("score", "thumb", "heuristic quality")
"""What feedback of ours is called; what somebody adds on MLflow's page has another name and stays."""


def feedback_of(record: DraftRecord, name: Naming) -> "list[Feedback]":
    """A rater's score (1 to 10) and thumb (up is true), under another name, and the heuristics' 0 to 10.

    Reasons are the rationale; what the rater could know is metadata. Corrections are texts and stay here.
    """
    return [*_human(record, name), *_heuristic(record)]


def digest_of(record: DraftRecord, name: Naming) -> str:
    """Changes when anything that is said of the draft changes."""
    said = [
        [each.name, each.source.source_id, each.value, each.rationale] for each in feedback_of(record, name)
    ]
    return sha256(json.dumps(said).encode()).hexdigest()[:16]


def bring_up_to_date(client: "TracingClient", info: "TraceInfo", wanted: "list[Feedback]") -> None:
    """Adds what is new, changes what changed, and takes away what was withdrawn."""
    from mlflow.entities import Feedback

    ours = (each for each in info.assessments if isinstance(each, Feedback) and each.name in NAMES)
    known = {_key(each): each for each in ours}
    for feedback in wanted:
        before = known.pop(_key(feedback), None)
        if before is None:
            client.log_assessment(info.trace_id, feedback)
        elif before.assessment_id and (before.value, before.rationale) != (
            feedback.value,
            feedback.rationale,
        ):
            client.update_assessment(info.trace_id, before.assessment_id, feedback)
    for withdrawn in known.values():
        if withdrawn.assessment_id is not None:
            client.delete_assessment(info.trace_id, withdrawn.assessment_id)


def _human(record: DraftRecord, name: Naming) -> "Iterator[Feedback]":
    from mlflow.entities import AssessmentSource, Feedback

    for rating in record.ratings:
        at = milliseconds(rating.updated_at)
        source = AssessmentSource(source_type="HUMAN", source_id=name(rating.rater_id))
        values = {
            SCORE: rating.score,
            THUMB: None if rating.thumb is None else rating.thumb > 0,
        }
        for kind, value in values.items():
            if value is not None:
                yield Feedback(
                    name=kind,
                    value=value,
                    source=source,
                    rationale=", ".join(rating.reasons) or None,
                    metadata=_circumstances(rating),
                    create_time_ms=at,
                    last_update_time_ms=at,
                )


def _heuristic(record: DraftRecord) -> "Iterator[Feedback]":
    from mlflow.entities import AssessmentSource, Feedback

    if record.heuristic is not None:
        at = milliseconds(record.draft.created_at)
        yield Feedback(
            name=HEURISTIC,
            value=record.heuristic,
            source=AssessmentSource(source_type="CODE", source_id="copydesk"),
            create_time_ms=at,
            last_update_time_ms=at,
        )


def _circumstances(rating: Rating) -> dict[str, str]:
    return {
        "others_visible": str(rating.others_visible).lower(),
        "after_edit": str(rating.after_edit).lower(),
        "own_request": str(rating.own_request).lower(),
    }


def _key(feedback: "Feedback") -> tuple[str, str | None]:
    return feedback.name, feedback.source.source_id
