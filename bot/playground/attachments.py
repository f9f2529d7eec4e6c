"""Files that a person attaches to a form or a message: kept when chosen, told in full when sent."""

import base64
import binascii
from collections.abc import Sequence

from bot.playground import events
from bot.playground.entities import Channel, File, Json
from bot.playground.errors import ApiError
from bot.playground.file_kinds import mimetype_of, png_size
from bot.playground.slack import Slack
from bot.playground.wire import file_payload
from bot.playground.workspace import new_id


def attach(slack: Slack, user: str, name: str, content: str) -> File:
    """Keeps a person's file; `content` is base64. May raise ApiError("file_upload_size_restricted")."""
    try:
        body = base64.b64decode(content, validate=True)
    except binascii.Error:
        raise ApiError("invalid_arguments", ["content must be base64"]) from None
    if len(body) > slack.config.max_file_bytes:
        raise ApiError("file_upload_size_restricted")
    width, height = png_size(body)
    file = File(
        id=new_id("F"),
        name=name,
        title=name,
        mimetype=mimetype_of(name, body),
        size_bytes=len(body),
        user=user,
        created=int(slack.clock().timestamp()),
        width=width,
        height=height,
    )
    slack.workspace.put_file(file, body)
    return file


def share(slack: Slack, user: str, file_ids: Sequence[str], channel: Channel) -> list[str]:
    """Marks a person's own files as shared and tells the apps in the channel; returns the ids.

    Raises ApiError("file_not_found"), also for what somebody else uploaded.
    """
    files = [slack.workspace.file(file_id) for file_id in file_ids]
    if any(file.user != user for file in files):
        raise ApiError("file_not_found")
    for file in files:
        slack.workspace.put_file(file.model_copy(update={"is_shared": True}))
        events.send_file(slack, "file_shared", file, [channel.id], user=user)
    return [file.id for file in files]


def with_files(slack: Slack, values: Json) -> Json:
    """The state of a form with Slack's whole file objects where the page holds only ids."""
    return {
        block_id: {
            action_id: {**value, "files": [_payload(slack, given) for given in value["files"]]}
            if value["type"] == "file_input"
            else value
            for action_id, value in fields.items()
        }
        for block_id, fields in values.items()
    }


def _payload(slack: Slack, given: Json) -> Json:
    return file_payload(slack, slack.workspace.file(str(given.get("id"))))
