"""The report of a week: what counts when, who is ranked, what is claimed, and how it is shown."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from io import StringIO
from random import Random
from statistics import median

import pytest
from sqlalchemy import event
from sqlmodel import Session

from evaluation.costs import CostLine
from evaluation.errors import InvalidPeriod, InvalidReport
from evaluation.findings import find_separated
from evaluation.periods import Period, ReportSchedule
from evaluation.report import build_report, report_key, weeks_without_report
from evaluation.report_document import EnergySource, ModelLine, RatingStatus, Report
from evaluation.report_table import format_seconds, format_usd, report_table
from evaluation.statistics.mean_interval import MeanInterval, mean_interval
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
HIGH, LOW = [8, 9, 8, 9, 8, 9], [3, 4, 3, 4, 3, 4]


@pytest.fixture
def session() -> Iterator[Session]:
    with session_in_memory() as session:
        yield session


def closed_report(session: Session) -> Report:
    return build_report(session, WEEK, AFTER_WEEK, closed=True)


def rated_line(model: str, scores: list[int]) -> ModelLine:
    interval = mean_interval(scores)
    assert isinstance(interval, MeanInterval)
    return ModelLine(
        model=model,
        status=RatingStatus.ENOUGH,
        n_drafts=len(scores),
        n_substitute_drafts=0,
        n_scores=len(scores),
        n_raters=len(scores),
        mean_score=interval.mean,
        ci_low=interval.low,
        ci_high=interval.high,
        thumbs_up=0,
        thumbs_down=0,
    )


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
        assert any(caveat.startswith("Drafts known to be deleted (1)") for caveat in report.caveats)

    def test_thumbs_are_counted_and_are_no_scores(self, session: Session) -> None:
        draft = add_draft(session, "m")
        add_rating(session, draft, "U1", thumb=1)
        add_rating(session, draft, "U2", thumb=-1)
        add_rating(session, draft, "U3", score=9, thumb=1)

        report = closed_report(session)
        line = report.models[0]

        assert (line.thumbs_up, line.thumbs_down, line.n_scores, line.n_raters) == (2, 1, 1, 1)
        assert (report.counts.ratings, report.counts.raters) == (3, 3)

    def test_a_substitutes_draft_counts_for_its_writer(self, session: Session) -> None:
        add_draft(session, "writer", substitute_for="routed")

        report = closed_report(session)

        assert [(line.model, line.n_drafts, line.n_substitute_drafts) for line in report.models] == [
            ("writer", 1, 1)
        ]
        assert any(caveat.startswith("1 draft came from a substitute") for caveat in report.caveats)


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

    def test_four_queries_however_many_drafts(self, session: Session) -> None:
        for model in ("a", "b", "c"):
            add_scored(session, model, [5, 6, 7, 8, 9, 10])
        session.expire_all()
        statements = []
        event.listen(
            session.get_bind(), "before_cursor_execute", lambda *arguments: statements.append(arguments[2])
        )

        closed_report(session)

        assert len(statements) == 4


class TestRanking:
    def test_ranked_by_mean_with_ties_sharing_and_few_scores_without_a_rank(self) -> None:
        report = report_of(
            {"c": [5, 6, 7, 6, 6], "a": HIGH, "b": [6, 5, 6, 7, 6], "few": [10] * 4, "none": []}
        )

        ranks = [(line.model, line.rank, line.status) for line in report.models]

        assert ranks == [
            ("a", 1, RatingStatus.ENOUGH),
            ("b", 2, RatingStatus.ENOUGH),
            ("c", 2, RatingStatus.ENOUGH),
            ("few", None, RatingStatus.NOT_ENOUGH_RATINGS),
            ("none", None, RatingStatus.NOT_ENOUGH_RATINGS),
        ]
        assert (line_of(report, "few").mean_score, line_of(report, "few").ci_low) == (None, None)

    def test_the_interval_is_students(self) -> None:
        line = report_of({"m": [6, 7, 8, 9, 10]}).models[0]

        assert (line.mean_score, line.n_scores, line.n_raters) == (8, 5, 3)
        assert line.ci_low == pytest.approx(6.0367, abs=1e-4)
        assert line.ci_high == pytest.approx(9.9633, abs=1e-4)


class TestClaims:
    def test_a_better_model_is_claimed_only_where_intervals_are_apart(self) -> None:
        apart = report_of({"high": HIGH, "low": LOW})
        close = report_of({"high": HIGH, "low": [7, 8, 9, 8, 7, 9]})

        assert apart.headline.startswith("2026-W47: high was rated higher than low: 8.5 (7.9 to 9.1) against")
        assert "no model can be called better" in close.headline
        assert "overlap" in close.headline

    def test_a_third_model_does_not_hide_an_overlap_of_the_first_two(self) -> None:
        report = report_of({"high": HIGH, "also-high": [8, 9, 8, 9, 8, 8], "low": LOW})

        assert "no model can be called better" in report.headline

    def test_in_mid_week_nothing_is_claimed(self) -> None:
        report = report_of({"high": HIGH, "low": LOW}, closed=False)

        assert "the week so far; claims nothing" in report.headline
        assert "higher" not in report.headline
        assert report.caveats[0].startswith("The week is not over")
        assert report.alt_text.startswith(report.headline)

    def test_equal_scores_are_no_ground_for_a_claim(self) -> None:
        report = report_of({"high": [9] * 5, "low": [3, 4, 3, 4, 3]})

        assert find_separated(report.models) is None
        assert "no model can be called better" in report.headline
        assert any("All scores are equal for high" in caveat for caveat in report.caveats)

    @pytest.mark.parametrize(
        ("scores", "expected"),
        [
            ({}, "2026-W47: nothing was drafted or rated."),
            ({"m": []}, "no draft has a score"),
            ({"m": [7, 8]}, "m comes closest with 2 scores of the 5"),
            ({"m": [7, 8, 9, 8, 7]}, "only m 7.8 (6.8 to 8.8) has enough ratings"),
        ],
    )
    def test_a_week_with_little_in_it(self, scores: dict[str, list[int]], expected: str) -> None:
        report = report_of(scores)

        assert expected in report.headline
        assert Report.from_json(report.to_json()) == report

    def test_equal_models_are_hardly_ever_called_different(self) -> None:
        """0.6 % of weeks with independent scores; 1.2 % is four standard errors above at 3,000 weeks."""
        rng = Random(20261123)

        def scored(model: str) -> ModelLine:
            scores = [min(10, max(1, round(rng.gauss(6.5, 1.8)))) for _ in range(8)]
            return rated_line(model, scores)

        def week() -> list[ModelLine]:
            best, second = sorted((scored("a"), scored("b")), key=lambda line: -(line.mean_score or 0))
            return [best.model_copy(update={"rank": 1}), second.model_copy(update={"rank": 2})]

        claims = sum(find_separated(week()) is not None for _ in range(3000))

        assert claims <= 0.012 * 3000

    def test_few_scores_and_repeated_raters_are_said(self) -> None:
        caveats = " ".join(report_of({"high": HIGH, "low": LOW}).caveats)

        assert "high (6), low (6)" in caveats
        assert "6 scores by 3 people" in caveats
        assert "People chose which drafts to rate" in caveats

    def test_many_people_with_many_scores_have_fewer_caveats(self) -> None:
        with session_in_memory() as session:
            add_scored(session, "m", [5, 6, 7, 8] * 5, raters=20)
            caveats = " ".join(closed_report(session).caveats)

        assert "Few scores" not in caveats
        assert "same people" not in caveats

    def test_an_alt_text_states_the_finding_within_slacks_limit(self) -> None:
        many = report_of({f"a-model-with-a-rather-long-name-{n:02}": [5, 6, 7, 8, 9] for n in range(30)})

        assert many.alt_text.startswith(many.headline)
        assert len(many.alt_text) <= 1000


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

        assert table.rows == (
            ("1", "high", "8.5 (7.9 to 9.1)", "6", "3", "0 / 0", "7.5", "7.5", "0.25 s / 0.25 s",
             "$0.00000300 (declared)", "6"),
            ("–", "old", "not enough ratings (1 of 5)", "1", "1", "0 / 1", "–", "–", "–", "–", "0"),
        )  # fmt: skip
        assert all(len(row) == len(table.header) for row in table.rows)

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
