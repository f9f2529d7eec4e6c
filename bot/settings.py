"""Settings: everything Copydesk was told, checked once, frozen, and passed in from then on."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic import Field, SecretStr, ValidationError

from bot.configuration import (
    AuditSettings,
    ChannelSettings,
    Configuration,
    DraftDelivery,
    DraftingSettings,
    GenerationSettings,
    PlaygroundSettings,
    ReportSettings,
    Reveal,
    Weekday,
    WorkspaceSettings,
    merge_over_defaults,
    read_tables,
)
from bot.environment import LogLevel, build_environment, read_variables
from bot.errors import SettingsError
from bot.refusals import Location, describe, did_you_mean
from generation.routing import DEFAULT_RULE

__all__ = [
    "AuditSettings",
    "ChannelSettings",
    "DraftDelivery",
    "DraftingSettings",
    "GenerationSettings",
    "LogLevel",
    "PlaygroundSettings",
    "ReportSettings",
    "Reveal",
    "Settings",
    "SlackMode",
    "Weekday",
    "WorkspaceSettings",
    "contradictions",
    "load_settings",
]

FILE_NAME: Final = "copydesk.toml"
RESERVED_WORDS: Final = (
    "help", "types", "queue", "report", "models", "cost", "mine", "stop", "pair", "style",
)  # fmt: skip
"""What may stand after /draft and is no kind of text."""
PORT_VARIABLES: Final[Mapping[str, tuple[str, str]]] = {
    "COPYDESK_PLAYGROUND_PORT": ("playground", "port"),
    "COPYDESK_GENERATION_PORT": ("generation", "port"),
}


class SlackMode(StrEnum):
    """REAL with both tokens, else PLAYGROUND: the local Slack is started beside the bot."""

    REAL = "real"
    PLAYGROUND = "playground"


class Settings(Configuration):
    """The configuration and the environment, composed. `config_file` is None with defaults only.

    `slack_api_url` is where a real connection goes; in playground mode the playground's own
    address takes its place once it is known.
    """

    config_file: Path | None
    slack_bot_token: SecretStr | None
    slack_app_token: SecretStr | None
    slack_api_url: str
    hf_token: SecretStr | None
    serve_token: SecretStr | None
    backend_key: SecretStr | None
    log_level: LogLevel
    data_dir: Path
    database_url: str = Field(repr=False)
    mlflow_tracking_uri: str = Field(repr=False)

    @property
    def slack_mode(self) -> SlackMode:
        return SlackMode.REAL if self.slack_bot_token and self.slack_app_token else SlackMode.PLAYGROUND

    @property
    def suspended_models_file(self) -> Path:
        """Where the generation server keeps which models it leaves alone for a while, and why."""
        return self.data_dir / "suspended-models.json"

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def logs_dir(self) -> Path:
        return self.data_dir / "logs"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret value, for the log's redaction step and nothing else."""
        tokens = (
            self.slack_bot_token,
            self.slack_app_token,
            self.hf_token,
            self.serve_token,
            self.backend_key,
        )
        values = [token.get_secret_value() for token in tokens if token is not None]
        passwords = [_password(url) for url in (self.database_url, self.mlflow_tracking_uri)]
        return tuple(value for value in [*values, *passwords] if value)


def load_settings(
    config: Path | None, environ: Mapping[str, str], cwd: Path, platform: str = sys.platform
) -> Settings:
    """Reads copydesk.toml, `.env` and `environ`, and checks all of it.

    The file is `config`, else COPYDESK_CONFIG, else ./copydesk.toml, else there is none and
    the defaults hold. Raises SettingsError, one line for each wrong value.
    """
    variables = read_variables(environ, cwd)
    file = _config_file(config, variables, cwd)
    label = _label(file, cwd)
    configuration = _configuration(file, label, variables)
    environment = build_environment(variables, cwd, platform)
    return Settings.model_validate({**dict(configuration), **vars(environment), "config_file": file})


