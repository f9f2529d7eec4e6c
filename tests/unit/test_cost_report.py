"""The cost report: three lines by hand, what may be claimed of them, and what is left unsaid."""

import json
import math
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from evaluation.costs.assumptions import CloudModel, CostAssumptions, People
from evaluation.costs.document import CostReport, Estimate, Line, LineName
from evaluation.costs.estimates import divided_by_share, estimate_mean, estimate_share
from evaluation.costs.report import build_cost_report
from evaluation.costs.spans import parse_span
from evaluation.costs.table import clouds_table, lines_table
from evaluation.costs.words import format_usd
from evaluation.errors import InvalidPeriod
from evaluation.tables import DraftEdit
from tests.costs import AFTER_WEEK, ASSUMPTIONS, MACHINE, SMALL, WEEK, add_costed, add_week, bands, flat
from tests.reports import add_rating, session_in_memory

MEASURED_SECONDS = 2.031


@pytest.fixture
def session() -> Iterator[Session]:
    with session_in_memory() as session:
        yield session


def report_of(
    session: Session, assumptions: CostAssumptions = ASSUMPTIONS, now: datetime = AFTER_WEEK
) -> CostReport:
    return build_cost_report(session, WEEK, assumptions, now)


def line_of(report: CostReport, name: LineName) -> Line:
    line = report.line(name)
    assert line is not None
    return line


def usd(report: CostReport, name: LineName) -> float:
    value = line_of(report, name).usd_per_draft.value
    assert value is not None
    return value


class TestTwentyDraftsADay:
    """On a machine of 3,999 USD over four years, 45.36 J a draft, beside gpt-4o-mini at 100 + 200 tokens."""

    @pytest.fixture
    def report(self, session: Session) -> CostReport:
        add_week(session, 20)
        return report_of(session)

    def test_the_first_line_is_the_electricity_of_one_more_draft(self, report: CostReport) -> None:
        # 45.36 J / 3,600,000 × 0.15
        assert usd(report, LineName.MARGINAL) == pytest.approx(0.00000189)

    def test_the_second_line_adds_the_machine_while_it_was_busy(self, report: CostReport) -> None:
        # 3,999 / (4 × 365.25 × 86,400) × 2.031 = 0.0000643..; idling 7 W × 2.031 s × 0.15 / 3.6e6 = 5.9e-7
        expected = 0.00000189 + 3999 / 126_230_400 * 2.031 + 7 * 2.031 / 3.6e6 * 0.15
        assert usd(report, LineName.AMORTISED) == pytest.approx(expected)

    def test_the_third_line_is_about_14_cents(self, report: CostReport) -> None:
        # 3,999 / 1,461 days / 20 drafts = 0.13686; 7 W × 24 h × 0.15 / 1,000 / 20 = 0.00126
        assert usd(report, LineName.OWNERSHIP) == pytest.approx(0.13686 + 0.00126 + 0.00000189, abs=1e-5)
        assert round(usd(report, LineName.OWNERSHIP), 2) == 0.14

    def test_the_cloud_takes_a_thousandth_of_that(self, report: CostReport) -> None:
        (cloud,) = report.clouds
        assert cloud.usd_per_draft.value == pytest.approx(0.000135)
        assert {saving.line: saving.share for saving in cloud.savings} == {
            LineName.MARGINAL: pytest.approx(0.986),
            LineName.AMORTISED: pytest.approx(0.505, abs=0.001),
            LineName.OWNERSHIP: pytest.approx(1 - 0.13812 / 0.000135, rel=1e-3),
        }

    def test_the_text_says_of_which_line_the_savings_are_true(self, report: CostReport) -> None:
        (sentence,) = [each for each in report.sentences if each.startswith("openai:")]
        assert "“98.6 % savings” is true of marginal energy only" in sentence
        assert "“50.5 %” of the machine over its busy time only" in sentence
        assert "by full ownership a draft costs $0.138 here, 1,023 times as much as there" in sentence

    def test_break_even_and_whether_one_machine_reaches_it(self, report: CostReport) -> None:
        # (3,999 / 1,461 + 0.0252) / (0.000135 − 0.00000189) drafts a day; 86,400 / 2.031 can be written
        (cloud,) = report.clouds
        assert cloud.break_even_drafts_per_day == pytest.approx(
            (3999 / 1461 + 0.0252) / (0.000135 - 0.00000189)
        )
        assert report.business.capacity_per_day == pytest.approx(86_400 / 2.031)
        assert cloud.reachable
        (sentence,) = [each for each in report.sentences if each.startswith("openai:")]
        assert "breaks even at 20,753 drafts a day; one machine can write 42,541" in sentence
        assert "At this pace it costs $1,008 a year more than the cloud." in sentence

    def test_a_year_saves_what_365_such_days_save(self, report: CostReport) -> None:
        marginal, _, ownership = report.clouds[0].savings
        assert marginal.usd_per_year.value == pytest.approx(20 * (0.000135 - 0.00000189) * 365.25)
        assert ownership.usd_per_year.value == pytest.approx(
            (20 * (0.000135 - 0.00000189) - 3999 / 1461 - 0.0252) * 365.25
        )
        assert (ownership.usd_per_year.n, ownership.usd_per_year.low) == (7, ownership.usd_per_year.high)


