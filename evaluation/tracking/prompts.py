"""Prompt templates in MLflow's registry: one name for each kind of text and of model, versions by digest."""

from collections.abc import Iterable

from evaluation.report_document import Report
from evaluation.tracking.documents import PromptTemplate
from evaluation.tracking.store import TrackingStore

VERSION_TAG = "copydesk.prompt_version"
OF_EXPERIMENT = "_mlflow_experiment_ids"
"""By this tag MLflow 3.17 finds the prompts of an experiment; it would set it later, from a thread."""


def log_prompts(store: TrackingStore, prompts: Iterable[PromptTemplate]) -> dict[str, str]:
    """Registers what is not registered yet; the address of each version by its digest, `prompts:/name/1`."""
    return {prompt.version: _log_once(store, prompt) for prompt in prompts}


def link_prompts(
    store: TrackingStore, report: Report, runs: dict[str, str], addresses: dict[str, str]
) -> None:
    """Tells each model's run which prompts its model was asked with, as far as they are known here."""
    arms = report.analysis.source.arms if report.analysis.source else ()
    for arm in arms:
        for way in arm.ways:
            if arm.label in runs and way.prompt_version in addresses:
                store.client.link_prompt_version_to_run(runs[arm.label], addresses[way.prompt_version])


def _log_once(store: TrackingStore, prompt: PromptTemplate) -> str:
    name = f"copydesk-{prompt.content_type}-{prompt.model_kind}"
    client = store.client
    if client.get_prompt(name) is not None:
        for version in client.search_prompt_versions(name):
            if version.tags.get(VERSION_TAG) == prompt.version:
                return f"prompts:/{name}/{version.version}"
    logged = client.register_prompt(
        name,
        prompt.template,
        commit_message=f"{prompt.content_type} as {prompt.model_kind} models are asked for it",
        tags={VERSION_TAG: prompt.version, OF_EXPERIMENT: f",{store.experiment_id},"},
    )
    return f"prompts:/{name}/{logged.version}"
