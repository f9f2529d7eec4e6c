"""Figures for another program: the same as people read, as plain numbers with stable columns."""

import csv
from collections.abc import Iterator
from io import StringIO

import pytest
from sqlmodel import Session

from evaluation.costs.records import clouds_records, lines_records
from evaluation.costs.report import build_cost_report
from evaluation.records import Records
from evaluation.report_records import report_records
from evaluation.report_table import report_table
from tests.costs import AFTER_WEEK, ASSUMPTIONS, WEEK, add_week
from tests.reports import report_of, session_in_memory

HIGH = [8, 9, 8, 9, 8, 9] * 4


@pytest.fixture
def session() -> Iterator[Session]:
    with session_in_memory() as opened:
        yield opened


def read(records: Records) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(records.to_csv())))


def test_numbers_are_plain_what_is_unknown_is_empty_and_text_survives() -> None:
    row = ('a "quoted", name', 2.96e-06, 12345.5, None, True, 7)
    records = Records(("name", "small", "large", "unknown", "yes", "count"), (row,))

    assert records.to_csv().splitlines()[1] == '"a ""quoted"", name",2.96e-06,12345.5,,true,7'
    assert records.columns()["count"] == [7]


def test_the_ranking_has_a_row_for_each_model_that_people_see() -> None:
    report = report_of({"high": HIGH, "low": [3, 4, 3]})

    high, low = read(report_records(report))

    assert [high["model"], low["model"]] == [row[1] for row in report_table(report).rows]
    assert (high["period"], high["rank_low"], high["standing"]) == ("2026-W47", "1", "qualified")
    assert float(high["anytime_low"]) < float(high["quality"]) < float(high["anytime_high"])
    assert float(high["period_energy_usd_per_draft"]) == pytest.approx(3e-6)
    assert low["quality"] == low["rank_low"] == low["chance_to_be_best"] == ""


def test_columns_are_the_same_whatever_is_known() -> None:
    assert report_records(report_of({})).header == report_records(report_of({"one": HIGH})).header


def test_costs_are_numbers_that_a_spreadsheet_can_add(session: Session) -> None:
    add_week(session, 20)
    report = build_cost_report(session, WEEK, ASSUMPTIONS, AFTER_WEEK)

    marginal, amortised, ownership = read(lines_records(report))
    clouds = read(clouds_records(report))

    assert [row["line"] for row in (marginal, amortised, ownership)] == ["marginal", "amortised", "ownership"]
    assert (
        float(marginal["usd_per_draft"])
        < float(amortised["usd_per_draft"])
        < float(ownership["usd_per_draft"])
    )
    assert [row["cloud_model"] for row in clouds] == [cloud.model for cloud in report.clouds]
    assert all(float(row["ownership_savings"]) <= float(row["marginal_savings"]) for row in clouds)
    assert {row["prices"] for row in clouds} == {report.prices}
