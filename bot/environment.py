"""Environment: secrets, places and the few switches that differ between machines.

Variables come from the process and from `.env` in the working directory; the process wins.
A variable NAME may instead be given as NAME_FILE, a file that holds the value, which keeps
secrets out of process listings. An empty variable counts as not given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import SecretStr

from bot.errors import SettingsError

READ_FROM_FILES: Final = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "HF_TOKEN",
    "COPYDESK_SERVE_TOKEN",
    "COPYDESK_BACKEND_KEY",
    "COPYDESK_DATABASE_URL",
    "MLFLOW_TRACKING_URI",
)
SLACK_API_URL: Final = "https://slack.com/api/"
MLFLOW_SCHEMES: Final = ("sqlite", "http", "https")
DATABASE_SCHEMES: Final = ("sqlite", "postgresql")
ESCAPES_IN_ADDRESSES: Final = "?#%"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Environment:
    """The variables, checked. Addresses that may hold a password stay out of `repr`."""

    slack_bot_token: SecretStr | None
    slack_app_token: SecretStr | None
    slack_api_url: str
    hf_token: SecretStr | None
    serve_token: SecretStr | None
    backend_key: SecretStr | None
    data_dir: Path
    log_level: LogLevel
    database_url: str = field(repr=False)
    mlflow_tracking_uri: str = field(repr=False)


def read_variables(environ: Mapping[str, str], cwd: Path) -> dict[str, str]:
    """The process's variables over those of `.env`, each layer with its *_FILE values read."""
    dotenv = {name: value for name, value in dotenv_values(cwd / ".env", interpolate=False).items() if value}
    return {**_with_files(dotenv, cwd, where=".env"), **_with_files(environ, cwd, where="environment")}


def build_environment(variables: Mapping[str, str], cwd: Path, platform: str) -> Environment:
    """Checks every variable and fills in the defaults. `platform` is `sys.platform`'s word.

    Raises SettingsError; no message holds a secret.
    """
    bot_token, app_token = _slack_tokens(variables)
    data_dir = _data_dir(variables, cwd, platform)
    return Environment(
        slack_bot_token=bot_token,
        slack_app_token=app_token,
        slack_api_url=_slack_api_url(variables, with_tokens=bot_token is not None),
        hf_token=_secret(variables, "HF_TOKEN"),
        serve_token=_secret(variables, "COPYDESK_SERVE_TOKEN"),
        backend_key=_secret(variables, "COPYDESK_BACKEND_KEY"),
        data_dir=data_dir,
        log_level=_log_level(variables),
        database_url=_database_url(variables, data_dir, cwd),
        mlflow_tracking_uri=_mlflow_tracking_uri(variables, data_dir, cwd),
    )


def _with_files(layer: Mapping[str, str], cwd: Path, where: str) -> dict[str, str]:
    values = {name: value for name, value in layer.items() if value}
    for name in READ_FROM_FILES:
        path = values.pop(f"{name}_FILE", None)
        if path is None:
            continue
        if name in values:
            raise SettingsError(f"{where}: both {name} and {name}_FILE are set. Keep one of them.")
        values[name] = _secret_in_file(name, cwd / Path(path).expanduser())
    return values