def test_a_slow_machine_cannot_reach_the_volume_and_the_report_says_so(session: Session) -> None:
    add_week(session, 5, busy_seconds=10.0)
    report = report_of(session)

    assert report.clouds[0].reachable is False
    assert "one machine can write 8,640, so it cannot reach that" in " ".join(report.sentences)


def test_where_one_more_draft_costs_more_here_no_volume_helps(session: Session) -> None:
    add_week(session, 5, joules=36_000.0)
    report = report_of(session)

    assert report.clouds[0].break_even_drafts_per_day is None
    assert report.clouds[0].reachable is None
    text = " ".join(report.sentences)
    assert "It is cheaper than drafting here by every line. No volume makes up for that" in text


def test_a_busy_machine_against_a_dear_model_is_cheaper_by_every_line(session: Session) -> None:
    dear = CloudModel("openai", "gpt-4")
    add_week(session, 30, prompt_tokens=20_000, completion_tokens=2_000)
    report = report_of(session, replace(ASSUMPTIONS, cloud_models=(dear,)))

    text = " ".join(report.sentences)
    assert "Drafting here is cheaper by every line: 100.0 % by marginal energy" in text
    assert "which is reached" in text
    assert "At this pace it saves $" in text


def test_the_price_of_the_hour_counts(session: Session) -> None:
    day_and_night = bands(("06:00", "22:00", 0.31), ("22:00", "06:00", 0.22))
    by_the_hour = replace(ASSUMPTIONS, electricity=replace(flat(0), bands=tuple(day_and_night)))
    for hour in (12, 23):
        add_costed(session, WEEK.start + timedelta(hours=hour), by_the_hour, joules=3_600_000)

    assert usd(report_of(session, by_the_hour), LineName.MARGINAL) == pytest.approx((0.31 + 0.22) / 2)


