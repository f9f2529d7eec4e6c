"""The report in Slack: what stands where, valid by Slack's models or ours, within Slack's limits."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from slack_sdk.models.blocks import Block

from bot import messages, texts
from bot.messages.data_blocks import DataTable, DataVisualization, bar_chart, data_table, short_labels
from evaluation.blinding import for_raters
from evaluation.report import build_report
from evaluation.report_document import Report
from evaluation.wording import days_in_words
from tests.reports import AFTER_WEEK, IN_WEEK, WEEK, add_draft, add_rating, report_of, session_in_memory

NEW_BLOCKS: dict[str, type[DataVisualization] | type[DataTable]] = {
    "data_visualization": DataVisualization,
    "data_table": DataTable,
}
TITLES = {"linkedin_post": "LinkedIn post", "client_email": "Client email"}
SCORES = {
    "model-a": (8, 9, 8, 9, 8) * 4,
    "model-b": (3, 4, 3, 2, 3) * 4,
    "model-c": (7, 9, 8, 9, 8) * 4,
}
MESSAGE_CHARACTERS = 13_000


def parse(blocks: list[dict[str, Any]]) -> None:
    """Every block through slack_sdk's models, or through ours where it has none."""
    for block in blocks:
        if block["type"] in NEW_BLOCKS:
            assert NEW_BLOCKS[block["type"]].model_validate(block).to_block() == block
        else:
            for parsed in Block.parse_all([block]):
                parsed.validate_json()


def types_of(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["type"] for block in blocks]


def words_of(blocks: list[dict[str, Any]]) -> str:
    return json.dumps(blocks, ensure_ascii=False)


@pytest.fixture(scope="module")
def closed_week() -> Report:
    return for_raters(report_of(SCORES), revealed=True)


def of_two_kinds() -> Report:
    with session_in_memory() as session:
        for kind in TITLES:
            for number in range(20):
                draft = add_draft(session, "model-a", content_type=kind)
                add_rating(session, draft, f"U{number % 3}", score=7 + number % 3)
        return for_raters(build_report(session, WEEK, AFTER_WEEK, closed=True), revealed=True)


def test_a_closed_week_has_a_chart_a_table_and_what_cannot_be_told(closed_week: Report) -> None:
    with_chart, without = messages.report_layouts("r1", closed_week)
    for _, blocks in (with_chart, without):
        parse(blocks)
        assert len(json.dumps(blocks)) < MESSAGE_CHARACTERS
    assert set(types_of(with_chart[1])) - set(types_of(without[1])) == {"data_visualization"}
    assert texts.REPORT_UNKNOWNS in words_of(without[1])
    assert without[1][-1]["block_id"] == messages.report_block_id("r1")


def test_the_table_of_a_channel_has_the_columns_that_fit_beside_each_other(closed_week: Report) -> None:
    _, blocks = messages.report_layouts("r1", closed_week)[-1]
    table = next(block for block in blocks if block["type"] == "table")
    head, *rows = ([cell["text"] for cell in row] for row in table["rows"])
    assert head[:4] == ["Rank", "Model", "Quality, 1 to 10", "At every look"]
    assert len(head) <= 8
    assert [row[1] for row in rows] == ["model-a", "model-c", "model-b"]
    assert [column["align"] for column in table["column_settings"][:3]] == ["left", "left", "right"]


def test_the_chart_shows_quality_between_the_ends_of_its_interval(closed_week: Report) -> None:
    chart = messages.report_layouts("r1", closed_week)[0][1][2]["chart"]
    assert chart["axis_config"]["categories"] == ["model-a", "model-c", "model-b"]
    low, quality, high = ([point["value"] for point in series["data"]] for series in chart["series"])
    assert all(1 <= a <= b <= c <= 10 for a, b, c in zip(low, quality, high, strict=True))


def test_the_finding_is_said_without_the_week_that_the_title_names(closed_week: Report) -> None:
    text, blocks = messages.report_layouts("r1", closed_week)[0]
    assert days_in_words(WEEK.label) in blocks[0]["text"]["text"]
    assert WEEK.label not in str(blocks)
    assert text.startswith(texts.report_title(WEEK.label, closed=True))


