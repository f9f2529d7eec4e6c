"""The weekly report in Slack: the message in the channel, and what stands in its thread."""

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any, Final

from bot import texts
from bot.messages.blocks import Block, context, escape, header, plain
from bot.messages.data_blocks import (
    MOST_CATEGORIES,
    MOST_ROWS,
    RawNumber,
    bar_chart,
    data_table,
    short_labels,
)
from bot.messages.lists import Layout
from evaluation.analysis.document import ModelFigures
from evaluation.report_document import Report
from evaluation.report_table import (
    NAMING,
    NOTHING,
    SCALE,
    Table,
    format_interval,
    report_table,
)

COLUMNS: Final = frozenset(
    {
        "Rank", "Model", "Quality, 1 to 10", "At every look", "Standing", "Evidence", "Ratings",
        "Energy cost a draft",
    }
)  # fmt: skip
"""What a channel reads of a closed week; the CSV file has all."""
MOST_TABLE_ROWS: Final = 20
MOST_LINES: Final = 12
MOST_KINDS: Final = 15
COST_LINES: Final = 3


def report_layouts(report_id: str, report: Report) -> list[Layout]:
    """The message in the channel: with a native chart where there is one to draw, and without."""
    title = texts.report_title(report.period, closed=report.closed)
    finding = _without_week(report)
    top: list[Block] = [header(title), {"type": "section", "text": plain(finding)}]
    table = _for_channel(report_table(report), closed=report.closed)
    rest = [
        *_table(table),
        *_listed(texts.REPORT_CHANGES, report.changes),
        *_listed(texts.REPORT_UNKNOWNS, report.unknowns),
        *_listed(texts.REPORT_COSTS, _cost_lines(report)),
        *([context("\n".join(f"• {escape(caveat)}" for caveat in report.caveats))] if report.caveats else []),
        {**context(_small_print(report, table)), "block_id": report_block_id(report_id)},
    ]
    text = f"{escape(title)}: {escape(finding)}"
    chart = _chart(report)
    return [*([(text, [*top, *chart, *rest])] if chart else []), (text, [*top, *rest])]


def details_layouts(report_id: str, report: Report, titles: Mapping[str, str]) -> list[Layout]:
    """The first answer in the report's thread: kind by kind, with a sortable table, or in lines.

    `titles` are what people call the kinds.
    """
    heading = texts.details_heading(report.period)
    findings = report.content_types[:MOST_KINDS]
    left_out = len(report.content_types) - len(findings)
    costs = _listed(texts.DETAILS_COSTS, report.costs.sentences if report.costs else ())
    end = {
        **context(escape(texts.report_footer(report.generated_at))),
        "block_id": details_block_id(report_id),
    }
    note = [context(escape(texts.more_kinds(left_out)))] if left_out else []

    def layout(table: Sequence[Block], *, in_lines: bool) -> Layout:
        kinds = [
            block
            for finding in findings
            for block in _listed(
                titles.get(finding.content_type, finding.content_type),
                _kind_lines(report, finding.content_type) if in_lines else (),
                finding.finding,
            )
        ] or [{"type": "section", "text": plain(texts.DETAILS_ONE_KIND)}]
        return escape(heading), [header(heading), *kinds, *note, *table, *costs, end]

    rows = _rows_by_kind(report, titles)
    plainest = layout((), in_lines=True)
    if not rows:
        return [plainest]
    table = data_table(texts.DETAILS_CAPTION, texts.DETAILS_HEADER, rows)
    return [layout((table,), in_lines=False), plainest]


def report_block_id(report_id: str) -> str:
    return f"report.{report_id}"


def details_block_id(report_id: str) -> str:
    return f"report.{report_id}.details"


def has_chart(message: Mapping[str, Any]) -> bool:
    """Whether a posted report shows its native chart."""
    return any(block.get("type") == "data_visualization" for block in message.get("blocks") or ())


def _without_week(report: Report) -> str:
    """The finding without the week, which the title says already."""
    finding = report.headline.removeprefix(f"{report.period}: ").removeprefix(f"{report.period}, ")
    return finding[:1].upper() + finding[1:]


