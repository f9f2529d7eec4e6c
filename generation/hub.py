"""One model's repository on the hub: what it holds at a revision, and the bytes of its files.

The hub's own client throws a partial file away when a download breaks off, which hurts with
several gigabytes; so files are fetched here, over the client's session, and continued.
"""

import fnmatch
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import HfApi, get_session, get_token, hf_hub_url, hf_raise_for_status
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from generation.errors import DownloadFailed, GatedModel, HubUnreachable
from generation.registry import DEFAULT_REVISION, LockedFile, ModelSpec, PullLock

WANTED_FILES = (
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "model-*-of-*.safetensors",
    "model.safetensors.index.json",
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.*",
    "merges.txt",
    "spiece.model",
    "chat_template*",
    "LICENSE*",
    "USE_POLICY*",
)

PICKLED_FILES = ("pytorch_model.bin", "pytorch_model-*-of-*.bin")
"""Weights that may run code when they are opened; wanted only where there are no others."""

_ATTEMPTS = 5
_PAUSE_SECONDS = 2.0
_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Snapshot:
    """A repository at one commit: the files that loading needs, and the terms.

    `licence` is what the model's card says (None if it names none); `gated` means that it must
    have been accepted on the licence page. `pickled` names the weights where they are no safetensors.
    """

    lock: PullLock
    licence: str | None
    gated: bool
    pickled: tuple[str, ...] = ()