class TestEnergy:
    def test_scopes_are_told_apart_and_never_added(self, session: Session) -> None:
        for hour in range(3):
            add_costed(session, WEEK.start + timedelta(hours=hour), joules=100, scope="system")
        add_costed(session, WEEK.start + timedelta(hours=5), joules=10_000, scope="accelerator")
        report = report_of(session)

        assert [(kind.scope, kind.n_drafts) for kind in report.energy] == [("system", 3), ("accelerator", 1)]
        assert [kind.joules for kind in report.energy] == pytest.approx([300, 10_000])
        assert usd(report, LineName.MARGINAL) == pytest.approx(100 / 3.6e6 * 0.15)
        assert "so their figures are not added: the lines rest on the 3 drafts" in " ".join(report.sentences)

    def test_a_missing_meter_falls_back_to_the_declaration(self, session: Session) -> None:
        add_week(session, 1, joules=None)
        report = report_of(session)

        assert [kind.scope for kind in report.energy] == ["declared"]
        assert usd(report, LineName.MARGINAL) == pytest.approx(0.00000296, abs=5e-9)

    def test_drafts_without_any_energy_figure_are_counted_and_cost_nothing_known(
        self, session: Session
    ) -> None:
        silent = replace(ASSUMPTIONS, machine=replace(MACHINE, declared_watts=0.0))
        add_week(session, 1, assumptions=silent, joules=None)
        report = report_of(session, silent)

        assert report.n_without_energy == 7
        assert [line.usd_per_draft.value for line in report.lines] == [None, None, None]
        assert all(line.why_unknown == "no draft has an energy figure" for line in report.lines)
        assert "What a draft costs here is not known: no draft has an energy figure." in report.sentences

    def test_the_idle_draw_is_reported_apart_and_a_meter_of_all_knows_it(self, session: Session) -> None:
        add_week(session, 1, energy_idle_joules=9 * MEASURED_SECONDS)
        report = report_of(session)

        assert report.energy[0].idle_joules == pytest.approx(7 * 9 * MEASURED_SECONDS)
        assert report.assumptions.idle_watts == pytest.approx(9.0)
        assert report.assumptions.idle_watts_measured

    def test_the_idle_draw_of_a_chip_is_not_that_of_the_machine(self, session: Session) -> None:
        add_week(session, 1, scope="soc", energy_idle_joules=1.0)
        assert report_of(session).assumptions.idle_watts == 7.0


class TestQuality:
    def test_a_good_draft_costs_what_all_of_them_cost_by_their_share(self, session: Session) -> None:
        for number, draft in enumerate(add_week(session, 2)):
            add_rating(session, draft, "U1", score=8 if number % 2 else 6)
        report = report_of(session)
        line = line_of(report, LineName.OWNERSHIP)

        assert report.business.share_accepted.value == 0.5
        assert line.per_accepted.value == pytest.approx(2 * usd(report, LineName.OWNERSHIP))
        assert line.per_accepted.low is not None
        assert line.per_accepted.high is not None
        assert line.per_accepted.low < 2 * usd(report, LineName.OWNERSHIP) < line.per_accepted.high

    def test_where_none_was_good_there_is_a_bound_and_no_figure(self, session: Session) -> None:
        for draft in add_week(session, 1):
            add_rating(session, draft, "U1", score=3)
        line = line_of(report_of(session), LineName.OWNERSHIP)

        assert (line.per_accepted.value, line.per_accepted.high) == (None, None)
        assert line.per_accepted.low is not None
        assert line.per_accepted.low > 0

    def test_drafts_nobody_rated_say_nothing_of_quality(self, session: Session) -> None:
        add_week(session, 1)
        assert line_of(report_of(session), LineName.MARGINAL).per_accepted == Estimate()

    def test_posted_without_edits(self, session: Session) -> None:
        drafts = add_week(session, 1)
        at = drafts[0].created_at + timedelta(minutes=5)
        for number, text in enumerate(("better", "best")):
            session.add(
                DraftEdit(
                    delivery_key=f"e{number}",
                    draft_id=drafts[0].id,
                    editor_id="U1",
                    text=text,
                    created_at=at + timedelta(minutes=number),
                )
            )
        drafts[1].edited_at = at
        drafts[2].discarded_at = at
        drafts[3].channel_id = drafts[3].message_ts = drafts[3].posted_at = None
        session.flush()
        business = report_of(session).business

        assert business.share_unedited.value == pytest.approx(3 / 6)
        assert business.share_unedited.n == 6
        assert business.edits_per_draft == pytest.approx(3 / 6)
        assert business.n_final == 5


