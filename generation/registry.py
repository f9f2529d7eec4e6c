"""Declared models, and whether their files are on this machine. Reads files only, never torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from generation.child import LOOPBACK
from generation.model_folder import find_damage, folder_digest

STARTER_WEIGHTS = Path(__file__).parent / "starter" / "weights"
LOCK_FILE = "copydesk-lock.json"
DEFAULT_REVISION = "main"


class ModelSource(StrEnum):
    """Where a model's files come from."""

    STARTER = "starter"
    HUB = "hub"
    FOLDER = "folder"
    REMOTE = "remote"


class ModelKind(StrEnum):
    """What a model was trained to do with a prompt, and so how it is asked.

    A chat model answers messages, a base model goes on with a text, and a seq2seq model (encoder
    and decoder) turns one instruction into one answer.
    """

    CHAT = "chat"
    BASE = "base"
    SEQ2SEQ = "seq2seq"


class Backend(StrEnum):
    """Who computes: this machine through transformers, or any server that speaks OpenAI's API."""

    TRANSFORMERS = "transformers"
    OPENAI = "openai"


class PromptFormat(StrEnum):
    """How a model is told what to write: in words, or by the content type's name alone."""

    INSTRUCT = "instruct"
    TAGGED = "tagged"


class Precision(StrEnum):
    """What a model computes in. `auto` is bfloat16 on an accelerator and float32 on a CPU.

    `int8` keeps the weights in 8 bits and the activations in 16 or 32.
    """

    AUTO = "auto"
    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"
    INT8 = "int8"


