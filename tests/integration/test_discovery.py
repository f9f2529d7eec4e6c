"""Searching a stand-in hub: only what meets every criterion comes back, whatever the hub sends."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from generation.discovery import Criteria, discover
from generation.errors import DownloadFailed, HubUnreachable
from generation.registry import ModelKind
from tests.integration.stand_in_hub import COMMIT, StandInHub

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def entry(hub_id: str, **changes: Any) -> dict[str, Any]:
    """A model as the hub lists it, one that meets the default criteria."""
    parameters = changes.pop("parameters", 3_000_000_000)
    days_ago = changes.pop("days_ago", 30)
    licence = changes.pop("licence", "apache-2.0")
    return {
        "id": hub_id,
        "sha": COMMIT,
        "pipeline_tag": "text-generation",
        "downloads": 100_000,
        "lastModified": (NOW - timedelta(days=days_ago)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "gated": False,
        "tags": ["safetensors", "conversational", f"license:{licence}"],
        "cardData": {"license": licence},
        "config": {"architectures": ["LlamaForCausalLM"], "model_type": "llama"},
        "safetensors": {"parameters": {"BF16": parameters}, "total": parameters},
    } | changes


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    with StandInHub({}).serving() as hub:
        yield hub


def found_by(hub: StandInHub, **criteria: Any) -> list[str]:
    return [found.hub_id for found in discover(Criteria(**criteria), NOW, endpoint=hub.address)]


def test_what_meets_the_criteria_is_found_with_what_pinning_and_declaring_it_takes(hub: StandInHub) -> None:
    hub.listed = [entry("org/Good-3B.v2", gated="manual", licence="llama3.2")]
    (found,) = discover(Criteria(), NOW, endpoint=hub.address)
    assert (found.commit, found.parameters, found.downloads) == (COMMIT, 3_000_000_000, 100_000)
    assert found.updated_at == NOW - timedelta(days=30)
    assert (found.licence, found.commercial_use, found.gated) == ("llama3.2", True, True)
    declared = found.declare()
    assert (declared.name, declared.hub_id, declared.revision) == ("good-3b-v2", "org/Good-3B.v2", COMMIT)


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": 900_000_000},
        {"parameters": 11_000_000_000},
        {"days_ago": 400},
        {"licence": "cc-by-nc-4.0"},
        {"licence": "other", "cardData": {"license": "other", "license_name": "research-only"}},
        {"cardData": None, "tags": ["safetensors"]},
        {"pipeline_tag": "image-classification"},
        {"safetensors": None},
        {"tags": ["safetensors", "gguf", "license:mit"]},
    ],
    ids=str,
)
def test_a_hub_that_ignores_a_filter_smuggles_nothing_in(hub: StandInHub, changes: dict[str, Any]) -> None:
    hub.listed = [entry("org/bad", **changes), entry("org/good")]
    assert found_by(hub) == ["org/good"]


def test_the_hub_is_asked_for_the_criteria(hub: StandInHub) -> None:
    found_by(hub, words="qwen", most_parameters=4_000_000_000)
    _, search = hub.searches
    assert search["pipeline_tag"] == ["text-generation"]
    assert search["filter"] == ["safetensors"]
    assert search["num_parameters"] == ["min:1000000000,max:4000000000"]
    assert (search["search"], search["sort"]) == (["qwen"], ["downloads"])
    assert {"safetensors", "cardData", "lastModified", "sha"} <= set(search["expand"])


def test_all_pages_are_read_but_none_once_downloads_are_too_few(hub: StandInHub) -> None:
    hub.listed = [entry(f"org/m{number}", downloads=100_000 - 12_000 * number) for number in range(9)]
    assert found_by(hub) == [f"org/m{number}" for number in range(5)]
    pages = [search for search in hub.searches if "expand" in search]
    assert len(pages) == 3


def test_no_more_come_back_than_asked_for(hub: StandInHub) -> None:
    hub.listed = [entry(f"org/m{number}") for number in range(5)]
    assert found_by(hub, limit=3) == ["org/m0", "org/m1", "org/m2"]


def test_licences_that_are_not_known_to_allow_it_are_shown_only_when_asked_for(hub: StandInHub) -> None:
    hub.listed = [entry("org/research", licence="cc-by-nc-4.0")]
    (found,) = discover(Criteria(commercial_only=False), NOW, endpoint=hub.address)
    assert (found.licence, found.commercial_use) == ("cc-by-nc-4.0", False)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, ModelKind.CHAT),
        ({"tags": ["safetensors"]}, ModelKind.BASE),
        ({"tags": [], "config": {"architectures": ["T5ForConditionalGeneration"]}}, ModelKind.SEQ2SEQ),
        ({"tags": [], "config": {"tokenizer_config": {"chat_template": "x"}}}, ModelKind.CHAT),
    ],
)
def test_the_kind_is_read_from_what_the_hub_says(
    hub: StandInHub, changes: dict[str, Any], kind: ModelKind
) -> None:
    hub.listed = [entry("org/model", **changes)]
    (found,) = discover(Criteria(), NOW, endpoint=hub.address)
    assert found.kind is kind


@pytest.mark.parametrize(("status", "error"), [(503, HubUnreachable), (401, DownloadFailed)])
def test_a_hub_that_refuses_is_said_at_once(hub: StandInHub, status: int, error: type[Exception]) -> None:
    hub.status = status
    with pytest.raises(error, match=f"answered {status} to the search"):
        found_by(hub)


def test_no_network_is_said_at_once() -> None:
    with pytest.raises(HubUnreachable, match=r"does not answer .* a search needs it"):
        discover(Criteria(), NOW, endpoint="http://127.0.0.1:9")