class TestBusiness:
    def test_drafts_a_day_counts_all_days_of_the_period(self, session: Session) -> None:
        for hour in range(14):
            add_costed(session, WEEK.start + timedelta(hours=hour))
        business = report_of(session).business
        assert business.drafts_per_day == 2
        assert business.share_of_capacity == pytest.approx(2 * 2.031 / 86_400)

    def test_a_period_that_is_not_over_ends_now(self, session: Session) -> None:
        add_week(session, 4)
        report = report_of(session, now=WEEK.start + timedelta(days=2))
        assert (report.n_drafts, report.business.drafts_per_day) == (8, 4)
        assert report.until == WEEK.start + timedelta(days=2)

    def test_from_request_to_final_text(self, session: Session) -> None:
        add_week(session, 1)  # 20 s of writing and 1 s of posting
        business = report_of(session).business
        assert (business.seconds_to_final_median, business.seconds_to_final_p90) == (21.0, 21.0)

    def test_texts_of_other_servers_are_not_of_this_machine(self, session: Session) -> None:
        add_week(session, 1)
        add_costed(session, WEEK.start + timedelta(hours=3), device="remote")
        report = report_of(session)
        assert (report.n_drafts, report.n_elsewhere) == (7, 1)
        assert "1 more came from other servers" in report.sentences[0]

    def test_peoples_time_is_a_fourth_line_where_an_hour_has_a_price(self, session: Session) -> None:
        drafts = add_week(session, 1)
        for rater in ("U1", "U2", "U3"):
            add_rating(session, drafts[0], rater, thumb=1)
        drafts[1].edited_at = drafts[1].created_at
        session.flush()
        report = report_of(session, replace(ASSUMPTIONS, people=People(60, 1, 5)))

        # (3 × 1 min + 1 × 5 min) × 1 USD/min over 7 drafts
        assert usd(report, LineName.HUMAN) == pytest.approx(8 / 7)
        assert [line.name for line in report.lines] == ["marginal", "amortised", "ownership", "human"]
        assert report_of(session).line(LineName.HUMAN) is None


class TestNothingThere:
    def test_a_week_without_drafts_has_three_lines_that_say_so(self, session: Session) -> None:
        report = report_of(session)
        assert [line.name for line in report.lines] == ["marginal", "amortised", "ownership"]
        assert [line.usd_per_draft.value for line in report.lines] == [None] * 3
        assert report.sentences == (
            "No drafts were written on this machine in the week from 16 to 22 November 2026.",
        )
        assert report.clouds[0].why_unknown == "there are no drafts"

    def test_a_cloud_model_nobody_knows_has_no_price(self, session: Session) -> None:
        add_week(session, 1)
        unknown = CloudModel("openai", "no-such-model")
        report = report_of(session, replace(ASSUMPTIONS, cloud_models=(unknown, SMALL)))

        first, second = report.clouds
        assert (first.usd_per_draft.value, first.n_without_price) == (None, 7)
        assert [saving.share for saving in first.savings] == [None] * 3
        assert second.usd_per_draft.value is not None
        assert "no price is known for openai:no-such-model" in " ".join(report.sentences)

    def test_a_period_that_has_not_begun_is_refused(self, session: Session) -> None:
        with pytest.raises(InvalidPeriod, match="has not begun"):
            report_of(session, now=WEEK.start)


def test_every_report_names_its_prices_with_their_date(session: Session) -> None:
    add_week(session, 1)
    report = report_of(session)
    assert report.prices_date is not None
    told = " ".join(report.sentences)
    assert f"genai-prices {report.prices_version} (tables without a date of their own" in told
    assert f"the newest price change in them: {report.prices_date}" in told
    assert "0.15 USD/kWh (contract of 2026, 2026-01-01)" in told


def test_a_report_survives_json(session: Session) -> None:
    add_week(session, 2)
    report = report_of(session)
    assert CostReport.model_validate_json(report.to_json()) == report
    assert json.loads(report.to_json())["schema_version"] == 1


