"""The models that write, as MLflow knows models: each revision once, with who is in use and who might follow.

All are versions of one registered model, `copydesk`, because they compete for one place: the alias
`incumbent` is on the model that leads or, while none does, on the one that wrote most; `challenger` is on
the best of the others, if it is not shown to be below what is required.
"""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from evaluation.analysis.document import ArmFigures, ModelFigures
from evaluation.report_document import Report
from evaluation.tracking.store import TrackingStore

REGISTERED: Final = "copydesk"
ARM_TAG: Final = "copydesk.arm"
INCUMBENT, CHALLENGER = "incumbent", "challenger"


def log_writers(store: TrackingStore, report: Report) -> dict[str, str]:
    """The id of the logged model of each arm; the same revision is found again every week."""
    arms = report.analysis.source.arms if report.analysis.source else ()
    return {arm.label: _log_once(store, arm) for arm in arms}


def move_aliases(store: TrackingStore, report: Report, model_ids: Mapping[str, str]) -> None:
    """Says who is in use and who might follow, as a closed week found it; an open week moves nothing."""
    if not report.closed or not model_ids:
        return
    versions = _registered(store, model_ids)
    incumbent = find_incumbent(report)
    for alias, arm in ((INCUMBENT, incumbent), (CHALLENGER, find_challenger(report, incumbent))):
        if arm in versions:
            store.client.set_registered_model_alias(REGISTERED, alias, versions[arm])
        elif alias in store.client.get_registered_model(REGISTERED).aliases:
            store.client.delete_registered_model_alias(REGISTERED, alias)


def find_incumbent(report: Report) -> str | None:
    """The leader, or while nobody leads the model that wrote most; the better one of equals."""
    if report.analysis.leader is not None:
        return report.analysis.leader
    writing = [line for line in report.models if line.n_drafts > line.n_substitute_drafts]
    most = max(writing, key=lambda line: line.n_drafts - line.n_substitute_drafts, default=None)
    return None if most is None else most.model


def find_challenger(report: Report, incumbent: str | None) -> str | None:
    """The best of the others that may still be good enough; None where there is none."""
    others = (line for line in report.ranked if line.model != incumbent and _may_follow(line))
    return next((line.model for line in others), None)


def _may_follow(line: ModelFigures) -> bool:
    return line.status in ("qualified", "undecided")


def _log_once(store: TrackingStore, arm: ArmFigures) -> str:
    identity = _identity(arm)
    known = store.client.search_logged_models(
        [store.experiment_id], f"tags.`{ARM_TAG}` = '{identity}'", max_results=1
    )
    if known:
        return str(known[0].model_id)
    model = store.client.create_logged_model(
        store.experiment_id,
        name=re.sub(r"[/:.%\"']", "-", arm.label),
        tags={ARM_TAG: identity, "copydesk.label": arm.label, "copydesk.since": arm.since.isoformat()},
        params={
            "model": arm.model,
            "revision": arm.revision,
            "precision": arm.precision,
            **{f"prompt {way.content_type}": way.prompt_version for way in arm.ways},
            **{f"sampling {way.content_type}": way.sampling[:500] for way in arm.ways},
        },
        model_type="draft writer",
    )
    store.client.finalize_logged_model(model.model_id, "READY")
    return str(model.model_id)


def _identity(arm: ArmFigures) -> str:
    """A digest of what makes a model another one. Since when is part of it: labels may come again."""
    known = (arm.label, arm.model, arm.revision, arm.precision, arm.since.isoformat())
    return sha256(json.dumps(known).encode()).hexdigest()[:32]


def _registered(store: TrackingStore, model_ids: Mapping[str, str]) -> dict[str, str]:
    """The version of each arm in the registry; versions are made for those that have none."""
    from mlflow.exceptions import MlflowException

    client = store.client
    try:
        client.get_registered_model(REGISTERED)
    except MlflowException:
        client.create_registered_model(
            REGISTERED, description="Every model that writes drafts, a version for each revision of it."
        )
    known = {
        version.tags.get("copydesk.model_id"): version.version
        for version in client.search_model_versions(f"name = '{REGISTERED}'")
    }
    for arm, model_id in model_ids.items():
        if model_id not in known:
            made = client.create_model_version(
                REGISTERED,
                f"models:/{model_id}",
                model_id=model_id,
                tags={"copydesk.model_id": model_id, "copydesk.label": arm},
                description=f"{arm}. Its weights are not in MLflow.",
            )
            known[model_id] = made.version
    return {arm: str(known[model_id]) for arm, model_id in model_ids.items()}