def test_an_open_week_has_counts_alone_and_nothing_to_choose() -> None:
    report = for_raters(report_of(SCORES, closed=False), revealed=True)
    [(_, blocks)] = messages.report_layouts("r1", report)
    parse(blocks)
    assert "model-a" not in str(blocks)
    assert texts.REPORT_MORE not in str(blocks)


def test_details_say_each_kind_with_a_sortable_table_or_in_lines() -> None:
    with_table, in_lines = messages.details_layouts("r1", of_two_kinds(), TITLES)
    for _, blocks in (with_table, in_lines):
        parse(blocks)
        assert all(title in str(blocks) for title in TITLES.values())
    assert "data_table" in types_of(with_table[1])
    assert "data_table" not in types_of(in_lines[1])
    assert "model-a: " in str(in_lines[1])


def test_where_all_is_of_one_kind_the_details_say_so(closed_week: Report) -> None:
    _, blocks = messages.details_layouts("r1", closed_week, TITLES)[0]
    assert texts.DETAILS_ONE_KIND in str(blocks)
    assert "data_table" in types_of(blocks)


def test_of_many_models_the_first_stand_in_the_channel_and_the_rest_is_announced() -> None:
    report = for_raters(report_of({f"model-{number:02}": (7,) for number in range(30)}), revealed=True)
    _, blocks = messages.report_layouts("r1", report)[-1]
    parse(blocks)
    table = next(block for block in blocks if block["type"] == "table")
    assert len(table["rows"]) == 21
    assert texts.more_rows(10) in str(blocks)


def test_labels_of_a_chart_are_short_and_still_differ() -> None:
    names = [f"a-model-with-a-long-name-{number}" for number in range(12)]
    labels = short_labels(names)
    assert all(len(label) <= 20 for label in labels.values())
    assert len(set(labels.values())) == 12


def test_a_long_name_is_cut_between_its_parts_and_keeps_its_version() -> None:
    names = ("starter-rich", "llama-3-2-3b-instruct", "llama-3-2-3b-instruct@2")
    assert tuple(short_labels(names).values()) == ("starter-rich", "llama-3-2-3b…", "llama-3-2-3b… @2")


def test_names_that_the_chart_cuts_stand_whole_below_it() -> None:
    report = for_raters(
        report_of({"llama-3-2-3b-instruct": SCORES["model-a"], "starter-rich": SCORES["model-b"]}),
        revealed=True,
    )
    _, blocks = messages.report_layouts("r1", report)[0]
    assert [block["type"] for block in blocks[2:4]] == ["data_visualization", "context"]
    assert blocks[3]["elements"][0]["text"] == "In the chart: llama-3-2-3b… is llama-3-2-3b-instruct"


def test_every_ranked_model_is_marked_audited_or_descriptive(closed_week: Report) -> None:
    for _, blocks in messages.report_layouts("r1", closed_week):
        table = next(block for block in blocks if block["type"] == "table")
        header, *rows = ([cell["text"] for cell in row] for row in table["rows"])
        assert {row[header.index("Evidence")] for row in rows} <= {"audited", "descriptive"}
        assert texts.EVIDENCE_EXPLAINED in str(blocks)
    for _, blocks in messages.details_layouts("r1", of_two_kinds(), TITLES):
        assert "descriptive" in str(blocks)


def test_what_slack_would_refuse_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ValidationError):
        bar_chart("Quality", {f"m{number}": (1.0,) for number in range(21)}, ["Quality"], "Quality")
    with pytest.raises(ValidationError):
        data_table("Quality", ["Model", "Quality"], [["a"]])
    with pytest.raises(ValidationError):
        data_table("Quality", ["Model"], [["x" * 10_001]])


def test_a_model_s_name_cannot_ping() -> None:
    with session_in_memory() as session:
        for number in range(20):
            draft = add_draft(session, "<!channel>", at=IN_WEEK + timedelta(minutes=number))
            add_rating(session, draft, f"U{number % 3}", score=8)
        report = for_raters(build_report(session, WEEK, AFTER_WEEK, closed=True), revealed=True)
    for text, blocks in messages.report_layouts("r1", report):
        markup = [block for block in blocks if block["type"] == "context"]
        assert "<!channel>" not in text + str(markup)