def test_no_figure_is_negative_or_silently_zero_whatever_the_week_was() -> None:
    rng = random.Random(20)
    for _ in range(25):
        with session_in_memory() as session:
            for _ in range(rng.randrange(1, 12)):
                joules = rng.choice([None, 0.0, rng.uniform(0.001, 5_000)])
                add_costed(
                    session,
                    WEEK.start + timedelta(hours=rng.uniform(0, 160)),
                    joules=joules,
                    scope=rng.choice(["soc", "system", "accelerator"]),
                    busy_seconds=rng.uniform(0.01, 90),
                    prompt_tokens=rng.randrange(1, 400_000),
                    completion_tokens=rng.randrange(1, 900),
                )
            report = report_of(session)
        for line in report.lines:
            assert line.usd_per_draft.value is not None
            assert line.usd_per_draft.value > 0
            assert math.isfinite(line.usd_per_draft.value)
        assert usd(report, LineName.MARGINAL) <= usd(report, LineName.AMORTISED)
        assert usd(report, LineName.MARGINAL) <= usd(report, LineName.OWNERSHIP)
        assert all(cloud.usd_per_draft.value for cloud in report.clouds)


def test_the_tables_show_the_three_lines_and_every_cloud(session: Session) -> None:
    add_week(session, 20)
    unknown = CloudModel("openai", "no-such-model")
    report = report_of(session, replace(ASSUMPTIONS, cloud_models=(SMALL, unknown)))

    assert [row[:2] for row in lines_table(report).rows] == [
        ("Marginal energy", "$0.00000189"),
        ("Machine over busy time", "$0.0000668"),
        ("Full ownership", "$0.138"),
    ]
    assert clouds_table(report).rows == (
        (
            "openai:gpt-4o-mini",
            "$0.000135",
            "98.6 % less",
            "50.5 % less",
            "1,023 times as much",
            "−$1,008",
            "20,753 drafts a day, within reach",
        ),
        ("openai:no-such-model", "no price", *["–"] * 5),
    )


class TestSpans:
    NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)

    def test_weeks_and_months_are_those_of_the_time_zone(self) -> None:
        month = parse_span("2026-11", "Europe/Berlin", None, self.NOW)
        assert month.start == datetime(2026, 10, 31, 23, tzinfo=UTC)
        assert month.end == datetime(2026, 11, 30, 23, tzinfo=UTC)
        assert parse_span("2026-12", "UTC", None, self.NOW).end == datetime(2027, 1, 1, tzinfo=UTC)
        assert parse_span("2026-W47", "UTC", None, self.NOW) == WEEK

    def test_all_is_since_the_day_of_the_first_draft(self) -> None:
        span = parse_span("all", "UTC", datetime(2026, 3, 4, 15, tzinfo=UTC), self.NOW)
        assert (span.start, span.end) == (datetime(2026, 3, 4, tzinfo=UTC), self.NOW)

    @pytest.mark.parametrize("label", ["2026-13", "2026-W60", "yesterday", ""])
    def test_no_such_period(self, label: str) -> None:
        with pytest.raises(InvalidPeriod):
            parse_span(label, "UTC", None, self.NOW)


class TestEstimates:
    def test_few_values_have_a_mean_and_no_interval(self) -> None:
        assert estimate_mean([1.0, 3.0]) == Estimate(value=2.0, n=2)
        assert estimate_mean([]) == Estimate(n=0)

    def test_a_cost_is_not_said_to_be_below_nothing(self) -> None:
        estimate = estimate_mean([0.0, 0.0, 0.0, 0.0, 10.0])
        assert (estimate.value, estimate.low) == (2.0, 0.0)

    def test_wilson_at_both_ends(self) -> None:
        none = estimate_share(0, 5)
        assert (none.value, none.low) == (0.0, 0.0)
        assert none.high == pytest.approx(0.4345, abs=1e-4)
        assert estimate_share(0, 0) == Estimate(n=0)
        assert divided_by_share(None, estimate_share(1, 2)).value is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3999, "$3,999"),
        (12.5, "$12.50"),
        (0.13812, "$0.138"),
        (0.000135, "$0.000135"),
        (0.00000189, "$0.00000189"),
        (0.0, "$0"),
        (-1021.4, "−$1,021"),
    ],
)
def test_small_amounts_keep_their_digits(value: float, text: str) -> None:
    assert format_usd(value) == text