def _config_file(config: Path | None, variables: Mapping[str, str], cwd: Path) -> Path | None:
    if config is not None:
        return cwd / config.expanduser()
    if named := variables.get("COPYDESK_CONFIG"):
        return cwd / Path(named).expanduser()
    return cwd / FILE_NAME if (cwd / FILE_NAME).exists() else None


def _label(file: Path | None, cwd: Path) -> str:
    """How messages name the file: as short as a person in `cwd` would."""
    if file is None:
        return "the default configuration"
    return str(file.relative_to(cwd) if file.is_relative_to(cwd) else file)


def _configuration(file: Path | None, label: str, variables: Mapping[str, str]) -> Configuration:
    own = read_tables(file, label) if file else {}
    tables = merge_over_defaults(own, file.parent if file else Path())
    origins = _overlay_ports(tables, variables)
    try:
        configuration = Configuration.model_validate(tables)
    except ValidationError as error:
        raise SettingsError(describe(error, Configuration, label, origins)) from error
    if wrong := list(contradictions(configuration)):
        raise SettingsError("\n".join(f"{label}: {each}" for each in wrong))
    return configuration


def contradictions(configuration: Configuration) -> Iterator[str]:
    """What is wrong between values that are sound by themselves, each a sentence."""
    yield from _untypable_names(configuration)
    yield from _alias_contradictions(configuration)
    yield from _route_contradictions(configuration)


def _overlay_ports(tables: dict[str, Any], variables: Mapping[str, str]) -> dict[Location, str]:
    """Puts the ports that the environment gives into `tables`; returns which variable gave which."""
    origins: dict[Location, str] = {}
    for name, (section, key) in PORT_VARIABLES.items():
        value = variables.get(name)
        if value is None or not isinstance(tables[section], dict):
            continue
        tables[section] = {**tables[section], key: int(value) if value.isdecimal() else value}
        origins[section, key] = name
    return origins


def _untypable_names(configuration: Configuration) -> Iterable[str]:
    """Names and aliases that could never be understood behind /draft."""
    for name, content_type in configuration.content_types.items():
        if name in RESERVED_WORDS:
            yield f"content_types.{name} is not allowed as a name: {_reserved(name)}"
        for alias in content_type.aliases:
            subject = f"content_types.{name}.aliases = {json.dumps(alias, ensure_ascii=False)} is not allowed"
            if alias.split() != [alias]:
                yield f"{subject}: it must be one word, without spaces."
            elif alias.casefold() in RESERVED_WORDS:
                yield f"{subject}: {_reserved(alias.casefold())}"


def _reserved(word: str) -> str:
    return f"`/draft {word}` does something else. Allowed is any word except {', '.join(RESERVED_WORDS)}."


def _alias_contradictions(configuration: Configuration) -> Iterable[str]:
    owners = {name: name for name in configuration.content_types}
    for content_type in configuration.content_types.values():
        for alias in content_type.aliases:
            owner = owners.setdefault(alias.casefold(), content_type.name)
            if owner != content_type.name:
                yield (
                    f'content_types.{content_type.name}.aliases = "{alias}" is not allowed: '
                    f"it already means {owner}. Names and aliases must differ."
                )


def _route_contradictions(configuration: Configuration) -> Iterable[str]:
    models, kinds = sorted(configuration.models), sorted(configuration.content_types)
    for name, rule in configuration.routes.items():
        if name != DEFAULT_RULE and name not in kinds:
            hint = did_you_mean(name, kinds)
            yield f"routes.{name} names no content type.{hint} Allowed: {DEFAULT_RULE}, {', '.join(kinds)}."
        for key, named in (("models", rule.models), ("substitutes", rule.substitutes)):
            for model in sorted(set(named) - set(models)):
                hint = did_you_mean(model, models)
                yield f'routes.{name}.{key} = "{model}" is not a model.{hint} Allowed: {", ".join(models)}.'


def _password(url: str) -> str:
    credentials, at, _ = url.partition("://")[2].rpartition("@")
    return credentials.partition(":")[2] if at else ""
