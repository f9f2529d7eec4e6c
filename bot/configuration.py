"""Configuration: what copydesk.toml says. Secrets and places come from the environment instead.

The packaged `default_copydesk.toml` holds every default, in the words a person reads; models
and route presets come from generation's catalogue. The tables of a person's own file are merged
over these, so there is one set of defaults.
"""

import tomllib
from collections.abc import Mapping
from datetime import tzinfo
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, Strict, field_validator

from bot.cost_settings import (
    ElectricitySettings,
    MachineSettings,
    PeopleSettings,
    PowerSettings,
    PriceSettings,
    build_assumptions,
)
from bot.errors import SettingsError
from bot.section import Section
from evaluation.costs.assumptions import CostAssumptions
from generation.catalogue import model_tables, preset_tables
from generation.content_types import ContentType
from generation.registry import ModelSpec
from generation.routing import DEFAULT_RULE, RouteRule

Whole = Annotated[int, Strict()]
Port = Annotated[int, Strict(), Field(ge=0, le=65535)]

Tables = dict[str, Any]


class Reveal(StrEnum):
    """When a rater learns which model wrote a draft."""

    IN_REPORT = "in_report"
    AFTER_MY_VOTE = "after_my_vote"
    NEVER = "never"


class Weekday(StrEnum):
    """Names only: APScheduler 3 counts from Monday = 0, cron from Sunday = 0."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class WorkspaceSettings(Section):
    """`editors` are the Slack ids of the people who may change what others asked for, and the house style."""

    report_channel: str = Field(pattern=r"^[^#\s]+$", max_length=80)
    reveal: Reveal
    editors: tuple[Annotated[str, Field(pattern=r"^[UW][A-Z0-9]+$")], ...]

    @property
    def names_models(self) -> bool:
        """Whether the people who rate learn at all which models write; never beside a draft."""
        return self.reveal is not Reveal.NEVER


class DraftDelivery(StrEnum):
    """Where a finished draft goes: in the place of its announcement, or into the thread below it."""

    CHANNEL = "channel"
    THREAD = "thread"


class ChannelSettings(Section):
    delivery: DraftDelivery = DraftDelivery.CHANNEL


class DraftingSettings(Section):
    """`pair_share` of the requests that may be rated are written twice, blinded, to be compared, where two of
    the models that a route names can write.

    A text is shown at `replay_words_per_second` (0: at once), the same for every model. Whoever waited
    `notice_after_seconds` is told when the draft is done. `model_words` are names of models beside those
    of the registry.
    """

    pair_share: float = Field(ge=0, le=1)
    rate_direct_messages: Annotated[bool, Strict()]
    replay_words_per_second: float = Field(ge=0, le=1000)
    notice_after_seconds: float = Field(ge=0, le=86_400)
    model_words: tuple[Annotated[str, Field(min_length=2)], ...]


class AuditSettings(Section):
    """`waiting` drafts of the last `days` wait for each rater in the App Home (0: nobody is asked).

    After a random `guess_share` of ratings by button or form the rater is asked who wrote the draft.
    """

    waiting: Whole = Field(ge=0, le=10)
    days: Whole = Field(ge=1, le=365)
    guess_share: float = Field(ge=0, le=1)


class ReportSettings(Section):
    """When the weekly report is due: `weekday` and `hour` (0–23) in the IANA zone `time_zone`.

    `threshold` is the quality from 1 to 10 that a model must be shown to reach.
    """

    weekday: Weekday
    hour: Whole = Field(ge=0, le=23)
    time_zone: str
    threshold: float = Field(ge=1, le=10)

    @field_validator("time_zone")
    @classmethod
    def _exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError('it must be an IANA time zone such as "UTC" or "Europe/Berlin"') from error
        return name

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.time_zone)


class GenerationSettings(Section):
    """`memory_fraction` is the share of physical memory that loaded models may take.

    A model that takes longer than `hang_seconds` for one step or for loading hangs. One that wrote
    nothing for `idle_unload_minutes` leaves memory (0: never). `batch_rows` texts at most are
    written at once by one model. With `warm_start` the routed models are loaded at the start, as many as fit.
    """

    port: Port
    memory_fraction: float = Field(gt=0, le=1)
    request_timeout_seconds: float = Field(gt=0, le=86_400)
    hang_seconds: float = Field(ge=5, le=3600)
    idle_unload_minutes: float = Field(ge=0, le=10_080)
    batch_rows: Whole = Field(ge=1, le=64)
    warm_start: Annotated[bool, Strict()]


class RoutingSettings(Section):
    """`preset` names the set of routes that [routes.*] changes single rules of."""

    preset: str

    @field_validator("preset")
    @classmethod
    def _exists(cls, name: str) -> str:
        known = sorted(preset_tables())
        if name not in known:
            raise ValueError(f"it must be one of {', '.join(known)}")
        return name


class PlaygroundSettings(Section):
    """`redelivery_seconds` are the waits before an unacknowledged event is sent again."""

    port: Port
    redelivery_seconds: tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...] = Field(max_length=3)


class Configuration(Section):
    """Everything copydesk.toml may say. Names of content types and models are their table's keys."""

    workspace: WorkspaceSettings
    drafting: DraftingSettings
    channels: Mapping[str, ChannelSettings]
    audits: AuditSettings
    report: ReportSettings
    electricity: ElectricitySettings
    power: PowerSettings
    machine: MachineSettings
    prices: PriceSettings
    people: PeopleSettings
    generation: GenerationSettings
    playground: PlaygroundSettings
    content_types: Mapping[str, ContentType]
    models: Mapping[str, ModelSpec]
    routing: RoutingSettings
    routes: Mapping[str, RouteRule]

    @field_validator("content_types", "models", mode="before")
    @classmethod
    def _name_by_key(cls, tables: object) -> object:
        if not isinstance(tables, dict):
            return tables
        return {
            key: {**table, "name": key} if isinstance(table, dict) else table for key, table in tables.items()
        }

    @property
    def cost_assumptions(self) -> CostAssumptions:
        """What costs are computed from and nobody measured."""
        return build_assumptions(
            self.electricity, self.machine, self.power, self.prices, self.people, self.report.time_zone
        )


