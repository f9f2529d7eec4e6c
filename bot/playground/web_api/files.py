"""files.*: uploads in three steps: ask for an address, send the bytes there, share the file."""

from collections.abc import Sequence

from aiohttp import BodyPartReader, web

from bot.playground import conversation
from bot.playground.content import Content, check_content
from bot.playground.entities import Channel, File, Json
from bot.playground.errors import ApiError
from bot.playground.file_kinds import mimetype_of, png_size
from bot.playground.slack import Slack
from bot.playground.web_api.method import Arguments, Method, Nested
from bot.playground.wire import file_payload
from bot.playground.workspace import new_id


class GetUploadUrl(Arguments):
    filename: str
    length: int
    alt_txt: str = ""


class FinishedFile(Arguments):
    id: str
    title: str | None = None


class CompleteUpload(Arguments):
    files: Nested
    channel_id: str | None = None
    channels: str | None = None
    initial_comment: str = ""
    thread_ts: str | None = None
    blocks: Nested = None


def get_upload_url(slack: Slack, given: GetUploadUrl) -> Json:
    if given.length <= 0:
        raise ApiError("invalid_arguments", ["length must be more than 0"])
    if given.length > slack.config.max_file_bytes:
        raise ApiError("file_upload_size_restricted")
    file = File(
        id=new_id("F"),
        name=given.filename,
        title=given.filename,
        mimetype="application/octet-stream",
        size_bytes=given.length,
        user=slack.app.bot_user,
        created=int(slack.clock().timestamp()),
        alt_txt=given.alt_txt,
    )
    slack.workspace.put_file(file)
    return {"upload_url": f"{slack.origin}/upload/{file.id}", "file_id": file.id}


async def receive_upload(slack: Slack, request: web.Request) -> web.Response:
    """The second step: the bytes as they are, or as one part of a form."""
    try:
        file = slack.workspace.file(request.match_info["file_id"])
    except ApiError:
        return web.Response(
            status=404, text="This upload address is not known. Ask files.getUploadURLExternal for one."
        )
    content = await _read_upload(request, file.size_bytes)
    if (
        content is None
        or len(content) != file.size_bytes
        or slack.workspace.file_content(file.id) is not None
    ):
        return web.Response(
            status=400, text="The upload does not have the length that was announced, or came twice."
        )
    width, height = png_size(content)
    mimetype = mimetype_of(file.name, content)
    file = file.model_copy(update={"mimetype": mimetype, "width": width, "height": height})
    slack.workspace.put_file(file, content)
    slack.record("files.upload", {"file": file.id, "name": file.name, "length": len(content)}, {"ok": True})
    return web.Response(text=f"OK - {len(content)}")


def complete_upload(slack: Slack, given: CompleteUpload) -> Json:
    finished = _finished_files(given.files)
    channels = [_share_target(slack, name) for name in _channel_names(given)]
    files = [_finish(slack, entry, shared=bool(channels)) for entry in finished]
    for channel in channels:
        _share(slack, channel, files, given)
    return {"files": [file_payload(slack, file) for file in files]}


def _finished_files(given: object) -> list[FinishedFile]:
    if not isinstance(given, list) or not given:
        raise ApiError("invalid_arguments", ["missing required field: files"])
    try:
        return [FinishedFile.model_validate(entry) for entry in given]
    except ValueError:
        raise ApiError("invalid_arguments", ["each file needs an id [json-pointer:/files]"]) from None


def _channel_names(given: CompleteUpload) -> list[str]:
    return [name.strip() for name in (given.channels or given.channel_id or "").split(",") if name.strip()]


def _share_target(slack: Slack, channel_id: str) -> Channel:
    channel = slack.workspace.channel(channel_id)
    if slack.app.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _finish(slack: Slack, entry: FinishedFile, *, shared: bool) -> File:
    file = slack.workspace.file(entry.id)
    if slack.workspace.file_content(file.id) is None:
        raise ApiError("file_not_found")
    file = file.model_copy(update={"title": entry.title or file.title, "is_shared": shared})
    slack.workspace.put_file(file)
    return file


def _share(slack: Slack, channel: Channel, files: Sequence[File], given: CompleteUpload) -> None:
    """One message holds all the files, with the comment as its text."""
    blocks = check_content(None, given.blocks).blocks if given.blocks else None
    conversation.post(
        slack,
        channel,
        slack.app.bot_user,
        Content(given.initial_comment, blocks),
        thread_ts=given.thread_ts,
        files=[file.id for file in files],
    )


async def _read_upload(request: web.Request, limit: int) -> bytes | None:
    if request.content_type != "multipart/form-data":
        return await request.read()
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader):
            content = bytes(await part.read())
            return content if len(content) <= limit else None
    return None


METHODS = (
    Method("files.getUploadURLExternal", GetUploadUrl, get_upload_url, "files:write"),
    Method("files.completeUploadExternal", CompleteUpload, complete_upload, "files:write"),
)