def _chart(report: Report) -> list[Block]:
    """Bars, and below them the whole names of those whose labels had to be cut; nothing without figures."""
    drawn = {
        line.model: (
            *(_on_scale(end) for end in line.anytime_ci[:1]),
            line.quality,
            _on_scale(line.anytime_ci[1]),
        )
        for line in report.ranked[:MOST_CATEGORIES]
        if line.quality is not None and line.anytime_ci is not None
    }
    if not drawn:
        return []
    cut = {label: name for name, label in short_labels(drawn).items() if label != name}
    return [
        bar_chart(texts.CHART_TITLE, drawn, texts.CHART_SERIES, texts.CHART_AXIS),
        *([context(escape(texts.chart_labels(cut)))] if cut else []),
    ]


def _on_scale(quality: float) -> float:
    return min(max(quality, SCALE[0]), SCALE[1])


def _for_channel(table: Table, *, closed: bool) -> Table:
    """The columns that fit beside each other; of an open week, which has few, all."""
    if not closed:
        return table
    shown = [name in COLUMNS for name in table.header]
    rows = (tuple(compress(row, shown)) for row in table.rows)
    return Table(tuple(compress(table.header, shown)), tuple(rows))


def _table(table: Table) -> list[Block]:
    """Two columns of words (rank and model), the others are figures."""
    if not table.rows:
        return []
    figures = len(table.header) - NAMING
    rows = (table.header, *table.rows[:MOST_TABLE_ROWS])
    return [
        {
            "type": "table",
            "column_settings": [{"align": "left"}] * NAMING + [{"align": "right"}] * figures,
            "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in rows],
        }
    ]


def _cost_lines(report: Report) -> tuple[str, ...]:
    return report.costs.sentences[:COST_LINES] if report.costs else ()


def _small_print(report: Report, table: Table) -> str:
    left_out = len(table.rows) - MOST_TABLE_ROWS
    sentences = [
        *([texts.more_rows(left_out)] if left_out > 0 else []),
        *([texts.EVIDENCE_EXPLAINED] if report.ranked else []),
        *([texts.REPORT_MORE] if report.closed else []),
        texts.report_footer(report.generated_at),
    ]
    return escape(" ".join(sentences))


def _listed(heading: str, lines: Sequence[str], sentence: str | None = None) -> list[Block]:
    """A bold heading, a sentence and a list below it, in rich text: nothing in it is read as markup."""
    if not lines and sentence is None:
        return []
    title: list[Block] = [{"type": "text", "text": heading, "style": {"bold": True}}]
    if sentence is not None:
        title.append({"type": "text", "text": f"\n{sentence}"})
    elements: list[Block] = [{"type": "rich_text_section", "elements": title}]
    if lines:
        items = [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": line}]}
            for line in lines[:MOST_LINES]
        ]
        elements.append({"type": "rich_text_list", "style": "bullet", "elements": items})
    return [{"type": "rich_text", "elements": elements}]


def _kind_lines(report: Report, kind: str) -> list[str]:
    return [
        texts.model_in_kind(
            line.model, _quality(line), format_interval(line.quality_ci), line.evidence, line.n_ratings
        )
        for line in report.analysis.in_type(kind)
        if _is_known(line)
    ]


def _is_known(line: ModelFigures) -> bool:
    """Whether a model was rated in this kind, so that its figure is not that of other kinds alone."""
    return line.quality is not None and line.n_ratings > 0


def _quality(line: ModelFigures) -> str:
    return NOTHING if line.quality is None else f"{line.quality:.1f}"


def _rows_by_kind(report: Report, titles: Mapping[str, str]) -> list[tuple[str | RawNumber, ...]]:
    kinds = report.analysis.content_types or (None,)
    lines = [line for kind in kinds for line in _figures_of(report, kind)]
    return [_row(line, titles) for line in lines[:MOST_ROWS]]


def _figures_of(report: Report, kind: str | None) -> Sequence[ModelFigures]:
    return report.analysis.overall if kind is None else report.analysis.in_type(kind)


def _row(line: ModelFigures, titles: Mapping[str, str]) -> tuple[str | RawNumber, ...]:
    kind = NOTHING if line.content_type is None else titles.get(line.content_type, line.content_type)
    known = _is_known(line)
    return (
        kind,
        line.model,
        RawNumber(value=round(line.quality or 0, 2), text=_quality(line)) if known else NOTHING,
        format_interval(line.quality_ci) if known else NOTHING,
        line.evidence if known else NOTHING,
        RawNumber(value=line.n_ratings, text=f"{line.n_ratings:,}"),
        RawNumber(value=line.n_raters, text=f"{line.n_raters:,}"),
    )
