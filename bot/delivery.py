"""Reports on their way out: to a channel as a table and a picture, and into MLflow.

The rows say what is still to do. A report is computed once, each target receives it once, and
what fails is tried again later from its row. Figures are drawn and MLflow is written in child
processes: neither library may slow the bot down or take it along when it falls.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import tracking
from bot.draining import drain
from bot.errors import DeliveryFailed
from bot.modules import RunModule
from bot.report_parts import CLOSED_ONLY, ReportParts
from bot.settings import Settings
from evaluation import store
from evaluation.analysis.options import Options
from evaluation.database import Database
from evaluation.periods import Period, ReportSchedule
from evaluation.report import build_report, weeks_without_report
from evaluation.report_document import REPORT_VERSION, Report
from evaluation.tables import Delivery, DeliveryTarget, ReportRun

log = structlog.get_logger(__name__)

Deliver = Callable[[ReportRun, Report], Awaitable[str]]

FIGURES = "evaluation.figures"
DRAIN_SECONDS = 4.0


class ReportDelivery:
    """Claims, computes and delivers reports; every step can be repeated safely."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        slack: AsyncWebClient,
        *,
        clock: Callable[[], datetime],
        run_module: RunModule,
    ) -> None:
        self._settings = settings
        self._database = database
        self._slack = slack
        self._clock = clock
        self._run_module = run_module
        self._to_people, self._to_mlflow = asyncio.Lock(), asyncio.Lock()
        self._hurry: set[asyncio.Task[None]] = set()
        parts = ReportParts(settings, database, slack, draw=self._draw)
        self._targets: dict[DeliveryTarget, Deliver] = {
            DeliveryTarget.SLACK_TABLE: parts.post_table,
            DeliveryTarget.SLACK_FIGURE: parts.post_figure,
            DeliveryTarget.SLACK_DETAILS: parts.post_details,
            DeliveryTarget.SLACK_CSV: parts.post_csv,
            DeliveryTarget.MLFLOW: self._log_to_mlflow,
        }

    @property
    def _schedule(self) -> ReportSchedule:
        """As it stands now: editors change it in Slack."""
        report = self._settings.report
        return ReportSchedule(weekday=report.weekday, hour=report.hour, time_zone=report.time_zone)

    async def request_week_so_far(self, delivery_key: str, channel_id: str) -> bool:
        """Claims a mid-week report for one channel and begins it; False when the wish is known already."""
        period = Period.containing(self._clock(), self._schedule.time_zone)
        key = f"{period.label}@{delivery_key}"
        run = await self._database.run(
            store.claim_report, key, period.label, False, channel_id, self._clock()
        )
        if run is None:
            return False
        task = asyncio.create_task(self._deliver_soon())
        self._hurry.add(task)
        task.add_done_callback(self._hurry.discard)
        return True

    async def claim_closed_weeks(self) -> None:
        """Claims every closed week that is due and has no report yet."""
        now = self._clock()
        for period in await self._database.read(weeks_without_report, self._schedule, now):
            await self._database.run(store.claim_report, period.label, period.label, True, None, now)

    async def deliver_due(self) -> None:
        """Computes what is claimed and delivers what is due, one report after the other.

        A report and its drafts' traces take MLflow minutes, for which nobody in Slack waits.
        """
        async with self._to_people:
            for run in await self._database.read(store.uncomputed_reports):
                await self._compute_or_log(run)
            await self._deliver(self._targets.keys() - {DeliveryTarget.MLFLOW})
        async with self._to_mlflow:
            await self._deliver({DeliveryTarget.MLFLOW})

    async def stop(self) -> None:
        """Gives deliveries under way a moment, then lets go; their rows say what is still to do."""
        await drain(self._hurry, DRAIN_SECONDS)

    async def _deliver_soon(self) -> None:
        """What fails here is logged; the next scheduled look takes it up again."""
        try:
            await self.deliver_due()
        except Exception:
            log.exception("report_interrupted")

    async def _compute_or_log(self, run: ReportRun) -> None:
        """A report that cannot be computed is tried again at the next look and holds up no other."""
        try:
            await self._compute(run)
        except Exception:
            log.exception("report_not_computed", report=run.key)

    async def _compute(self, run: ReportRun) -> None:
        report = await self._built(run)
        figures = report.model_dump(mode="json")
        targets = [target for target in DeliveryTarget if run.closed or target not in CLOSED_ONLY]
        await self._database.run(store.save_figures, run.id, figures, targets, self._clock())

    async def _computed(self, run: ReportRun) -> Report:
        """The report as it was computed. What an earlier version computed is computed anew, as of then."""
        if run.figures is not None and run.figures.get("schema_version") in range(1, REPORT_VERSION):
            return await self._built(run)
        return Report.model_validate(run.figures)

    async def _built(self, run: ReportRun) -> Report:
        period = Period.parse(run.period, self._schedule.time_zone)
        options = Options(threshold=self._settings.report.threshold)
        return await self._database.read(
            build_report,
            period,
            run.claimed_at,
            run.closed,
            run.key,
            options,
            self._settings.cost_assumptions,
        )

    async def _deliver(self, targets: Collection[DeliveryTarget]) -> None:
        for delivery, run in await self._database.read(store.due_deliveries, self._clock()):
            if delivery.target in targets:
                await self._attempt(delivery, run)

    async def _attempt(self, delivery: Delivery, run: ReportRun) -> None:
        """Delivers, or notes in the row why not and when to try again: no failure stops the others."""
        try:
            report = await self._computed(run)
            external_id = await self._targets[delivery.target](run, report)
        except Exception as error:
            expected = isinstance(error, (DeliveryFailed, SlackApiError, OSError))
            log.warning("delivery_failed", report=run.key, target=delivery.target, exc_info=not expected)
            await self._database.run(store.mark_delivery_failed, delivery.id, str(error), self._clock())
        else:
            log.info("delivered", report=run.key, target=delivery.target)
            await self._database.run(store.mark_delivered, delivery.id, external_id, self._clock())

    async def _draw(self, report: Report) -> bytes:
        """The report's picture as PNG. Raises DeliveryFailed."""
        return await self._run_module(FIGURES, report.to_json().encode())

    async def _log_to_mlflow(self, _run: ReportRun, report: Report) -> str:
        job = await asyncio.to_thread(tracking.report_job, self._settings, self._database, report)
        output = await self._run_module(tracking.MODULE, job.model_dump_json().encode())
        await self._log_traces()
        return str(json.loads(output)["run_id"])

    async def _log_traces(self) -> None:
        """Drafts with their ratings. The report is found in MLflow again when this is tried once more."""
        job = tracking.traces_job(self._settings, self._database)
        traced = json.loads(await self._run_module(tracking.MODULE, job.model_dump_json().encode()))
        log.info("traces_logged", **traced)
        if traced["remaining"]:
            raise DeliveryFailed(
                f"The report is in MLflow; {traced['remaining']:,} drafts are still to follow as traces. "
                "What is there stays, and the rest is logged at the next attempt."
            )