def default_text() -> str:
    """The packaged copydesk.toml with its comments: what `copydesk init` writes."""
    return files("bot").joinpath("default_copydesk.toml").read_text(encoding="utf-8")


def write_default(path: Path) -> None:
    """Writes `default_text`. Raises SettingsError rather than replacing a file."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(default_text())
    except FileExistsError as error:
        raise SettingsError(
            f"{path} exists and was left as it is. Name another file, or move it away first."
        ) from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}. Name a writable place.") from error


def read_tables(path: Path, label: str) -> Tables:
    """The tables of one TOML file. Raises SettingsError with the line that cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(
            f"{label} does not exist. Write one with `copydesk init`, or leave out --config and "
            "COPYDESK_CONFIG to run with the defaults."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{label} cannot be read: {error}. It must be a readable UTF-8 text file."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{label} is not valid TOML: {error}. Correct that line.") from error


def merge_over_defaults(tables: Tables, folder: Path) -> Tables:
    """`tables` merged over the defaults; relative model folders are taken from `folder`."""
    defaults = {**tomllib.loads(default_text()), "models": model_tables(), "routes": {}}
    merged = _merged(defaults, _with_absolute_folders(tables, folder))
    return {**merged, "routes": _over_preset(merged["routing"], merged["routes"])}


def _over_preset(routing: Any, own: Any) -> Any:
    """A person's own rules over the preset's. An own `default` serves every kind without an own rule.

    Whatever is no table is left for the validation to refuse, and so is an unknown preset.
    """
    preset = routing.get("preset") if isinstance(routing, dict) else None
    if not isinstance(own, dict) or not isinstance(preset, str):
        return own
    rules = preset_tables().get(preset, {})
    replaced = DEFAULT_RULE in own
    return _merged({name: rules[name] for name in rules if not replaced or name in own}, own)


def _merged(below: Tables, above: Tables) -> Tables:
    """Tables merge key by key; any other value is replaced, and so is what only makes sense whole."""
    result = dict(below)
    for key, value in above.items():
        mergeable = isinstance(value, dict) and isinstance(below.get(key), dict) and not _whole(key, value)
        result[key] = _merged(below[key], value) if mergeable else value
    return result


def _whole(key: str, table: Tables) -> bool:
    """What says where it comes from, or is no good in halves: half of another would contradict it.

    A price without its own source would be shown with the source of the default.
    """
    prices = {"electricity": {"price_per_kwh", "tariff"}, "machine": {"price_usd"}}.get(key, set())
    return key == "json_schema" or "source" in table or not prices.isdisjoint(table)


def _with_absolute_folders(tables: Tables, folder: Path) -> Tables:
    models = tables.get("models")
    if not isinstance(models, dict):
        return tables
    return {**tables, "models": {name: _absolute_folder(table, folder) for name, table in models.items()}}


def _absolute_folder(table: object, folder: Path) -> object:
    if not isinstance(table, dict) or not isinstance(table.get("folder"), str):
        return table
    return {**table, "folder": str(folder / Path(table["folder"]).expanduser())}
