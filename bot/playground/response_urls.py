"""Response addresses: what an app may send in answer to an interaction, without a token."""

import json
from dataclasses import replace

from aiohttp import web

from bot.playground import conversation
from bot.playground.content import Content
from bot.playground.entities import Json, Message
from bot.playground.errors import ApiError
from bot.playground.interactions import answer_content, respond
from bot.playground.permits import ResponseGrant
from bot.playground.slack import Slack


async def answer_response_url(slack: Slack, request: web.Request) -> web.Response:
    """POST of a message; "ok" as plain text, or Slack's error with a status of 400 or more."""
    try:
        slack = slack.of_app(request.match_info["app"])
        body = await _read(request)
        _use(slack, request.match_info["token"], body)
    except ApiError as error:
        slack.record("response_url", {}, error.response())
        status = 404 if error.error in ("app_not_found", "expired_url", "used_url") else 400
        return web.json_response(error.response(), status=status)
    return web.Response(text="ok")


def _use(slack: Slack, token: str, body: Json) -> None:
    grant = slack.response_grants.use(token)
    slack.record("response_url", body, {"ok": True})
    if body.get("delete_original"):
        conversation.delete(slack, _original(slack, grant))
    elif body.get("replace_original") and grant.message_ts is not None:
        content = answer_content(body)
        # Without blocks of its own, an answer replaces the whole message: the old buttons go.
        conversation.edit(slack, _original(slack, grant), _without_old_blocks(content))
    else:
        channel = slack.workspace.channel(grant.channel)
        respond(slack, user=grant.user, channel=channel, body=body, thread_ts=grant.thread_ts)


def _original(slack: Slack, grant: ResponseGrant) -> Message:
    if grant.message_ts is None:
        raise ApiError("message_not_found")
    return slack.workspace.message(grant.channel, grant.message_ts)


def _without_old_blocks(content: Content) -> Content:
    return replace(content, blocks=content.blocks or [], attachments=content.attachments or [])


async def _read(request: web.Request) -> Json:
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise ApiError("invalid_payload") from None
    if not isinstance(body, dict):
        raise ApiError("invalid_payload")
    return body
