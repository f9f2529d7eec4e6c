"""Searching the hub for models that this team could use, by criteria; weights are not touched.

The hub filters what it can; every criterion is checked here again, so that a hub that ignores a
filter does not smuggle anything in.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx2
from huggingface_hub import HfApi, get_session, hf_raise_for_status
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

from generation.errors import DownloadFailed, HubUnreachable
from generation.registry import ModelKind, ModelSource, ModelSpec

COMMERCIAL_LICENCES: Final = frozenset(
    {
        *("apache-2.0", "mit", "isc", "unlicense", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "afl-3.0"),
        *("bsd", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear", "ecl-2.0", "zlib"),
        *("openrail", "openrail++", "bigscience-openrail-m", "bigscience-bloom-rail-1.0"),
        *("llama2", "llama3", "llama3.1", "llama3.2", "llama3.3", "llama4", "gemma"),
    }
)
"""Licences, as the hub calls them, that allow commercial use, some of them on conditions."""

QUANTISED_TAGS: Final = frozenset(
    {"gguf", "gptq", "awq", "exl2", "mlx", "bitsandbytes", "compressed-tensors", "4-bit", "8-bit", "fp8"}
)
"""Weights that need other engines; ours quantises by itself."""

_WANTED: Final = (
    "cardData",
    "config",
    "downloads",
    "gated",
    "lastModified",
    "pipeline_tag",
    "safetensors",
    "sha",
    "tags",
)
_LOOKED_THROUGH: Final = 1000
_PROBE_SECONDS: Final = 10.0
_SEQ2SEQ: Final = re.compile("ConditionalGeneration|T5|Seq2Seq")
_DAYS_A_MONTH: Final = 365.25 / 12


@dataclass(frozen=True)
class Criteria:
    """What a model must be like. The defaults are the field guides'.

    Parameters are absolute numbers; `updated_within_months` counts back from now; `words` must stand in
    the model's id. At most `limit` are returned.
    """

    task: str = "text-generation"
    least_parameters: int = 1_000_000_000
    most_parameters: int = 10_000_000_000
    least_downloads: int = 50_000
    updated_within_months: float = 12.0
    commercial_only: bool = True
    words: str | None = None
    limit: int = 20


@dataclass(frozen=True)
class Found:
    """A model on the hub that meets the criteria. `downloads` are those of the last 30 days.

    `licence` is the card's word for it; `commercial_use` is False also where we do not know the licence.
    `commit` is what a `revision` should be pinned to.
    """

    hub_id: str
    commit: str
    parameters: int
    downloads: int
    updated_at: datetime
    licence: str
    commercial_use: bool
    gated: bool
    kind: ModelKind

    def declare(self) -> ModelSpec:
        """The model as it would be declared; its name is made from the hub's."""
        name = re.sub(r"[^a-z0-9]+", "-", self.hub_id.rpartition("/")[2].lower()).strip("-") or "model"
        return ModelSpec(
            name=name[:80],
            source=ModelSource.HUB,
            hub_id=self.hub_id,
            revision=self.commit,
            kind=self.kind,
            parameters=self.parameters,
            licence=self.licence,
            commercial_use=self.commercial_use,
            gated=self.gated,
        )


def discover(
    criteria: Criteria, now: datetime, *, endpoint: str | None = None, token: str | None = None
) -> list[Found]:
    """Models that meet the criteria, most downloaded first. Raises HubUnreachable or DownloadFailed."""
    api = HfApi(endpoint=endpoint, token=token)
    with _told_in_sentences(api.endpoint):
        _refuse_silence(api.endpoint)
        return list(_meeting(criteria, now, _listed(api, criteria)))


def _listed(api: HfApi, criteria: Criteria) -> Iterable[Any]:
    return api.list_models(
        pipeline_tag=criteria.task,
        filter="safetensors",
        num_parameters=f"min:{criteria.least_parameters},max:{criteria.most_parameters}",
        search=criteria.words,
        sort="downloads",
        limit=_LOOKED_THROUGH,
        expand=list(_WANTED),
    )


def _meeting(criteria: Criteria, now: datetime, listed: Iterable[Any]) -> Iterator[Found]:
    """Stops asking for further pages as soon as downloads fall below the least."""
    count = 0
    for info in listed:
        if (info.downloads or 0) < criteria.least_downloads or count == criteria.limit:
            return
        found = _found(info)
        if found is not None and info.pipeline_tag == criteria.task and _meets(found, criteria, now):
            count += 1
            yield found


def _meets(found: Found, criteria: Criteria, now: datetime) -> bool:
    oldest = now - timedelta(days=criteria.updated_within_months * _DAYS_A_MONTH)
    return (
        criteria.least_parameters <= found.parameters <= criteria.most_parameters
        and found.updated_at >= oldest
        and (found.commercial_use or not criteria.commercial_only)
    )


def _found(info: Any) -> Found | None:
    """None for what we could not load or judge: no safetensors, quantised, or without a date."""
    tags = {str(tag) for tag in info.tags or ()}
    if info.safetensors is None or info.last_modified is None or info.sha is None or tags & QUANTISED_TAGS:
        return None
    licence = _licence(info.card_data, tags)
    return Found(
        hub_id=info.id,
        commit=info.sha,
        parameters=info.safetensors.total,
        downloads=info.downloads or 0,
        updated_at=info.last_modified,
        licence=licence,
        commercial_use=licence in COMMERCIAL_LICENCES,
        gated=bool(info.gated),
        kind=_kind(info.config or {}, tags),
    )


def _licence(card: Any, tags: set[str]) -> str:
    """What the card says, else the tag; a licence "other" has a name of its own."""
    tagged = next((tag.removeprefix("license:") for tag in sorted(tags) if tag.startswith("license:")), None)
    stated = card.get("license") if card is not None else None
    licence = stated if isinstance(stated, str) else tagged
    named = card.get("license_name") if card is not None and licence == "other" else None
    return str(named or licence or "unknown")


def _kind(config: dict[str, Any], tags: set[str]) -> ModelKind:
    """A chat model has a chat template; of the others, an encoder-decoder shows by its class."""
    if "conversational" in tags or "chat_template" in (config.get("tokenizer_config") or {}):
        return ModelKind.CHAT
    architectures = " ".join(str(name) for name in config.get("architectures") or ())
    return ModelKind.SEQ2SEQ if _SEQ2SEQ.search(architectures) else ModelKind.BASE


def _refuse_silence(endpoint: str) -> None:
    """Ask for one model first: the client's own search tries a silent hub again for half a minute."""
    response = get_session().get(f"{endpoint}/api/models", params={"limit": 1}, timeout=_PROBE_SECONDS)
    hf_raise_for_status(response)


@contextmanager
def _told_in_sentences(endpoint: str) -> Iterator[None]:
    try:
        yield
    except HfHubHTTPError as error:
        status = error.response.status_code
        passing = status >= 500 or status == httpx2.codes.TOO_MANY_REQUESTS
        kind = HubUnreachable if passing else DownloadFailed
        raise kind(f"The hub answered {status} to the search. Search again later.") from error
    except (httpx2.TransportError, OfflineModeIsEnabled) as error:
        raise HubUnreachable(
            f"The hub at {endpoint} does not answer ({type(error).__name__}), and a search needs it. Check "
            "the network and HF_HUB_OFFLINE. `copydesk models fit` works without for models on this machine."
        ) from error
