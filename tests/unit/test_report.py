"""The report of a week: what counts when, where its figures come from, and how it is shown."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from io import StringIO
from statistics import median

import pytest
from sqlalchemy import event
from sqlmodel import Session

from evaluation.analysis.analyze import analyze
from evaluation.analysis.database import read_observations
from evaluation.costs import CostLine
from evaluation.errors import InvalidPeriod, InvalidReport
from evaluation.periods import Period, ReportSchedule
from evaluation.report import build_report, report_key, weeks_without_report
from evaluation.report_document import EnergySource, ModelLine, Report
from evaluation.report_table import format_seconds, format_usd, report_table
from evaluation.tables import ReportRun
from tests.reports import (
    AFTER_WEEK,
    IN_WEEK,
    WEEK,
    add_draft,
    add_rating,
    add_scored,
    report_of,
    session_in_memory,
)

MEASURED = CostLine("energy", 1e-4, "kWh", 0.15, 1.5e-5, "measured joules (soc)", "contract")
DECLARED = CostLine("energy", 2e-5, "kWh", 0.15, 3e-6, "declared watts × seconds", "contract")
HIGH, LOW = [8, 9, 8, 9, 8, 9] * 4, [3, 4, 3, 4, 3, 4] * 4


@pytest.fixture
def session() -> Iterator[Session]:
    with session_in_memory() as session:
        yield session


def closed_report(session: Session) -> Report:
    return build_report(session, WEEK, AFTER_WEEK, closed=True)


def line_of(report: Report, model: str) -> ModelLine:
    return next(line for line in report.models if line.model == model)


class TestWhatCountsWhen:
    def test_a_rating_counts_in_the_week_it_was_given_not_the_drafts(self, session: Session) -> None:
        sunday_before = add_draft(session, "early", at=WEEK.start - timedelta(hours=2))
        sunday = add_draft(session, "late", at=WEEK.end - timedelta(hours=2))
        add_rating(session, sunday_before, "U1", score=8, at=WEEK.start)
        add_rating(session, sunday, "U1", score=8, at=WEEK.end)

        this_week = closed_report(session)
        next_week = build_report(session, WEEK.following(), AFTER_WEEK + timedelta(days=7), closed=True)

        early, late = line_of(this_week, "early"), line_of(this_week, "late")
        assert (early.n_drafts, early.n_scores) == (0, 1)
        assert (late.n_drafts, late.n_scores) == (1, 0)
        assert (early.latency_mean_seconds, early.cost_mean_usd, early.heuristic_composite) == (None,) * 3
        assert (line_of(next_week, "late").n_drafts, line_of(next_week, "late").n_scores) == (0, 1)

    def test_the_bounds_are_those_of_the_time_zone(self, session: Session) -> None:
        add_draft(session, "m", at=WEEK.start)
        add_draft(session, "m", at=WEEK.start - timedelta(microseconds=1))
        add_draft(session, "m", at=WEEK.end)

        assert closed_report(session).counts.drafts == 1

    def test_a_deleted_draft_keeps_its_cost_and_loses_its_ratings(self, session: Session) -> None:
        deleted = add_draft(session, "m", deleted_at=IN_WEEK)
        add_rating(session, deleted, "U1", score=1, thumb=-1)

        report = closed_report(session)

        assert report.counts.model_dump() == {"drafts": 1, "deleted_drafts": 1, "ratings": 0, "raters": 0}
        assert (report.models[0].n_scores, report.models[0].thumbs_down) == (0, 0)
        assert report.models[0].cost_total_usd == pytest.approx(3e-6)
        assert any("known to be deleted (1)" in caveat for caveat in report.caveats)

    def test_thumbs_are_counted_and_are_no_scores(self, session: Session) -> None:
        draft = add_draft(session, "m")
        add_rating(session, draft, "U1", thumb=1)
        add_rating(session, draft, "U2", thumb=-1)
        add_rating(session, draft, "U3", score=9, thumb=1)

        report = closed_report(session)
        line = report.models[0]

        assert (line.thumbs_up, line.thumbs_down, line.n_scores, line.n_raters) == (2, 1, 1, 3)
        assert (report.counts.ratings, report.counts.raters) == (3, 3)

    def test_a_substitutes_draft_counts_for_its_writer(self, session: Session) -> None:
        add_draft(session, "writer", substitute_for="routed")

        report = closed_report(session)

        assert [(line.model, line.n_drafts, line.n_substitute_drafts) for line in report.models] == [
            ("writer", 1, 1)
        ]
        assert any(caveat.startswith("1 draft was written by a substitute") for caveat in report.caveats)


class TestFigures:
    def test_speed_cost_and_heuristics_of_a_model(self, session: Session) -> None:
        latencies = [0.5, 1.0, 1.5, 2.0, 10.0]
        for latency_seconds in latencies:
            add_draft(session, "m", latency_seconds=latency_seconds)

        line = closed_report(session).models[0]

        assert line.latency_mean_seconds == pytest.approx(3.0)
        assert line.latency_median_seconds == median(latencies)
        assert line.latency_p95_seconds == pytest.approx(8.4)
        assert (line.heuristic_composite, line.heuristic_length, line.field_guide) == (7.5, 7.5, 7.5)
        assert line.cost_mean_usd == pytest.approx(3e-6)
        assert line.cost_total_usd == pytest.approx(1.5e-5)

    @pytest.mark.parametrize(
        ("costs", "source", "is_declared"),
        [
            ([], None, False),
            ([MEASURED], EnergySource.MEASURED, False),
            ([DECLARED], EnergySource.DECLARED, True),
            ([MEASURED, DECLARED], EnergySource.MIXED, True),
        ],
    )
    def test_energy_says_where_it_comes_from(
        self, session: Session, costs: list[CostLine], source: EnergySource | None, is_declared: bool
    ) -> None:
        for line in costs:
            add_draft(session, "m", costs=(line,))
        add_draft(session, "m", costs=())

        report = closed_report(session)

        assert report.models[0].energy_source is source
        assert (report.models[0].cost_mean_usd is None) == (source is None)
        assert any("declared watts × seconds" in caveat for caveat in report.caveats) == is_declared

    def test_a_draft_counts_for_its_arm(self, session: Session) -> None:
        before = add_draft(session, "m", prompt_version="p1", latency_seconds=1.0)
        after = add_draft(
            session, "m", prompt_version="p2", latency_seconds=3.0, at=IN_WEEK + timedelta(hours=1)
        )
        add_rating(session, before, "U1", score=5)
        add_rating(session, after, "U1", score=9, thumb=1)

        first, second = (line_of(closed_report(session), arm) for arm in ("m", "m@2"))

        assert (first.latency_median_seconds, second.latency_median_seconds) == (1.0, 3.0)
        assert (first.n_ratings, first.thumbs_up, second.n_ratings, second.thumbs_up) == (1, 0, 1, 1)
        assert (first.heuristic_length, second.cost_total_usd) == (7.5, 3e-6)

    def test_queries_do_not_grow_with_the_drafts(self, session: Session) -> None:
        for model in ("a", "b", "c"):
            add_scored(session, model, [5, 6, 7, 8, 9, 10])
        session.expire_all()
        statements = []
        event.listen(
            session.get_bind(), "before_cursor_execute", lambda *arguments: statements.append(arguments[2])
        )

        closed_report(session)

        assert len(statements) == 11


class TestEvidence:
    """What is known of the models is the analysis of all judgements, and nothing else."""

    def test_it_is_what_the_analysis_says_of_everything_before_the_end(self, session: Session) -> None:
        for model, scores in {"high": HIGH, "low": LOW}.items():
            add_scored(session, model, scores[:12], at=WEEK.start - timedelta(days=3))
            add_scored(session, model, scores[12:])
            add_scored(session, model, [5] * 6, at=WEEK.end + timedelta(hours=1))

        report = closed_report(session)

        found = read_observations(session, WEEK.end)
        analysis = analyze(found.observations, None, found.source)
        assert report.analysis.models == analysis.models
        assert report.analysis.comparisons == analysis.comparisons
        assert report.until == WEEK.end
        assert report.analysis.n_ratings == 48
        assert report.counts.ratings == 24

    def test_the_week_so_far_reads_up_to_now(self, session: Session) -> None:
        add_scored(session, "m", HIGH, at=IN_WEEK)
        add_scored(session, "m", HIGH, at=IN_WEEK + timedelta(hours=2))

        report = build_report(session, WEEK, IN_WEEK + timedelta(hours=1), closed=False)

        assert (report.analysis.n_ratings, report.counts.ratings, report.counts.drafts) == (24, 24, 24)
        assert report.history == ()

    def test_the_order_is_that_of_the_ranking(self) -> None:
        report = report_of({"few": [10] * 4, "none": [], "c": [5] * 12 + [6] * 12, "a": HIGH, "b": LOW})

        assert [line.model for line in report.models][:3] == ["a", "c", "b"]
        assert {line.model for line in report.models[3:]} == {"few", "none"}
        assert [line.model for line in report.ranked] == ["a", "c", "b"]
        assert report.standing("few") is not None
        assert report.standing("unheard-of") is None

    def test_raters_are_letters_from_the_most_lenient_down(self, session: Session) -> None:
        for position in range(20):
            draft = add_draft(session, "m")
            for rater, score in (("U0STRICT", 4), ("U0MIDDLE", 6), ("U0KIND", 8)):
                add_rating(session, draft, rater, score=score + position % 2)

        report = closed_report(session)

        severities = {line.rater: line.severity or 0 for line in report.analysis.agreement.raters}
        assert list(severities) == ["Rater A", "Rater B", "Rater C"]
        assert severities["Rater A"] > severities["Rater B"] > severities["Rater C"]
        assert "U0" not in report.to_json()

    def test_history_is_the_ranking_at_the_end_of_each_week(self, session: Session) -> None:
        before = Period.parse("2026-W45", "Europe/Berlin")
        add_scored(session, "high", HIGH, at=before.start)
        add_scored(session, "low", LOW)

        history = closed_report(session).history

        assert [(week.week, week.end) for week in history] == [
            ("2026-W45", before.end), ("2026-W46", WEEK.start), ("2026-W47", WEEK.end)
        ]  # fmt: skip
        assert [len(week.models) for week in history] == [1, 1, 2]
        assert [week.n_ratings for week in history] == [24, 24, 48]
        assert history[-1].decided == (("high", "low"),)


class TestDocument:
    def test_json_brings_back_the_same_report(self) -> None:
        report = report_of({"high": HIGH, "low": LOW, "few": [5]})

        again = Report.from_json(report.to_json())

        assert again == report
        assert Report.model_validate(json.loads(json.dumps(report.model_dump(mode="json")))) == report
        assert again.start.tzinfo is UTC

    @pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema_version": 2}'])
    def test_another_document_is_refused_with_a_remedy(self, text: str) -> None:
        with pytest.raises(InvalidReport, match="newer Copydesk"):
            Report.from_json(text)

    def test_the_same_rows_give_the_same_report(self, session: Session) -> None:
        add_scored(session, "b", HIGH)
        add_scored(session, "a", HIGH)

        assert closed_report(session) == closed_report(session)

    def test_keys(self, session: Session) -> None:
        now = WEEK.start + timedelta(days=1, microseconds=5)

        assert report_key(WEEK, now, closed=True) == "2026-W47"
        assert report_key(WEEK, now, closed=False) == "2026-W47@20261116T230000.000005Z"
        assert build_report(session, WEEK, now, closed=False, key="2026-W47@Ev7").key == "2026-W47@Ev7"

    def test_a_week_that_is_not_over_cannot_be_closed(self, session: Session) -> None:
        with pytest.raises(InvalidPeriod, match="2026-11-22 23:00 UTC"):
            build_report(session, WEEK, WEEK.end - timedelta(seconds=1), closed=True)


class TestTable:
    def test_rows_are_words_and_what_is_unknown_is_a_dash(self, session: Session) -> None:
        add_scored(session, "high", HIGH)
        rated_only = add_draft(session, "old", at=WEEK.start - timedelta(days=1))
        add_rating(session, rated_only, "U1", score=5, thumb=-1)

        table = report_table(closed_report(session))

        assert table.rows[0][:3] == ("1st", "high", "8.5")
        assert table.rows[0][5:] == (
            "good enough", "descriptive", "24", "3", "24", "24", "0.25 s / 0.25 s", "$0.00000300 (declared)"
        )  # fmt: skip
        assert table.rows[1] == (
            "–", "old", "not enough ratings (1)", "–", "–", "too few ratings", "descriptive", "1", "1",
            "0", "1", "–", "–",
        )  # fmt: skip
        assert all(len(row) == len(table.header) for row in table.rows)

    def test_a_column_of_dashes_is_left_out(self, session: Session) -> None:
        add_draft(session, "m", costs=())

        assert "Energy cost a draft" not in report_table(closed_report(session)).header

    def test_csv_holds_the_same_cells(self) -> None:
        table = report_table(report_of({'a "quoted", name': HIGH, "low": LOW}))

        header, *rows = csv.reader(StringIO(table.to_csv()))

        assert (tuple(header), tuple(map(tuple, rows))) == table

    @pytest.mark.parametrize(
        ("amount", "words"),
        [(0, "$0"), (0.00000296, "$0.00000296"), (0.000135, "$0.000135"), (0.0999, "$0.0999"),
         (0.14, "$0.14"), (1.234, "$1.23"), (9.999, "$10.00"), (3999, "$3,999.00"),
         (1e-12, "$0.00000000000100")],
    )  # fmt: skip
    def test_dollars_have_cents_or_three_digits_and_no_exponent(self, amount: float, words: str) -> None:
        assert format_usd(amount) == words

    @pytest.mark.parametrize(("seconds", "words"), [(0.424, "0.42 s"), (3.14, "3.1 s"), (85.4, "85 s")])
    def test_seconds(self, seconds: float, words: str) -> None:
        assert format_seconds(seconds) == words


class TestWeeksWithoutReport:
    SCHEDULE = ReportSchedule("monday", 9, "Europe/Berlin")

    def weeks(self, session: Session, **after_week: float) -> list[str]:
        now = WEEK.end + timedelta(**after_week)
        return [week.label for week in weeks_without_report(session, self.SCHEDULE, now)]

    def test_a_week_with_a_draft_is_found_when_due_and_once(self, session: Session) -> None:
        add_draft(session, "m")

        assert self.weeks(session, hours=8) == []
        assert self.weeks(session, hours=9) == ["2026-W47"]
        session.add(ReportRun(key="2026-W47", period="2026-W47", closed=True, claimed_at=AFTER_WEEK))
        session.flush()
        assert self.weeks(session, hours=9) == []

    def test_a_mid_week_report_does_not_stand_for_the_week(self, session: Session) -> None:
        add_draft(session, "m")
        session.add(ReportRun(key="2026-W47@Ev1", period="2026-W47", closed=False, claimed_at=IN_WEEK))
        session.flush()

        assert self.weeks(session, days=1) == ["2026-W47"]

    def test_weeks_without_activity_have_no_report(self, session: Session) -> None:
        assert self.weeks(session, days=1) == []
        draft = add_draft(session, "m", at=Period.parse("2026-W44", "Europe/Berlin").start)
        add_rating(session, draft, "U1", score=5, at=Period.parse("2026-W46", "Europe/Berlin").start)

        assert self.weeks(session, days=1) == ["2026-W44", "2026-W46"]
