"""What the playground needs to start: read from the first line of standard input by the child process."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

PositiveSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class AppConfig(BaseModel):
    """An app: what it is called and may do, and what it says to prove that it is itself.

    `manifest` None: an app that may do everything and has any command.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    manifest: Path | None = None
    bot_token: str = Field(pattern=r"^xoxb-.+", repr=False)
    app_token: str = Field(pattern=r"^xapp-.+", repr=False)


class PlaygroundConfig(BaseModel):
    """Frozen settings. Times are seconds, sizes bytes; `state_path` None keeps everything in memory.

    `manifest` and the tokens are the first app's, as in AppConfig; `more_apps` are installed beside it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Literal["127.0.0.1", "::1"] = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    secret: str = Field(pattern=r"^[A-Za-z0-9_-]{16,128}$", repr=False)
    bot_token: str = Field(pattern=r"^xoxb-.+", repr=False)
    app_token: str = Field(pattern=r"^xapp-.+", repr=False)
    manifest: Path | None = None
    more_apps: tuple[AppConfig, ...] = Field(default=(), max_length=9)
    state_path: Path | None = None
    redelivery_seconds: tuple[PositiveSeconds, ...] = Field(default=(3, 60, 300), max_length=3)
    ack_timeout_seconds: PositiveSeconds = 3.0
    refresh_seconds: PositiveSeconds = 10.0
    trigger_lifetime_seconds: PositiveSeconds = 3.0
    response_url_lifetime_seconds: PositiveSeconds = 1800.0
    stream_lifetime_seconds: PositiveSeconds = 300.0
    max_file_bytes: int = Field(default=20 * 1024 * 1024, gt=0)

    @property
    def apps(self) -> tuple[AppConfig, ...]:
        """Every app, the first one first."""
        first = AppConfig(manifest=self.manifest, bot_token=self.bot_token, app_token=self.app_token)
        return (first, *self.more_apps)


def utc_now() -> datetime:
    """The clock used outside tests."""
    return datetime.now(UTC)