def _secret_in_file(name: str, path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(
            f"{name}_FILE = {path} cannot be read: {reason}. It must be a text file that holds {name}."
        ) from error
    if not value:
        raise SettingsError(f"{name}_FILE = {path} is empty. It must be a text file that holds {name}.")
    return value


def _secret(variables: Mapping[str, str], name: str) -> SecretStr | None:
    value = variables.get(name)
    return SecretStr(value) if value else None


def _slack_tokens(variables: Mapping[str, str]) -> tuple[SecretStr | None, SecretStr | None]:
    bot_token = _slack_token(
        variables, "SLACK_BOT_TOKEN", "xoxb-", "OAuth & Permissions, Bot User OAuth Token"
    )
    app_token = _slack_token(variables, "SLACK_APP_TOKEN", "xapp-", "Basic Information, App-Level Tokens")
    if (bot_token is None) != (app_token is None):
        given, absent = ("SLACK_APP_TOKEN", "SLACK_BOT_TOKEN")[:: 1 if bot_token is None else -1]
        raise SettingsError(
            f"{given} is set and {absent} is not. Slack needs both: set {absent} too, "
            f"or remove {given} to use the playground."
        )
    return bot_token, app_token


def _slack_token(variables: Mapping[str, str], name: str, prefix: str, page: str) -> SecretStr | None:
    """Says nothing of the value itself: a wrong token may be another service's secret."""
    value = variables.get(name)
    if not value:
        return None
    if not value.startswith(prefix) or any(character.isspace() for character in value):
        raise SettingsError(
            f"{name} does not look like that token: it must start with {prefix} and hold no spaces. "
            f"Copy it from your app's page at Slack: {page}."
        )
    return SecretStr(value)


def _slack_api_url(variables: Mapping[str, str], with_tokens: bool) -> str:
    value = variables.get("SLACK_API_URL")
    if value is None:
        return SLACK_API_URL
    if not value.startswith(("http://", "https://")):
        raise SettingsError(
            f'SLACK_API_URL = "{value}" is not allowed: it must start with https:// or http://, '
            f"as {SLACK_API_URL} does."
        )
    if not with_tokens:
        raise SettingsError(
            "SLACK_API_URL is set without SLACK_BOT_TOKEN and SLACK_APP_TOKEN. Set both tokens to connect "
            "there, or remove SLACK_API_URL to use the playground."
        )
    return value.rstrip("/") + "/"


def _data_dir(variables: Mapping[str, str], cwd: Path, platform: str) -> Path:
    """The platform's own place for an application's files, unless COPYDESK_DATA_DIR says otherwise."""
    home = Path(variables.get("HOME") or Path.home())
    if chosen := variables.get("COPYDESK_DATA_DIR"):
        inside_home = chosen == "~" or chosen.startswith("~/")
        return (home / chosen[2:] if inside_home else cwd / chosen).absolute()
    if platform == "darwin":
        return home / "Library" / "Application Support" / "copydesk"
    base = Path(variables.get("XDG_DATA_HOME") or home / ".local" / "share")
    return (base if base.is_absolute() else home / ".local" / "share") / "copydesk"


def _log_level(variables: Mapping[str, str]) -> LogLevel:
    value = variables.get("COPYDESK_LOG_LEVEL", LogLevel.INFO.value)
    try:
        return LogLevel(value.lower())
    except ValueError as error:
        raise SettingsError(
            f'COPYDESK_LOG_LEVEL = "{value}" is not allowed: it must be one of {", ".join(LogLevel)}.'
        ) from error


def _database_url(variables: Mapping[str, str], data_dir: Path, cwd: Path) -> str:
    """Escaped as SQLAlchemy reads it; a relative SQLite path becomes absolute, seen from `cwd`."""
    from sqlalchemy import URL, make_url

    name = "COPYDESK_DATABASE_URL"
    value = variables.get(name)
    if value is None:
        address = URL.create("sqlite", database=str(data_dir / "copydesk.db"))
        return address.render_as_string(hide_password=False)
    scheme = value.partition("://")[0].partition("+")[0]
    if "://" not in value or scheme not in DATABASE_SCHEMES:
        raise _refused_address(name, value, DATABASE_SCHEMES)
    if scheme != "sqlite" or (path := make_url(value).database) in (None, "", ":memory:"):
        return value
    return make_url(value).set(database=str(cwd / path)).render_as_string(hide_password=False)


def _mlflow_tracking_uri(variables: Mapping[str, str], data_dir: Path, cwd: Path) -> str:
    """What `evaluation.tracking` can log to: a tracking server, or SQLite at an absolute path."""
    name = "MLFLOW_TRACKING_URI"
    value = variables.get(name)
    if value is None:
        if _escapes_in(data_dir):
            raise SettingsError(
                f'The data folder "{data_dir}" cannot hold MLflow\'s store: its path must be free of '
                f"{' '.join(ESCAPES_IN_ADDRESSES)}. Set COPYDESK_DATA_DIR to another folder, or "
                "MLFLOW_TRACKING_URI to a store elsewhere."
            )
        return f"sqlite:///{data_dir / 'mlflow.db'}"
    scheme, _, place = value.partition("://")
    if not place or scheme not in MLFLOW_SCHEMES:
        raise _refused_address(name, value, MLFLOW_SCHEMES)
    if scheme != "sqlite":
        return _server(name, value)
    path = place.removeprefix("/")
    if path in ("", place, ":memory:"):
        raise SettingsError(
            f"{_shown(name, value)} names no file: it must be sqlite:////absolute/path/mlflow.db "
            "(four slashes)."
        )
    if not Path(path).is_absolute() and _escapes_in(cwd):
        raise SettingsError(
            f'{_shown(name, value)} is not allowed in "{cwd}", whose path holds one of '
            f"{' '.join(ESCAPES_IN_ADDRESSES)}: it must be sqlite:////absolute/path/mlflow.db (four slashes)."
        )
    return f"sqlite:///{cwd / path}"


def _server(name: str, value: str) -> str:
    try:
        address = urlsplit(value)
        complete = bool(address.hostname) and address.port != 0
    except ValueError:
        complete = False
    if not complete:
        raise SettingsError(
            f"{_shown(name, value)} is not allowed: it must name a host and, if any, a port from 1 to 65535, "
            "as http://127.0.0.1:5000 does."
        )
    return value


def _refused_address(name: str, value: str, schemes: tuple[str, ...]) -> SettingsError:
    allowed = ", ".join(f"{each}://" for each in schemes)
    return SettingsError(
        f"{_shown(name, value)} is not allowed: it must begin with one of {allowed}. "
        "Not set, it is a SQLite file in the data folder."
    )


def _shown(name: str, value: str) -> str:
    """The name alone where the value may hold a password."""
    return f'{name} = "{value}"' if "@" not in value else name


def _escapes_in(folder: Path) -> bool:
    """Whether MLflow's store and its artifacts would land in different folders, or in a wrong one."""
    return any(character in str(folder) for character in ESCAPES_IN_ADDRESSES)
