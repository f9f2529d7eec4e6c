"""What can go wrong in the playground.

PlaygroundError
├── ConfigurationError    it cannot start: the message says what to change
└── ApiError              Slack's business error: HTTP 200 with ``ok: false``
    └── NotAcknowledged   the app did not take a command or an interaction
"""

from collections.abc import Sequence

from bot.playground.entities import Json


class PlaygroundError(Exception):
    """Root of the playground's errors."""


class ConfigurationError(PlaygroundError):
    """The playground cannot start as configured."""


class ApiError(PlaygroundError):
    """One of Slack's error names, with the details Slack would give."""

    def __init__(self, error: str, messages: Sequence[str] = (), **details: object) -> None:
        super().__init__(error)
        self.error = error
        self.messages = tuple(messages)
        self.details = details

    def response(self) -> Json:
        """The body that Slack answers with."""
        body: Json = {"ok": False, "error": self.error, **self.details}
        if self.messages:
            body["errors"] = list(self.messages)
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return body


class NotAcknowledged(ApiError):
    """The error is "operation_timeout" when the app was too slow, "dispatch_failed" when it is away."""
