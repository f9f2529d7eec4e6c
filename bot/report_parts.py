"""The parts of a report in Slack: the message in the channel, its picture, and what stands in its thread.

Each is looked for before it is sent, because the bot may have ended between sending and saying so.
"""

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.errors import DeliveryFailed
from bot.history import UNREADABLE, find_file, find_message
from bot.posting import post_richest
from bot.settings import Settings
from evaluation import store
from evaluation.blinding import for_raters
from evaluation.database import Database
from evaluation.report_document import Report
from evaluation.report_records import report_records
from evaluation.tables import DeliveryTarget, ReportRun

CLOSED_ONLY: Final = frozenset({DeliveryTarget.SLACK_DETAILS, DeliveryTarget.SLACK_CSV})
"""Parts that a week which is not over does not have: it claims nothing."""

Draw = Callable[[Report], Awaitable[bytes]]


class ReportParts:
    """Posts one part of a report and returns its id in Slack; all of it by the names that raters may read."""

    def __init__(self, settings: Settings, database: Database, slack: AsyncWebClient, *, draw: Draw) -> None:
        self._settings = settings
        self._database = database
        self._slack = slack
        self._draw = draw

    async def post_table(self, run: ReportRun, named: Report) -> str:
        report = await self._for_raters(named)
        channel_id = await self._channel_id(run)
        block_id = messages.report_block_id(run.id)
        earlier = await find_message(self._slack, channel_id, block_id, oldest=run.claimed_at)
        return earlier or await post_richest(self._slack, channel_id, messages.report_layouts(run.id, report))

    async def post_figure(self, run: ReportRun, named: Report) -> str:
        """In the channel where there is no native chart, else in the thread: its intervals tell more."""
        report = await self._for_raters(named)
        channel_id = await self._channel_id(run)
        figure = await self._figure(run, report)
        table_ts = await self._table_ts(run)
        thread_ts = table_ts if await self._has_chart(channel_id, table_ts) else None
        name, title = f"ranking-{run.id}.png", texts.report_title(report.period, closed=report.closed)
        earlier = await find_file(self._slack, channel_id, name, run.claimed_at, thread_ts)
        if earlier is not None:
            return earlier
        answer = await self._slack.files_upload_v2(
            channel=channel_id,
            file=str(figure),
            filename=name,
            title=title,
            alt_txt=report.alt_text,
            thread_ts=thread_ts,
        )
        return str(answer["files"][0]["id"])

    async def post_details(self, run: ReportRun, named: Report) -> str:
        report = await self._for_raters(named)
        channel_id, thread_ts = await self._channel_id(run), await self._table_ts(run)
        earlier = await find_message(
            self._slack,
            channel_id,
            messages.details_block_id(run.id),
            oldest=run.claimed_at,
            thread_ts=thread_ts,
        )
        if earlier is not None:
            return earlier
        titles = {kind.name: kind.title for kind in self._settings.content_types.values()}
        layouts = messages.details_layouts(run.id, report, titles)
        return await post_richest(self._slack, channel_id, layouts, thread_ts)

    async def post_csv(self, run: ReportRun, named: Report) -> str:
        report = await self._for_raters(named)
        channel_id, thread_ts = await self._channel_id(run), await self._table_ts(run)
        name = f"ranking-{run.id}.csv"
        earlier = await find_file(self._slack, channel_id, name, run.claimed_at, thread_ts)
        if earlier is not None:
            return earlier
        answer = await self._slack.files_upload_v2(
            channel=channel_id,
            content=report_records(report).to_csv(),
            filename=name,
            title=texts.csv_title(report.period),
            thread_ts=thread_ts,
        )
        return str(answer["files"][0]["id"])

    async def _for_raters(self, report: Report) -> Report:
        return await asyncio.to_thread(for_raters, report, revealed=self._settings.workspace.names_models)

    async def _table_ts(self, run: ReportRun) -> str:
        table = await self._database.read(store.delivery_of, run.id, DeliveryTarget.SLACK_TABLE)
        if table is None or table.delivered_at is None or table.external_id is None:
            raise DeliveryFailed(
                "The report's message is not in the channel yet, and this part belongs to it; it follows."
            )
        return table.external_id

    async def _has_chart(self, channel_id: str, ts: str) -> bool:
        try:
            page = await self._slack.conversations_history(
                channel=channel_id, latest=ts, oldest=ts, inclusive=True, limit=1
            )
        except SlackApiError as error:
            if error.response["error"] in {*UNREADABLE, "missing_scope"}:
                return False
            raise
        return any(messages.has_chart(message) for message in page["messages"])

    async def _figure(self, run: ReportRun, report: Report) -> Path:
        """The report's picture, drawn once and kept under what it shows."""
        name = f"{run.id}-{sha256(report.to_json().encode()).hexdigest()[:8]}.png"
        path = self._settings.data_dir / "reports" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(_write_whole, path, await self._draw(report))
        return path

    async def _channel_id(self, run: ReportRun) -> str:
        if run.channel_id is not None:
            return run.channel_id
        name = self._settings.workspace.report_channel
        cursor: str | None = None
        while True:
            page = await self._slack.conversations_list(
                types="public_channel,private_channel", exclude_archived=True, limit=200, cursor=cursor
            )
            for channel in page["channels"]:
                if name in (channel["name"], channel["id"]):
                    return str(channel["id"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                raise DeliveryFailed(
                    f'There is no channel "{name}" that I can see. Create it and invite me, '
                    "or set workspace.report_channel in copydesk.toml; the report is kept until then."
                )


def _write_whole(path: Path, content: bytes) -> None:
    """Leaves the old state or the whole file, never half of one."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)
