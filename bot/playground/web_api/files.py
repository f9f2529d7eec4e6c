"""files.*: uploads in three steps: ask for an address, send the bytes there, share the file."""

import math
from collections.abc import Callable, Sequence

from aiohttp import BodyPartReader, web
from pydantic import Field

from bot.playground import conversation, events, files
from bot.playground.content import Content, check_content
from bot.playground.entities import Channel, File, Json
from bot.playground.errors import ApiError
from bot.playground.file_kinds import mimetype_of, png_size
from bot.playground.slack import Slack
from bot.playground.web_api.method import Arguments, Method, Nested, Page, joined_channel
from bot.playground.wire import file_payload
from bot.playground.workspace import new_id

# docs.slack.dev: files.getUploadURLExternal, files.completeUploadExternal.
ALT_TEXT_CHARACTERS = 1_000
CHANNELS_AT_ONCE = 100
# What `types` of files.list may say, by the beginnings of content types; None: there are none here.
_KINDS = {
    "all": "",
    "images": "image/",
    "pdfs": "application/pdf",
    "snippets": "text/",
    "zips": "application/zip",
    "spaces": None,
    "gdocs": None,
}


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


class FileInfo(Page):
    file: str


class DeleteFile(Arguments):
    file: str


class ListFiles(Arguments):
    channel: str | None = None
    user: str | None = None
    ts_from: float = 0
    ts_to: float | None = None
    types: str = "all"
    count: int = Field(default=100, ge=1, le=1000)
    page: int = Field(default=1, ge=1)


def get_upload_url(slack: Slack, given: GetUploadUrl) -> Json:
    if len(given.alt_txt) > ALT_TEXT_CHARACTERS:
        raise ApiError("alt_txt_too_large")
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
    names = _channel_names(given)
    if len(names) > CHANNELS_AT_ONCE:
        raise ApiError("channels_limit_exceeded")
    channels = [joined_channel(slack, name) for name in names]
    uploaded = [_finish(slack, entry, shared=bool(channels)) for entry in finished]
    for channel in channels:
        _share(slack, channel, uploaded, given)
        for file in uploaded:
            events.send_file(slack, "file_shared", file, [channel.id], user=slack.app.bot_user)
    return {"files": [file_payload(slack, file) for file in uploaded]}


def info(slack: Slack, given: FileInfo) -> Json:
    """A file and where it is shared. Nobody comments on files any more, so there is one page."""
    file = _visible(slack, given.file)
    body = {**file_payload(slack, file), **files.places(slack, file)}
    return {"file": body, "comments": [], "response_metadata": {"next_cursor": ""}}


def list_files(slack: Slack, given: ListFiles) -> Json:
    """The newest first, in numbered pages."""
    fits = _kinds(given.types)
    if given.user is not None:
        slack.workspace.user(given.user)
    found = [
        {**file_payload(slack, file), **files.places(slack, file)}
        for file in slack.workspace.files()
        if slack.workspace.file_content(file.id) is not None
        and files.is_visible(slack, file)
        and given.user in (None, file.user)
        and given.ts_from <= file.created <= (given.ts_to or math.inf)
        and fits(file)
        and (given.channel is None or _is_in(slack, file, given.channel))
    ]
    start = (given.page - 1) * given.count
    paging = {
        "count": given.count,
        "total": len(found),
        "page": given.page,
        "pages": math.ceil(len(found) / given.count),
    }
    return {"files": found[::-1][start : start + given.count], "paging": paging}


def delete(slack: Slack, given: DeleteFile) -> Json:
    file = _visible(slack, given.file)
    if file.user != slack.app.bot_user:
        raise ApiError("cant_delete_file")
    files.delete(slack, file)
    return {}


def _visible(slack: Slack, file_id: str) -> File:
    file = slack.workspace.file(file_id)
    if file.is_deleted:
        raise ApiError("file_deleted")
    if not files.is_visible(slack, file) or slack.workspace.file_content(file.id) is None:
        raise ApiError("file_not_found")
    return file


def _is_in(slack: Slack, file: File, channel_id: str) -> bool:
    return any(message.channel == channel_id for message in files.shares(slack, file))


def _kinds(types: str) -> Callable[[File], bool]:
    """Raises ApiError("unknown_type")."""
    wanted = {name.strip() for name in types.split(",") if name.strip()}
    if not wanted <= set(_KINDS):
        raise ApiError("unknown_type")
    patterns = [_KINDS[name] for name in wanted]
    return lambda file: any(pattern is not None and file.mimetype.startswith(pattern) for pattern in patterns)


def _finished_files(given: object) -> list[FinishedFile]:
    if not isinstance(given, list) or not given:
        raise ApiError("invalid_arguments", ["missing required field: files"])
    try:
        return [FinishedFile.model_validate(entry) for entry in given]
    except ValueError:
        raise ApiError("invalid_arguments", ["each file needs an id [json-pointer:/files]"]) from None


def _channel_names(given: CompleteUpload) -> list[str]:
    return [name.strip() for name in (given.channels or given.channel_id or "").split(",") if name.strip()]


def _finish(slack: Slack, entry: FinishedFile, *, shared: bool) -> File:
    file = slack.workspace.file(entry.id)
    if slack.workspace.file_content(file.id) is None:
        raise ApiError("file_not_found")
    file = file.model_copy(update={"title": entry.title or file.title, "is_shared": shared})
    slack.workspace.put_file(file)
    return file


def _share(slack: Slack, channel: Channel, uploaded: Sequence[File], given: CompleteUpload) -> None:
    """One message holds all the files, with the comment as its text; blocks count only without a comment."""
    asks_blocks = given.blocks and not given.initial_comment
    blocks = check_content(None, given.blocks).blocks if asks_blocks else None
    conversation.post(
        slack,
        channel,
        slack.app.bot_user,
        Content(given.initial_comment, blocks),
        thread_ts=given.thread_ts,
        files=[file.id for file in uploaded],
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
    Method("files.info", FileInfo, info, "files:read"),
    Method("files.list", ListFiles, list_files, "files:read"),
    Method("files.delete", DeleteFile, delete, "files:write"),
    Method("files.getUploadURLExternal", GetUploadUrl, get_upload_url, "files:write"),
    Method("files.completeUploadExternal", CompleteUpload, complete_upload, "files:write"),
)