class ModelSpec(BaseModel):
    """A declared model. `name` is ours; `revision` is a branch, a tag or (best) a commit of the hub.

    `architecture` is the `model_type` of its config.json, `context_tokens` how much it can read and
    write together (None: its config.json says). A `pinned` model is never evicted from memory; a
    `gated` one is given out by the hub only after its licence was accepted there.
    A model of the backend `openai` has no files here: `address` is its server's base URL (the part
    before /chat/completions), `remote_name` what that server calls it (by default `name`), and
    `api_key_env` the environment variable that holds the key, if the server wants one. Only
    `plain_http` lets topics and texts travel to another machine for everyone on the way to read.
    `repetition_penalty` is what a text by it needs at least (see Sampling).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)
    source: ModelSource
    hub_id: str | None = Field(default=None, pattern=r"^[\w.-]+(/[\w.-]+)?$")
    revision: str | None = None
    folder: str | None = None
    backend: Backend = Backend.TRANSFORMERS
    address: str | None = Field(default=None, pattern=r"^https?://[^\s/]\S*$")
    remote_name: str | None = Field(default=None, min_length=1)
    api_key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    plain_http: bool = False
    kind: ModelKind = ModelKind.CHAT
    prompt_format: PromptFormat = PromptFormat.INSTRUCT
    architecture: str = ""
    parameters: int = Field(ge=1)
    context_tokens: int | None = Field(default=None, ge=1)
    licence: str = Field(min_length=1)
    licence_page: str | None = None
    commercial_use: bool
    gated: bool = False
    precision: Precision = Precision.AUTO
    repetition_penalty: float = Field(default=1.0, ge=0.5, le=2)
    pinned: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _located(self) -> Self:
        if (self.hub_id is not None) != (self.source is ModelSource.HUB):
            raise ValueError('hub_id and source = "hub" belong together: give both or neither')
        if (self.folder is not None) != (self.source is ModelSource.FOLDER):
            raise ValueError('folder and source = "folder" belong together: give both or neither')
        return self

    @model_validator(mode="after")
    def _served(self) -> Self:
        remote = self.source is ModelSource.REMOTE
        if remote != (self.backend is Backend.OPENAI) or remote != (self.address is not None):
            raise ValueError(
                'source = "remote", backend = "openai" and address belong together: give all three or none'
            )
        if not remote and (self.remote_name is not None or self.api_key_env is not None):
            raise ValueError('remote_name and api_key_env are for source = "remote" only: leave them out')
        if self.address is not None:
            _refuse_careless(self.address, self.plain_http)
        return self

    @model_validator(mode="after")
    def _prompted(self) -> Self:
        if self.prompt_format is PromptFormat.TAGGED and self.kind is not ModelKind.CHAT:
            raise ValueError('prompt_format = "tagged" is for kind = "chat" only')
        return self


def _refuse_careless(address: str, plain_http: bool) -> None:
    """Nothing goes in the clear to another machine unless that is declared; no key stands in an address."""
    parts = urlsplit(address)
    if parts.username is not None or parts.password is not None:
        raise ValueError("address must not hold a name or a password: put the key into `api_key_env`")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and not plain_http:
        raise ValueError(
            "address leads to another machine without encryption: use https, or declare plain_http = true "
            "if everyone on the way may read topics and texts"
        )


class PresenceStatus(StrEnum):
    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class Presence:
    """Whether a model can be loaded from this machine's disk; if not, why, and what to do.

    `folder` and `revision` are set exactly when its files are here. The revision is the hub's
    commit where one is known, else a digest of the files. A remote model counts as present, with
    neither: only its server knows what it runs.
    """

    status: PresenceStatus
    reason: str
    remedy: str = ""
    folder: Path | None = None
    revision: str | None = None


class LockedFile(BaseModel):
    """One file of a pull: its size, and the hub's digest (sha256, or git's blob id for small files)."""

    model_config = ConfigDict(frozen=True)

    size_bytes: int = Field(ge=0)
    digest: str


class PullLock(BaseModel):
    """What a pull promised to fetch. Written before the first byte, so that a gap can be seen."""

    model_config = ConfigDict(frozen=True)

    hub_id: str
    revision: str
    commit: str
    files: Mapping[str, LockedFile]


def find_presence(
    spec: ModelSpec,
    models_dir: Path,
    *,
    hub_cache: Path | None = None,
    starter_weights: Path = STARTER_WEIGHTS,
) -> Presence:
    """Look for a model's files and check that they are whole. Reads headers, not weights.

    A hub model is looked for in `<models_dir>/<name>` and then in the hub's ordinary cache
    (`hub_cache`, by default the one that huggingface_hub uses). A relative `folder` is meant
    relative to `models_dir`. Whether transformers knows the architecture shows only at loading.
    """
    match spec.source:
        case ModelSource.STARTER:
            return _starter_presence(spec, starter_weights / spec.name)
        case ModelSource.FOLDER:
            return _folder_presence(spec, models_dir / Path(spec.folder or "").expanduser())
        case ModelSource.HUB:
            return _hub_presence(spec, models_dir / spec.name, hub_cache)
        case ModelSource.REMOTE:
            return Presence(PresenceStatus.PRESENT, f"served at {spec.address}")


def read_lock(folder: Path) -> PullLock | None:
    """The lock that a pull left in this folder; None where there is none or it cannot be read."""
    try:
        return PullLock.model_validate_json((folder / LOCK_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def _starter_presence(spec: ModelSpec, folder: Path) -> Presence:
    remedy = "Install Copydesk again, or rebuild the starter models with `make starter`."
    if not folder.is_dir():
        return _missing(f"The starter model {spec.name} is not among the installed files.", remedy)
    if damage := find_damage(folder):
        return _damaged(f"The starter model {spec.name} is damaged: {damage}.", remedy)
    return _present(folder, f"starter-{folder_digest(folder)}")


def _folder_presence(spec: ModelSpec, folder: Path) -> Presence:
    remedy = f"Put the model there, or correct `folder` under [models.{spec.name}] in copydesk.toml."
    if not folder.is_dir():
        return _missing(f"The folder of {spec.name} does not exist: {folder}.", remedy)
    if damage := find_damage(folder):
        return _damaged(f"The folder of {spec.name} cannot be used ({folder}): {damage}.", remedy)
    return _present(folder, f"folder-{folder_digest(folder)}")


def _hub_presence(spec: ModelSpec, pulled: Path, hub_cache: Path | None) -> Presence:
    remedy = f"Run `copydesk models pull {spec.name}`."
    lock = read_lock(pulled)
    folder = pulled if pulled.is_dir() else _find_in_hub_cache(spec, hub_cache)
    if folder is None:
        return _missing(f"{spec.name} has not been downloaded to this machine.", remedy)
    if lock and (damage := _find_lock_damage(spec, folder, lock)):
        return _damaged(f"{spec.name} cannot be used: {damage}.", remedy)
    if damage := find_damage(folder):
        return _damaged(f"{spec.name} cannot be used: {damage}.", remedy)
    if folder == pulled:
        return _present(folder, lock.commit if lock else f"folder-{folder_digest(folder)}")
    return _present(folder, folder.name)


def _find_in_hub_cache(spec: ModelSpec, hub_cache: Path | None) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(
        spec.hub_id or "", "config.json", cache_dir=hub_cache, revision=spec.revision or DEFAULT_REVISION
    )
    return Path(config).parent if isinstance(config, str) else None


def _find_lock_damage(spec: ModelSpec, folder: Path, lock: PullLock) -> str | None:
    wanted = spec.revision or DEFAULT_REVISION
    if lock.hub_id != spec.hub_id or wanted not in (lock.revision, lock.commit):
        return f"its folder holds {lock.hub_id} at {lock.revision}, but {spec.hub_id} at {wanted} is declared"
    for name, file in sorted(lock.files.items()):
        path = folder / name
        if not path.is_file() or path.stat().st_size != file.size_bytes:
            return f"its download is not complete ({name} is missing or too short)"
    return None


def _present(folder: Path, revision: str) -> Presence:
    return Presence(PresenceStatus.PRESENT, "on this machine", folder=folder, revision=revision)


def _missing(reason: str, remedy: str) -> Presence:
    return Presence(PresenceStatus.MISSING, reason, remedy)


def _damaged(reason: str, remedy: str) -> Presence:
    return Presence(PresenceStatus.DAMAGED, reason, remedy)
