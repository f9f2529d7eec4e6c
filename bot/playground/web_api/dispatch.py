"""Takes a Web API request to its method: token, body, arguments, scope, then the answer and its record."""

import hmac
import json

from aiohttp import web
from pydantic import ValidationError

from bot.playground.entities import Json
from bot.playground.errors import ApiError
from bot.playground.slack import Slack
from bot.playground.web_api import (
    apps,
    blocks,
    chat,
    conversations,
    files,
    membership,
    reactions,
    scheduled,
    streams,
    users,
    views,
)
from bot.playground.web_api.method import Method, TokenKind, check_scope

METHODS = {
    method.name: method
    for family in (
        apps,
        blocks,
        chat,
        conversations,
        files,
        membership,
        reactions,
        scheduled,
        streams,
        users,
        views,
    )
    for method in family.METHODS
}


async def call_web_api(slack: Slack, request: web.Request) -> web.Response:
    """Answers `/api/<method>` for the app whose token it brings.

    Business errors are HTTP 200 with `ok: false`, as Slack's are; a fault on purpose is 429 or 500.
    """
    name = request.match_info["method"]
    try:
        arguments, unreadable = await _read(request), None
    except ApiError as error:
        arguments, unreadable = {}, error
    token = _token(request, arguments)
    slack = slack.of_token(token)
    shown = {key: value for key, value in arguments.items() if key != "token"}
    entry = slack.inspector.begin(slack.app.id, "call", name, shown)
    refusal = slack.faults.refusal(slack.app.id, name, _placed(slack, arguments))
    status: int = 200
    if refusal is not None:
        response, status = {"ok": False, "error": refusal.error}, refusal.status
    elif unreadable is not None:
        response = unreadable.response()
    else:
        response = _answer(slack, name, arguments, token)
    slack.record(name, shown, response, entry=entry, status=status)
    headers = {"x-oauth-scopes": ",".join(slack.manifest.scopes), **(refusal.headers if refusal else {})}
    return web.json_response(response, status=status, headers=headers)


def _placed(slack: Slack, arguments: Json) -> Json:
    """The arguments with their channel by its id: "#general" and "C0GENERAL" are one place."""
    try:
        return {**arguments, "channel": slack.find_channel(str(arguments.get("channel"))).id}
    except ApiError:
        return arguments


def _answer(slack: Slack, name: str, arguments: Json, token: str) -> Json:
    try:
        return {"ok": True, **_call(slack, name, arguments, token)}
    except ApiError as error:
        return error.response()


def _call(slack: Slack, name: str, arguments: Json, token: str) -> Json:
    method = METHODS.get(name)
    if method is None:
        raise ApiError("unknown_method", req_method=name)
    kind = _token_kind(slack, token)
    if kind not in method.tokens:
        raise ApiError("not_allowed_token_type")
    if method.scope is not None:
        check_scope(slack, method.scope)
    response: Json = method.call(slack, _check(method, arguments))
    return response


def _check(method: Method, arguments: Json) -> object:
    """The arguments as the method's model; raises ApiError("invalid_arguments") in Slack's words."""
    try:
        return method.arguments.model_validate(arguments)
    except ValidationError as error:
        raise ApiError(
            "invalid_arguments",
            [
                f"missing required field: {fault['loc'][0]}"
                if fault["type"] == "missing"
                else f"invalid value [json-pointer:/{'/'.join(map(str, fault['loc']))}]"
                for fault in error.errors()
            ],
        ) from None


def _token(request: web.Request, arguments: Json) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else str(arguments.get("token") or "")


def _token_kind(slack: Slack, token: str) -> TokenKind:
    if not token:
        raise ApiError("not_authed")
    if hmac.compare_digest(token.encode(), slack.app.bot_token.encode()):
        return "bot"
    if hmac.compare_digest(token.encode(), slack.app.app_token.encode()):
        return "app"
    raise ApiError("invalid_auth")


async def _read(request: web.Request) -> Json:
    """Arguments from the query, a form or JSON, as Slack takes them; empty ones count as not given."""
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            raise ApiError("invalid_json") from None
        if not isinstance(body, dict):
            raise ApiError("json_not_object")
        given |= body
    elif request.method == "POST":
        given |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    return {key: value for key, value in given.items() if value is not None}
