"""What one message cannot hold: the whole text as a file in the thread below its beginning."""

from slack_sdk.web.async_client import AsyncWebClient

from bot import messages
from bot.history import find_file
from evaluation.tables import Draft
from generation.content_types import ContentType


async def attach_long_text(
    slack: AsyncWebClient, channel_id: str, thread_ts: str, draft: Draft, content_type: ContentType
) -> None:
    """Uploads a draft whose message only begins it into the thread of that, once; raises SlackApiError."""
    if messages.beginning(draft.text, content_type.format) == draft.text.strip():
        return
    name = messages.file_name(draft.label, content_type.format)
    there = await find_file(slack, channel_id, name, oldest=draft.created_at, thread_ts=thread_ts)
    if there is None:
        await slack.files_upload_v2(
            channel=channel_id,
            thread_ts=thread_ts,
            filename=name,
            title=draft.label,
            content=draft.text,
        )
