"""Settings as they hold now: copydesk.toml, and over it what editors set in Slack.

    SettingChange rows ── validated by the same models as copydesk.toml ──▶ EffectiveSettings

Everything in the bot reads these settings at the moment of use, so a change holds from the next request
on. A change that is no longer possible, because copydesk.toml has changed since, is left out and said so.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import structlog
from pydantic import PrivateAttr, ValidationError

from bot.configuration import ReportSettings, WorkspaceSettings
from bot.errors import SettingRefused
from bot.refusals import reason
from bot.settings import Settings, contradictions
from evaluation import store
from evaluation.database import Database
from evaluation.tables import SettingChange
from generation.content_types import ContentType
from generation.routing import RouteRule

log = structlog.get_logger(__name__)

REVEAL_KEY: Final = "workspace.reveal"
REPORT_KEY: Final = "report"
KIND_PREFIX: Final = "content_types."
ROUTE_PREFIX: Final = "routes."

_CONTRADICTION = re.compile(
    r"^[\w.]+?(?:\.(?P<field>\w+) = (?P<value>.*))? is not allowed(?: as a name)?: (?P<why>.*)$"
)


class EffectiveSettings(Settings):
    """The one object of settings that changes: all at once, between two steps of the event loop."""

    _declared: Settings = PrivateAttr()
    _held: dict[str, SettingChange] = PrivateAttr(default_factory=dict)
    _left_out: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def over(cls, declared: Settings) -> "EffectiveSettings":
        """What `declared` says, until changes are adopted."""
        settings = cls.model_construct(**dict(declared))
        settings._declared = declared
        return settings

    def adopt(self, changes: Iterable[SettingChange]) -> None:
        """From now on what copydesk.toml says with `changes` over it, in their order."""
        current, held, left_out = self._declared, dict[str, SettingChange](), dict[str, str]()
        for change in changes:
            if change.value is None:
                continue
            try:
                current = changed(current, change.key, change.value)
            except SettingRefused as refusal:
                log.warning("setting_left_out", key=change.key, reason=str(refusal))
                left_out[change.key] = str(refusal)
            else:
                held[change.key] = change
        vars(self).update(dict(current))
        self._held, self._left_out = held, left_out

    def change_of(self, key: str) -> SettingChange | None:
        """The change in Slack that holds for this key; None where copydesk.toml does."""
        return self._held.get(key)

    @property
    def left_out(self) -> Mapping[str, str]:
        """Changes in Slack that cannot hold any more, by key, and why."""
        return self._left_out

    @property
    def declared(self) -> Settings:
        """What copydesk.toml says."""
        return self._declared


class SettingChanges:
    """Keeps what editors set, with its author and time, and lets it take hold."""

    def __init__(
        self, settings: EffectiveSettings, database: Database, *, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock

    async def load(self) -> None:
        """Adopts what stands in the database: at the start, and once a minute for what others wrote there."""
        self._settings.adopt(await self._database.read(store.newest_changes))

    async def change(self, key: str, value: Any, *, author_id: str, delivery_key: str) -> None:
        """Keeps a new value for `key`, which holds at once; None goes back to copydesk.toml.

        Raises SettingRefused, and keeps nothing, where the value cannot hold.
        """
        if value is not None:
            changed(self._settings, key, value)
        row = SettingChange(
            delivery_key=delivery_key,
            key=key,
            value=value,
            author_id=author_id,
            created_at=self._clock(),
        )
        await self._database.run(store.record_change, row)
        log.info("setting_changed", key=key, author_id=author_id)
        await self.load()


def changed(settings: Settings, key: str, value: Any) -> Settings:
    """The settings with another value for one key. Raises SettingRefused, field by field."""
    section, _, name = key.partition(".")
    try:
        match section:
            case "workspace" if name:
                workspace = {**settings.workspace.model_dump(), name: value}
                update: dict[str, Any] = {"workspace": WorkspaceSettings.model_validate(workspace)}
            case "report" if not name:
                update = {"report": ReportSettings.model_validate({**settings.report.model_dump(), **value})}
            case "content_types" if name:
                update = {"content_types": {**settings.content_types, name: _kind(settings, name, value)}}
            case "routes" if name:
                update = {"routes": {**settings.routes, name: RouteRule.model_validate(value)}}
            case _:
                raise SettingRefused({"": f"{key} cannot be set in Slack."})
    except ValidationError as error:
        raise SettingRefused(_faults(error)) from error
    new = settings.model_copy(update=update)
    if wrong := list(contradictions(_changed_last(new, name))):
        raise SettingRefused(dict(_contradiction(sentence) for sentence in wrong))
    return new


def _changed_last(settings: Settings, name: str) -> Settings:
    """Of two kinds with the same alias the later one is told that it is taken: the one that was changed."""
    kinds = dict(settings.content_types)
    if name in kinds:
        kinds[name] = kinds.pop(name)
    return settings.model_copy(update={"content_types": kinds})


def _kind(settings: Settings, name: str, value: Mapping[str, Any]) -> ContentType:
    before = settings.content_types.get(name)
    return ContentType.model_validate({**(before.model_dump() if before else {}), **value, "name": name})


def _faults(error: ValidationError) -> dict[str, str]:
    """By field, what is wrong with it, as a sentence."""
    return {
        str(next((part for part in fault["loc"] if isinstance(part, str)), "")): _sentence(reason(fault))
        for fault in error.errors(include_url=False)
    }


def _contradiction(sentence: str) -> tuple[str, str]:
    found = _CONTRADICTION.match(sentence)
    if found is None:
        return "", sentence
    if found["field"] is None:
        return "name", _sentence(found["why"])
    value = found["value"].strip('"')
    return found["field"], _sentence(f"“{value}”: {found['why']}")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].rstrip(".") + "."
