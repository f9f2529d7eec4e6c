"""What one message cannot hold: the whole text as a file in the thread below its beginning."""

from slack_sdk.web.async_client import AsyncWebClient

from bot import messages
from bot.history import find_files
from evaluation.store import CurrentText
from evaluation.tables import Draft
from generation.content_types import ContentType


async def attach_long_text(
    slack: AsyncWebClient,
    channel_id: str,
    thread_ts: str,
    draft: Draft,
    current: CurrentText,
    content_type: ContentType,
) -> None:
    """Uploads a draft whose message only begins it into the thread of that, once; raises SlackApiError.

    A corrected text has a file of its own, in the place of the one before; a discarded one has none.
    """
    if _fits(draft.text, content_type) and _fits(current.text, content_type):
        return
    name = messages.file_name(draft.label, content_type.format, current.edit_id)
    stem = messages.file_name(draft.label, content_type.format).rpartition(".")[0]
    there = await find_files(slack, channel_id, stem, draft.created_at, thread_ts)
    wanted = draft.discarded_at is None and not _fits(current.text, content_type)
    if wanted and name not in there:
        await slack.files_upload_v2(
            channel=channel_id, thread_ts=thread_ts, filename=name, title=draft.label, content=current.text
        )
    for older, file_id in there.items():
        if older != name or not wanted:
            await slack.files_delete(file=file_id)


def _fits(text: str, content_type: ContentType) -> bool:
    return messages.beginning(text, content_type.format) == text.strip()
