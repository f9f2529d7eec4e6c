"""Errors in OpenAI's shape: status, body, and what the official clients are told about trying again."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic_core import ErrorDetails

from generation import errors

_ALTERNATIVE = re.compile(r"(constrained-)?str|list\[.*\]")
_NO_OBJECT = ("missing", "model_attributes_type")
_UNUSABLE_RETRY_SECONDS = 60
_MEMORY_RETRY_SECONDS = 30


def error_body(
    message: str, kind: str, code: str | None = None, parameter: str | None = None
) -> dict[str, Any]:
    """An error in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "param": parameter, "code": code}}


def error_answer(error: errors.GenerationError) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers for an error. `x-should-retry` tells the official clients what is hopeless."""
    code = error_code(error)
    match error:
        case errors.InvalidRequest():
            return 400, error_body(str(error), "invalid_request_error", code, error.parameter), {}
        case errors.UnknownModel() | errors.ModelMissing():
            return 404, error_body(str(error), "invalid_request_error", code, "model"), {}
        case errors.QueueFull(retry_after_seconds=seconds):
            return 429, error_body(str(error), "rate_limit_error", code), {"Retry-After": str(seconds)}
        case errors.Busy(retry_after_seconds=seconds):
            return 503, error_body(str(error), "server_error", code), {"Retry-After": str(seconds)}
        case errors.ModelSuspended(remaining_seconds=remaining):
            headers = _hopeless(max(1, round(remaining)))
            return 503, error_body(str(error), "server_error", code, "model"), headers
        case errors.ModelUnusable():
            headers = _hopeless(_UNUSABLE_RETRY_SECONDS)
            return 503, error_body(str(error), "server_error", code, "model"), headers
        case errors.OutOfMemory():
            return 503, error_body(str(error), "server_error", code), _hopeless(_MEMORY_RETRY_SECONDS)
        case errors.RemoteFailed() | errors.AnswerFailed():
            return 502, error_body(str(error), "server_error", code), {"x-should-retry": "false"}
    return 500, error_body(str(error), "server_error", code), {}


def error_code(error: errors.GenerationError) -> str:
    """The machine-readable name of an error: OpenAI's where there is one, else the name of the class."""
    match error:
        case errors.PromptTooLong():
            return "context_length_exceeded"
        case errors.InvalidRequest():
            return "invalid_value"
        case errors.UnknownModel():
            return "model_not_found"
    name = type(error).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def invalid_field(refusals: Sequence[ErrorDetails]) -> dict[str, Any]:
    """The body for a field that pydantic refused, named as a path: `messages.0.role`.

    Of a field that may be one thing or another pydantic refuses both; the refusal that reached deepest is of
    the one that was meant.
    """
    field = _path(refusals[0])[:1]
    of_field = [each for each in refusals if _path(each)[:1] == field]
    details = max(of_field, key=lambda each: len(_path(each)))
    path = ".".join(_path(details))
    if details["type"] == "json_invalid" or (not path and details["type"] in _NO_OBJECT):
        return unreadable_body()
    said = details["msg"].removeprefix("Value error, ")
    message = f"{path}: {said}." if path else f"{said[:1].upper()}{said[1:]}."
    return error_body(message, "invalid_request_error", "invalid_value", path or None)


def unreadable_body() -> dict[str, Any]:
    """The body for a request in which there is no JSON object."""
    return error_body(
        "The request cannot be read. Send a JSON object in UTF-8, with `Content-Type: application/json`.",
        "invalid_request_error",
    )


def _path(details: ErrorDetails) -> list[str]:
    """Where it stands in the request, without what pydantic calls the alternatives of a field."""
    parts = (str(part) for part in details["loc"] if part != "body")
    return [part for part in parts if not _ALTERNATIVE.fullmatch(part)]


def _hopeless(retry_after_seconds: int) -> dict[str, str]:
    """For what will not work at once again, however often it is tried."""
    return {"Retry-After": str(retry_after_seconds), "x-should-retry": "false"}