class HubRepository:
    """The repository of a declared hub model. Without `token`, HF_TOKEN or the saved login counts."""

    def __init__(
        self,
        spec: ModelSpec,
        endpoint: str | None,
        token: str | None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        if spec.hub_id is None:
            raise DownloadFailed(f"{spec.name} does not come from the hub, so there is nothing to pull.")
        self._spec = spec
        self._hub_id = spec.hub_id
        self._api = HfApi(endpoint=endpoint, token=token)
        self._token = token
        self._pause = pause

    @property
    def licence_page(self) -> str:
        return self._spec.licence_page or f"{self._api.endpoint}/{self._hub_id}"

    def snapshot(self) -> Snapshot:
        """Resolve the revision to a commit and choose the files. Raises DownloadFailed."""
        revision = self._spec.revision or DEFAULT_REVISION
        with self._told_in_sentences():
            info = self._api.model_info(
                self._hub_id, revision=revision, files_metadata=True, timeout=_TIMEOUT_SECONDS
            )
        found = {file.rfilename: _locked(file) for file in info.siblings or ()}
        files = {name: file for name, file in found.items() if _matches(name, WANTED_FILES)}
        pickled: dict[str, LockedFile] = {}
        if not any(name.endswith(".safetensors") for name in files):
            pickled = {name: file for name, file in sorted(found.items()) if _matches(name, PICKLED_FILES)}
            self._refuse_without_weights(pickled)
        lock = PullLock(
            hub_id=self._hub_id, revision=revision, commit=str(info.sha), files={**files, **pickled}
        )
        return Snapshot(lock, _card_licence(info.card_data), bool(info.gated), tuple(pickled))

    def read_config(self) -> dict[str, Any]:
        """The content of config.json alone, which says a model's shape. Raises DownloadFailed."""
        url = hf_hub_url(
            self._hub_id,
            "config.json",
            revision=self._spec.revision or DEFAULT_REVISION,
            endpoint=self._api.endpoint,
        )
        with self._told_in_sentences():
            response = get_session().get(
                url, headers=self._headers(), timeout=_TIMEOUT_SECONDS, follow_redirects=True
            )
            hf_raise_for_status(response)
        try:
            config = json.loads(response.content)
        except ValueError:
            config = None
        if not isinstance(config, dict):
            raise DownloadFailed(
                f"config.json of {self._hub_id} is not a JSON object. Declare another model."
            )
        return config

    def fetch(self, part: Path, name: str, size_bytes: int, commit: str) -> Iterator[int]:
        """Fill `part` up to `size_bytes`, yielding how many bytes it has. Goes on where `part` ends.

        A broken connection is tried again, and given up after several attempts in a row that
        brought nothing. Raises DownloadFailed; what has arrived is kept.
        """
        url = hf_hub_url(self._hub_id, name, revision=commit, endpoint=self._api.endpoint)
        part.touch()
        attempts = _ATTEMPTS
        while (before_bytes := part.stat().st_size) < size_bytes:
            try:
                with self._told_in_sentences():
                    yield from self._append(part, url)
                if part.stat().st_size < size_bytes:
                    raise HubUnreachable(f"The hub stopped in the middle of {name}. Pull again to go on.")
            except HubUnreachable:
                attempts = _ATTEMPTS if part.stat().st_size > before_bytes else attempts - 1
                if attempts == 0:
                    raise
                self._pause(_PAUSE_SECONDS)

    def refuse_without_token(self) -> None:
        """A gated model is described to everyone, and given only to an account. Raises GatedModel."""
        if not (self._token or get_token()):
            raise self._gated()

    def _append(self, part: Path, url: str) -> Iterator[int]:
        """Ask for the rest of a file. A hub that ignores the range sends all of it again."""
        with part.open("ab") as target:
            headers = {
                **self._headers(),
                "Accept-Encoding": "identity",
                "Range": f"bytes={target.tell()}-",
            }
            with get_session().stream("GET", url, headers=headers, timeout=_TIMEOUT_SECONDS) as response:
                if response.is_error:
                    response.read()
                hf_raise_for_status(response)
                if response.status_code != httpx2.codes.PARTIAL_CONTENT:
                    target.truncate(0)
                # As they arrive: chunks of a fixed size would be lost when the connection breaks.
                for chunk in response.iter_bytes():
                    target.write(chunk)
                    yield target.tell()

    def _gated(self) -> GatedModel:
        return GatedModel(
            f"{self._hub_id} is given only to people who accepted its licence. Accept it at "
            f"{self.licence_page}, set HF_TOKEN to an access token of that account, and pull again."
        )

    def _headers(self) -> dict[str, str]:
        token = self._token or get_token()
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _refuse_without_weights(self, pickled: Mapping[str, LockedFile]) -> None:
        if not pickled:
            raise DownloadFailed(
                f"{self._hub_id} has no safetensors weights, and no pickled ones that could be converted, so "
                "nothing was fetched. Declare a model that has them."
            )

    @contextmanager
    def _told_in_sentences(self) -> Iterator[None]:
        """Turn the hub client's exceptions into ours, each with its remedy."""
        table = f"[models.{self._spec.name}] in copydesk.toml"
        try:
            yield
        except GatedRepoError as error:
            raise self._gated() from error
        except RevisionNotFoundError as error:
            raise DownloadFailed(
                f"{self._hub_id} has no revision {self._spec.revision!r}. Correct `revision` under {table}."
            ) from error
        except RepositoryNotFoundError as error:
            raise DownloadFailed(
                f"The hub shows no model {self._hub_id!r}. Correct `hub_id` under {table}; if the model is "
                "private, set HF_TOKEN."
            ) from error
        except HFValidationError as error:
            raise DownloadFailed(f"{self._hub_id!r} is no hub id. Correct `hub_id` under {table}.") from error
        except HfHubHTTPError as error:
            status = error.response.status_code
            passing = status >= 500 or status == httpx2.codes.TOO_MANY_REQUESTS
            kind = HubUnreachable if passing else DownloadFailed
            raise kind(f"The hub answered {status} for {self._hub_id}. Pull again later.") from error
        except (httpx2.TransportError, OfflineModeIsEnabled) as error:
            raise HubUnreachable(
                f"The hub at {self._api.endpoint} does not answer ({type(error).__name__}). What has arrived "
                f"is kept. Check the network and HF_HUB_OFFLINE, then pull {self._spec.name} again."
            ) from error


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return "/" not in name and any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _locked(file: Any) -> LockedFile:
    return LockedFile(size_bytes=file.size or 0, digest=(file.lfs.sha256 if file.lfs else file.blob_id) or "")


def _card_licence(card: Any) -> str | None:
    """The card's licence; where it says "other", the name that the card gives it."""
    if card is None:
        return None
    named = card.get("license_name") if card.get("license") == "other" else None
    licence = named or card.get("license")
    return str(licence) if licence else None
